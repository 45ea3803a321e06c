"""Charts of measured runs: one palette, white background, a title that states the finding."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from speedlab.core import laws
from speedlab.core.records import MapTrace, Prediction, Timing
from speedlab.model import lanes
from speedlab.model.causes import WORDS, workers_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

# Okabe and Ito (2008): colours that colour-blind readers can tell apart.
SERIAL, PARALLEL, IDEAL, MODEL = "#E69F00", "#0072B2", "#6B6B6B", "#009E73"
BESIDE: Any = {"textcoords": "offset points", "fontsize": 11, "annotation_clip": False}
"""How a figure stands beside its point: so many points of type away, never cut off."""
GUESS = "your guess"
FAR = 3.0
"""A guess is drawn at most so many times as far out as the rest, else nobody could see the rest."""


@dataclass(frozen=True)
class Chart:
    """A figure and the sentence that says the same in words."""

    figure: Figure
    alt: str

    def png(self) -> bytes:
        """Return the picture as PNG."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=144, facecolor="white")
        return buffer.getvalue()

    def html(self) -> str:
        """Return the picture as an <img> element, and its description to unfold below it."""
        data = base64.b64encode(self.png()).decode()
        words = escape(self.alt)
        return (
            f'<img alt="{words}" style="max-width:100%;height:auto" '
            f'src="data:image/png;base64,{data}">'
            f"<details><summary>Describe this chart</summary><p>{words}</p></details>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.alt}


def timeline(trace: MapTrace, *, workers: int) -> Chart:
    """Draw when each worker computed which chunk."""
    rows = list(lanes.by_worker(trace).values())
    figure = new_figure(9.0, 1.6 + 0.45 * workers)
    axes = figure.subplots()
    for row, runs in enumerate(rows):
        spans = [(run.start_s - trace.start_s, run.elapsed_s) for run in runs]
        axes.broken_barh(spans, (row - 0.35, 0.7), facecolor=PARALLEL, edgecolor="white")
    busy = sum(run.elapsed_s for run in trace.runs) / (trace.elapsed_s * workers)
    axes.set_yticks(range(len(rows)), [f"worker {row + 1}" for row in range(len(rows))])
    axes.set_ylim(max(workers, len(rows)) - 0.4, -0.6)  # worker 1 on top
    axes.set_xlim(0, trace.elapsed_s)
    axes.set_xlabel("seconds")
    tidy(axes)
    finding = f"The workers were busy {busy:.0%} of the time"
    axes.set_title(f"{finding}; the gaps are waiting", loc="left", fontsize=14, fontweight="bold")
    return Chart(figure, f"{finding}: {len(trace.runs)} chunks on {len(rows)} workers.")


def losses(shares: Mapping[str, float]) -> Chart:
    """Draw where the workers' time went, the largest part on top.

    Args:
        shares: A share of one for each part, under the name a reader should see.
    """
    percent = {name: 100 * share for name, share in shares.items() if share >= 0.0005}
    computing = percent.get(WORDS["compute"], 0.0)
    finding = f"Computing took {computing:.0f}% of the workers' time"
    chart = bars(percent, finding=finding, x_label="% of the workers' time", digits=1)
    names = sorted(percent, key=lambda name: percent[name])
    for bar, name in zip(chart.figure.axes[0].patches, names, strict=True):
        bar.set_facecolor(PARALLEL if name == WORDS["compute"] else SERIAL)
    return chart


def forecast(timing: Timing, predictions: Sequence[Prediction], ceiling: float) -> Chart:
    """Draw the model's band over the number of workers, beside ideal, Amdahl and ceiling."""
    rows = sorted(predictions, key=lambda row: row.workers)
    counts = [timing.workers, *(row.workers for row in rows)]
    ideal = list(range(1, max(counts) + 1))
    figure = new_figure(9.0, 4.4)
    axes = figure.subplots()
    axes.plot(ideal, ideal, color=IDEAL, linestyle="--", label="ideal")
    _draw_models(axes, counts, timing.speedup, rows)
    axes.axhline(ceiling, color=IDEAL, linewidth=1, label=f"ceiling {ceiling:.1f}")
    axes.plot(timing.workers, timing.speedup, "D", color=PARALLEL, markersize=9, label="measured")
    axes.set_ylim(0, 1.6 * max(timing.speedup, *(row.high for row in rows)))  # and the legend
    axes.set_xscale("log", base=2)  # 2, 4, 16 and 64 would crowd on a plain scale
    axes.set_xticks(sorted({1, *counts}), [str(count) for count in sorted({1, *counts})])
    name_curves(axes)
    last = rows[-1]
    finding = (
        f"Model: {workers_in_words(last.workers)} would give {last.low:.1f} to {last.high:.1f}×"
    )
    headline(figure, finding)
    return Chart(figure, f"{finding}. No number of workers would give more than {ceiling:.1f}×.")


def _draw_models(
    axes: Axes, counts: Sequence[int], measured: float, rows: Sequence[Prediction]
) -> None:
    """Draw from the measured speedup on what the replay and, where it knows, Amdahl say."""
    lows, highs = [measured, *(row.low for row in rows)], [measured, *(row.high for row in rows)]
    axes.fill_between(counts, lows, highs, color=MODEL, alpha=0.25, label="replay (a model)")
    axes.plot(counts, highs, color=MODEL, linewidth=2)
    axes.plot(counts, lows, color=MODEL, linewidth=2)
    if all(row.amdahl is not None for row in rows):
        law = [measured, *(row.amdahl or 0.0 for row in rows)]
        axes.plot(counts, law, color=SERIAL, linestyle=":", linewidth=2.5, label="Amdahl (a model)")


def amdahl(serial_fraction: float, *, most_workers: int = 64) -> Chart:
    """Draw Amdahl's speedup for a serial fraction, and the ceiling it never passes."""
    figure = new_figure(8.0, 4.0)
    axes = figure.subplots()
    counts = list(range(1, most_workers + 1))
    speedups = [laws.amdahl_speedup(serial_fraction, workers=n) for n in counts]
    axes.plot(counts, counts, color=IDEAL, linestyle="--", label="ideal")
    axes.plot(counts, speedups, color=MODEL, linewidth=2.5, label="Amdahl (a model)")
    axes.set_ylim(0, max(speedups) * 1.4 + 1)
    name_curves(axes, legend="best")
    finding = (
        f"With {serial_fraction:.0%} serial work, {most_workers} workers give {speedups[-1]:.1f}×"
    )
    axes.set_title(finding, loc="left", fontsize=14, fontweight="bold")
    return Chart(figure, f"{finding} at most.")


def bars(
    values: Mapping[str, float],
    *,
    finding: str,
    x_label: str,
    digits: int = 0,
    guess: float | None = None,
) -> Chart:
    """Draw one horizontal bar for each name, the largest on top, each with its figure.

    Args:
        values: The length of each bar.
        finding: The title: what the reader should see.
        x_label: What the lengths are, with their unit.
        digits: Digits after the point.
        guess: What the learner guessed: one more bar, drawn as a ghost.
    """
    most = max(1.0, *values.values())
    values = values if guess is None else {**values, GUESS: guess}
    names = sorted(values, key=lambda name: values[name])
    figure = new_figure(9.0, 1.4 + 0.42 * len(names))
    axes = figure.subplots()
    lengths = [values[name] if name != GUESS else ghost_at(values[name], most) for name in names]
    drawn = axes.barh(names, lengths, color=PARALLEL, height=0.65)
    figures = {name: f"{values[name]:,.{digits}f}" for name in names}
    beyond = {GUESS: " →"} if guess is not None and guess > ghost_at(guess, most) else {}
    beside = [figures[name] + beyond.get(name, "") for name in names]
    axes.bar_label(drawn, beside, fontsize=11, padding=4)
    if guess is not None:
        draw_as_ghost(drawn[names.index(GUESS)])
    axes.set_xlim(0, 1.12 * max(1.0, *lengths))
    axes.set_xlabel(x_label)
    tidy(axes)
    headline(figure, finding)
    each = ", ".join(f"{name} {figures[name]}" for name in reversed(names))
    return Chart(figure, f"{finding}. {x_label}: {each}.")


def histogram(
    values: npt.ArrayLike, marks: Mapping[str, float], *, finding: str, x_label: str
) -> Chart:
    """Draw how often which value occurs, with marked places; from the second mark on in orange.

    Args:
        values: What is counted.
        marks: Places by name, rising; the second one is where the tail begins.
        finding: The title: what the reader should see.
        x_label: What the values are, with their unit.
    """
    figure = new_figure(9.0, 4.0)
    axes = figure.subplots()
    counts, edges, _ = axes.hist(values, bins=60, color=PARALLEL, edgecolor="white")
    tail = sorted(marks.values())[1]
    for bar, start in zip(axes.patches, edges, strict=False):
        bar.set_facecolor(SERIAL if start >= tail else PARALLEL)
    most = float(np.max(counts))
    for step, (name, place) in enumerate(marks.items()):
        height = most * (1.25 - 0.13 * step)  # one below the other: places may lie close
        axes.plot([place, place], [0, height], color=IDEAL, linewidth=1.5)
        axes.text(place, height, f" {name} {place:,.0f}", fontsize=11, va="top")
    axes.set_xlabel(x_label)
    axes.set_ylabel("how many of them")
    tidy(axes)
    headline(figure, finding)
    each = ", ".join(f"{name} {place:,.0f}" for name, place in marks.items())
    return Chart(figure, f"{finding}. {x_label}: {each}.")


def ghost_at(guess: float, most: float) -> float:
    """Return where a guess is drawn in a picture whose largest value is most.

    >>> ghost_at(3.2, 2.0), ghost_at(64.0, 2.0)
    (3.2, 6.0)
    """
    return min(guess, FAR * most)


def draw_as_ghost(bar: Patch) -> None:
    """Draw a bar as what it is not: a guess, hollow and dashed."""
    bar.set(facecolor="white", edgecolor=IDEAL, linestyle="--", linewidth=2, hatch="")


def mark_guess(axes: Axes, workers: int, guess: float) -> None:
    """Mark a guessed speedup on a curve: a hollow diamond, at the upper edge if it lies far out."""
    top = axes.get_ylim()[1]
    shown = ghost_at(guess, top)
    hollow: Any = {"markerfacecolor": "white", "markeredgewidth": 2, "markersize": 9}
    axes.plot(workers, shown, "D", color=IDEAL, label=GUESS, **hollow)
    text = f"{guess:.4g}×" if shown == guess else f"{guess:.4g}× ↑"
    axes.annotate(text, (workers, shown), (-12, -4), ha="right", **BESIDE)
    axes.set_ylim(0, max(top, 1.1 * shown))


def new_figure(width: float, height: float) -> Figure:
    """Return an empty white figure, sizes in inches."""
    from matplotlib.figure import Figure

    # Figure, not pyplot: no global state, no backend, safe in any thread.
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def seconds(value: float) -> str:
    """Return a length of time as a label shows it."""
    return f"{value:.2f} s" if value >= 0.1 else f"{value * 1000:.1f} ms"


def headline(figure: Figure, finding: str) -> None:
    """State the finding above a whole figure."""
    figure.suptitle(finding, x=0.02, ha="left", fontsize=14, fontweight="bold")


def name_curves(axes: Axes, *, legend: Literal["upper left", "best"] = "upper left") -> None:
    """Say that speedups are drawn over numbers of workers, and which curve is which."""
    axes.set_xlabel("workers")
    axes.set_ylabel("times faster")
    axes.legend(frameon=False, fontsize=11, loc=legend)
    tidy(axes)


def tidy(axes: Axes) -> None:
    """Take the frame away and make the figures on the axes large enough to read."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=11)
    axes.xaxis.label.set_fontsize(11)
    axes.yaxis.label.set_fontsize(11)
