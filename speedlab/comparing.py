"""Run the serial and the parallel version side by side: same answer first, then the times."""

from __future__ import annotations

import contextlib
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from speedlab import agreement
from speedlab.chunks import Mapper, serial_map
from speedlab.comparison import Comparison
from speedlab.cpus import check_workers, usable_cpus
from speedlab.errors import BadInput, NothingReturned, ResultMismatch, SpeedlabWarning
from speedlab.pool import Interrupted, NotebookPool
from speedlab.progress import bar
from speedlab.results import MapTrace, Timing

Workers = int | Sequence[int] | None
Equal = str | Callable[[Any, Any], bool]


def parallel_map(
    fn: Callable[[Any], Any],
    chunks: Iterable[Any],
    *,
    workers: int | None = None,
    start_method: str | None = None,
    engine: str = "processes",
    progress: bool = True,
) -> list[Any]:
    """Apply a function to every chunk in worker processes and return the results in order.

    Args:
        fn: Any function of one chunk, also one written in a notebook cell.
        chunks: What the function gets, one at a time; best a reference to data on disk.
        workers: Worker processes; usable_cpus() by default.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        engine: "processes".
        progress: Whether a bar is shown when the work takes longer than half a second.

    Raises:
        BadInput: If an option cannot be used.
        ChunkFailed: If the function raises; the original exception is the cause.
        WorkerDied: If a worker ends without an answer.

    >>> parallel_map(len, ["a", "bc", "def"], workers=2, progress=False)
    [1, 2, 3]
    """
    _check_engine(engine)
    if workers is None or hasattr(chunks, "__len__"):
        chunks = list(chunks)
        workers = _enough_chunks(workers, len(chunks))
    with NotebookPool(workers, start_method=start_method) as pool:
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
        engine: "processes".

    Raises:
        ResultMismatch: If the answers differ; no time is reported then.
        NothingReturned: If the function returns None for every chunk.
        BadInput: If there are no chunks, or fewer chunks than workers.
    """
    _check_engine(engine)
    chunks = list(chunks)
    if not chunks:
        raise BadInput("There are no chunks.", "The list is empty.", "Check how you cut the data.")
    counts = [workers] if isinstance(workers, int) or workers is None else list(workers)
    counts = [_enough_chunks(count, len(chunks), strict=True) for count in counts]
    finish = merge or list

    def job(map_: Mapper) -> Any:
        return finish(_some_result(map_(fn, chunks)))

    found = compare_job(
        job,
        baseline=baseline,
        workers=counts,
        start_method=start_method,
        equal=equal,
        budget_s=budget_s,
    )
    return Comparison(found.answer, found.agreement, found.timings, n_chunks=len(chunks))


def compare_job(
    job: Callable[[Mapper], Any],
    *,
    baseline: Callable[[], Any] | None = None,
    workers: Workers = None,
    start_method: str | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
    preload: Sequence[str] = (),
    stop: threading.Event | None = None,
) -> Comparison:
    """Compare a job of several maps: it is given a mapper and runs all its maps with it.

    Args:
        job: Called with serial_map for the serial side and with a pool's map for the other.
        baseline: The best single-core code for the whole job; by default job(serial_map).
        workers: As in compare.
        start_method: As in parallel_map.
        equal: As in compare.
        budget_s: As in compare.
        preload: Modules that the workers' fork server loads once.
        stop: An event by which another thread can cancel the comparison.

    Raises:
        ResultMismatch: If the answers differ.
        Interrupted: If it was cancelled.
    """
    counts = [workers] if isinstance(workers, int) or workers is None else list(workers)
    with contextlib.ExitStack() as stack:
        make_pool = partial(NotebookPool, start_method=start_method, preload=preload, stop=stop)
        pools = [make_pool(n) for n in counts]
        sides = [
            _Side(pool.workers, partial(job, pool.map), pool.take_traces)
            for pool in (stack.enter_context(pool) for pool in pools)
        ]
        serial = partial(job, partial(_serial_until, stop) if stop else serial_map)
        return _measure(baseline or serial, sides, equal, budget_s)


def race(
    serial: Callable[[], Any],
    parallel: Callable[[], Any],
    *,
    workers: int | None = None,
    equal: Equal = "auto",
    budget_s: float = 5.0,
) -> Comparison:
    """Compare two whole callables, for example with your own multiprocessing.Pool code.

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
    side = _Side(check_workers(workers), parallel, lambda: ())
    return _measure(lambda: _some_result([serial()])[0], [side], equal, budget_s)


