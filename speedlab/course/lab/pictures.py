"""The lab's own picture: every run of the learner, and what a model says of a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from speedlab.core import laws
from speedlab.model.causes import workers_in_words
from speedlab.model.whatif import Band, Run
from speedlab.report import charts
from speedlab.report.charts import IDEAL, MODEL, PARALLEL, SERIAL, Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def so_far(runs: Sequence[Run], band: Band | None = None) -> Chart:
    """Draw the speedup of each run over its workers, beside ideal, Amdahl and a model's band.

    Args:
        runs: At least one.
        band: What a model says of another choice, drawn at its workers.
    """
    counts = [run.choice.workers for run in runs] + ([band.choice.workers] if band else [])
    most = max(2, *counts)
    figure = charts.new_figure(9.0, 4.2)
    axes = figure.subplots()
    ends = list(range(1, most + 1))
    axes.plot(ends, ends, color=IDEAL, linestyle="--", label="ideal")
    _draw_amdahl(axes, runs[-1], ends)
    for number, run in enumerate(runs, 1):
        _draw_run(axes, run, number, latest=number == len(runs))
    if band:
        _draw_band(axes, band)
    axes.set_xticks(ends)
    axes.set_xlim(0.8, most * 1.3)
    axes.set_ylim(0, 1.12 * max(most, band.high if band else 0, *(run.speedup for run in runs)))
    charts.name_curves(axes)
    finding = _finding(runs, band)
    charts.headline(figure, finding)
    return Chart(figure, f"{finding}. {_in_words(runs)}")


def before_any_run() -> Chart:
    """Draw what the lab will show: one core and two workers, were the work shared perfectly."""
    values = {"one core": 100.0, "two workers, at best": 50.0}
    finding = "How much of the waiting can two workers take away?"
    chart = charts.bars(values, finding=finding, x_label="% of the time of one core (a model)")
    for bar, colour in zip(chart.figure.axes[0].patches, (PARALLEL, SERIAL), strict=True):
        bar.set_facecolor(colour)
    return chart


def _draw_amdahl(axes: Axes, run: Run, counts: Sequence[int]) -> None:
    if run.choice.workers < 2:
        return
    fraction = laws.serial_fraction(run.speedup, workers=run.choice.workers)
    fraction = min(1.0, max(0.0, fraction))
    law = [laws.amdahl_speedup(fraction, workers=count) for count in counts]
    axes.plot(counts, law, color=MODEL, linestyle=":", linewidth=2.5, label="Amdahl (a model)")


def _draw_run(axes: Axes, run: Run, number: int, *, latest: bool) -> None:
    point = run.choice.workers, run.speedup
    filled, size = (PARALLEL, 9) if latest else ("white", 7)
    shape = "D" if latest else "o"
    axes.plot(*point, shape, color=PARALLEL, markersize=size, markerfacecolor=filled)
    axes.annotate(f" run {number}: {run.speedup:.2f}×", point, (8, -4), **charts.BESIDE)


def _draw_band(axes: Axes, band: Band) -> None:
    x = band.choice.workers
    axes.bar(
        x,
        band.high - band.low,
        bottom=band.low,
        width=0.35,
        color=MODEL,
        alpha=0.35,
        hatch="//",
        edgecolor=MODEL,
        label=f"model: {band.low:.2f} to {band.high:.2f}×",
    )


def _finding(runs: Sequence[Run], band: Band | None) -> str:
    if band:
        who = workers_in_words(band.choice.workers)
        return f"Model: {who} would give {band.low:.2f} to {band.high:.2f}×"
    best = max(runs, key=lambda run: run.speedup)
    return f"Your best run so far: {best.speedup:.2f}× with {workers_in_words(best.choice.workers)}"


def _in_words(runs: Sequence[Run]) -> str:
    each = (
        f"run {n}, {workers_in_words(run.choice.workers)} and {run.choice.chunks} chunks, "
        f"{run.choice.percent} % of the data: {run.speedup:.2f} times faster"
        for n, run in enumerate(runs, 1)
    )
    return "; ".join(each).capitalize() + "."
