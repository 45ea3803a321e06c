"""Measure fairly: the same answer first, then interleaved pairs, the raw figures kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from speedlab import agreement, clock
from speedlab.allocator import keep_freed_memory
from speedlab.errors import NothingReturned, ResultMismatch
from speedlab.progress import bar
from speedlab.results import SHORTEST_S, ChunkRun, MapTrace, Timing

Equal = str | Callable[[Any, Any], bool]
Told = Callable[[str, float], None]
"""Who is told of progress: what is going on, and how much of the whole is done, 0 to 1."""
Traces = tuple[MapTrace, ...]
MOST_PAIRS = 25


def no_traces() -> Traces:
    """Return nothing: what a side that cannot be looked into leaves behind."""
    return ()


def do_nothing() -> None:
    """Close a side that has nothing to close."""


@dataclass(frozen=True)
class Serial:
    """The serial side: the code to beat, and the same chunks one by one for the budget."""

    run: Callable[[], Any]
    by_chunk: Callable[[], Any] | None = None
    """The chunked job in this process, where run is other code or the job itself."""
    take_traces: Callable[[], Traces] = no_traces


@dataclass(frozen=True)
class Side:
    """A parallel side: how to run it, what it noted, how to end its workers."""

    workers: int
    run: Callable[[], Any]
    take_traces: Callable[[], Traces] = no_traces
    close: Callable[[], None] = do_nothing


@dataclass
class _Figures:
    """What one side has shown so far."""

    side: Side
    cold_s: float
    cold_traces: Traces
    wall_s: list[float] = field(default_factory=list)
    traces: Traces = ()
    shutdown_s: float = 0.0


@dataclass(frozen=True)
class Measured:
    """The answer, how well the sides agreed on it, and one Timing for each parallel side."""

    answer: Any
    agreement: str
    timings: tuple[Timing, ...]


def measure(
    serial: Serial,
    sides: Sequence[Side],
    *,
    equal: Equal,
    budget_s: float,
    told: Told | None = None,
) -> Measured:
    """Warm up each side, compare the answers, then time interleaved pairs within the budget.

    Where numeric libraries use several cores in the serial code, each round also times it with
    one thread, so that both baselines are known.

    Raises:
        ResultMismatch: If the answers differ; nothing is timed then.
        NothingReturned: If the answer is None.
    """
    keep_freed_memory()  # as the workers do: the serial side shall not lose by its allocator
    tell = told or (lambda *_: None)
    tell("One core, for the first time", 0.0)
    before = clock.start()
    answer = some(serial.run())
    threaded = _uses_library_threads(clock.elapsed(0, before, clock.stop()))
    agreed, figures = "", []
    for side in sides:
        tell(f"Starting workers: {side.workers}", 0.1)
        other, cold_s = _timed(side.run)
        agreed = _checked(answer, other, equal)
        figures.append(_Figures(side, cold_s, side.take_traces()))
    serials: list[ChunkRun] = []
    one_thread_s: list[float] = []
    for _ in _rounds(budget_s, lambda: serials[0].elapsed_s < SHORTEST_S, told):
        serial.take_traces()
        serials.append(_watched(serial.run))
        one_thread_s += [_timed_in_one_thread(serial.run)] if threaded else []
        for found in figures:
            found.wall_s.append(_timed(found.side.run)[1])
            found.traces = found.side.take_traces()
    serial_traces, serial_map_s = _by_chunk(serial, serials[-1].elapsed_s, budget_s)
    for found in figures:
        found.shutdown_s = _timed(found.side.close)[1]
    timings = tuple(
        Timing(
            workers=found.side.workers,
            serial_s=tuple(run.elapsed_s for run in serials),
            wall_s=tuple(found.wall_s),
            cold_s=found.cold_s,
            traces=found.traces,
            cold_traces=found.cold_traces,
            shutdown_s=found.shutdown_s,
            serial_traces=serial_traces,
            serial_map_s=serial_map_s,
            serial_waited=sum(r.waited_s for r in serials) / sum(r.elapsed_s for r in serials),
            one_thread_s=tuple(one_thread_s),
        )
        for found in figures
    )
    return Measured(answer, agreed, timings)


def _by_chunk(serial: Serial, last_s: float, budget_s: float) -> tuple[Traces, float]:
    """Return the serial run chunk by chunk; a baseline of other code needs one more run."""
    if serial.by_chunk is None:
        return serial.take_traces(), last_s
    if last_s > budget_s:
        return (), 0.0
    serial.take_traces()
    elapsed_s = _timed(serial.by_chunk)[1]
    return serial.take_traces(), elapsed_s


def _uses_library_threads(run: ChunkRun) -> bool:
    return run.helpers_s > 0.2 * run.elapsed_s


def _timed_in_one_thread(run: Callable[[], Any]) -> float:
    import threadpoolctl

    with threadpoolctl.threadpool_limits(1):
        return _timed(run)[1]


def _rounds(
    budget_s: float, too_short: Callable[[], bool], told: Told | None = None
) -> Iterator[int]:
    """Yield once for each interleaved round: 3 to 25, but 1 if over budget or next to nothing."""
    with bar(3, unit="pair", desc="measuring", shown=told is None) as shown:
        start_s = time.perf_counter()
        yield 0
        shown.update()
        first_s = time.perf_counter() - start_s
        once = first_s > budget_s or too_short()
        shown.total = 1 if once else max(3, min(MOST_PAIRS, int(budget_s / first_s)))
        for number in range(1, shown.total):
            if told:
                told("The two in turn", 0.2 + 0.8 * number / shown.total)
            yield number
            shown.update()


def _watched(run: Callable[[], Any]) -> ChunkRun:
    before = clock.start()
    run()
    return clock.elapsed(0, before, clock.stop())


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start_s = time.perf_counter()
    answer = run()
    return answer, time.perf_counter() - start_s


def some(answer: Any) -> Any:
    """Return the answer, unless it is None or a list of nothing but None.

    Raises:
        NothingReturned: If it is.
    """
    if answer is None or (isinstance(answer, list) and set(map(type, answer)) == {type(None)}):
        raise NothingReturned(
            "The function returned None.",
            "Most often the return statement is missing.",
            "End the function with: return result",
        )
    return answer


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
