"""Frozen records of numbers: what was run, where, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from speedlab.core import laws

SHORTEST_S = 1e-4
"""A run shorter than this says more about the clock than about the job."""
TELLING_S = 5e-3
"""A first run shorter than this may be slow by chance: pages, caches, the interpreter's own."""
LOOKED_UP_S = 1e-3
"""What takes longer is no look-up: a first run also fetches the pages of large answers."""
REMEMBERS = 5.0
"""How many times as long the first serial run took, where later ones only looked answers up."""


@dataclass(frozen=True)
class Journey:
    """When a chunk was where on its way to a worker, and its result on the way back.

    Every time is in seconds of the system's steady clock, which all its processes share.
    """

    packing_s: float
    """The parent begins to pickle the chunk."""
    packed_s: float
    """The parent has pickled it."""
    sent_s: float
    """The parent hands it to the pipe."""
    arrived_s: float
    """The worker holds its bytes."""
    answered_s: float
    """The worker hands the pickled result to the pipe."""
    received_s: float
    """The parent holds the bytes of the result."""
    ready_s: float
    """The worker was ready for its first chunk."""
    chunk_bytes: int
    answer_bytes: int
    cpu_arrived_s: float
    """The worker's own CPU clock on arrival of the chunk."""
    cpu_answered_s: float
    """The worker's own CPU clock when the result was pickled."""


@dataclass(frozen=True)
class ChunkRun:
    """One chunk on one worker; times are seconds of the system's steady clock."""

    index: int
    pid: int
    start_s: float
    stop_s: float
    waited_s: float | None
    """Seconds in which the thread was ready to run but had no core; None where nobody counts it."""
    cpu_s: float = 0.0
    """CPU seconds of the whole process meanwhile, its library threads included."""
    thread_s: float | None = None
    """CPU seconds of the thread that ran the chunk; None counts all that it did not wait."""
    gc_s: float = 0.0
    """Seconds of thread_s in which the garbage collector ran; noted in worker processes only."""
    thread: int = 0
    """The system's number of the thread that ran the chunk: with pid it names a lane."""
    journey: Journey | None = None
    """How the chunk came and its result went; None on the serial side."""

    @property
    def elapsed_s(self) -> float:
        """Seconds inside the function."""
        return self.stop_s - self.start_s

    @property
    def given_core_s(self) -> float:
        """Seconds inside the function, less those in which it waited for a core."""
        return self.elapsed_s - (self.waited_s or 0.0)

    @property
    def on_core_s(self) -> float:
        """Seconds inside the function in which its thread was running on a core."""
        given_s = self.given_core_s
        return given_s if self.thread_s is None else min(self.thread_s, given_s)

    @property
    def off_core_s(self) -> float:
        """Seconds inside the function in which its thread had no use for a core.

        It waited for a disk, a lock, a service, a sleep, or for threads of a library.
        """
        return self.given_core_s - self.on_core_s

    @property
    def helpers_s(self) -> float:
        """CPU seconds of other threads: a library such as BLAS that uses several cores."""
        return max(0.0, self.cpu_s - (self.thread_s or 0.0)) if self.thread_s is not None else 0.0


@dataclass(frozen=True)
class MapTrace:
    """One map over chunks: when it began and ended, and every chunk in between."""

    start_s: float
    stop_s: float
    runs: tuple[ChunkRun, ...]
    packed_s: float | None = None
    """When the function was pickled; None on the serial side."""
    parent_cpu_s: float = 0.0
    """CPU seconds of the parent meanwhile: handing out and taking back, one chunk at a time."""

    @property
    def elapsed_s(self) -> float:
        """Seconds of the whole map."""
        return self.stop_s - self.start_s


@dataclass(frozen=True)
class Prediction:
    """What a model says of a number of workers that was not measured."""

    workers: int
    low: float
    """Speedup if chunks get slower with every further worker, as they did so far; or, measured with
    one worker alone, if the others bring nothing."""
    high: float
    """Speedup if they get no slower than measured, but for waiting for one another, which grows
    with every busy worker; never more than the workers."""
    amdahl: float | None
    """Amdahl's speedup from the measured serial fraction; None without two workers."""
    gustafson: float | None
    """Gustafson's scaled speedup, for a job that grows with the workers."""


@dataclass(frozen=True)
class Footprint:
    """What a run used, seen from outside by sampling its processes."""

    wall_s: float
    processes: int
    """Processes other than this one that did some work."""
    cpu_s: float
    """Their CPU seconds."""
    peak_bytes: int
    """The most memory all processes together held, shared pages counted once (PSS)."""


