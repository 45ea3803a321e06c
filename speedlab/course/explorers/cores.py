"""What more cores bring and cost, for any job: Amdahl's law, 16 cores or 64, what it is worth."""

from __future__ import annotations

from speedlab.core import laws
from speedlab.course.widgets.explorer import Explorer, Quantity
from speedlab.model.causes import workers_in_words
from speedlab.report import charts
from speedlab.report.business_case import BusinessCase, RunOn

STEPS = (1, 2, 4, 8, 16, 32, 64)


class AmdahlExplorer(Explorer):
    """The most that workers can give, for a serial share and a number of workers."""

    share = Quantity("Serial part", 20, 0, 50, " %")
    workers = Quantity("Workers", 8, 2, 64)

    def tell(self) -> tuple[str, charts.Chart]:
        """Return Amdahl's bound in words and as a curve."""
        fraction, count = self.share.number, self.workers.value
        most = laws.amdahl_speedup(fraction, workers=count)
        limit = f"{1 / fraction:.0f}" if fraction else "no limit"
        words = (
            f"{count} workers make the job at most {most:.1f} times faster. "
            f"With any number of workers: {limit}."
        )
        return words, charts.amdahl(fraction, most_workers=count)


class WorthExplorer(Explorer):
    """What a speedup is worth: hours earlier and core-hours paid, for a job of many hours.

    Args:
        efficiency: Where the slider of the efficiency stands at first: what was measured.
    """

    hours = Quantity("One run, one core", 6, 1, 48, " h")
    workers = Quantity("Workers", 4, 1, 64)
    efficiency = Quantity("Efficiency", 75, 10, 100, " %")
    runs = Quantity("Runs a day", 1, 1, 24)
    price = Quantity("A core for an hour", 5, 1, 100, " cents")
    value = Quantity("An hour is worth", 20, 0, 500, " €")

    def __init__(self, efficiency: float) -> None:
        super().__init__(efficiency=efficiency)

    @property
    def case(self) -> BusinessCase:
        """The business case for where the sliders stand."""
        return BusinessCase(
            speedup=self.workers.value * self.efficiency.value / 100,
            workers=self.workers.value,
            one_core_h=self.hours.value,
            runs_per_day=self.runs.value,
            price_per_core_hour=self.price.number,
            value_per_hour=self.value.value,
        )

    def tell(self) -> tuple[str, charts.Chart]:
        """Return the case in words, and how far each assumption moves it."""
        case = self.case
        return " ".join(case.sentences), case.chart()


class CoresExplorer(Explorer):
    """Time and cost of one run on 1 to 64 cores, and what an hour must be worth.

    Args:
        serial_share: The share that cannot be shared out, at first: what was measured.
    """

    hours = Quantity("One run, one core", 100, 1, 500, " h")
    share = Quantity("Serial part", 0, 0, 500, " ‰")
    price = Quantity("A core for an hour", 5, 1, 100, " cents")
    fewer = Quantity("This many cores", 16, 1, 64)
    more = Quantity("or this many", 64, 1, 64)

    def __init__(self, serial_share: float) -> None:
        super().__init__(share=serial_share)

    def tell(self) -> tuple[str, charts.Chart]:
        """Return both choices in words, and both curves."""
        fewer, more = self._run(self.fewer.value), self._run(self.more.value)
        sentences = [_in_words(run) for run in (fewer, more)]
        if fewer.hours != more.hours:
            sentences.append(_difference(fewer, more))
        return " ".join(sentences), self._picture((fewer, more))

    def _run(self, cores: int) -> RunOn:
        return RunOn(cores, self.hours.value, self.share.number, self.price.number)

    def _picture(self, chosen: tuple[RunOn, RunOn]) -> charts.Chart:
        runs = [self._run(cores) for cores in range(1, 65)]
        figure = charts.new_figure(9.0, 3.8)
        names = ("hours that a run takes", "cost of a run, €")
        values = ([run.hours for run in runs], [run.cost for run in runs])
        for axes, name, line in zip(figure.subplots(1, 2), names, values, strict=True):
            axes.plot([run.cores for run in runs], line, color=charts.MODEL, linewidth=2)
            dots = sorted({run.cores for run in chosen})
            axes.plot(dots, [line[cores - 1] for cores in dots], "D", color=charts.PARALLEL)
            axes.set_xscale("log", base=2)
            axes.set_xticks(STEPS, [str(step) for step in STEPS])
            axes.set_ylim(0, 1.1 * max(line))
            axes.set_xlabel("cores")
            axes.set_title(name, fontsize=12)
            charts.tidy(axes)
        finding = "More cores: each saves less time than the one before, and costs more"
        charts.headline(figure, finding)
        return charts.Chart(figure, f"{finding}. {' '.join(map(_in_words, chosen))}")


def _in_words(run: RunOn) -> str:
    who = workers_in_words(run.cores).replace("worker", "core").capitalize()
    return f"{who}: {run.hours:,.2f} hours, {run.cost:,.2f} € a run."


def _difference(first: RunOn, second: RunOn) -> str:
    faster, slower = sorted((first, second), key=lambda run: run.hours)
    return (
        f"The faster choice is there {slower.hours - faster.hours:,.2f} hours earlier, for "
        f"{faster.cost - slower.cost:,.2f} € more. It pays if an hour earlier is worth "
        f"{first.break_even_value(second):,.2f} € or more."
    )
