"""Several engines on one job, side by side: in a sentence each, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from speedlab.core.records import Timing
from speedlab.model import causes, engines
from speedlab.model.engines import Lead, named
from speedlab.report import charts, text
from speedlab.report.text import Explanation

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Look(NamedTuple):
    """How an engine is drawn: told apart by colour, by hatch and by marker."""

    colour: str
    hatch: str
    marker: str


LOOKS = {
    "processes": Look(charts.PARALLEL, "//", "D"),
    "threads": Look("#CC79A7", "..", "o"),
    "interpreters": Look("#56B4E9", "\\\\", "s"),
    "dask": Look("#D55E00", "xx", "^"),
}
"""More colours of Okabe and Ito."""


def explain(timings: Sequence[Timing]) -> Explanation:
    """Say of each engine its largest loss, and which engine is ahead, if that is known.

    The causes are those of the engine named first.
    """
    best = [engines.most_workers(timings, name) for name in engines.names(timings)]
    each = [text.explain(timing, None) for timing in best]
    said = [_largest(timing, found) for timing, found in zip(best, each, strict=True)]
    return Explanation((*said, who_is_ahead(timings)), each[0].causes, None)


def _largest(timing: Timing, found: Explanation) -> str:
    largest, finding = found.largest, causes.finding(timing, several=True)
    if largest is None or largest.share < causes.WORTH_WHILE:
        return f"{finding}; no loss is worth a remedy."
    return f"{finding}; largest loss: {largest.name}, {largest.share:.0%}. {largest.why}"


def who_is_ahead(timings: Sequence[Timing]) -> str:
    """Say which engine is ahead of all others; only where the rounds leave no doubt."""
    leads = engines.leads(timings)
    if not leads:
        return "Measured in one round: which engine is ahead is not known."
    first, doubtful = leads[0].first, [lead for lead in leads if lead.low <= 1.0]
    if doubtful:
        others = _and([named(lead.other, several=True) for lead in doubtful])
        return (
            f"No engine is ahead of all: between {named(first, several=True)} and {others} the "
            "rounds do not agree."
        )
    by = "in the same round " + _and([_by(lead) for lead in leads])
    if leads[0].coverage < engines.SURE:
        rounds = leads[0].rounds
        who = named(first, several=True)
        return f"In all {rounds} rounds {who} were ahead, {by}; {rounds} are too few to be sure."
    return f"Ahead: {named(first, several=True)}, {by}."


def _by(lead: Lead) -> str:
    return (
        f"{lead.ratio:.2f} times as fast as {named(lead.other, several=True)} "
        f"({lead.low:.2f} to {lead.high:.2f})"
    )


def _and(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def side_by_side(timings: Sequence[Timing], *, guess: float | None = None) -> charts.Chart:
    """Draw the seconds of one core and of each engine, and a curve of speedups for each engine.

    Args:
        timings: One for each engine and number of workers.
        guess: The speedup that the learner guessed for the engine named first.
    """
    figure = charts.new_figure(10.5, 1.6 + 0.45 * max(6, 1 + len(timings)))
    bars, curve = figure.subplots(1, 2, width_ratios=(1.0, 1.15))
    _draw_bars(bars, timings)
    _draw_curves(curve, timings)
    if guess is not None:
        charts.mark_guess(
            curve, engines.most_workers(timings, engines.names(timings)[0]).workers, guess
        )
    best = max(timings, key=lambda timing: timing.speedup)
    finding = causes.finding(best, several=True)
    charts.headline(figure, finding)
    others = (f"{named(t, several=True)} {charts.seconds(median(t.wall_s))}" for t in timings)
    serial = f"Serial {charts.seconds(median(timings[0].serial_s))}"
    guessed = [] if guess is None else [f"{charts.GUESS} {guess:.4g}×"]
    return charts.Chart(figure, f"{finding}. {', '.join([serial, *others, *guessed])}.")


def _draw_bars(axes: Axes, timings: Sequence[Timing]) -> None:
    labels = ["serial", *(named(timing, several=True) for timing in timings)]
    values = [median(timings[0].serial_s), *(median(timing.wall_s) for timing in timings)]
    drawn = axes.barh(labels, values, edgecolor="white")
    looks = [Look(charts.SERIAL, "", ""), *(LOOKS[timing.engine] for timing in timings)]
    for bar, look in zip(drawn, looks, strict=True):
        bar.set_facecolor(look.colour)
        bar.set_hatch(look.hatch)
    axes.bar_label(drawn, [charts.seconds(value) for value in values], fontsize=11, padding=4)
    axes.invert_yaxis()  # one core on top
    axes.set_xlim(0, max(values) * 1.25)
    axes.set_xlabel("seconds, median")
    axes.set_title("Side by side", loc="left", fontsize=12)
    charts.tidy(axes)


def _draw_curves(axes: Axes, timings: Sequence[Timing]) -> None:
    most = max(2, *(timing.workers for timing in timings))
    axes.plot([1, most], [1, most], color=charts.IDEAL, linestyle="--", label="ideal")
    for engine in engines.names(timings):
        look = LOOKS[engine]
        own = sorted((t for t in timings if t.engine == engine), key=lambda t: t.workers)
        for timing in own:
            every = [timing.workers] * len(timing.ratios)
            axes.plot(every, timing.ratios, ".", color=look.colour)
        points = [timing.workers for timing in own], [timing.speedup for timing in own]
        style: dict[str, Any] = {"color": look.colour, "marker": look.marker, "markersize": 9}
        axes.plot(*points, label=engines.NOUNS[engine][1], **style)
    counts = sorted({timing.workers for timing in timings})
    axes.set_xticks(list(range(1, most + 1)) if most <= 16 else counts)
    axes.set_xlim(0.8, 1.2 * most)
    axes.set_ylim(0, 1.1 * max(most, *(max(timing.ratios) for timing in timings)))
    axes.set_title("Speedup", loc="left", fontsize=12)
    charts.name_curves(axes)
