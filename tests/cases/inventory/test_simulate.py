"""The simulation: event by event as in plain Python, in the long run as the formulas say."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import numpy as np
import pytest
from oracles.stationary import Item, long_run_rq, long_run_ss, poisson

from speedlab.cases.inventory import simulate as sim
from speedlab.cases.inventory.simulate import RQ, SS, Costs, Policy, Scenario

LUMPY = np.array([0.7, 0.0, 0.1, 0.0, 0.0, 0.15, 0.05])
COSTS = Costs(1.0, 4.0, 5.0)
LARGEST_Z = 3.5
"""Seeds are fixed; of 48 right answers one in a hundred runs would have a larger z by chance."""


def scenario(  # type: ignore[no-untyped-def]
    pmf, lead_time: int, *, seed: int = 1, periods: int = 300, replications: int = 200
) -> Scenario:
    rng, warm_up = np.random.default_rng(seed), 150
    shape = (warm_up + periods, replications)
    demand = rng.choice(len(pmf), p=pmf, size=shape).astype(float)
    return Scenario(demand, np.full(shape, lead_time), 1 - rng.random(replications), warm_up)


def z_of(values: np.ndarray, expected: float) -> float:
    """Return how many standard errors the mean of independent replications is off."""
    return float((values.mean() - expected) / (values.std(ddof=1) / len(values) ** 0.5))


@pytest.mark.parametrize("pmf", [LUMPY, poisson(6)], ids=["lumpy", "poisson"])
@pytest.mark.parametrize("lead_time", [0, 3])
@pytest.mark.parametrize("kind", [SS, RQ])
@pytest.mark.parametrize("size", [1, 6, 20])
def test_cost_and_fill_rate_are_those_of_the_long_run(pmf, lead_time, kind, size) -> None:  # type: ignore[no-untyped-def]
    item = Item(COSTS.holding, COSTS.penalty, COSTS.order_cost, pmf, lead_time)
    point = round((lead_time + 0.5) * float(pmf @ np.arange(len(pmf))))
    run = long_run_ss(point, point + size, item) if kind == SS else long_run_rq(point, size, item)
    found = sim.simulate(Policy(kind, point, size), scenario(pmf, lead_time))
    assert abs(z_of(found.cost(COSTS), run.cost(item))) < LARGEST_Z
    # A ratio of means, so the z is that of served - fill rate * demand.
    assert abs(z_of(found.served - run.fill_rate(item) * found.demand, 0.0)) < LARGEST_Z
    assert 0.1 < found.fill_rate < 0.999


def test_the_published_optimum_costs_what_was_published() -> None:
    found = sim.simulate(Policy(SS, 4, 6), scenario(poisson(6), 0, replications=500))
    assert abs(z_of(found.cost(COSTS), 8.034111561471642)) < LARGEST_Z


def test_fill_rate_and_cycle_service_are_two_things() -> None:
    # Stock is filled up to 10 after each period with demand, so each cycle has one demand.
    pmf, top = poisson(6), 10
    found = sim.simulate(Policy(SS, top - 1, 1), scenario(pmf, 0, replications=500))
    units = np.arange(len(pmf))
    cycle_service = (pmf[: top + 1].sum() - pmf[0]) / (1 - pmf[0])
    fill_rate = pmf @ np.minimum(units, top) / 6
    assert abs(z_of(found.clean - cycle_service * found.cycles, 0.0)) < LARGEST_Z
    assert abs(z_of(found.served - fill_rate * found.demand, 0.0)) < LARGEST_Z
    assert found.cycle_service == pytest.approx(cycle_service, abs=0.01)
    assert found.fill_rate == pytest.approx(fill_rate, abs=0.01)
    assert fill_rate - cycle_service > 0.02


@pytest.mark.parametrize(("kind", "lead_time_sd"), list(product([SS, RQ], [0.0, 2.5])))
def test_it_does_what_plain_python_does_event_by_event(kind: str, lead_time_sd: float) -> None:
    history = np.array([0.0, 0.0, 3.0, 1.0, 9.0, 0.0, 14.0])
    drawn = sim.draw(
        history, 3.0, lead_time_sd, stream=sim.item_stream(5, 0), replications=20, periods=60
    )
    policy = Policy(kind, 11, 17)
    found, expected = sim.simulate(policy, drawn), by_events(policy, drawn)
    for field in fields(found):
        np.testing.assert_allclose(getattr(found, field.name), expected[field.name], 1e-12, 1e-15)


def by_events(policy: Policy, drawn: Scenario) -> dict[str, list[float]]:
    rows = [_replication(policy, drawn, number) for number in range(len(drawn.start))]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _replication(policy: Policy, drawn: Scenario, number: int) -> dict[str, float]:
    counts = dict.fromkeys([field.name for field in fields(sim.Outcome)], 0.0)
    stock = policy.reorder_point + np.ceil(drawn.start[number] * policy.order_size)
    coming: list[tuple[int, float]] = []
    periods = len(drawn.demand) - drawn.warm_up
    for period in range(len(drawn.demand)):
        counts |= {} if period != drawn.warm_up else dict.fromkeys(counts, 0.0)
        position = stock + sum(amount for _, amount in coming)
        if position <= policy.reorder_point:
            amount = policy.reorder_point + policy.order_size - position
            if policy.kind == RQ:
                amount = policy.order_size
                while position + amount <= policy.reorder_point:
                    amount += policy.order_size
            coming.append((period + int(drawn.wait[period, number]), amount))
            counts["orders"] += 1
        arrived = [amount for due, amount in coming if due == period]
        counts["cycles"] += bool(arrived)
        counts["clean"] += bool(arrived) and stock >= 0
        coming = [one for one in coming if one[0] != period]
        stock += sum(arrived)
        asked = drawn.demand[period, number]
        counts["demand"] += asked
        counts["served"] += min(asked, max(stock, 0))
        stock -= asked
        counts["left"] += max(stock, 0)
        counts["owed"] += max(-stock, 0)
    return {name: count / periods for name, count in counts.items()}


def test_drawn_demand_and_lead_times_are_like_those_asked_for() -> None:
    history = np.array([0.0, 0.0, 0.0, 8.0])
    drawn = sim.draw(history, 6.0, 2.0, stream=sim.item_stream(1, 2), replications=200)
    assert set(np.unique(drawn.demand)) == {0.0, 8.0}
    assert drawn.demand.mean() == pytest.approx(2.0, rel=0.05)
    assert drawn.wait.mean() == pytest.approx(6.0, rel=0.02)
    assert drawn.wait.std() == pytest.approx(2.0, rel=0.05)
    assert drawn.wait.min() >= 0 and drawn.warm_up >= np.quantile(drawn.wait, 0.999)
    fixed = sim.draw(history, 2.0, 0.0, stream=sim.item_stream(1, 2), replications=10)
    assert set(fixed.wait.ravel().tolist()) == {2}


def test_an_item_has_its_own_stream_and_always_the_same() -> None:
    spawned = np.random.SeedSequence(3).spawn(5)
    states = [sim.item_stream(3, item).generate_state(4).tolist() for item in range(5)]
    assert states == [child.generate_state(4).tolist() for child in spawned]
    assert len({tuple(state) for state in states}) == 5


def test_an_item_that_nobody_wants_misses_nothing() -> None:
    drawn = sim.draw(np.zeros(9), 2.0, 0.0, stream=sim.item_stream(1, 1), replications=10)
    found = sim.simulate(Policy(SS, -1, 1), drawn)
    assert (found.fill_rate, found.cycle_service, found.cost(COSTS).max()) == (1.0, 1.0, 0.0)
