"""What would more workers bring? The measured chunks, replayed on a simulated pool.

The replay is a model: each chunk goes, in order, to the first free worker, but not before the
parent, which hands them out one at a time, has come to it. Memory, caches and cores that this
machine does not have are outside it; that is why the answer is a band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from speedlab.core import laws
from speedlab.core.errors import BadInput
from speedlab.core.records import MapTrace, Prediction, Timing
from speedlab.model import lanes, loss_budget, sharing
from speedlab.model.loss_budget import SlowDown

ONE_PAIR = 0.1
"""How far from the truth a single pair is taken to lie: it shows no spread of its own."""
SUREST = 0.02
"""However little the pairs differed, no model is surer than this."""


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
    def most_busy(self) -> int:
        """How many workers can be busy at once: one for each chunk of the longest map."""
        return max([1, *(len(model.chunk_s) for model in self.maps)])


def replay(model: MapModel, workers: int, *, inflation: float = 1.0, ready_s: float = 0.0) -> float:
    """Return the seconds one map takes when the first free worker takes the next chunk."""
    handed_out_s = list(accumulate(model.hand_out_s, initial=model.lead_s))
    done_s = laws.first_free(
        [chunk_s * inflation + model.handling_s for chunk_s in model.chunk_s],
        workers=min(workers, max(1, len(model.chunk_s))),
        ready_s=ready_s,
        handed_out_s=handed_out_s[1:],
    )
    return max(done_s, handed_out_s[-1]) + model.tail_s


def job_model(timing: Timing) -> JobModel:
    """Return the model of a measured job, from the run of its median pair.

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
    cold = loss_budget.cold(timing)
    return JobModel(
        serial_s=timing.pair_serial_s * _given_core(timing),  # as are the chunks below
        maps=tuple(
            _map_model(trace, twin, workers=timing.workers)
            for trace, twin in zip(timing.traces, _serial_twins(timing), strict=True)
        ),
        alone_s=timing.pair_wall_s - in_maps_s,
        start_up_s=cold.seconds["start_up"] / timing.workers if cold else 0.0,
        shutdown_s=timing.shutdown_s,
    )


