"""What a comparison of serial and parallel runs found, in numbers, words and charts."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from statistics import median
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import BadInput, SpeedlabWarning
from speedlab.core.records import Footprint, Timing
from speedlab.model import causes, engines, loss_budget, replay
from speedlab.report import charts, table
from speedlab.report import engines as several
from speedlab.report import text as telling
from speedlab.report.business_case import BusinessCase
from speedlab.report.side_by_side import side_by_side
from speedlab.report.text import Explanation, Forecast

if TYPE_CHECKING:  # a plain "Comparison" is one of any answer; Python knows that only from 3.13 on
    import typing_extensions

    Answer = typing_extensions.TypeVar("Answer", default=Any)
else:
    Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Comparison(Generic[Answer]):
    """A serial and a parallel run that gave the same answer, and their times.

    Of several numbers of workers, the plain properties speak of the largest; of several engines,
    of the one named first. `at(workers=4, engine="threads")` gives another series, and
    `only(engine="threads")` all that was found with one engine.
    """

    answer: Answer
    agreement: str
    """"exact", "within rtol ..." or "by your own test"."""
    timings: tuple[Timing, ...]
    n_chunks: int | None = None
    footprint: Footprint | None = None
    """What the parallel side of a race used, seen from outside."""

    @property
    def timing(self) -> Timing:
        """The series with the most workers, of the engine named first.

        Not the fastest one: that would be chosen by the figures which it then speaks of.
        """
        return engines.most_workers(self.timings, self.engines[0])

    @property
    def engines(self) -> tuple[str, ...]:
        """Who the workers were, in the order in which the engines were named."""
        return engines.names(self.timings)

    @property
    def workers(self) -> int:
        """Workers of the parallel side."""
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
        """Two ratios between which the true speedup lies as often as coverage says; or None."""
        return self.timing.interval

    @property
    def coverage(self) -> float | None:
        """How often such an interval holds the true speedup; None for one pair."""
        return self.timing.coverage

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
    def profile(self) -> loss_budget.Profile | None:
        """Where the workers' time went in the run of the median pair; None after race()."""
        return loss_budget.warm(self.timing)

    @property
    def cold_profile(self) -> loss_budget.Profile | None:
        """The same of the first run, starting and ending the workers included."""
        return loss_budget.cold(self.timing)

    @property
    def losses(self) -> dict[str, float]:
        """Where wall x workers of that run went, as shares of one; empty after race()."""
        return self.profile.shares if self.profile else {}

    def at(self, *, workers: int | None = None, engine: str | None = None) -> Timing:
        """Return the series measured with this number of workers, or with this engine.

        Args:
            workers: By default the most that the engine had.
            engine: By default the one named first, of those with so many workers.

        Raises:
            BadInput: If none was.
        """
        return engines.find(self.timings, workers=workers, engine=engine)

    def only(self, *, engine: str) -> Comparison[Answer]:
        """Return what was found with one of several engines.

        Raises:
            BadInput: If it was not measured.
        """
        kept = self.at(engine=engine).engine
        return replace(self, timings=tuple(t for t in self.timings if t.engine == kept))

    def plot(self, *, guess: float | None = None) -> charts.Chart:
        """Draw serial and parallel side by side, with the speedup, its ideal and Amdahl.

        Args:
            guess: A speedup that somebody guessed, drawn as a ghost.
        """
        if len(self.engines) > 1:
            return several.side_by_side(self.timings, guess=guess)
        return side_by_side(self.timings, guess=guess)

    def timeline(self) -> charts.Chart:
        """Draw which worker computed when, in the longest map of the median pair's run.

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
        return charts.timeline(longest, workers=self.workers)

    def explain(self) -> Explanation:
        """Say where the workers' time went: the largest loss, its remedy, what that would bring.

        Of several engines: the largest loss of each, and which engine is ahead, if that is sure.
        """
        if len(self.engines) > 1:
            return several.explain(self.timings)
        return telling.explain(self.timing, self.footprint)

    @property
    def foreseen(self) -> float | None:
        """The speedup that a replay of the serial run alone says, or None without its chunks."""
        if not self.timing.serial_traces:
            return None
        job = replay.serial_model(self.timing)
        # At most one core a worker: something else may have held up the serial run.
        return min(self.timing.pair_serial_s / job.wall_s(self.workers), float(self.workers))

    def predict(self, workers: Sequence[int]) -> Forecast:
        """Say what a model expects of other numbers of workers: a band, and the ceiling.

        Raises:
            BadInput: If the parallel side left no trace, as in race(), or a number is below one.
        """
        if _others_were_busy(self.timing):
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
        """Return one record of plain numbers for each engine and number of workers."""
        return [
            {
                "engine": timing.engine,
                "workers": timing.workers,
                "wall_s": median(timing.wall_s),
                "speedup": timing.speedup,
                "interval": list(timing.interval) if timing.interval else None,
                "coverage": timing.coverage,
                "efficiency": timing.efficiency,
                "cold_speedup": timing.cold_speedup,
                "pairs": len(timing.ratios),
                "contended": timing.contended,
                "one_thread_speedup": timing.one_thread_speedup,
                "remembers": timing.remembers,
                "equal": self.equal,
            }
            for timing in self.timings
        ]

    def __repr__(self) -> str:
        return "\n".join([*table.lines(self.timings), *self.remarks()])

    def remarks(self) -> list[str]:
        """Return what a fair reader should know about these figures."""
        said = [
            f"Same answer ({self.agreement}). The first run, which also had to start the workers: "
            f"{table.cold_in_words(self.timings)}.",
            *causes.remembering(self.timing),
        ]
        if self.coverage is None:
            said.append(table.why_once(self.timing.serial_s[0]))
        else:
            said.append(table.how_sure(len(self.timing.ratios), self.coverage))
        if self.timing.one_thread_speedup is not None:
            said.append(
                "The serial code already uses several cores through a numeric library; against "
                f"one thread the speedup is {self.timing.one_thread_speedup:.2f}×."
            )
        return [*said, *self._doubts()]

    def _doubts(self) -> list[str]:
        """Return what may have disturbed the measuring: other programs, too few cores."""
        said = []
        if any(map(_others_were_busy, self.timings)):
            said.append("Other programs kept the cores busy: measure again for a better figure.")
        if not self.timing.waiting_known:
            said.append(
                "This system does not say how long a program waits for a core: other programs may "
                "have disturbed this unnoticed."
            )
        if self.workers > usable_cpus():
            said.append(
                f"This machine has {usable_cpus()} usable cores for {self.workers} workers."
            )
        return said

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        remarks = "".join(f"<p>{escape(text)}</p>" for text in self.remarks())
        return {"text/html": self.plot().html() + remarks, "text/plain": repr(self)}


def _others_were_busy(timing: Timing) -> bool:
    # More workers than cores wait for one another's: then only the serial side tells of others.
    return timing.contended and (timing.serial_waited > 0.05 or timing.workers <= usable_cpus())
