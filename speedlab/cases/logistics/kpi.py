"""What better routes are worth, and what several cores bring when the time is fixed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from speedlab.cases.logistics.metrics import gap
from speedlab.cases.logistics.search.improve import Search
from speedlab.core.errors import BadInput
from speedlab.model.causes import workers_in_words
from speedlab.report import charts

COLOURS = (charts.SERIAL, charts.PARALLEL, charts.MODEL, "#D55E00", "#CC79A7", "#56B4E9")
MARKERS = "os^Dv*"


@dataclass(frozen=True)
class RouteSaving:
    """What shorter routes save in a year."""

    km: float
    euros: float


def saving_a_year(
    before_km: float, after_km: float, *, working_days: int, euros_a_km: float
) -> RouteSaving:
    """Return what one plan saves against another: (before - after) * days, and that * €/km.

    Args:
        before_km: How far all vehicles drive on a day by the old plan.
        after_km: The same by the new plan, made in the same time.
        working_days: Days on which they drive, 1 to 366.
        euros_a_km: What a kilometre costs: fuel, wear, and the driver's time.

    Raises:
        BadInput: If a number cannot be used.

    >>> saving_a_year(1_000, 970, working_days=250, euros_a_km=1.2)
    RouteSaving(km=7500.0, euros=9000.0)
    """
    sound = 0 <= before_km < float("inf") and 0 <= after_km < float("inf")
    if not (sound and 1 <= working_days <= 366 and 0 <= euros_a_km < float("inf")):
        raise BadInput(
            "No saving can be computed.",
            f"Given: {before_km:g} and {after_km:g} km, {working_days} days, {euros_a_km:g} €/km.",
            "Use numbers of 0 or more, and 1 to 366 days.",
        )
    km = float((before_km - after_km) * working_days)
    return RouteSaving(km, km * euros_a_km)


def best_after(searches: Sequence[Search], *, workers: int, seconds: float) -> float:
    """Return the lowest cost that some workers find in a time, a start each, on average.

    Which of the starts are theirs is left to chance, and the mean over all choices is returned, so
    that a lucky first start does not count as the usual one. With the costs c(1) <= ... <= c(n) of
    n starts, w of them find c(i) as their best in C(n - i, w - 1) of C(n, w) choices.

    Args:
        searches: Starts on the same depot.
        workers: How many of them are theirs.
        seconds: How long each has searched.

    Raises:
        BadInput: If there are fewer starts than workers.

    Source: the mean of the smallest of a sample without replacement.
    """
    if not 1 <= workers <= len(searches):
        raise BadInput(
            f"{workers} workers, but {len(searches)} starts.",
            "Each worker needs a start of its own.",
            "Search with more starts, or ask for fewer workers.",
        )
    # The first entry of a log is the plan made by savings, which is there from the beginning.
    costs = sorted(
        min(cost for at_s, cost in search.log if at_s <= max(seconds, 0.0)) for search in searches
    )
    ways = [math.comb(len(costs) - place, workers - 1) for place in range(1, len(costs) + 1)]
    return math.fsum(cost * way for cost, way in zip(costs, ways, strict=True)) / sum(ways)


def curve(
    searches: Sequence[Search],
    *,
    workers: Sequence[int],
    seconds: Sequence[float],
    best_known: float | None = None,
) -> pd.DataFrame:
    """Return how good routes are after a time, for several numbers of workers.

    All from one run: see best_after(). More workers are never worse. The search cools down towards
    its own deadline, so a run with an earlier one would do better there.

    Args:
        searches: Starts on the same depot, in the order of their numbers.
        workers: Numbers of workers.
        seconds: Deadlines.
        best_known: What the gap is measured against; the best of all starts by default.

    Returns:
        Columns workers, seconds, core_seconds, cost, gap (a share).
    """
    reference = best_known or min(search.cost for search in searches)
    rows = [
        (count, at_s, count * at_s, best_after(searches, workers=count, seconds=at_s))
        for count in workers
        for at_s in seconds
    ]
    table = pd.DataFrame(rows, columns=["workers", "seconds", "core_seconds", "cost"])
    return table.assign(gap=[gap(cost, reference) for cost in table["cost"]])


def chart(table: pd.DataFrame) -> charts.Chart:
    """Draw the gap over the time, a line for each number of workers.

    Args:
        table: What curve() returned.
    """
    figure = charts.new_figure(9.0, 4.4)
    axes = figure.subplots()
    lines = [(int(str(count)), rows) for count, rows in table.groupby("workers")]
    for turn, (count, rows) in enumerate(lines):
        axes.plot(
            rows["seconds"],
            100 * rows["gap"],
            color=COLOURS[turn % len(COLOURS)],
            marker=MARKERS[turn % len(MARKERS)],
            label=workers_in_words(count),
        )
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds until the vans leave")
    axes.set_ylabel("longer than the best known, %")
    axes.legend(frameon=False, fontsize=11)
    charts.tidy(axes)
    (few, first), (many, last) = lines[0], lines[-1]
    at_s = table["seconds"].max()
    gaps = [100 * float(rows["gap"].iloc[-1]) for rows in (first, last)]
    finding = (
        f"After {at_s:g} s: {workers_in_words(few)} {gaps[0]:.1f} % above the best known, "
        f"{workers_in_words(many)} {gaps[1]:.1f} %"
    )
    figure.suptitle(finding, x=0.02, ha="left", fontsize=14, fontweight="bold")
    return charts.Chart(figure, f"{finding}.")
