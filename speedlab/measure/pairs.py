"""Measure fairly: the same answer first, then interleaved pairs, the raw figures kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from speedlab.core.records import REMEMBERS, SHORTEST_S, ChunkRun, MapTrace, Timing
from speedlab.measure.check import EXACT, Check, Equal, no_test, some
from speedlab.pool.inside import clock
from speedlab.pool.inside.conditions import as_in_a_worker, collect_and_set_aside
from speedlab.pool.progressbar import bar

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
    engine: str = "processes"


@dataclass
class _Figures:
    """What one side has shown so far."""

    side: Side
    cold_s: float
    cold_traces: Traces
    wall_s: list[float] = field(default_factory=list)
    traces: list[Traces] = field(default_factory=list)
    """Those of each pair: which one stands for all is known only after the last."""
    shutdown_s: float = 0.0


@dataclass
class _Alone:
    """What the serial side has shown so far: its first run, and those in turn with the others."""

    first: ChunkRun
    first_traces: Traces
    runs: list[ChunkRun] = field(default_factory=list)
    traces: list[Traces] = field(default_factory=list)
    one_thread_s: list[float] = field(default_factory=list)
    apart: tuple[Traces, float] | None = None
    """The chunks one by one, and how long all took, where the serial side is other code."""


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
        BadInput: If equal is no test of two answers.
    """
    if not callable(equal) and equal not in {"auto", "exact"}:
        raise no_test(f"It is {equal!r}.")
    with as_in_a_worker():  # the serial side shall not lose by its allocator or its garbage
        return _measure(serial, sides, equal, budget_s, told)


def _measure(
    serial: Serial, sides: Sequence[Side], equal: Equal, budget_s: float, told: Told | None
) -> Measured:
    tell = told or (lambda *_: None)
    tell("One core, for the first time", 0.0)
    before, began_s = clock.start(), time.time()
    answer = some(serial.run())
    alone = _Alone(clock.elapsed(0, before, clock.stop()), serial.take_traces())
    again = serial.run if alone.first.elapsed_s <= budget_s else None
    check = Check(answer, began_s, equal, again)
    agreed: list[str] = []
    figures: list[_Figures] = []
    for side in sides:
        tell(f"Starting workers: {side.workers}", 0.1)
        began_s = time.time()
        other, cold_s = _timed(side.run)
        agreed.append(check(other, began_s))
        figures.append(_Figures(side, cold_s, side.take_traces()))
    _in_turn(serial, alone, figures, budget_s, told)
    _by_chunk(serial, alone, budget_s)
    for of_side in reversed(figures):  # each Dask cluster puts the log back as it had found it
        of_side.shutdown_s = _timed(of_side.side.close)[1]
    weakest = next((how for how in agreed if how != EXACT), EXACT)
    return Measured(answer, weakest, tuple(_timing(of_side, alone) for of_side in figures))


def _in_turn(
    serial: Serial, alone: _Alone, figures: Sequence[_Figures], budget_s: float, told: Told | None
) -> None:
    """Time the serial side and then every parallel one, again and again within the budget."""
    threaded = _uses_library_threads(alone.first)
    for _ in _rounds(budget_s, lambda: alone.runs[0].elapsed_s < SHORTEST_S, told):
        # Answers and notes of earlier rounds live here alone, and would slow the collector down.
        collect_and_set_aside()
        serial.take_traces()
        alone.runs.append(_watched(serial.run))
        alone.traces.append(serial.take_traces())
        if threaded:
            alone.one_thread_s.append(_timed_in_one_thread(serial.run))
        for of_side in figures:
            of_side.wall_s.append(_timed(of_side.side.run)[1])
            of_side.traces.append(of_side.side.take_traces())


def _timing(figures: _Figures, alone: _Alone) -> Timing:
    """Return the series, with the chunks of the pair that has the median ratio."""
    runs = alone.runs
    found = Timing(
        workers=figures.side.workers,
        serial_s=tuple(run.elapsed_s for run in runs),
        wall_s=tuple(figures.wall_s),
        cold_s=figures.cold_s,
        traces=(),
        cold_traces=figures.cold_traces,
        shutdown_s=figures.shutdown_s,
        serial_waited=sum(r.waited_s or 0.0 for r in runs) / sum(r.elapsed_s for r in runs),
        one_thread_s=tuple(alone.one_thread_s),
        engine=figures.side.engine,
        first_serial_s=_first_s(alone),
        first_serial_traces=alone.first_traces,
    )
    serial_traces, map_s = alone.apart or (alone.traces[found.pair], found.pair_serial_s)
    return replace(
        found,
        traces=figures.traces[found.pair],
        serial_traces=serial_traces,
        serial_map_s=map_s,
    )


def _first_s(alone: _Alone) -> float:
    """Return how long the first serial run took, or 0 where no cache can have made it long.

    Without chunks it tells only if it computed more as well: a file is slow to read but once.
    """
    later_s = min(run.on_core_s for run in alone.runs)
    told = alone.first_traces or alone.first.on_core_s > REMEMBERS * later_s
    return alone.first.elapsed_s if told else 0.0


def _by_chunk(serial: Serial, alone: _Alone, budget_s: float) -> None:
    """Time the serial run chunk by chunk, where the serial side is other code."""
    if serial.by_chunk is None:
        return
    alone.apart = ((), 0.0)
    if alone.runs[-1].elapsed_s <= budget_s:
        serial.take_traces()
        elapsed_s = _timed(serial.by_chunk)[1]
        alone.apart = serial.take_traces(), elapsed_s


def _uses_library_threads(run: ChunkRun) -> bool:
    # In a moment the clock of the process can run ahead of the thread's without any other thread.
    return run.elapsed_s > SHORTEST_S and run.helpers_s > 0.2 * run.elapsed_s


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
