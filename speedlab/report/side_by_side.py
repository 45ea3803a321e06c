"""Serial and parallel side by side: their seconds as bars, and the speedup beside its ideal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from speedlab.core import laws
from speedlab.core.records import Timing
from speedlab.model import causes
from speedlab.model.engines import named
from speedlab.report import charts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HATCHES = ("", "//", "..", "\\\\", "xx", "--")


def side_by_side(timings: Sequence[Timing], *, guess: float | None = None) -> charts.Chart:
    """Draw serial and parallel seconds as bars, and the speedup beside its ideal.

    Args:
        timings: One for each number of workers.
        guess: The speedup that the learner guessed, drawn as a ghost.
    """
    figure = charts.new_figure(10.5, 4.2)
    bars, curve = figure.subplots(1, 2, width_ratios=(1.0, 1.15))
    _draw_bars(bars, timings, guess)
    _draw_curve(curve, timings, guess)
    best = max(timings, key=lambda timing: timing.speedup)
    finding = causes.finding(best)
    charts.headline(figure, finding)
    return charts.Chart(figure, f"{finding}. {_in_words(timings, guess)}")


def _draw_bars(axes: Axes, timings: Sequence[Timing], guess: float | None) -> None:
    labels = ["serial", *(named(timing) for timing in timings)]
    values = [median(timings[0].serial_s), *(median(timing.wall_s) for timing in timings)]
    heights, colours = values, [charts.SERIAL, *(charts.PARALLEL for _ in timings)]
    if guess is not None:
        labels, values = [*labels, charts.GUESS], [*values, values[0] / guess]
        heights = [*heights, charts.ghost_at(values[-1], max(heights))]
        colours = [*colours, charts.IDEAL]
    drawn = axes.bar(labels, heights, color=colours, edgecolor="white")
    for bar, hatch in zip(drawn, HATCHES * len(values), strict=False):
        bar.set_hatch(hatch)
    if guess is not None:
        charts.draw_as_ghost(drawn[-1])
    axes.bar_label(drawn, [charts.seconds(value) for value in values], fontsize=11, padding=2)
    axes.set_ylim(0, max(heights) * 1.18)
    axes.set_ylabel("seconds, median")
    axes.set_title("Side by side", loc="left", fontsize=12)
    charts.tidy(axes)


def _draw_curve(axes: Axes, timings: Sequence[Timing], guess: float | None) -> None:
    most = max(2, *(timing.workers for timing in timings))
    counts = list(range(1, most + 1))
    axes.plot(counts, counts, color=charts.IDEAL, linestyle="--", label="ideal")
    largest = max(timings, key=lambda timing: timing.workers)
    if largest.workers > 1:
        fraction = laws.serial_fraction(largest.speedup, workers=largest.workers)
        fraction = min(1.0, max(0.0, fraction))  # a slow-down would need more than all of the work
        law = [laws.amdahl_speedup(fraction, workers=n) for n in counts]
        dotted: Any = {"color": charts.MODEL, "linestyle": ":", "linewidth": 2.5}
        axes.plot(counts, law, label="Amdahl (a model)", **dotted)
    _draw_measured(axes, timings)
    axes.set_xticks(counts if most <= 16 else [timing.workers for timing in timings])
    axes.set_xlim(0.8, most + 0.2 * most)
    axes.set_ylim(0, most + 0.4)
    if guess is not None:
        charts.mark_guess(axes, largest.workers, guess)
    axes.set_title("Speedup", loc="left", fontsize=12)
    charts.name_curves(axes)


def _draw_measured(axes: Axes, timings: Sequence[Timing]) -> None:
    """Draw every pair as a dot, and the speedup of each number of workers with its figure."""
    for timing in timings:
        axes.plot([timing.workers] * len(timing.ratios), timing.ratios, ".", color=charts.PARALLEL)
    points = [(timing.workers, timing.speedup) for timing in timings]
    diamond: Any = {"color": charts.PARALLEL, "markersize": 9, "label": "measured"}
    axes.plot(*zip(*points, strict=True), "D", **diamond)
    for point in points:
        axes.annotate(f"{point[1]:.2f}×", point, (12, -4), **charts.BESIDE)


def _in_words(timings: Sequence[Timing], guess: float | None) -> str:
    serial_s = median(timings[0].serial_s)
    each = [f"Serial {charts.seconds(serial_s)}"]
    each += [f"{named(t)} {charts.seconds(median(t.wall_s))}" for t in timings]
    if guess is not None:
        each.append(f"{charts.GUESS} {guess:.4g}×, which is {charts.seconds(serial_s / guess)}")
    return ", ".join(each) + "."
