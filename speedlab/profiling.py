"""Where wall x workers went: every worker's time, from the notes that its chunks carried.

One worker's lane through one map, and the part each stretch of it is counted as::

    map begins                                                                     map ends
      |  start_up  |  dispatch_wait | transport | deserialise | compute | result_return | ...
      +------------+----------------+-----------+-------------+---------+---------------+--->
               ready          sent        arrived        start       stop        answered

    dispatch_wait  nothing to do yet; `serialise` where the parent was pickling meanwhile
    compute        split into compute (as long as serially), waiting (no core was free) and
                   slower_on_core (the rest: memory, caches, threads of a library)
    imbalance      after a worker's last chunk, while others still work
    merge          outside the maps: the parent works alone, all workers wait
    shutdown       until the workers have ended
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from speedlab.results import ChunkRun, Journey, MapTrace, Timing

PARTS = (
    "compute",
    "waiting",
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


@dataclass(frozen=True)
class Profile:
    """Seconds of worker time of one run, part by part."""

    workers: int
    wall_s: float
    seconds: dict[str, float]
    """One entry for each of PARTS."""
    contradicted_s: float
    """Seconds by which stamps of different processes contradict one another."""
    cpu_s: float
    """What the workers' own CPU clocks counted from their first chunk to their last."""
    on_core_s: float
    """What the parts say the workers' CPU did in that time."""
    helpers_s: float
    """CPU seconds of library threads inside the chunks."""
    n_chunks: int
    handed_bytes: int
    """Pickled chunks and results together."""

    @property
    def shares(self) -> dict[str, float]:
        """Each part as a share of wall x workers."""
        whole_s = self.wall_s * self.workers
        return {part: value / whole_s for part, value in self.seconds.items()}

    @property
    def accounted(self) -> float:
        """The share of wall x workers that the parts explain; 1 when no two stamps contradict."""
        return sum(self.shares.values()) - 2 * self.contradicted_s / (self.wall_s * self.workers)

    @property
    def cpu_ratio(self) -> float:
        """The workers' own CPU time over what the parts say: an independent check, near 1.

        It is less for chunks that read files or sleep, and more where much data is handed
        over, since receiving it costs the workers' CPU as well.
        """
        return self.cpu_s / self.on_core_s if self.on_core_s else 1.0


def warm(timing: Timing) -> Profile | None:
    """Return the profile of the last parallel run, or None if it left no trace."""
    return _profile(timing, timing.traces, timing.wall_s[-1], shutdown_s=0.0)


def cold(timing: Timing) -> Profile | None:
    """Return the profile of the first parallel run, starting and ending the workers included."""
    wall_s = timing.cold_s + timing.shutdown_s
    return _profile(timing, timing.cold_traces, wall_s, shutdown_s=timing.shutdown_s)


def by_worker(trace: MapTrace) -> dict[int, list[ChunkRun]]:
    """Return the chunks of each worker process in the order they ran."""
    found: dict[int, list[ChunkRun]] = defaultdict(list)
    for run in sorted(trace.runs, key=lambda run: run.start_s):
        found[run.pid].append(run)
    return dict(found)


def inflation(timing: Timing) -> float:
    """Return how much longer chunks took on a core in the workers than serially, at least 1."""
    serial_s = sum(run.on_core_s for trace in timing.serial_traces for run in trace.runs)
    parallel_s = sum(run.on_core_s for trace in timing.traces for run in trace.runs)
    return max(1.0, parallel_s / serial_s) if serial_s else 1.0


def _profile(
    timing: Timing, traces: Sequence[MapTrace], wall_s: float, *, shutdown_s: float
) -> Profile | None:
    if not traces:
        return None
    seconds = _Seconds()
    for trace in traces:
        seconds.add_all(map_seconds(trace, workers=timing.workers))
    in_maps_s = sum(trace.elapsed_s for trace in traces)
    seconds.add("shutdown", shutdown_s * timing.workers)
    seconds.add("merge", (wall_s - shutdown_s - in_maps_s) * timing.workers)
    on_core_s = seconds["compute"] + seconds["deserialise"]
    _set_slower_apart(seconds, timing.serial_traces)
    runs = [run for trace in traces for run in trace.runs]
    journeys = [run.journey for run in runs if run.journey]
    return Profile(
        workers=timing.workers,
        wall_s=wall_s,
        seconds=dict(seconds),
        contradicted_s=seconds.contradicted_s,
        cpu_s=sum(map(_cpu_s, traces)),
        on_core_s=on_core_s + sum(j.answered_s - r.stop_s for r, j in _with_journey(runs)),
        helpers_s=sum(run.helpers_s for run in runs),
        n_chunks=len(runs),
        handed_bytes=sum(j.chunk_bytes + j.answer_bytes for j in journeys),
    )


def _set_slower_apart(seconds: _Seconds, serial_traces: Sequence[MapTrace]) -> None:
    serial_s = sum(run.on_core_s for trace in serial_traces for run in trace.runs)
    if serial_s:
        seconds["slower_on_core"] = max(0.0, seconds["compute"] - serial_s)
        seconds["compute"] -= seconds["slower_on_core"]


def map_seconds(trace: MapTrace, *, workers: int) -> _Seconds:
    """Return the seconds of worker time of one map, part by part; compute is not split yet."""
    lanes = by_worker(trace)
    packing = _Packing(trace)
    seconds = _Seconds()
    last_s = last_answer_s(trace)
    for runs in lanes.values():
        free_s = trace.start_s
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            _add_way_in(seconds, free_s, run, packing)
            seconds.add("waiting", run.waited_s)
            seconds.add("compute", run.on_core_s)
            free_s = min(_free_again_s(run), _arrived_s(following))
            seconds.add("result_return", free_s - run.stop_s)
        seconds.add("imbalance", last_s - free_s)
        seconds.add("result_return", trace.stop_s - last_s)
    seconds.add("imbalance", (workers - len(lanes)) * trace.elapsed_s)
    return seconds


def last_answer_s(trace: MapTrace) -> float:
    """Return when the last worker was free: what follows is the parent taking the answers."""
    return max(map(_free_again_s, trace.runs), default=trace.start_s)


def _add_way_in(seconds: _Seconds, free_s: float, run: ChunkRun, packing: _Packing) -> None:
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


def _with_journey(runs: Sequence[ChunkRun]) -> list[tuple[ChunkRun, Journey]]:
    return [(run, run.journey) for run in runs if run.journey]


def _cpu_s(trace: MapTrace) -> float:
    total_s = 0.0
    for runs in by_worker(trace).values():
        journeys = [journey for _, journey in _with_journey(runs)]
        if journeys:
            total_s += journeys[-1].cpu_answered_s - journeys[0].cpu_arrived_s
    return total_s


class _Seconds(dict[str, float]):
    """Seconds by part; a negative stretch is no time, but a contradiction of two stamps."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(PARTS, 0.0))
        self.contradicted_s = 0.0

    def add(self, part: str, value_s: float) -> None:
        self[part] += max(0.0, value_s)
        self.contradicted_s += max(0.0, -value_s)

    def add_all(self, other: _Seconds) -> None:
        for part, value_s in other.items():
            self[part] += value_s
        self.contradicted_s += other.contradicted_s


class _Packing:
    """When the parent was pickling, and for how long until any moment."""

    def __init__(self, trace: MapTrace) -> None:
        spans = [(j.packing_s, j.packed_s) for _, j in _with_journey(trace.runs)]
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
