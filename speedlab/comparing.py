"""Run the serial and the parallel version side by side: same answer first, then the times."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from speedlab import engines
from speedlab.chunks import Mapper
from speedlab.comparison import Comparison
from speedlab.cpus import check_workers
from speedlab.errors import BadInput, SpeedlabWarning
from speedlab.measuring import Equal, Serial, Side, Told, measure, some
from speedlab.memory import footprint
from speedlab.pool import NotebookPool
from speedlab.serial import SerialPool

Workers = int | Sequence[int] | None


def parallel_map(
    fn: Callable[[Any], Any],
    chunks: Iterable[Any],
    *,
    workers: int | None = None,
    start_method: str | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    progress: bool = True,
) -> list[Any]:
    """Apply a function to every chunk in worker processes and return the results in order.

    Args:
        fn: Any function of one chunk, also one written in a notebook cell.
        chunks: What the function gets, one at a time; best a reference to data on disk.
        workers: Worker processes; usable_cpus() by default, or all that the scheduler has.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        engine: "processes" of this machine, or "dask".
        scheduler: The address of a Dask scheduler; by default Dask starts its workers here.
        progress: Whether a bar is shown when the work takes longer than half a second.

    Raises:
        BadInput: If an option cannot be used.
        ChunkFailed: If the function raises; the original exception is the cause.
        WorkerDied: If a worker ends without an answer.

    >>> parallel_map(len, ["a", "bc", "def"], workers=2, progress=False)
    [1, 2, 3]
    """
    engines.check(engine, scheduler, start_method)
    if workers is None or hasattr(chunks, "__len__"):
        chunks = list(chunks)
        workers = _enough_chunks(workers, len(chunks), scheduler)
    with NotebookPool(
        workers, start_method=start_method, engine=engine, scheduler=scheduler
    ) as pool:
        results = pool.map(fn, chunks, progress=progress)
    if results and all(result is None for result in results):
        warnings.warn(
            "The function returned None for every chunk. If it should compute something, "
            "end it with: return result",
            SpeedlabWarning,
            stacklevel=2,
        )
    return results


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
    engine: str = "processes",
    scheduler: str | None = None,
) -> Comparison:
    """Run a function over chunks serially and in worker processes, and compare.

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
        budget_s: Seconds to spend on the pairs. A pair that takes longer is run once.
        engine: As in parallel_map.
        scheduler: As in parallel_map.

    Raises:
        ResultMismatch: If the answers differ; no time is reported then.
        NothingReturned: If the function returns None for every chunk.
        BadInput: If there are no chunks, or fewer chunks than workers.
    """
    engines.check(engine, scheduler, start_method)
    chunks = list(chunks)
    if not chunks:
        raise BadInput("There are no chunks.", "The list is empty.", "Check how you cut the data.")
    counts = [
        _enough_chunks(count, len(chunks), scheduler, strict=True) for count in _counts(workers)
    ]
    finish = merge or list

    def job(map_: Mapper) -> Any:
        return finish(some(map_(fn, chunks)))

    found = compare_job(
        job,
        baseline=baseline,
        workers=counts,
        start_method=start_method,
        equal=equal,
        budget_s=budget_s,
        engine=engine,
        scheduler=scheduler,
    )
    return replace(found, n_chunks=len(chunks))


def compare_job(
    job: Callable[[Mapper], Any],
    *,
    baseline: Callable[[], Any] | None = None,
    workers: Workers = None,
    start_method: str | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
    engine: str = "processes",
    scheduler: str | None = None,
    preload: Sequence[str] = (),
    stop: threading.Event | None = None,
    told: Told | None = None,
) -> Comparison:
    """Compare a job of several maps: it is given a mapper and runs all its maps with it.

    Args:
        job: Called with serial_map for the serial side and with a pool's map for the other.
        baseline: The best single-core code for the whole job; by default job(serial_map).
        workers: As in compare.
        start_method: As in parallel_map.
        equal: As in compare.
        budget_s: As in compare.
        engine: As in parallel_map.
        scheduler: As in parallel_map.
        preload: Modules that the workers' fork server loads once.
        stop: An event by which another thread can cancel the comparison.
        told: Called with what is going on and the share that is done, instead of a bar.

    Raises:
        ResultMismatch: If the answers differ.
        Interrupted: If it was cancelled.
    """
    with contextlib.ExitStack() as stack:
        make_pool = partial(
            NotebookPool,
            start_method=start_method,
            preload=preload,
            stop=stop,
            engine=engine,
            scheduler=scheduler,
        )
        counts = [engines.usable_workers(scheduler) if n is None else n for n in _counts(workers)]
        pools = [stack.enter_context(make_pool(count)) for count in counts]
        found = measure(
            _serial_side(job, baseline, stop),
            [Side(p.workers, partial(job, p.map), p.take_traces, p.close) for p in pools],
            equal=equal,
            budget_s=budget_s,
            told=told,
        )
    return Comparison(found.answer, found.agreement, found.timings)


def race(
    serial: Callable[[], Any],
    parallel: Callable[[], Any],
    *,
    workers: int | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
) -> Comparison:
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
    """
    side = Side(check_workers(workers), parallel)
    found = measure(Serial(serial), [side], equal=equal, budget_s=budget_s)
    affordable = found.timings[0].wall_s[-1] <= budget_s
    seen = footprint(parallel) if affordable else None
    return Comparison(found.answer, found.agreement, found.timings, footprint=seen)


def _counts(workers: Workers) -> list[int | None]:
    return [workers] if isinstance(workers, int) or workers is None else list(workers)


def _serial_side(
    job: Callable[[Mapper], Any],
    baseline: Callable[[], Any] | None,
    stop: threading.Event | None,
) -> Serial:
    own = SerialPool(stop=stop)
    by_chunk = partial(job, own.map)
    if baseline is None:
        return Serial(by_chunk, take_traces=own.take_traces)
    return Serial(baseline, by_chunk, own.take_traces)


def _enough_chunks(
    workers: int | None, n_chunks: int, scheduler: str | None, *, strict: bool = False
) -> int:
    if workers is None:
        return max(1, min(engines.usable_workers(scheduler), n_chunks))
    workers = check_workers(workers)
    if workers <= n_chunks or n_chunks == 0:
        return workers
    error = BadInput(
        f"{workers} workers, but only {n_chunks} chunks.",
        f"{workers - n_chunks} of them would have nothing to do.",
        f"Cut the work into at least {workers} chunks, or use workers={n_chunks}.",
    )
    if strict:
        raise error
    warnings.warn(str(error), SpeedlabWarning, stacklevel=3)
    return n_chunks
