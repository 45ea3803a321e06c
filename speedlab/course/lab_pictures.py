"""The lab's own picture: every run of the learner, and what a model says of a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from speedlab import plotting, theory
from speedlab.course.whatif import Band, Run
from speedlab.explaining import workers_in_words
from speedlab.plotting import IDEAL, MODEL, PARALLEL, SERIAL, Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL: Any = {"textcoords": "offset points", "fontsize": 11, "annotation_clip": False}


def so_far(runs: Sequence[Run], band: Band | None = None) -> Chart:
    """Draw the speedup of each run over its workers, beside ideal, Amdahl and a model's band.

    Args:
        runs: At least one.
        band: What a model says of another choice, drawn at its workers.
    """
    counts = [run.choice.workers for run in runs] + ([band.choice.workers] if band else [])
    most = max(2, *counts)
    figure = plotting.new_figure(9.0, 4.2)
    axes = figure.subplots()
    ends = list(range(1, most + 1))
    axes.plot(ends, ends, color=IDEAL, linestyle="--", label="ideal")
    _draw_amdahl(axes, runs[-1], ends)
    for number, run in enumerate(runs, 1):
        latest = number == len(runs)
        axes.plot(
            run.choice.workers,
            run.speedup,
            "D" if latest else "o",
            color=PARALLEL,
            markersize=9 if latest else 7,
            markerfacecolor=PARALLEL if latest else "white",
        )
        words = f" run {number}: {run.speedup:.2f}×"
        axes.annotate(words, (run.choice.workers, run.speedup), (8, -4), **LABEL)
    if band:
        _draw_band(axes, band)
    axes.set_xticks(ends)
    axes.set_xlim(0.8, most * 1.3)
    axes.set_ylim(0, 1.12 * max(most, band.high if band else 0, *(run.speedup for run in runs)))
    axes.set_xlabel("workers")
    axes.set_ylabel("times faster")
    axes.legend(frameon=False, fontsize=11, loc="upper left")
    plotting.tidy(axes)
    finding = _finding(runs, band)
    figure.suptitle(finding, x=0.02, ha="left", fontsize=14, fontweight="bold")
    return Chart(figure, f"{finding}. {_in_words(runs)}")


def before_any_run() -> Chart:
    """Draw what the lab will show: one core and two workers, were the work shared perfectly."""
    values = {"one core": 100.0, "two workers, at best": 50.0}
    finding = "How much of the waiting can two workers take away?"
    chart = plotting.bars(values, finding=finding, x_label="% of the time of one core (a model)")
    for bar, colour in zip(chart.figure.axes[0].patches, (PARALLEL, SERIAL), strict=True):
        bar.set_facecolor(colour)
    return chart


def _draw_amdahl(axes: Axes, run: Run, counts: Sequence[int]) -> None:
    if run.choice.workers < 2:
        return
    fraction = theory.serial_fraction(run.speedup, workers=run.choice.workers)
    fraction = min(1.0, max(0.0, fraction))
    law = [theory.amdahl_speedup(fraction, workers=count) for count in counts]
    axes.plot(counts, law, color=MODEL, linestyle=":", linewidth=2.5, label="Amdahl (a model)")


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
