"""The formulas: published examples, and brute force where none is published."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from oracles import closed_forms, stationary
from oracles.stationary import Item
from scipy.integrate import quad
from scipy.stats import norm

from speedlab.cases.inventory.search import eoq
from speedlab.core.errors import BadInput

LUMPY = np.array([0.7, 0.0, 0.1, 0.0, 0.0, 0.15, 0.05])


def test_the_newsvendor_of_the_book() -> None:
    quantity, cost = closed_forms.newsvendor_normal(0.18, 0.70, 50, 8)
    assert quantity == pytest.approx(56.60395592743389, rel=1e-12)
    assert cost == pytest.approx(1.9976051931766445, rel=1e-12)


def test_the_economic_order_quantity_of_the_book() -> None:
    quantity, cost = eoq(8, 0.225, 1300)
    assert (quantity, cost) == pytest.approx((304.0467800264368, 68.41052550594829), rel=1e-12)


def test_the_lot_sizes_of_the_book() -> None:
    assert closed_forms.wagner_whitin(2, 500, [90, 120, 80, 70]) == ([210, 0, 150, 0], 1380)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_plan_of_orders_is_cheaper(seed: int) -> None:
    demand = np.random.default_rng(seed).integers(0, 3, size=7) * 30
    orders, cost = closed_forms.wagner_whitin(1.5, 70, demand.tolist())
    plans = [plan for plan in product([False, True], repeat=7) if plan[0] or not demand[0]]
    costs = [plan_cost(plan, demand) for plan in plans]
    assert cost == min(one for one in costs if one is not None)
    assert plan_cost([order > 0 for order in orders], demand) == cost
    assert sum(orders) == demand.sum()


def plan_cost(plan, demand):  # type: ignore[no-untyped-def]
    """Return what a plan costs, each order being for all until the next; None if it is late."""
    cost, last = 0.0, None
    for t, orders in enumerate(plan):
        last = t if orders else last
        if last is None and demand[t]:
            return None
        cost += 70 * orders + 1.5 * demand[t] * (t - (last or 0))
    return cost


@pytest.mark.parametrize(("r", "quantity"), [(80, 10), (100, 50), (140, 300)])
def test_the_fill_rate_is_the_share_of_positions_with_stock(r: float, quantity: float) -> None:
    served = quad(lambda y: norm.cdf((y - 100) / 20), r, r + quantity)[0] / quantity
    assert closed_forms.fill_rate_normal(r, quantity, 100, 20) == pytest.approx(served, abs=1e-9)


def test_the_best_ss_of_the_paper() -> None:
    s, up_to, cost = stationary.optimal_ss(Item(1.0, 4.0, 5.0, stationary.poisson(6)))
    assert (s, up_to) == (4, 10)
    assert cost == pytest.approx(8.034111561471642, rel=1e-9)


def test_the_best_rq_of_the_book() -> None:
    found = stationary.optimal_rq_poisson(20, 150, 100, 1.5, 2)
    assert found == (3, 5, pytest.approx(107.92358063314975, rel=1e-9))


@pytest.mark.parametrize("lead_time", [0, 2])
@pytest.mark.parametrize("order_cost", [0.5, 30.0])
def test_no_other_ss_is_cheaper(lead_time: int, order_cost: float) -> None:
    item = Item(0.8, 7.0, order_cost, LUMPY, lead_time)
    s, up_to, cost = stationary.optimal_ss(item)
    assert stationary.long_run_ss(s, up_to, item).cost(item) == pytest.approx(cost)
    others = [
        stationary.long_run_ss(low, high, item).cost(item)
        for low in range(-6, 25)
        for high in range(low + 1, low + 40)
    ]
    assert cost == pytest.approx(min(others))


@pytest.mark.parametrize("policy", [stationary.long_run_ss, stationary.long_run_rq])
def test_the_long_run_is_that_of_the_markov_chain(policy) -> None:  # type: ignore[no-untyped-def]
    item, s, size = Item(1.0, 9.0, 5.0, LUMPY), 3, 8
    is_ss = policy is stationary.long_run_ss
    found = policy(s, s + size if is_ss else size, item)
    # The chain of positions after ordering, s + 1 ... s + size, step by step.
    step = np.zeros((size, size))
    for place, (units, chance) in product(range(1, size + 1), enumerate(LUMPY)):
        left = place - units
        after = left if left > 0 else (size if is_ss else left + size)
        step[place - 1, after - 1] += chance
    stable = np.linalg.matrix_power(step, 4096)[0]
    weights = dict(zip(found.positions.tolist(), found.weights, strict=True))
    assert [weights[s + 1 + place] for place in range(size)] == pytest.approx(stable.tolist())
    low = [sum(LUMPY[place:]) for place in range(1, size + 1)]
    assert found.orders == pytest.approx(float(stable @ low))


def test_more_stock_serves_more() -> None:
    item = Item(1.0, 9.0, 5.0, LUMPY, 1)
    rates = [stationary.long_run_rq(r, 6, item).fill_rate(item) for r in range(-1, 13)]
    assert rates == sorted(rates) and rates[0] >= 0 and rates[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: eoq(0, 1, 1),
        lambda: closed_forms.newsvendor_normal(1, 1, 50, -8),
        lambda: closed_forms.fill_rate_normal(1, 0, 1, 1),
        lambda: closed_forms.wagner_whitin(float("nan"), 1, [1]),
        lambda: Item(1.0, 1.0, 1.0, np.array([0.5, 0.2])),
        lambda: Item(1.0, 1.0, 1.0, np.array([1.0])),
        lambda: stationary.long_run_ss(4, 4, Item(1.0, 1.0, 1.0, LUMPY)),
    ],
)
def test_what_has_no_answer_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput):
        call()
