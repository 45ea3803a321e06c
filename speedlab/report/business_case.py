"""What a measured speedup is worth: hours of waiting against core-hours, by one's own assumptions.

Nothing here is measured but the speedup. The other numbers are assumptions of whoever decides;
sensitivity() says how much each of them matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from math import inf, isfinite
from typing import Any

from speedlab.core import laws
from speedlab.core.errors import BadInput
from speedlab.model.causes import workers_in_words
from speedlab.report import charts

LAW = "Parallelism cuts waiting, not core-hours"


@dataclass(frozen=True)
class RunOn:
    """One run on some cores, if a share of it cannot be shared out: a model, Amdahl's law.

    Attributes:
        cores: How many cores, each with one worker.
        one_core_h: How long the run takes on one core, in hours.
        serial_share: The share of it that cannot be shared out, 0 to 1.
        price_per_core_hour: What one core costs in an hour, busy or not, in any currency.

    Raises:
        BadInput: If a number cannot be used.

    >>> run = RunOn(16, 100.0, 0.05, 0.05)
    >>> round(run.hours, 4), round(run.cost, 2)
    (10.9375, 8.75)
    """

    cores: int
    one_core_h: float
    serial_share: float
    price_per_core_hour: float

    def __post_init__(self) -> None:
        if self.cores < 1 or self.one_core_h <= 0 or self.price_per_core_hour < 0:
            raise BadInput(
                "No cost of a run can be made of these numbers.",
                "There must be a core and some work, and no price below 0.",
                "Check what was given.",
            )

    @property
    def hours(self) -> float:
        """How long the run takes: hours on one core / Amdahl's speedup."""
        speedup = laws.amdahl_speedup(self.serial_share, workers=self.cores)
        return laws.runtime(self.one_core_h, speedup=speedup)

    @property
    def cost(self) -> float:
        """What the run costs: price * cores * hours."""
        return self.price_per_core_hour * self.cores * self.hours

    def break_even_value(self, other: RunOn) -> float:
        """Return the value of an hour from which on the faster of two runs pays.

        >>> fewer, more = (RunOn(cores, 100.0, 0.05, 0.05) for cores in (16, 64))
        >>> round(fewer.break_even_value(more), 2)
        2.69
        """
        faster, slower = sorted((self, other), key=lambda run: run.hours)
        if faster.hours == slower.hours:
            return inf
        return max(0.0, (faster.cost - slower.cost) / (slower.hours - faster.hours))


