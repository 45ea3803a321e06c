"""What (s,S) and (r,Q) cost and serve in the long run, exactly, for any demand in whole units.

The stock on hand and on order, less what is owed, is the inventory position. Each period begins
with a look at it, an order where it is low, and a delivery; then comes the demand, and what is
left or owed at the end of the period is paid for. What is ordered in one period arrives at the
beginning of the period `lead_time` later, so the stock then depends only on the position now and
on the demand in between. Nothing is lost: who is not served at once waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.cases.inventory.search import check_positive
from speedlab.core.errors import BadInput

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Item:
    """What an item costs, and its demand.

    Attributes:
        holding: Cost of a unit left at the end of a period.
        penalty: Cost of a unit owed at the end of a period.
        order_cost: Cost of one order.
        pmf: Probabilities of a demand of 0, 1, 2, ... units in a period.
        lead_time: Whole periods from order to delivery, 0 or more.
    """

    holding: float
    penalty: float
    order_cost: float
    pmf: Array
    lead_time: int = 0

    def __post_init__(self) -> None:
        """Refuse what has no long run.

        Raises:
            BadInput: If a cost is not above 0, or the probabilities are none.
        """
        check_positive(holding=self.holding, penalty=self.penalty, order_cost=self.order_cost)
        if abs(self.pmf.sum() - 1) > 1e-9 or self.pmf.min() < 0 or self.pmf[0] > 1 - 1e-12:
            raise BadInput(
                "These are no probabilities of a demand.",
                f"They add up to {self.pmf.sum():g}; one of them may be negative or all demand 0.",
                "Give the probabilities of 0, 1, 2, ... units.",
            )

    def demand_of(self, periods: int) -> Array:
        """Return the probabilities of the demand in some periods together."""
        total = np.ones(1)
        for _ in range(periods):
            total = np.convolve(total, self.pmf)
        return total

    def cost_at(self, positions: Array) -> Array:
        """Return holding and penalty in the period that a position decides about."""
        total = self.demand_of(self.lead_time + 1)
        left = positions[:, None] - np.arange(len(total))
        cost = np.where(left > 0, self.holding * left, -self.penalty * left)
        return np.asarray(cost @ total)

    def unserved_at(self, positions: Array) -> Array:
        """Return the units of that period's demand that wait, on average."""
        before, after = (
            _expected_short(positions, self.demand_of(self.lead_time + n)) for n in (0, 1)
        )
        return np.asarray(after - before)


def poisson(mean: float) -> Array:
    """Return the probabilities of a Poisson demand, cut where less than 1e-15 is left.

    >>> poisson(2.0)[:3].round(4).tolist()
    [0.1353, 0.2707, 0.2707]
    """
    from scipy.special import gammaln

    check_positive(mean=mean)
    units = np.arange(int(mean + 12 * mean**0.5 + 30))
    pmf = np.exp(units * np.log(mean) - mean - gammaln(units + 1))
    return np.asarray(pmf / pmf.sum())


@dataclass(frozen=True)
class LongRun:
    """How a policy spends its time.

    Attributes:
        positions: The inventory positions after ordering.
        weights: The share of periods in each.
        orders: Orders a period.
    """

    positions: Array
    weights: Array
    orders: float

    def cost(self, item: Item) -> float:
        """Return holding, penalty and ordering cost a period."""
        level_cost = self.weights @ item.cost_at(self.positions)
        return float(level_cost + item.order_cost * self.orders)

    def fill_rate(self, item: Item) -> float:
        """Return the share of demand that is served at once."""
        mean = item.pmf @ np.arange(len(item.pmf))
        return float(1 - self.weights @ item.unserved_at(self.positions) / mean)


def long_run_ss(s: int, up_to: int, item: Item) -> LongRun:
    """Return the long run of: where the position is s or less, order up to S.

    Positions follow from how often a renewal process of the demand visits S - j: m(j).

    Source: Zheng and Federgruen, Operations Research 39 (1991).

    Args:
        s: The reorder point.
        up_to: S, above s.
        item: What it costs, and its demand.
    """
    check_positive(S_minus_s=up_to - s)
    visits = _visits(item.pmf, up_to - s)
    return LongRun(np.arange(up_to, s, -1), visits / visits.sum(), float(1 / visits.sum()))


