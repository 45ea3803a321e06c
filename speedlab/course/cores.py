"""16 or 64 cores? What a run takes and costs on any number of cores, from its serial share."""

from __future__ import annotations

from speedlab import plotting
from speedlab.business import RunOn
from speedlab.course.explorer import Explorer
from speedlab.course.slider import Slider
from speedlab.explaining import workers_in_words

STEPS = (1, 2, 4, 8, 16, 32, 64)
PERMILLE = 1000


class CoresExplorer(Explorer):
    """Time and cost of one run on 1 to 64 cores, and what an hour must be worth.

    Args:
        serial_share: The share that cannot be shared out, at first: what was measured.
    """

    def __init__(self, serial_share: float) -> None:
        measured = round(PERMILLE * min(0.5, max(0.0, serial_share)))
        self.hours = Slider(label="One run, one core", value=100, min=1, max=500, unit=" h")
        self.share = Slider(label="Serial part", value=measured, min=0, max=500, unit=" ‰")
        self.price = Slider(label="A core for an hour", value=5, min=1, max=100, unit=" cents")
        self.fewer = Slider(label="This many cores", value=16, min=1, max=64)
        self.more = Slider(label="or this many", value=64, min=1, max=64)
        super().__init__(self.hours, self.share, self.price, self.fewer, self.more)

    def tell(self) -> tuple[str, plotting.Chart]:
        """Return both choices in words, and both curves."""
        fewer, more = self._run(self.fewer.value), self._run(self.more.value)
        said = [_in_words(run) for run in (fewer, more)]
        if fewer.hours != more.hours:
            said.append(_difference(fewer, more))
        return " ".join(said), self._picture((fewer, more))

    def _run(self, cores: int) -> RunOn:
        share, price = self.share.value / PERMILLE, self.price.value / 100
        return RunOn(cores, self.hours.value, share, price)

    def _picture(self, chosen: tuple[RunOn, RunOn]) -> plotting.Chart:
        runs = [self._run(cores) for cores in range(1, 65)]
        figure = plotting.new_figure(9.0, 3.8)
        names = ("hours that a run takes", "cost of a run, €")
        values = ([run.hours for run in runs], [run.cost for run in runs])
        for axes, name, line in zip(figure.subplots(1, 2), names, values, strict=True):
            axes.plot([run.cores for run in runs], line, color=plotting.MODEL, linewidth=2)
            dots = sorted({run.cores for run in chosen})
            axes.plot(dots, [line[cores - 1] for cores in dots], "D", color=plotting.PARALLEL)
            axes.set_xscale("log", base=2)
            axes.set_xticks(STEPS, [str(step) for step in STEPS])
            axes.set_ylim(0, 1.1 * max(line))
            axes.set_xlabel("cores")
            axes.set_title(name, fontsize=12)
            plotting.tidy(axes)
        finding = "More cores: each saves less time than the one before, and costs more"
        figure.suptitle(finding, x=0.02, ha="left", fontsize=14, fontweight="bold")
        return plotting.Chart(figure, f"{finding}. {' '.join(map(_in_words, chosen))}")


def _in_words(run: RunOn) -> str:
    who = workers_in_words(run.cores).replace("worker", "core").capitalize()
    return f"{who}: {run.hours:,.2f} hours, {run.cost:,.2f} € a run."


def _difference(one: RunOn, other: RunOn) -> str:
    faster, slower = sorted((one, other), key=lambda run: run.hours)
    return (
        f"The faster choice is there {slower.hours - faster.hours:,.2f} hours earlier, for "
        f"{faster.cost - slower.cost:,.2f} € more. It pays if an hour earlier is worth "
        f"{one.break_even_value(other):,.2f} € or more."
    )