def _serial_until(
    stop: threading.Event, fn: Callable[[Any], Any], chunks: Iterable[Any]
) -> list[Any]:
    def unless_stopped(chunk: Any) -> Any:
        if stop.is_set():
            raise Interrupted
        return fn(chunk)

    return serial_map(unless_stopped, chunks)


@dataclass(frozen=True)
class _Side:
    workers: int
    run: Callable[[], Any]
    take_traces: Callable[[], tuple[MapTrace, ...]]


def _measure(
    serial: Callable[[], Any], sides: Sequence[_Side], equal: Equal, budget_s: float
) -> Comparison:
    answer = serial()
    cold: list[float] = []
    agreed = ""
    for side in sides:
        other, wall_s = _timed(side.run)
        agreed = _checked(answer, other, equal)
        cold.append(wall_s)
    serials: list[float] = []
    walls: list[list[float]] = [[] for _ in sides]
    for _ in _rounds(budget_s):
        serials.append(_timed(serial)[1])
        for side, wall in zip(sides, walls, strict=True):
            side.take_traces()
            wall.append(_timed(side.run)[1])
    timings = tuple(
        Timing(side.workers, tuple(serials), tuple(wall), cold_s, side.take_traces())
        for side, wall, cold_s in zip(sides, walls, cold, strict=True)
    )
    return Comparison(answer, agreed, timings)


def _rounds(budget_s: float) -> Iterator[int]:
    """Yield once for each interleaved round: at least 3, at most 25, once if over budget."""
    with bar(3, unit="pair", desc="measuring") as shown:
        start_s = time.perf_counter()
        yield 0
        shown.update()
        first_s = time.perf_counter() - start_s
        shown.total = 1 if first_s > budget_s else max(3, min(25, int(budget_s / first_s)))
        for number in range(1, shown.total):
            yield number
            shown.update()


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start_s = time.perf_counter()
    answer = run()
    return answer, time.perf_counter() - start_s


def _checked(serial: Any, parallel: Any, equal: Equal) -> str:
    if callable(equal):
        agreed = "by your own test" if equal(serial, parallel) else None
    else:
        agreed = agreement.agreement(serial, parallel)
        agreed = None if equal == "exact" and agreed != "exact" else agreed
    if agreed is None:
        place = agreement.first_difference(serial, parallel, rtol=agreement.RTOL)
        raise ResultMismatch(
            "The serial and the parallel answer differ, so no time is reported.",
            f"The first difference: {place or 'your test of equality said no'}.",
            "Seed each chunk on its own, avoid global state, and cut the data where no chunk "
            "needs its neighbour.",
        )
    return agreed


def _some_result(results: list[Any]) -> list[Any]:
    if all(result is None for result in results):
        raise NothingReturned(
            "The function returned None for every chunk.",
            "Most often the return statement is missing.",
            "End the function with: return result",
        )
    return results


def _enough_chunks(workers: int | None, n_chunks: int, *, strict: bool = False) -> int:
    if workers is None:
        return max(1, min(usable_cpus(), n_chunks))
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


def _check_engine(engine: str) -> None:
    if engine != "processes":
        raise BadInput(
            f"The engine {engine!r} is unknown.",
            "This version runs processes on this machine.",
            'Leave engine out, or write engine="processes".',
        )
