"""Frozen records of numbers: what was run, where, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np

from speedlab import theory


@dataclass(frozen=True)
class ChunkRun:
    """One chunk on one worker; times are seconds of the system's steady clock."""

    index: int
    pid: int
    start_s: float
    stop_s: float
    waited_s: float
    """Seconds in which the worker was ready to run but had no core (0 where unknown)."""

    @property
    def elapsed_s(self) -> float:
        """Seconds from taking the chunk to having its result."""
        return self.stop_s - self.start_s


@dataclass(frozen=True)
class MapTrace:
    """One map over chunks: when it began and ended, and every chunk in between."""

    start_s: float
    stop_s: float
    runs: tuple[ChunkRun, ...]

    @property
    def elapsed_s(self) -> float:
        """Seconds of the whole map."""
        return self.stop_s - self.start_s


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
        """Whether workers waited for a core for more than 5 % of their time."""
        runs = [run for trace in self.traces for run in trace.runs]
        return sum(r.waited_s for r in runs) > 0.05 * sum(r.elapsed_s for r in runs)
