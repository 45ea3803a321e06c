"""One worker's lane through one map: every second of it, under the name of one part.

The part each stretch is counted as::

    map begins                                                                     map ends
      |  start_up  |  dispatch_wait | transport | deserialise | chunk  | result_return | ...
      +------------+----------------+-----------+-------------+--------+---------------+--->
               ready          sent        arrived        start      stop        answered

    dispatch_wait  nothing to do yet; `serialise` where the parent was pickling meanwhile
    chunk          its thread was on a core: compute (as long as serially), slower_on_core (the
                   rest), garbage (the collector); or it was off it: waiting (ready, but no core
                   was free), library_threads (others worked for it) or blocked (by a file, a
                   lock, a service, a sleep)
    imbalance      after a worker's last chunk, while others still work
    merge          outside the maps: the parent works alone, all workers wait
    shutdown       until the workers have ended
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from speedlab.core.records import ChunkRun, Journey, MapTrace

PARTS = (
    "compute",
    "waiting",
    "blocked",
    "library_threads",
    "garbage",
    "slower_on_core",
    "start_up",
    "serialise",
    "transport",
    "deserialise",
    "dispatch_wait",
    "result_return",
    "imbalance",
    "merge",
    "shutdown",
)
PIPE_BYTES = 65_536
"""What a pipe takes without a reader (Linux): a smaller answer leaves the worker at once."""
TICK_S = 0.016
"""How coarsely Windows counts a thread's CPU time: what one chunk has too much, the next lacks."""


def by_worker(trace: MapTrace) -> dict[tuple[int, int], list[ChunkRun]]:
    """Return the chunks of each worker, a process or a thread of one, in the order they ran."""
    found: dict[tuple[int, int], list[ChunkRun]] = defaultdict(list)
    for run in sorted(trace.runs, key=lambda run: run.start_s):
        found[run.pid, run.thread].append(run)
    return dict(found)


def map_seconds(trace: MapTrace, *, workers: int) -> Seconds:
    """Return the seconds of worker time of one map; compute is with slower_on_core still."""
    lanes = by_worker(trace)
    packing, helped = _Packing(trace), not _share_a_process(lanes)
    seconds = Seconds()
    last_s = last_answer_s(trace)
    for runs in lanes.values():
        free_s, over_s = trace.start_s, 0.0
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            _add_way_in(seconds, free_s, run, packing)
            over_s = _add_chunk(seconds, run, over_s, helped=helped)
            free_s = min(_free_again_s(run), _arrived_s(following))
            seconds.add("result_return", free_s - run.stop_s)
        seconds.add("imbalance", last_s - free_s)
        seconds.add("result_return", trace.stop_s - last_s)
    seconds.add("imbalance", (workers - len(lanes)) * trace.elapsed_s)
    return seconds


def chunk_seconds(traces: Iterable[MapTrace]) -> Seconds:
    """Return the seconds inside the chunks alone, part by part, as for the serial side."""
    seconds = Seconds()
    for lanes in map(by_worker, traces):
        helped = not _share_a_process(lanes)
        for runs in lanes.values():
            over_s = 0.0
            for run in runs:
                over_s = _add_chunk(seconds, run, over_s, helped=helped)
    return seconds


def _add_chunk(seconds: Seconds, run: ChunkRun, over_s: float, *, helped: bool) -> float:
    """Divide the time of a chunk; return how much its CPU clock is ahead, for the next one."""
    seconds.add("waiting", run.waited_s or 0.0)
    if run.thread_s is None:
        seconds.add("compute", run.given_core_s)
        return over_s
    on_core_s = min(run.thread_s + over_s, run.given_core_s)
    off_core_s = run.given_core_s - on_core_s
    garbage_s = max(0.0, min(run.gc_s, on_core_s))
    library_s = min(run.helpers_s, off_core_s) if helped else 0.0
    seconds.add("compute", on_core_s - garbage_s)
    seconds.add("garbage", garbage_s)
    seconds.add("library_threads", library_s)
    seconds.add("blocked", off_core_s - library_s)
    return min(run.thread_s + over_s - on_core_s, TICK_S)


