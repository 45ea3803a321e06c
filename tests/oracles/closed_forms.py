"""Textbook answers for one item: newsvendor, Wagner-Whitin, fill rate of a normal (r,Q)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from speedlab.cases.inventory.search import check_positive


def newsvendor_normal(
    holding: float, penalty: float, mean: float, sd: float
) -> tuple[float, float]:
    """Return how much to buy once for a normal demand, and the expected cost.

    Q = mean + z * sd, with z the quantile at penalty / (penalty + holding).

    Source: Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), example 4.3.

    Args:
        holding: Cost of each unit left over.
        penalty: Cost of each unit short.
        mean: Expected demand, in units.
        sd: Its standard deviation, above 0.

    >>> [round(value, 3) for value in newsvendor_normal(0.18, 0.70, 50, 8)]
    [56.604, 1.998]
    """
    from scipy.special import ndtri

    check_positive(holding=holding, penalty=penalty, sd=sd)
    z = float(ndtri(penalty / (penalty + holding)))
    return mean + z * sd, (holding + penalty) * sd * _density(z)


def wagner_whitin(
    holding: float, order_cost: float, demand: Sequence[float]
) -> tuple[list[float], float]:
    """Return how much to order in each period for a known demand, and the least cost.

    The best plan for the periods from t on orders for some whole periods t..u-1, then follows the
    best plan from u on; so it is found from the last period backwards.

    Source: Wagner and Whitin, Management Science 5 (1958); Snyder and Shen (2019), example 3.9.

    Args:
        holding: Cost of a unit in stock at the end of a period.
        order_cost: Cost of one order.
        demand: What is needed in each period, in units.

    >>> wagner_whitin(2, 500, [90, 120, 80, 70])
    ([210.0, 0.0, 150.0, 0.0], 1380.0)
    """
    check_positive(holding=holding, order_cost=order_cost)
    n = len(demand)
    best, until = [0.0] * (n + 1), [n] * (n + 1)
    for t in range(n - 1, -1, -1):
        # Where nothing is needed yet, waiting is never worse than ordering now.
        first = order_cost if demand[t] else 0.0
        stops = range(t + 1, n + 1 if demand[t] else t + 2)
        costs = [first + _held(holding, demand[t:u]) + best[u] for u in stops]
        best[t] = min(costs)
        until[t] = t + 1 + costs.index(best[t])
    orders, t = [0.0] * n, 0
    while t < n:
        orders[t] = float(sum(demand[t : until[t]]))
        t = until[t]
    return orders, best[0]


def _held(holding: float, demand: Sequence[float]) -> float:
    """Return what it costs to hold the demand of some periods from the first of them on."""
    return holding * sum(wait * units for wait, units in enumerate(demand))


def fill_rate_normal(reorder_point: float, quantity: float, mean: float, sd: float) -> float:
    """Return the share of demand that an (r,Q) policy serves at once, for normal lead-time demand.

    1 - (n(r) - n(r + Q)) / Q, with n(y) the units short on average where y are on hand or on
    order: n(y) = sd * (density(z) - z * (1 - Phi(z))), z = (y - mean) / sd. Stock is looked at
    all the time, demand comes in small amounts.

    Source: Hadley and Whitin, Analysis of Inventory Systems (1963), chapter 4.

    Args:
        reorder_point: Order as soon as stock on hand and on order falls to it.
        quantity: How much is ordered, above 0.
        mean: Expected demand during the lead time, in units.
        sd: Its standard deviation, above 0.

    >>> round(fill_rate_normal(100, 50, 100, 20), 4)
    0.8412
    """
    check_positive(quantity=quantity, sd=sd)
    levels = (reorder_point, reorder_point + quantity)
    short = [sd * _loss((level - mean) / sd) for level in levels]
    return 1 - (short[0] - short[1]) / quantity


def _loss(z: float) -> float:
    from scipy.special import ndtr

    return _density(z) - z * float(ndtr(-z))


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