@dataclass(frozen=True)
class Timing:
    """One interleaved series of serial and parallel runs with a number of workers."""

    workers: int
    serial_s: tuple[float, ...]
    wall_s: tuple[float, ...]
    cold_s: float
    """Seconds of the first parallel run, starting the workers included."""
    traces: tuple[MapTrace, ...]
    """The maps of one parallel run: that of the pair with the median ratio."""
    cold_traces: tuple[MapTrace, ...] = ()
    """The maps of the first parallel run."""
    shutdown_s: float = 0.0
    """Seconds until the workers had ended."""
    serial_traces: tuple[MapTrace, ...] = ()
    """The maps of a serial run, chunk by chunk: of the same pair, or of a run apart."""
    serial_map_s: float = 0.0
    """Seconds of the serial run whose maps these are."""
    serial_waited: float = 0.0
    """The share of the serial runs in which this process was ready, but without a core."""
    one_thread_s: tuple[float, ...] = ()
    """Serial seconds with numeric libraries held to one thread, where they would use more."""
    engine: str = "processes"
    """Who the workers were: an engine of compare()."""
    first_serial_s: float = 0.0
    """Seconds of the very first serial run, before the pairs; 0 where it says nothing."""
    first_serial_traces: tuple[MapTrace, ...] = ()
    """The maps of that run."""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Speedup of each pair: the raw points."""
        return tuple(s / p for s, p in zip(self.serial_s, self.wall_s, strict=True))

    @property
    def speedup(self) -> float:
        """Median of the paired ratios."""
        return median(self.ratios)

    @property
    def pair(self) -> int:
        """Which pair stands for all: that of the median ratio, the lower of two in the middle."""
        ratios = self.ratios
        return sorted(range(len(ratios)), key=ratios.__getitem__)[(len(ratios) - 1) // 2]

    @property
    def pair_serial_s(self) -> float:
        """Seconds of the serial run of this pair, whose maps serial_traces are."""
        return self.serial_s[self.pair]

    @property
    def pair_wall_s(self) -> float:
        """Seconds of the parallel run of this pair, whose maps traces are."""
        return self.wall_s[self.pair]

    @property
    def efficiency(self) -> float:
        """Share of each worker's time that paid off."""
        return laws.efficiency(self.speedup, workers=self.workers)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Two of the ratios between which the true median lies as often as coverage says.

        None where a single pair was measured.
        """
        found = laws.median_interval(self.ratios)
        return (found.low, found.high) if found else None

    @property
    def coverage(self) -> float | None:
        """How often such an interval holds the true median: 0.75 at 3 pairs, 0.95 or more from 6.

        It counts on pairs that do not hang together; a machine busy for a while spoils that.
        None where a single pair was measured.
        """
        found = laws.median_interval(self.ratios)
        return found.coverage if found else None

    @property
    def cold_speedup(self) -> float:
        """Speedup of the first run, starting the workers included."""
        return median(self.serial_s) / self.cold_s

    @property
    def contended(self) -> bool:
        """Whether either side waited for a core for more than 5 % of its time, as far as is known.

        Where the system does not count that waiting, nothing is known, and this is False.
        """
        runs = [run for trace in self.traces for run in trace.runs]
        waited_s, elapsed_s = sum(r.waited_s or 0.0 for r in runs), sum(r.elapsed_s for r in runs)
        return waited_s > 0.05 * elapsed_s or self.serial_waited > 0.05

    @property
    def waiting_known(self) -> bool:
        """Whether the system counts how long a thread is ready, but without a core."""
        runs = [run for trace in self.traces for run in trace.runs]
        return all(run.waited_s is not None for run in runs)

    @property
    def remembers(self) -> bool:
        """Whether the later serial runs only looked up what the first had computed.

        They must also have computed less: a file that is read again comes out of memory, and takes
        as much computing as before. And a single chunk that was slow the first time does not
        count: it loaded or opened something; nor do chunks that take long for a look-up.
        """
        once_s, later_s = self.first_serial_s, median(self.serial_s)
        if once_s < TELLING_S or once_s <= REMEMBERS * later_s:
            return False
        first, later = _computed_s(self.first_serial_traces), _computed_s(self.serial_traces)
        if not first or len(first) != len(later):
            return later_s < LOOKED_UP_S * max(1, len(later))
        both = sorted(zip(first, later, strict=True), key=lambda pair: pair[0] - pair[1])
        first_s, later_s = map(sum, zip(*(both[:-1] or both), strict=True))
        return first_s > REMEMBERS * later_s and later_s < LOOKED_UP_S * len(both)

    @property
    def one_thread_speedup(self) -> float | None:
        """Speedup against a serial run held to one thread, where that differs; else None."""
        if not self.one_thread_s:
            return None
        return median(s / p for s, p in zip(self.one_thread_s, self.wall_s, strict=True))


def _computed_s(traces: tuple[MapTrace, ...]) -> list[float]:
    return [run.on_core_s for trace in traces for run in trace.runs]
