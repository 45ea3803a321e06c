"""What would more workers bring? The measured chunks, replayed on a simulated pool.

The replay is a model: each chunk goes, in order, to the first free worker, but not before the
parent, which hands them out one at a time, has come to it. Memory, caches and cores that this
machine does not have are outside it; that is why the answer is a band.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from speedlab import profiling, theory
from speedlab.errors import BadInput
from speedlab.results import MapTrace, Prediction, Timing


@dataclass(frozen=True)
class MapModel:
    """One map of a job, in seconds."""

    chunk_s: tuple[float, ...]
    """Each chunk on a core of its own, in order."""
    hand_out_s: tuple[float, ...]
    """What each chunk keeps the parent busy."""
    handling_s: float = 0.0
    """What each chunk keeps its worker busy beside the function."""
    lead_s: float = 0.0
    """From the beginning until the first chunk can be handed out."""
    tail_s: float = 0.0
    """From the last answer to the end."""


@dataclass(frozen=True)
class JobModel:
    """A measured job, ready to be replayed on any number of workers."""

    serial_s: float
    maps: tuple[MapModel, ...]
    alone_s: float
    """Seconds outside the maps, when the parent works alone."""
    start_up_s: float = 0.0
    """Seconds until a new worker is ready."""
    shutdown_s: float = 0.0

    def wall_s(self, workers: int, *, inflation: float = 1.0, cold: bool = False) -> float:
        """Return the seconds the job would take.

        Args:
            workers: How many workers are simulated.
            inflation: How much longer a chunk takes on a worker's core than serially.
            cold: Whether the workers must be started first and ended afterwards.

        >>> job = JobModel(6.0, (MapModel((3.0, 2.0, 1.0), (0.0, 0.0, 0.0)),), alone_s=0.5)
        >>> job.wall_s(2), job.wall_s(3)
        (3.5, 3.5)
        """
        ready_s = self.start_up_s if cold else 0.0
        maps_s = 0.0
        for model in self.maps:
            maps_s += replay(model, workers, inflation=inflation, ready_s=ready_s)
            ready_s = 0.0
        return maps_s + self.alone_s + (self.shutdown_s if cold else 0.0)

    @property
    def ceiling(self) -> float:
        """The speedup that no number of workers passes: longest chunks and serial parts."""
        most = max((len(model.chunk_s) for model in self.maps), default=1)
        return self.serial_s / self.wall_s(max(1, most))


def replay(model: MapModel, workers: int, *, inflation: float = 1.0, ready_s: float = 0.0) -> float:
    """Return the seconds one map takes when the first free worker takes the next chunk."""
    free_s = [ready_s] * min(workers, max(1, len(model.chunk_s)))
    handed_out_s = model.lead_s
    for chunk_s, hand_out_s in zip(model.chunk_s, model.hand_out_s, strict=True):
        handed_out_s += hand_out_s
        start_s = max(handed_out_s, free_s[0])
        heapq.heapreplace(free_s, start_s + chunk_s * inflation + model.handling_s)
    return max([*free_s, handed_out_s]) + model.tail_s


def job_model(timing: Timing) -> JobModel:
    """Return the model of a measured job, from its last warm run.

    Raises:
        BadInput: If the parallel side left no trace, as in race().
    """
    if not timing.traces:
        raise BadInput(
            "There is nothing to replay.",
            "The workers of race() are your own and report no times.",
            "Use compare() with the chunk function instead.",
        )
    in_maps_s = sum(trace.elapsed_s for trace in timing.traces)
    cold = profiling.cold(timing)
    return JobModel(
        serial_s=timing.serial_s[-1],
        maps=tuple(
            _map_model(trace, twin, workers=timing.workers)
            for trace, twin in zip(timing.traces, _serial_twins(timing), strict=True)
        ),
        alone_s=timing.wall_s[-1] - in_maps_s,
        start_up_s=cold.seconds["start_up"] / timing.workers if cold else 0.0,
        shutdown_s=timing.shutdown_s,
    )


def serial_model(timing: Timing) -> JobModel:
    """Return the model of a job from its serial run alone: nothing is known of handing over.

    Raises:
        BadInput: If the serial side was not timed chunk by chunk.
    """
    if not timing.serial_traces:
        raise BadInput(
            "The serial run left no chunk times.",
            "Only compare() and compare_job() time the serial side chunk by chunk.",
            "Use one of them.",
        )
    times = [tuple(run.elapsed_s for run in trace.runs) for trace in timing.serial_traces]
    # What lies between the chunks is nobody's to share: without it the model would promise more
    # than one worker for each worker, where something held up the run there.
    alone_s = timing.serial_map_s - sum(map(sum, times))
    maps = tuple(MapModel(chunk_s, (0.0,) * len(chunk_s)) for chunk_s in times)
    return JobModel(timing.serial_map_s, maps, alone_s)


def predict(timing: Timing, workers: Sequence[int]) -> tuple[Prediction, ...]:
    """Return what the replay, Amdahl and Gustafson say of each number of workers.

    The band's upper end keeps the measured slow-down of chunks; its lower end lets the
    slow-down grow by as much again with every further worker, until more do not help. Neither
    passes the number of workers: where a busy machine held up the serial run alone, both would.

    Raises:
        BadInput: If a number is less than one, or there is nothing to replay.
    """
    counts = sorted(map(_checked, workers))
    job, slower = job_model(timing), profiling.inflation(timing)
    a_worker = (slower - 1.0) / max(1, timing.workers - 1)
    found, low = {}, 0.0
    for count in counts:
        worst = max(slower, 1 + a_worker * (count - 1))
        # Nobody uses more workers than help: past its best number the lower end stays level.
        low = max(low, job.serial_s / job.wall_s(count, inflation=worst))
        found[count] = Prediction(
            count,
            low=min(low, count),
            high=min(job.serial_s / job.wall_s(count, inflation=slower), count),
            amdahl=_amdahl(timing.speedup, timing.workers, count),
            gustafson=_gustafson(timing.speedup, timing.workers, count),
        )
    return tuple(found[count] for count in workers)


def amdahl_range(timing: Timing, workers: int) -> tuple[float, float] | None:
    """Return what Amdahl says at both ends of the measured interval: how little a point tells."""
    if timing.interval is None:
        return None
    low, high = (_amdahl(end, timing.workers, workers) for end in timing.interval)
    return (low, high) if low is not None and high is not None else None


def _amdahl(speedup: float, measured: int, workers: int) -> float | None:
    if measured < 2:
        return None
    fraction = min(1.0, max(0.0, theory.serial_fraction(speedup, workers=measured)))
    return theory.amdahl_speedup(fraction, workers=workers)


def _gustafson(speedup: float, measured: int, workers: int) -> float | None:
    if measured < 2:
        return None
    scaled_fraction = min(1.0, max(0.0, (measured - speedup) / (measured - 1)))
    return theory.gustafson_speedup(scaled_fraction, workers=workers)


def _serial_twins(timing: Timing) -> list[MapTrace | None]:
    """Return for each parallel map the same map of the serial run, where there is one."""
    serial = timing.serial_traces
    if [len(trace.runs) for trace in serial] == [len(trace.runs) for trace in timing.traces]:
        return list(serial)
    return [None] * len(timing.traces)


def _map_model(trace: MapTrace, twin: MapTrace | None, *, workers: int) -> MapModel:
    """Return the model of a map; without a serial twin its chunks are as long as measured."""
    seconds = profiling.map_seconds(trace, workers=workers)
    tail_s = trace.stop_s - profiling.last_answer_s(trace)
    on_the_way_s = sum(
        seconds[part] for part in ("transport", "deserialise", "result_return")
    ) - tail_s * len(profiling.by_worker(trace))
    packs_s = [
        run.journey.packed_s - run.journey.packing_s if run.journey else 0.0 for run in trace.runs
    ]
    n_chunks = max(1, len(trace.runs))
    other_s = max(0.0, trace.parent_cpu_s - sum(packs_s)) / n_chunks
    return MapModel(
        chunk_s=tuple(run.on_core_s for run in (twin or trace).runs),
        hand_out_s=tuple(pack_s + other_s for pack_s in packs_s),
        handling_s=max(0.0, on_the_way_s) / n_chunks,
        lead_s=(trace.packed_s or trace.start_s) - trace.start_s,
        tail_s=tail_s,
    )


def _checked(workers: int) -> int:
    if workers < 1:
        raise BadInput(
            f"{workers} workers cannot be predicted.",
            "A pool has at least one.",
            "Ask for example for c.predict([4, 8, 16]).",
        )
    return workers