def _given_core(timing: Timing) -> float:
    """Return the share of the serial run in which its chunks did not wait for a core."""
    runs = [run for trace in timing.serial_traces for run in trace.runs]
    waited_s = sum(run.waited_s or 0.0 for run in runs)
    return 1 - min(1.0, waited_s / timing.serial_map_s) if timing.serial_map_s else 1.0


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

    Raises:
        BadInput: If a number is less than one, or there is nothing to replay.
    """
    counts = list(map(_checked, workers))
    job, seen = job_model(timing), evidence(timing)
    return tuple(
        Prediction(
            count,
            *band(job, seen, count),
            amdahl=_amdahl(timing.speedup, timing.workers, count),
            gustafson=_gustafson(timing.speedup, timing.workers, count),
        )
        for count in counts
    )


@dataclass(frozen=True)
class Evidence:
    """What a measured series says of other numbers of workers, beside its chunks."""

    workers: int
    speedup: float
    slower: SlowDown
    least: float
    """How far below the model the truth may lie, as a factor below one."""
    most: float
    """How far above, as a factor above one."""


def evidence(timing: Timing) -> Evidence:
    """Return what a measured series says of other numbers of workers.

    No model is surer than the pairs, which lay so far from their median; nor than the model
    itself, which misses the measured run by as much as its replay does.

    Raises:
        BadInput: If there is nothing to replay.
    """
    slower = loss_budget.slow_down(timing)
    least, most = _spread(timing)
    # That chunks waited for a core is no mistake of a model that gives each worker one.
    inflation = 1 + slower.whole + slower.waiting
    told_s = job_model(timing).wall_s(timing.workers, inflation=inflation)
    miss = timing.pair_wall_s / told_s if told_s else 1.0
    return Evidence(
        timing.workers, timing.speedup, slower, least / max(1.0, miss), most / min(1.0, miss)
    )


def band(job: JobModel, seen: Evidence, workers: int) -> tuple[float, float]:
    """Return the least and the greatest speedup that a replay allows on a number of workers.

    The ends differ in what chunks lose by one another, and in how sure the measuring was. Neither
    passes one core a worker: where a busy machine held up the serial run alone, both would. One
    worker shows nothing of what several do to one another: from it alone the others may bring
    nothing.

    Args:
        job: What is replayed: the measured job, or the same work cut anew.
        seen: What was measured.
        workers: How many workers are asked for.
    """
    busy = min(workers, job.most_busy)  # a worker without a chunk slows nobody down
    slowest, quickest = sharing.factors(seen.slower, seen.workers, busy)
    low = job.serial_s / job.wall_s(workers, inflation=slowest)
    high = job.serial_s / job.wall_s(workers, inflation=quickest)
    if seen.workers == 1:
        low = min(low, seen.speedup)
    elif seen.slower.blocked >= sharing.CERTAIN:
        # Those who wait in line lose nothing by a longer one, as uneven longer chunks would.
        high = max(high, min(seen.speedup, busy))
    return seen.least * min(low, workers), min(seen.most * high, workers)


def ceiling(timing: Timing) -> float:
    """Return the greatest upper end of the band, whatever the number of workers.

    Raises:
        BadInput: If there is nothing to replay.
    """
    job, seen = job_model(timing), evidence(timing)
    tried = {1, timing.workers, job.most_busy} | {2**n for n in range(job.most_busy.bit_length())}
    return max(band(job, seen, workers)[1] for workers in tried)


def _spread(timing: Timing) -> tuple[float, float]:
    """Return how far the measured pairs lay from their median, or are taken to have lain."""
    if timing.interval is None:
        return 1 - ONE_PAIR, 1 + ONE_PAIR
    low, high = (end / timing.speedup for end in timing.interval)
    return min(low, 1 - SUREST), max(high, 1 + SUREST)


def amdahl_range(timing: Timing, workers: int) -> tuple[float, float] | None:
    """Return what Amdahl says at both ends of the measured interval: how little a point tells."""
    if timing.interval is None:
        return None
    low, high = (_amdahl(end, timing.workers, workers) for end in timing.interval)
    return (low, high) if low is not None and high is not None else None


def _amdahl(speedup: float, measured: int, workers: int) -> float | None:
    if measured < 2:
        return None
    fraction = min(1.0, max(0.0, laws.serial_fraction(speedup, workers=measured)))
    return laws.amdahl_speedup(fraction, workers=workers)


def _gustafson(speedup: float, measured: int, workers: int) -> float | None:
    if measured < 2:
        return None
    scaled_fraction = min(1.0, max(0.0, (measured - speedup) / (measured - 1)))
    return laws.gustafson_speedup(scaled_fraction, workers=workers)


def _serial_twins(timing: Timing) -> list[MapTrace | None]:
    """Return for each parallel map the same map of the serial run, where there is one."""
    serial = timing.serial_traces
    if [len(trace.runs) for trace in serial] == [len(trace.runs) for trace in timing.traces]:
        return list(serial)
    return [None] * len(timing.traces)


def _map_model(trace: MapTrace, twin: MapTrace | None, *, workers: int) -> MapModel:
    """Return the model of a map; without a serial twin its chunks are as long as measured."""
    seconds = lanes.map_seconds(trace, workers=workers)
    tail_s = trace.stop_s - lanes.last_answer_s(trace)
    on_the_way_s = sum(
        seconds[part] for part in ("transport", "deserialise", "result_return")
    ) - tail_s * len(lanes.by_worker(trace))
    packs_s = [
        run.journey.packed_s - run.journey.packing_s if run.journey else 0.0 for run in trace.runs
    ]
    n_chunks = max(1, len(trace.runs))
    other_s = max(0.0, trace.parent_cpu_s - sum(packs_s)) / n_chunks
    return MapModel(
        # Two clocks: on a busy machine the waiting can come out longer than the chunk.
        chunk_s=tuple(max(0.0, run.given_core_s) for run in (twin or trace).runs),
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
