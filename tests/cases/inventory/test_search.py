"""The search: as cheap as any policy that serves as well, and near the exact optimum."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from oracles.stationary import Item, long_run_rq, long_run_ss, optimal_ss

from speedlab.cases.inventory import search
from speedlab.cases.inventory import simulate as sim
from speedlab.cases.inventory.search import CYCLE_SERVICE, FILL_RATE, Target, cheapest
from speedlab.cases.inventory.simulate import RQ, SS, Costs, Policy
from speedlab.core.errors import BadInput

HISTORY = np.array([0.0, 0.0, 3.0, 1.0, 7.0, 0.0, 12.0, 2.0])
COSTS = Costs(0.5, 2.0, 12.0)
SIZES = np.array([4.0, 9.0, 20.0])


@pytest.fixture(scope="module")
def drawn() -> sim.Scenario:
    stream = sim.item_stream(4, 0)
    return sim.draw(HISTORY, 2.0, 1.0, stream=stream, replications=30, periods=60)


@pytest.mark.parametrize("kind", [SS, RQ])
@pytest.mark.parametrize("measure", search.MEASURES)
@pytest.mark.parametrize("level", [0.3, 0.9, 0.99])
def test_no_policy_of_a_full_search_is_cheaper(  # type: ignore[no-untyped-def]
    drawn, kind, measure, level
) -> None:
    found = cheapest(drawn, COSTS, Target(level, measure), sizes=SIZES, kinds=[kind])
    costs = []
    for size, point in product(SIZES, range(-20, 60)):
        outcome = sim.simulate(Policy(kind, point, size), drawn)
        if getattr(outcome, measure) >= level:
            costs.append(outcome.cost(COSTS).mean())
    assert found.cost == pytest.approx(min(costs), rel=1e-12)
    chosen = sim.simulate(found.policy, drawn)
    assert getattr(chosen, measure) >= level
    assert chosen.cost(COSTS).mean() == pytest.approx(found.cost, rel=1e-12)


def test_without_a_target_to_reach_it_is_near_the_exact_optimum() -> None:
    pmf = np.bincount(HISTORY.astype(int)) / len(HISTORY)
    item = Item(COSTS.holding, COSTS.penalty, COSTS.order_cost, pmf, 2)
    _, _, best = optimal_ss(item)
    many = sim.draw(HISTORY, 2.0, 0.0, stream=sim.item_stream(4, 1), replications=400)
    sizes = search.order_sizes(COSTS, HISTORY.mean())
    policy = cheapest(many, COSTS, Target(0.01), sizes=sizes, kinds=[SS]).policy
    again = sim.draw(HISTORY, 2.0, 0.0, stream=sim.item_stream(4, 2), replications=400)
    cost = sim.simulate(policy, again).cost(COSTS)
    error = cost.std(ddof=1) / len(cost) ** 0.5
    assert best - 3 * error < cost.mean() < 1.02 * best + 3 * error


@pytest.mark.parametrize("kind", [SS, RQ])
def test_with_a_target_it_is_near_the_exact_optimum(kind: str) -> None:
    pmf = np.bincount(HISTORY.astype(int)) / len(HISTORY)
    costs = Costs(0.5, 1.0, 12.0)  # owing is cheap here, so that the target decides
    item = Item(costs.holding, costs.penalty, costs.order_cost, pmf, 2)

    def exact(point: int, size: int) -> tuple[float, float]:
        found = (
            long_run_ss(point, point + size, item)
            if kind == SS
            else (long_run_rq(point, size, item))
        )
        return found.cost(item), found.fill_rate(item)

    runs = [exact(point, size) for point, size in product(range(25), range(1, 50, 2))]
    best = min(cost for cost, fill_rate in runs if fill_rate >= 0.95)
    many = sim.draw(HISTORY, 2.0, 0.0, stream=sim.item_stream(4, 1), replications=400)
    sizes = search.order_sizes(costs, HISTORY.mean())
    policy = cheapest(many, costs, Target(0.95), sizes=sizes, kinds=[kind]).policy
    cost, fill_rate = exact(int(policy.reorder_point), int(policy.order_size))
    assert fill_rate == pytest.approx(0.95, abs=0.01)
    assert cost == pytest.approx(best, rel=0.03)


def test_more_service_costs_more(drawn: sim.Scenario) -> None:
    levels = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
    costs = [cheapest(drawn, COSTS, Target(level), sizes=SIZES).cost for level in levels]
    assert costs == sorted(costs) and costs[-1] > 1.5 * costs[0]


def test_both_kinds_together_are_as_cheap_as_the_better_one(drawn: sim.Scenario) -> None:
    target = Target(0.95)
    alone = [cheapest(drawn, COSTS, target, sizes=SIZES, kinds=[k]).cost for k in sim.KINDS]
    assert cheapest(drawn, COSTS, target, sizes=SIZES).cost == min(alone)


def test_an_item_without_demand_keeps_nothing() -> None:
    nothing = sim.draw(np.zeros(5), 2.0, 0.0, stream=sim.item_stream(4, 0), replications=10)
    for measure in search.MEASURES:
        found = cheapest(nothing, COSTS, Target(0.95, measure), sizes=np.array([1.0]))
        assert (found.cost, found.policy.reorder_point) == (0.0, -1.0)


def test_an_order_is_at_least_a_unit_and_a_periods_demand() -> None:
    assert search.order_sizes(Costs(100.0, 1.0, 0.01), 0.1).tolist() == [1.0]
    free = search.order_sizes(Costs(1.0, 1.0, 0.0), 50.0)
    assert free.min() == 25 and free.max() == 150


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95.0, float("nan")])
def test_a_level_that_is_no_share_is_refused(level: float) -> None:
    with pytest.raises(BadInput, match="is no service level"):
        Target(level)


def test_unknown_measures_and_numbers_of_replications_are_refused() -> None:
    with pytest.raises(BadInput, match="no measure of service"):
        Target(0.9, "happiness")
    assert search.check_replications(10) == 10
    for count in (0, 9, 10**6, 50.0):
        with pytest.raises(BadInput, match="replications"):
            search.check_replications(count)  # type: ignore[arg-type]
    assert {FILL_RATE, CYCLE_SERVICE} == set(search.MEASURES)