@dataclass(frozen=True)
class BusinessCase:
    """A decision in numbers, for one day.

    Attributes:
        speedup: As measured, or as a model says of more workers.
        workers: Worker processes with which it is reached.
        one_core_h: How long one run takes on one core, in hours.
        runs_per_day: How often the job runs.
        price_per_core_hour: What one core costs in an hour, in any currency.
        value_per_hour: What it is worth to have a result an hour earlier, in the same currency.

    Raises:
        BadInput: If a number cannot be used.
    """

    speedup: float
    workers: int
    one_core_h: float
    runs_per_day: float
    price_per_core_hour: float
    value_per_hour: float

    def __post_init__(self) -> None:
        positive = (self.speedup, self.workers, self.one_core_h, self.runs_per_day)
        others = (self.price_per_core_hour, self.value_per_hour)
        usable = all(isfinite(number) for number in (*positive, *others))
        if not (usable and min(positive) > 0 and min(others) >= 0):
            raise BadInput(
                "No business case can be made of these numbers.",
                "Hours, runs, workers and the speedup must be above 0, prices and values not "
                "below 0.",
                "Check what was given.",
            )

    @property
    def runtime_h(self) -> float:
        """Hours that one run takes with the workers (hours on one core / speedup)."""
        return laws.runtime(self.one_core_h, speedup=self.speedup)

    @property
    def hours_earlier(self) -> float:
        """Hours of waiting saved in a day, runs * (hours on one core - hours with workers)."""
        return self.runs_per_day * (self.one_core_h - self.runtime_h)

    @property
    def core_hours(self) -> float:
        """Core-hours paid for in a day with the workers, runs * runtime * workers."""
        return self.runs_per_day * self.runtime_h * self.workers

    @property
    def core_hours_before(self) -> float:
        """Core-hours paid for in a day, on one core."""
        return self.runs_per_day * self.one_core_h

    @property
    def extra_cost(self) -> float:
        """What the additional core-hours of a day cost."""
        return (self.core_hours - self.core_hours_before) * self.price_per_core_hour

    @property
    def benefit(self) -> float:
        """What the hours saved in a day are worth."""
        return self.hours_earlier * self.value_per_hour

    @property
    def net(self) -> float:
        """Benefit less extra cost, for a day."""
        return self.benefit - self.extra_cost

    @property
    def break_even_value(self) -> float:
        """The value of an hour from which on it pays; infinity if no hour is saved.

        >>> round(BusinessCase(4.0, 8, 6.0, 1, 0.10, 0.0).break_even_value, 4)
        0.1333
        """
        if self.hours_earlier <= 0:
            return inf
        return max(0.0, self.extra_cost / self.hours_earlier)

    def sensitivity(self) -> dict[str, tuple[float, float]]:
        """Return the net of a day if one assumption is half, and if it is twice what was given.

        The speedup cannot be doubled: its second figure is that of perfect workers.
        """
        worse = replace(self, speedup=self.speedup / 2)
        perfect = replace(self, speedup=max(self.speedup, float(self.workers)))
        ranges = {"speedup halved, or perfect": (worse.net, perfect.net)}
        for name, words in _VARIED.items():
            half, twice = (
                replace(self, **{name: factor * getattr(self, name)}) for factor in (0.5, 2)
            )
            ranges[f"{words} halved, or doubled"] = (half.net, twice.net)
        return ranges

    def chart(self) -> charts.Chart:
        """Draw how far each assumption moves the net of a day; the widest is on top."""
        ranges = self.sensitivity()
        names = sorted(ranges, key=lambda name: abs(ranges[name][1] - ranges[name][0]))
        figure = charts.new_figure(9.0, 1.4 + 0.5 * len(names))
        axes = figure.subplots()
        lows = [min(ranges[name]) for name in names]
        widths = [abs(ranges[name][1] - ranges[name][0]) for name in names]
        axes.barh(names, widths, left=lows, color=charts.PARALLEL, height=0.6)
        axes.axvline(self.net, color=charts.IDEAL, linewidth=1.5, linestyle="--")
        axes.set_xlabel("net of a day, in your currency")
        charts.tidy(axes)
        finding = f"Net of a day: {self.net:,.2f}"
        charts.headline(figure, finding)
        ends = (f"{name}: {min(ranges[name]):,.2f} to {max(ranges[name]):,.2f}" for name in names)
        return charts.Chart(figure, f"{finding}. By assumption: {', '.join(ends)}.")

    @property
    def sentences(self) -> tuple[str, ...]:
        """The case in words."""
        who = workers_in_words(self.workers)
        pays = f"It pays if an hour earlier is worth {self.break_even_value:,.2f} or more."
        return (
            f"A run takes {_hours(self.runtime_h)} with {who} instead of "
            f"{_hours(self.one_core_h)}: {_hours(self.hours_earlier)} less waiting a day.",
            f"{LAW}: {self.core_hours:,.2f} core-hours a day instead of "
            f"{self.core_hours_before:,.2f}, for {self.extra_cost:,.2f} more.",
            pays if isfinite(self.break_even_value) else "No hour is saved, so it never pays.",
        )

    def figures(self) -> Mapping[str, float]:
        """Return every figure of the case by its name, for a report."""
        names = ("runtime_h", "hours_earlier", "core_hours", "core_hours_before", "extra_cost")
        return {name: getattr(self, name) for name in (*names, "benefit", "net")}

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        words = "".join(f"<p>{escape(text)}</p>" for text in self.sentences)
        return {"text/html": self.chart().html() + words, "text/plain": repr(self)}


_VARIED = {
    "runs_per_day": "runs a day",
    "price_per_core_hour": "price of a core-hour",
    "value_per_hour": "value of an hour",
}


def _hours(hours: float) -> str:
    """Return hours in the unit that people would use.

    >>> _hours(2.5), _hours(0.4), _hours(0.001)
    ('2.5 hours', '24.0 minutes', '3.6 seconds')
    """
    if abs(hours) >= 1:
        return f"{hours:,.1f} hours"
    minutes = hours * 60
    return f"{minutes:.1f} minutes" if abs(minutes) >= 1 else f"{minutes * 60:.1f} seconds"