def long_run_rq(r: int, quantity: int, item: Item) -> LongRun:
    """Return the long run of: where the position is r or less, order Q, or several times Q.

    All positions r + 1 to r + Q are equally frequent, if demand is not always a multiple of some
    number above 1.

    Source: Hadley and Whitin, Analysis of Inventory Systems (1963), chapter 5.

    Args:
        r: The reorder point.
        quantity: Q, above 0.
        item: What it costs, and its demand.
    """
    check_positive(quantity=quantity)
    capped = np.minimum(np.arange(len(item.pmf)), quantity)
    return LongRun(
        np.arange(r + 1, r + quantity + 1),
        np.full(quantity, 1 / quantity),
        float(item.pmf @ capped / quantity),
    )


def optimal_ss(item: Item) -> tuple[int, int, float]:
    """Return the cheapest s and S, and their cost a period.

    Start at the position y with the least cost of its own, lower s until a period there costs
    more than the policy does, then raise S as long as a period there costs less than the policy.

    Source: Zheng and Federgruen, "Finding optimal (s,S) policies is about as simple as evaluating
    a single policy", Operations Research 39 (1991); Snyder and Shen (2019), example 4.7.

    >>> s, S, cost = optimal_ss(Item(1.0, 4.0, 5.0, poisson(6)))
    >>> s, S, round(cost, 4)
    (4, 10, 8.0341)
    """
    lowest, own = _worth_trying(item)
    up_to = int(np.argmin(own))
    s = up_to - 1
    while _cost(item, s, up_to, own) > own[s]:
        s -= 1
    best, candidate = _cost(item, s, up_to, own), up_to + 1
    while own[candidate] <= best:
        if _cost(item, s, candidate, own) < best:
            up_to = candidate
            while _cost(item, s, up_to, own) <= own[s + 1]:
                s += 1
            best = _cost(item, s, up_to, own)
        candidate += 1
    return s + lowest, up_to + lowest, best


def _worth_trying(item: Item) -> tuple[int, Array]:
    """Return the lowest position and the cost of that and all others that a good policy may use.

    A policy that orders in every period costs at most the least cost plus one order; no position
    that costs more is of use.
    """
    low, high = -1, len(item.demand_of(item.lead_time + 1))
    while True:
        own = item.cost_at(np.arange(low, high))
        limit = own.min() + item.order_cost
        if own[0] > limit and own[-1] > limit:
            return low, own
        low, high = (2 * low if own[0] <= limit else low), (2 * high if own[-1] <= limit else high)


def _cost(item: Item, s: int, up_to: int, own: Array) -> float:
    """Return the cost a period of s and S, both counted as places in own, the cost by position."""
    visits = _visits(item.pmf, up_to - s)
    total = item.order_cost + visits @ own[up_to:s:-1]
    return float(total / visits.sum())


def optimal_rq_poisson(
    holding: float, penalty: float, order_cost: float, rate: float, lead_time: float
) -> tuple[int, int, float]:
    """Return the cheapest r and Q where units are asked for one by one, and the cost.

    Stock is looked at all the time. Q grows by the cheapest neighbour of the positions it has, as
    long as that neighbour costs less than the whole.

    Source: Federgruen and Zheng, Operations Research 40 (1992); Snyder and Shen, Fundamentals
    of Supply Chain Theory, 2nd ed. (2019), example 5.8.

    Args:
        holding: Cost of a unit in stock for a unit of time.
        penalty: Cost of a unit owed for a unit of time.
        order_cost: Cost of one order.
        rate: Demand in a unit of time.
        lead_time: From order to delivery, in units of time.

    >>> r, Q, cost = optimal_rq_poisson(20, 150, 100, 1.5, 2)
    >>> r, Q, round(cost, 4)
    (3, 5, 107.9236)
    """
    ordering = order_cost * rate
    item = Item(holding, penalty, ordering, poisson(rate * lead_time))
    lowest, own = _worth_trying(item)
    low = high = int(np.argmin(own))
    total = ordering + own[low]
    while min(own[low - 1], own[high + 1]) < total / (high - low + 1):
        low, high = (low - 1, high) if own[low - 1] <= own[high + 1] else (low, high + 1)
        total = ordering + own[low : high + 1].sum()
    quantity = high - low + 1
    return lowest + low - 1, quantity, float(total / quantity)


def _expected_short(positions: Array, pmf: Array) -> Array:
    return np.asarray(np.maximum(0, np.arange(len(pmf)) - positions[:, None]) @ pmf)


def _visits(pmf: Array, count: int) -> Array:
    """Return m(0), m(1), ...: how often demand added up visits each total, before an order."""
    visits = np.zeros(count)
    visits[0] = 1 / (1 - pmf[0])
    for j in range(1, count):
        size = min(j, len(pmf) - 1)
        visits[j] = pmf[1 : size + 1] @ visits[j - size : j][::-1] / (1 - pmf[0])
    return visits
