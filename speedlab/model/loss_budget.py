"""Where wall x workers went: every worker's time, from the notes that its chunks carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from speedlab.core.records import Journey, MapTrace, Timing
from speedlab.model.lanes import Seconds, chunk_seconds, helpers_s, map_seconds, with_journey


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

        It is more where much data is handed over, since receiving it costs the workers' CPU as
        well, and where threads of a library work.
        """
        return self.cpu_s / self.on_core_s if self.on_core_s else 1.0


def warm(timing: Timing) -> Profile | None:
    """Return the profile of the parallel run of the median pair, or None if it left no trace."""
    return _profile(timing, timing.traces, timing.pair_wall_s, shutdown_s=0.0)


def cold(timing: Timing) -> Profile | None:
    """Return the profile of the first parallel run, starting and ending the workers included."""
    wall_s = timing.cold_s + timing.shutdown_s
    return _profile(timing, timing.cold_traces, wall_s, shutdown_s=timing.shutdown_s)


@dataclass(frozen=True)
class SlowDown:
    """How much longer chunks took in the workers than serially, as shares of the serial time."""

    with_core: float
    """What they took longer although nothing blocked them: memory, caches, library threads."""
    blocked: float
    """What they were blocked longer: they waited for one another."""
    waiting: float = 0.0
    """What they waited for a core besides: that is the machine's doing, and not their own."""

    @property
    def whole(self) -> float:
        """What they took longer with a core each."""
        return self.with_core + self.blocked


def slow_down(timing: Timing) -> SlowDown:
    """Return how much longer chunks took in the workers than serially; never less than nothing."""
    serial, parallel = chunk_seconds(timing.serial_traces), chunk_seconds(timing.traces)
    serial_s, parallel_s = (sum(side.values()) - side["waiting"] for side in (serial, parallel))
    if not serial_s:
        return SlowDown(0.0, 0.0)
    whole = max(0.0, parallel_s / serial_s - 1.0)
    blocked = max(0.0, (parallel["blocked"] - serial["blocked"]) / serial_s)
    waiting = parallel["waiting"] / serial_s
    return SlowDown(whole - min(whole, blocked), min(whole, blocked), waiting)


def _profile(
    timing: Timing, traces: Sequence[MapTrace], wall_s: float, *, shutdown_s: float
) -> Profile | None:
    if not traces:
        return None
    seconds = Seconds()
    for trace in traces:
        seconds.add_all(map_seconds(trace, workers=timing.workers))
    in_maps_s = sum(trace.elapsed_s for trace in traces)
    seconds.add("shutdown", shutdown_s * timing.workers)
    seconds.add("merge", (wall_s - shutdown_s - in_maps_s) * timing.workers)
    on_core_s = seconds["compute"] + seconds["garbage"] + seconds["deserialise"]
    _set_slower_apart(seconds, timing.serial_traces, traces)
    runs = [run for trace in traces for run in trace.runs]
    journeys = [run.journey for run in runs if run.journey]
    return Profile(
        workers=timing.workers,
        wall_s=wall_s,
        seconds=dict(seconds),
        contradicted_s=seconds.contradicted_s,
        cpu_s=sum(map(_cpu_s, traces)),
        on_core_s=on_core_s + sum(j.answered_s - r.stop_s for r, j in with_journey(runs)),
        helpers_s=helpers_s(traces),
        n_chunks=len(runs),
        handed_bytes=sum(j.chunk_bytes + j.answer_bytes for j in journeys),
    )


def _set_slower_apart(
    seconds: Seconds, serial: Sequence[MapTrace], parallel: Sequence[MapTrace]
) -> None:
    serially = chunk_seconds(serial)
    serial_s = serially["compute"] + serially["garbage"]
    if serial_s:
        # What library threads did for the serial run is the same computing, not a slow-down.
        serial_s += max(0.0, helpers_s(serial) - helpers_s(parallel))
        # With the collector, which is the same on both sides, but not noted on the serial one.
        longer_s = max(0.0, seconds["compute"] + seconds["garbage"] - serial_s)
        seconds["slower_on_core"] = min(longer_s, seconds["compute"])
        seconds["compute"] -= seconds["slower_on_core"]


def _cpu_s(trace: MapTrace) -> float:
    """Return what the CPU clocks of the workers' processes counted in a map."""
    by_process: dict[int, list[Journey]] = defaultdict(list)
    for run, journey in with_journey(trace.runs):
        by_process[run.pid].append(journey)
    return sum(
        max(j.cpu_answered_s for j in journeys) - min(j.cpu_arrived_s for j in journeys)
        for journeys in by_process.values()
    )
