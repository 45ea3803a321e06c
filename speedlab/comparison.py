"""What a comparison of serial and parallel runs found, in numbers, words and charts."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median
from typing import Any

from speedlab import plotting, predicting, profiling, telling
from speedlab.business import BusinessCase
from speedlab.cpus import usable_cpus
from speedlab.errors import BadInput, SpeedlabWarning
from speedlab.results import SHORTEST_S, Footprint, Timing
from speedlab.telling import Explanation, Forecast


@dataclass(frozen=True)
class Comparison:
    """A serial and a parallel run that gave the same answer, and their times.

    Of several numbers of workers, the plain properties speak of the largest;
    `at(workers=4)` gives another one.
    """

    answer: Any
    agreement: str
    """"exact", "within rtol ..." or "by your own test"."""
    timings: tuple[Timing, ...]
    n_chunks: int | None = None
    footprint: Footprint | None = None
    """What the parallel side of a race used, seen from outside."""

    @property
    def timing(self) -> Timing:
        """The series with the most workers."""
        return max(self.timings, key=lambda timing: timing.workers)

    @property
    def workers(self) -> int:
        """Worker processes of the parallel side."""
        return self.timing.workers

    @property
    def equal(self) -> bool:
        """Whether the answers agreed; without that no Comparison exists."""
        return bool(self.agreement)

    @property
    def speedup(self) -> float:
        """Median of the paired ratios serial / parallel, workers already warm."""
        return self.timing.speedup

    @property
    def efficiency(self) -> float:
        """Share of each worker's time that paid off."""
        return self.timing.efficiency

    @property
    def interval(self) -> tuple[float, float] | None:
        """Range of the ratios, or their 95 % interval from 8 pairs; None for one pair."""
        return self.timing.interval

    @property
    def cold(self) -> float:
        """Speedup of the very first run, starting the workers included."""
        return self.timing.cold_speedup

    @property
    def serial_s(self) -> float:
        """Median seconds of the serial side."""
        return median(self.timing.serial_s)

    @property
    def wall_s(self) -> float:
        """Median seconds of the parallel side."""
        return median(self.timing.wall_s)

    @property
    def profile(self) -> profiling.Profile | None:
        """Where the workers' time went in the last run; None after race()."""
        return profiling.warm(self.timing)

    @property
    def cold_profile(self) -> profiling.Profile | None:
        """The same of the first run, starting and ending the workers included."""
        return profiling.cold(self.timing)

    @property
    def losses(self) -> dict[str, float]:
        """Where wall x workers of the last run went, as shares of one; empty after race()."""
        return self.profile.shares if self.profile else {}

    def at(self, *, workers: int) -> Timing:
        """Return the series measured with this number of workers.

        Raises:
            BadInput: If none was.
        """
        for timing in self.timings:
            if timing.workers == workers:
                return timing
        known = ", ".join(str(timing.workers) for timing in self.timings)
        raise BadInput(
            f"{workers} workers were not measured.",
            f"This comparison holds {known}.",
            f"Call compare(..., workers=[{known}, {workers}]).",
        )

    def plot(self) -> plotting.Chart:
        """Draw serial and parallel side by side, with the speedup, its ideal and Amdahl."""
        return plotting.side_by_side(self.timings)

    def timeline(self) -> plotting.Chart:
        """Draw which worker computed when, in the longest map of the last run.

        Raises:
            BadInput: If the parallel side ran outside speedlab, as in race().
        """
        if not self.timing.traces:
            raise BadInput(
                "There is no timeline.",
                "The workers of race() are your own and report no times.",
                "Use compare() with the chunk function instead.",
            )
        longest = max(self.timing.traces, key=lambda trace: trace.elapsed_s)
        return plotting.timeline(longest, workers=self.workers)

    def explain(self) -> Explanation:
        """Say where the workers' time went: the largest loss, its remedy, what that would bring."""
        return telling.explain(self.timing, self.footprint)

    @property
    def foreseen(self) -> float | None:
        """The speedup that a replay of the serial run alone says, or None without its chunks."""
        if not self.timing.serial_traces:
            return None
        job = predicting.serial_model(self.timing)
        return self.timing.serial_s[-1] / job.wall_s(self.workers)

    def predict(self, workers: Sequence[int]) -> Forecast:
        """Say what a model expects of other numbers of workers: a band, and the ceiling.

        Raises:
            BadInput: If the parallel side left no trace, as in race(), or a number is below one.
        """
        if self.timing.contended:
            warnings.warn(
                "The cores were busy with other work while this was measured, so the prediction "
                "is doubtful. Measure again when the machine is quiet.",
                SpeedlabWarning,
                stacklevel=2,
            )
        return telling.forecast(self.timing, list(workers))

    def business_case(
        self,
        *,
        runs_per_day: float,
        price_per_core_hour: float,
        value_per_hour: float,
        one_core_h: float | None = None,
    ) -> BusinessCase:
        """Say what the measured speedup is worth in a day, by your own assumptions.

        Args:
            runs_per_day: How often the job runs.
            price_per_core_hour: What a core costs in an hour, in any currency.
            value_per_hour: What a result an hour earlier is worth, in the same currency.
            one_core_h: How long your real job takes on one core; by default as measured here.

        Raises:
            BadInput: If a number cannot be used.
        """
        return BusinessCase(
            self.speedup,
            self.workers,
            self.serial_s / 3600 if one_core_h is None else one_core_h,
            runs_per_day,
            price_per_core_hour,
            value_per_hour,
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one record of plain numbers for each number of workers."""
        return [
            {
                "workers": timing.workers,
                "wall_s": median(timing.wall_s),
                "speedup": timing.speedup,
                "interval": list(timing.interval) if timing.interval else None,
                "efficiency": timing.efficiency,
                "cold_speedup": timing.cold_speedup,
                "pairs": len(timing.ratios),
                "contended": timing.contended,
                "one_thread_speedup": timing.one_thread_speedup,
                "equal": self.equal,
            }
            for timing in self.timings
        ]

    def __repr__(self) -> str:
        lines = [f"{'':>10}{'seconds':>10}{'speedup':>10}{'range':>16}{'efficiency':>12}"]
        lines.append(f"{'serial':>10}{self.serial_s:>10.3f}")
        for timing in self.timings:
            low_high = "{:.2f}-{:.2f}".format(*timing.interval) if timing.interval else "one pair"
            lines.append(
                f"{timing.workers:>3}{' workers' if timing.workers > 1 else ' worker':<7}"
                f"{median(timing.wall_s):>10.3f}{timing.speedup:>10.2f}{low_high:>16}"
                f"{timing.efficiency:>12.0%}"
            )
        return "\n".join([*lines, *self.remarks()])

    def remarks(self) -> list[str]:
        """Return what a fair reader should know about these figures."""
        said = [
            f"Same answer ({self.agreement}). The first run, which also had to start the workers: "
            f"{self.cold:.2f}×."
        ]
        if self.timing.interval is None:
            said.append(_why_once(self.timing.serial_s[0]))
        if self.timing.one_thread_speedup is not None:
            said.append(
                "The serial code already uses several cores through a numeric library; against "
                f"one thread the speedup is {self.timing.one_thread_speedup:.2f}×."
            )
        if any(timing.contended for timing in self.timings):
            said.append("Other programs kept the cores busy: measure again for a better figure.")
        if self.workers > usable_cpus():
            said.append(
                f"This machine has {usable_cpus()} usable cores for {self.workers} workers."
            )
        return said

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        remarks = "".join(f"<p>{escape(text)}</p>" for text in self.remarks())
        return {"text/html": self.plot().html() + remarks, "text/plain": repr(self)}


def _why_once(serial_s: float) -> str:
    if serial_s < SHORTEST_S:
        return "Measured once: the job is over before a clock can tell; give it more to do."
    return "Measured once: one pair takes longer than the budget."
