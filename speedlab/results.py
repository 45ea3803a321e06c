"""Frozen records of numbers: what was run, where, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np

from speedlab import theory

SHORTEST_S = 1e-4
"""A run shorter than this says more about the clock than about the job."""


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
    waited_s: float
    """Seconds in which the worker was ready to run but had no core."""
    cpu_s: float = 0.0
    """CPU seconds of the whole process meanwhile, its library threads included."""
    thread_s: float = 0.0
    """CPU seconds of the thread that ran the chunk."""
    journey: Journey | None = None
    """How the chunk came and its result went; None on the serial side."""

    @property
    def elapsed_s(self) -> float:
        """Seconds inside the function."""
        return self.stop_s - self.start_s

    @property
    def on_core_s(self) -> float:
        """Seconds inside the function, less those in which it waited for a core."""
        return self.elapsed_s - self.waited_s

    @property
    def helpers_s(self) -> float:
        """CPU seconds of other threads: a library such as BLAS that uses several cores."""
        return max(0.0, self.cpu_s - self.thread_s)


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
    """Speedup if chunks get slower with every further worker, as they did so far."""
    high: float
    """Speedup if they get no slower than measured."""
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
    """The maps of the last parallel run."""
    cold_traces: tuple[MapTrace, ...] = ()
    """The maps of the first parallel run."""
    shutdown_s: float = 0.0
    """Seconds until the workers had ended."""
    serial_traces: tuple[MapTrace, ...] = ()
    """The maps of a serial run, chunk by chunk."""
    serial_map_s: float = 0.0
    """Seconds of the serial run whose maps these are."""
    serial_waited: float = 0.0
    """The share of the serial runs in which this process was ready, but without a core."""
    one_thread_s: tuple[float, ...] = ()
    """Serial seconds with numeric libraries held to one thread, where they would use more."""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Speedup of each pair: the raw points."""
        return tuple(s / p for s, p in zip(self.serial_s, self.wall_s, strict=True))

    @property
    def speedup(self) -> float:
        """Median of the paired ratios."""
        return median(self.ratios)

    @property
    def efficiency(self) -> float:
        """Share of each worker's time that paid off."""
        return theory.efficiency(self.speedup, workers=self.workers)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Range of the ratios from 2 pairs, a 95 % bootstrap interval of the median from 8.

        None where a single pair was measured.
        """
        if len(self.ratios) < 2:
            return None
        if len(self.ratios) < 8:
            return min(self.ratios), max(self.ratios)
        draws = np.random.default_rng(0).choice(self.ratios, size=(2000, len(self.ratios)))
        low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
        return float(low), float(high)

    @property
    def cold_speedup(self) -> float:
        """Speedup of the first run, starting the workers included."""
        return median(self.serial_s) / self.cold_s

    @property
    def contended(self) -> bool:
        """Whether either side waited for a core for more than 5 % of its time."""
        runs = [run for trace in self.traces for run in trace.runs]
        waited_s, elapsed_s = sum(r.waited_s for r in runs), sum(r.elapsed_s for r in runs)
        return waited_s > 0.05 * elapsed_s or self.serial_waited > 0.05

    @property
    def one_thread_speedup(self) -> float | None:
        """Speedup against a serial run held to one thread, where that differs; else None."""
        if not self.one_thread_s:
            return None
        return median(s / p for s, p in zip(self.one_thread_s, self.wall_s, strict=True))
