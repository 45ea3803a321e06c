"""Run the serial and the parallel version side by side: same answer first, then the times."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, overload

from speedlab.core.chunks import Chunk, Mapper, Result
from speedlab.core.cpus import check_workers
from speedlab.core.errors import BadInput, without_our_frames
from speedlab.measure.check import Equal, merged
from speedlab.measure.comparison import Answer, Comparison
from speedlab.measure.memory import footprint
from speedlab.measure.mismatch import telling_of_causes
from speedlab.measure.pairs import Serial, Side, Told, measure
from speedlab.measure.teams import compare_teams, scheduler_of
from speedlab.pool import backends
from speedlab.pool.checks import given
from speedlab.pool.local import main_guard
from speedlab.pool.maps import enough_chunks

Workers = int | Sequence[int] | None
"""One number of workers, several to compare, or None for every usable core."""
Engines = str | Sequence[str]
"""Who the workers are: one engine, or several to compare on the same job in the same rounds."""


@overload
def compare(
    fn: Callable[[Chunk], Result],
    chunks: Iterable[Chunk],
    *,
    merge: None = None,
    baseline: Callable[[], Any] | None = None,
    workers: Workers = None,
    start_method: str | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
    engine: Engines = "processes",
    scheduler: str | None = None,
) -> Comparison[list[Result]]: ...


@overload
def compare(
    fn: Callable[[Chunk], Result],
    chunks: Iterable[Chunk],
    *,
    merge: Callable[[list[Result]], Answer],
    baseline: Callable[[], Any] | None = None,
    workers: Workers = None,
    start_method: str | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
    engine: Engines = "processes",
    scheduler: str | None = None,
) -> Comparison[Answer]: ...


@without_our_frames
def compare(
    fn: Callable[[Any], Any],
    chunks: Iterable[Any],
    *,
    merge: Callable[[list[Any]], Any] | None = None,
    baseline: Callable[[], Any] | None = None,
    workers: Workers = None,
    start_method: str | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
    engine: Engines = "processes",
    scheduler: str | None = None,
) -> Comparison:
    """Run a function over chunks serially and in workers, and compare.

    One warm-up of each side doubles as the check that both give the same answer; then
    come interleaved pairs, at least three, within the budget.

    Args:
        fn: Any function of one chunk.
        chunks: What the function gets, one at a time.
        merge: Turns the list of results into the answer; the list itself by default.
        baseline: The best single-core code for the whole job; by default fn on every chunk.
        workers: One number or several; usable_cpus() by default.
        start_method: As in parallel_map.
        equal: "auto" (exact, else within rtol 1e-9), "exact", or your own test of two answers.
            With the first two a pathlib.Path in an answer stands for what its file or folder holds.
        budget_s: Seconds to spend on the pairs. A pair that takes longer is run once.
        engine: As in parallel_map; or several, such as ["threads", "processes"], each with all
            these numbers of workers, in turn in the same rounds and within one budget.
        scheduler: As in parallel_map.

    Raises:
        ResultMismatch: If the answers differ, or the function changes its chunk where threads
            share it; no time is reported then.
        NothingReturned: If the function returns None for every chunk.
        BadInput: If there are no chunks, or fewer chunks than workers.

    >>> found = compare(sum, [range(1000)] * 4, merge=sum, workers=2, budget_s=0.1)
    >>> found.answer, found.agreement, found.workers
    (1998000, 'exact', 2)
    >>> compare(abs, [-1, 2], engine=["threads", "processes"], budget_s=0.1).engines
    ('threads', 'processes')
    """
    engines = backends.check_each(engine, scheduler, start_method)
    given.check(fn, chunks)
    chunks = list(chunks)
    if not chunks:
        raise BadInput("There are no chunks.", "The list is empty.", "Check how you cut the data.")
    teams = {
        name: [
            enough_chunks(count, len(chunks), scheduler_of(name, scheduler), strict=True)
            for count in _counts(workers)
        ]
        for name in engines
    }
    finish = merge or list

    def job(map_: Mapper) -> Any:
        return merged(finish, map_(fn, chunks))

    with telling_of_causes(fn, chunks):
        found = compare_teams(
            job,
            teams,
            baseline=baseline,
            equal=equal,
            budget_s=budget_s,
            start_method=start_method,
            scheduler=scheduler,
        )
    return replace(found, n_chunks=len(chunks))


@without_our_frames
def compare_job(
    job: Callable[[Mapper], Answer],
    *,
    baseline: Callable[[], Answer] | None = None,
    workers: Workers = None,
    start_method: str | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
    engine: Engines = "processes",
    scheduler: str | None = None,
    preload: Sequence[str] = (),
    stop: threading.Event | None = None,
    told: Told | None = None,
) -> Comparison[Answer]:
    """Compare a job of several maps: it is given a mapper and runs all its maps with it.

    Args:
        job: Called with serial_map for the serial side and with a pool's map for the other.
        baseline: The best single-core code for the whole job; by default job(serial_map).
        workers: As in compare.
        start_method: As in parallel_map.
        equal: As in compare.
        budget_s: As in compare.
        engine: As in compare.
        scheduler: As in parallel_map.
        preload: Modules that the workers' fork server loads once.
        stop: An event by which another thread can cancel the comparison.
        told: Called with what is going on and the share that is done, instead of a bar.

    Raises:
        ResultMismatch: If the answers differ.
        Interrupted: If it was cancelled.

    >>> compare_job(lambda map_: sum(map_(len, ["ab", "c"])), workers=1, budget_s=0.1).answer
    3
    """
    engines = backends.check_each(engine, scheduler, start_method)
    teams = {
        name: [
            backends.usable_workers(scheduler_of(name, scheduler)) if count is None else count
            for count in _counts(workers)
        ]
        for name in engines
    }
    return compare_teams(
        job,
        teams,
        baseline=baseline,
        equal=equal,
        budget_s=budget_s,
        start_method=start_method,
        scheduler=scheduler,
        preload=preload,
        stop=stop,
        told=told,
    )


def race(
    serial: Callable[[], Answer],
    parallel: Callable[[], Answer],
    *,
    workers: int | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
) -> Comparison[Answer]:
    """Compare two whole callables, for example with your own multiprocessing.Pool code.

    After the pairs the parallel side runs once more, watched from outside: how many processes
    it used, their CPU time and memory. A run longer than the budget is not repeated for that.

    Args:
        serial: Returns the answer, computed in this process.
        parallel: Returns the same answer, computed however you like.
        workers: How many processes the parallel side uses; usable_cpus() by default.
        equal: As in compare.
        budget_s: As in compare.

    Raises:
        ResultMismatch: If the answers differ.
        NothingReturned: If both return None.

    >>> race(lambda: sum(range(9)), lambda: 36, workers=2, budget_s=0.0).agreement
    'exact'
    """
    main_guard.end_second_run()
    side = Side(check_workers(workers), parallel)
    with main_guard.ending_quietly():
        found = measure(Serial(serial), [side], equal=equal, budget_s=budget_s)
    affordable = found.timings[0].wall_s[-1] <= budget_s
    seen = footprint(parallel) if affordable else None
    return Comparison(found.answer, found.agreement, found.timings, footprint=seen)


def _counts(workers: Workers) -> list[int | None]:
    return [workers] if isinstance(workers, int) or workers is None else list(workers)
