"""What a policy of its own for each item saves, beside one rule for all at equal service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.inventory.job import Stocked, StockJob
from speedlab.cases.inventory.simulate import SS, Paths, play
from speedlab.cases.inventory.stocking import SUMS, Shelf, StockPlan, StockTask, shelves
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput
from speedlab.report import charts

Array = npt.NDArray[Any]
COVERS = np.arange(41.0)
"""Periods of demand at which the one rule orders; between two of them costs are interpolated."""
ORDERS = (1.0, 2.0, 4.0, 8.0, 13.0)
"""Periods of demand that it orders; the cheapest of them is taken."""


@dataclass(frozen=True)
class Yearly:
    """Costs of a year, in the money of the table, and the service for it.

    Attributes:
        holding: What keeping stock costs.
        stockout: What units owed cost.
        ordering: What orders cost.
        fill_rate: Share of all units asked for that are served at once.
    """

    holding: float
    stockout: float
    ordering: float
    fill_rate: float

    @property
    def cost(self) -> float:
        """All three together."""
        return self.holding + self.stockout + self.ordering


@dataclass(frozen=True)
class StockSaving:
    """One rule for all items beside a policy for each, at the same overall fill rate.

    Attributes:
        rule: What the rule costs: at `cover` periods of demand order up to `order` more.
        own: What a policy for each item costs.
        cover: Periods of demand at which the rule orders, the same for all items.
        order: Periods of demand that it orders.
    """

    rule: Yearly
    own: Yearly
    cover: float
    order: float

    @property
    def saved(self) -> float:
        """How much less a policy for each item costs, a year."""
        return self.rule.cost - self.own.cost

    def table(self) -> pd.DataFrame:
        """Return the costs, one row for each way."""
        names = ("holding", "stockout", "ordering", "cost", "fill_rate")
        ways = {"same cover for all": self.rule, "own policy for each": self.own}
        return pd.DataFrame({w: {n: getattr(y, n) for n in names} for w, y in ways.items()}).T


def saving(job: StockJob, answer: Stocked, *, map_: Mapper = serial_map) -> StockSaving:
    """Compare the answer with the best simple rule that serves the same share of all units.

    Both meet the random numbers that judged the answer. The rule keeps the same periods of demand
    for every item; how many follows from the fill rate, how much it orders is its cheapest.

    Args:
        job: What prepare() returned.
        answer: What stock_shelves() returned.
        map_: Who plays the rule.

    Raises:
        BadInput: If no cover that is tried serves as much.
    """
    own = own_costs(answer)
    played = np.sum(map_(rule_costs, job.tasks()), axis=0)
    rules = [
        (order, *_at_fill_rate(curve, own.fill_rate))
        for order, curve in zip(ORDERS, played, strict=True)
        if _reaches(curve, own.fill_rate)
    ]
    if not rules:
        raise BadInput(
            f"No rule that is tried serves {own.fill_rate:.1%} of all units.",
            f"They order at {COVERS[0]:g} to {COVERS[-1]:g} periods of demand.",
            "Choose a service level nearer to 0.95.",
        )
    order, cover, rule = min(rules, key=lambda tried: tried[2].cost)
    return StockSaving(rule, own, cover, order)


def own_costs(answer: Stocked) -> Yearly:
    """Return the costs of a year of an answer."""
    total = {name: float(answer.table[name].sum()) for name in SUMS}
    fill_rate = total["served"] / total["demand"]
    return Yearly(total["holding"], total["stockout"], total["ordering"], fill_rate)


def rule_costs(task: StockTask) -> Array:
    """Return what the rule costs for a range of items: shape (orders, covers, 5).

    The five are holding, stockout and ordering cost, units asked for and units served, a year.
    """
    found = np.zeros((len(ORDERS), len(COVERS), 5))
    for shelf in shelves(task):
        mean = float(shelf.history.mean())
        sizes = np.maximum(1.0, np.rint(mean * np.array(ORDERS)))
        paths = play(SS, sizes, shelf.scenario(task.plan, judging=True))
        year = partial(_year, paths, shelf, task.plan)
        found += np.stack([year(float(np.rint(mean * cover))) for cover in COVERS], axis=1)
    return found


def _year(paths: Paths, shelf: Shelf, plan: StockPlan, point: float) -> Array:
    """Return the five figures of each order size, at one reorder point."""
    short = paths.short - point
    waiting = np.clip(short, 0, paths.demand).mean(axis=(1, 2))
    owed = np.maximum(short, 0).mean(axis=(1, 2))
    left = owed - short.mean(axis=(1, 2))
    asked = np.full(len(short), paths.demand.mean())
    orders = paths.ordered.mean(axis=(1, 2))
    costs, unit = shelf.costs, shelf.unit
    figures = [
        costs.holding * left,
        costs.penalty * owed,
        costs.order_cost * orders,
        unit * asked,
        unit * (asked - waiting),
    ]
    return plan.periods_a_year * np.stack(figures, axis=1)


def _rates(curve: Array) -> Array:
    return np.asarray(curve[:, 4] / curve[:, 3])


def _reaches(curve: Array, fill_rate: float) -> bool:
    rates = _rates(curve)
    return bool(rates[0] <= fill_rate <= rates[-1])


def _at_fill_rate(curve: Array, fill_rate: float) -> tuple[float, Yearly]:
    """Return the cover at which a rule serves a share of all units, and what it costs there."""
    holding, stockout, ordering, cover = (
        float(np.interp(fill_rate, _rates(curve), values)) for values in (*curve[:, :3].T, COVERS)
    )
    return cover, Yearly(holding, stockout, ordering, fill_rate)


def chart(found: StockSaving) -> charts.Chart:
    """Draw what the rule and the policies cost a year."""
    share = found.saved / found.rule.cost
    difference = f"{abs(share):.0%} {'less' if share >= 0 else 'more'}"
    return charts.bars(
        {"the same cover for all items": found.rule.cost, "a policy for each": found.own.cost},
        finding=f"A policy for each item costs {difference}, at the same service",
        x_label=f"€ a year, where {found.own.fill_rate:.1%} of all units are served at once",
    )