def helpers_s(traces: Iterable[MapTrace]) -> float:
    """Return the CPU seconds of library threads inside the chunks."""
    known = (trace for trace in traces if not _share_a_process(by_worker(trace)))
    return sum(run.helpers_s for trace in known for run in trace.runs)


def _share_a_process(lanes: Iterable[tuple[int, int]]) -> bool:
    """Return whether workers are threads of one process: its CPU clock then counts all of them."""
    pids = [pid for pid, _ in lanes]
    return len(set(pids)) < len(pids)


def last_answer_s(trace: MapTrace) -> float:
    """Return when the last worker was free: what follows is the parent taking the answers."""
    return max(map(_free_again_s, trace.runs), default=trace.start_s)


def _add_way_in(seconds: Seconds, free_s: float, run: ChunkRun, packing: _Packing) -> None:
    """Divide a worker's time between being free and the start of its next chunk."""
    journey = run.journey
    if journey is None:  # recorded in somebody else's pool: how the chunk came is not known
        seconds.add("dispatch_wait", run.start_s - free_s)
        return
    started_s = max(free_s, min(journey.ready_s, journey.arrived_s))
    sent_s = min(max(started_s, journey.sent_s), journey.arrived_s)
    pickling_s = packing.within(started_s, sent_s)
    seconds.add("start_up", started_s - free_s)
    seconds.add("serialise", pickling_s)
    seconds.add("dispatch_wait", sent_s - started_s - pickling_s)
    seconds.add("transport", journey.arrived_s - sent_s)
    seconds.add("deserialise", run.start_s - journey.arrived_s)


def _free_again_s(run: ChunkRun) -> float:
    if run.journey is None:
        return run.stop_s
    # A large answer keeps the worker busy until the parent has read it; a small one does not.
    large = run.journey.answer_bytes > PIPE_BYTES
    return run.journey.received_s if large else run.journey.answered_s


def _arrived_s(run: ChunkRun | None) -> float:
    return run.journey.arrived_s if run and run.journey else math.inf


def with_journey(runs: Sequence[ChunkRun]) -> list[tuple[ChunkRun, Journey]]:
    """Return the chunks that came and went by envelope, each with its journey."""
    return [(run, run.journey) for run in runs if run.journey]


class Seconds(dict[str, float]):
    """Seconds by part; a negative stretch is no time, but a contradiction of two stamps."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(PARTS, 0.0))
        self.contradicted_s = 0.0

    def add(self, part: str, value_s: float) -> None:
        """Add to a part."""
        self[part] += max(0.0, value_s)
        self.contradicted_s += max(0.0, -value_s)

    def add_all(self, other: Seconds) -> None:
        """Add every part of another one."""
        for part, value_s in other.items():
            self[part] += value_s
        self.contradicted_s += other.contradicted_s


class _Packing:
    """When the parent was pickling, and for how long until any moment."""

    def __init__(self, trace: MapTrace) -> None:
        spans = [(j.packing_s, j.packed_s) for _, j in with_journey(trace.runs)]
        if trace.packed_s is not None:
            spans.append((trace.start_s, trace.packed_s))
        spans.sort()
        self._starts = [start for start, _ in spans]
        self._lengths = [stop - start for start, stop in spans]
        self._before = [0.0, *accumulate(self._lengths)]

    def within(self, start_s: float, stop_s: float) -> float:
        return max(0.0, self._until(stop_s) - self._until(start_s))

    def _until(self, moment_s: float) -> float:
        index = bisect_right(self._starts, moment_s) - 1
        if index < 0:
            return 0.0
        return self._before[index] + min(self._lengths[index], moment_s - self._starts[index])
