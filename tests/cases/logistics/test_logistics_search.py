"""Planning one depot: what is joined, moved and rebuilt, and the check with other eyes."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from small_depots import needs_pyvrp, small_depot

from speedlab.cases.logistics.instances.check import driven, faults
from speedlab.cases.logistics.instances.instance import About, Instance, Routes
from speedlab.cases.logistics.search import pyvrp_solver, ruin
from speedlab.cases.logistics.search.baseline import plan_obviously
from speedlab.cases.logistics.search.ground import Ground
from speedlab.cases.logistics.search.improve import Budget, Rounds, Search, Seconds, improve
from speedlab.cases.logistics.search.moves import descend
from speedlab.cases.logistics.search.savings import plan_by_savings
from speedlab.cases.logistics.search.tours import Tours
from speedlab.core.errors import BadInput

SEED = np.random.SeedSequence(3)
DEPOTS = [small_depot(stops, seed=stops) for stops in (1, 2, 7, 30, 60)]
ON_ONE_SPOT = Instance(About("spot", 3), np.array([0, 1, 1, 1, 1, 1]), np.zeros((6, 2)))


def same_way(routes: Routes) -> list[tuple[int, ...]]:
    """Return routes in an order and direction that do not matter."""
    return sorted(min(route, route[::-1]) for route in routes)


@pytest.mark.parametrize("depot", DEPOTS, ids=lambda depot: depot.about.name)
def test_sorting_all_pairs_once_gives_the_routes_of_the_obvious_code(depot: Instance) -> None:
    assert same_way(plan_by_savings(depot)) == same_way(plan_obviously(depot))


def test_equal_savings_are_taken_in_the_same_order_by_both() -> None:
    grid = np.array([(x, y) for x in range(5) for y in range(5)], dtype=float)
    depot = Instance(About("grid", 4), np.array([0] + [1] * 24), grid)
    assert same_way(plan_by_savings(depot)) == same_way(plan_obviously(depot))


@pytest.mark.parametrize("depot", [*DEPOTS, ON_ONE_SPOT], ids=lambda depot: depot.about.name)
def test_each_step_keeps_routes_sound_and_makes_none_longer(depot: Instance) -> None:
    start = plan_by_savings(depot)
    inside = descend(Ground.of(depot), start, between=False)
    between = descend(Ground.of(depot), start)
    found = improve(depot, start, Rounds(200), SEED)
    for routes in (start, inside, between, found.routes):
        assert faults(depot, routes) == ()
    lengths = [driven(depot, routes) for routes in (start, inside, between, found.routes)]
    assert lengths[0] >= lengths[1] and lengths[0] >= lengths[2] >= lengths[3] - 1e-9
    assert found.cost == pytest.approx(lengths[3])


def test_moves_within_a_route_leave_every_stop_in_its_route() -> None:
    start = plan_by_savings(DEPOTS[4])
    inside = descend(Ground.of(DEPOTS[4]), start, between=False)
    assert [sorted(route) for route in inside] == [sorted(route) for route in start]


def test_moves_undo_a_crossing_and_a_stop_in_the_wrong_route() -> None:
    places = np.array([(0, 0), (0, 1), (0, 2), (1, 2), (1, 1), (9, 0), (9, 1)], dtype=float)
    depot = Instance(About("two streets", 4), np.array([0, 1, 1, 1, 1, 1, 1]), places)
    ground = Ground.of(depot)
    best = [(1, 2, 3, 4), (5, 6)]
    assert same_way(descend(ground, [(1, 3, 2, 4), (5, 6)], between=False)) == best
    assert same_way(descend(ground, [(1, 2, 6), (5, 3, 4)])) == best
    assert same_way(descend(ground, [(1, 2, 3), (5, 6, 4)])) == best


def test_the_best_of_all_routes_is_found_for_a_few_stops() -> None:
    depot = small_depot(6, seed=4, capacity=15)
    found = improve(depot, plan_by_savings(depot), Rounds(500), SEED)
    assert found.cost == pytest.approx(best_of_all(depot))


def best_of_all(depot: Instance) -> float:
    """Return the shortest way, by trying each way to share out and order the stops."""
    far, demand = depot.distances(), depot.demand
    best: dict[tuple[int, int], float] = {(0, 0): 0.0}  # visited as bits, last place -> way
    loads: dict[int, int] = {
        m: sum(int(demand[s + 1]) for s in range(6) if m >> s & 1) for m in range(64)
    }
    tours = [math.inf] * 64
    for mask in range(1, 64):
        for last in (s for s in range(6) if mask >> s & 1):
            rest = mask & ~(1 << last)
            best[mask, last + 1] = min(
                best[rest, before] + far[before, last + 1]
                for before in ([s + 1 for s in range(6) if rest >> s & 1] or [0])
            )
            tours[mask] = min(tours[mask], best[mask, last + 1] + far[last + 1, 0])
    shared = [0.0] + [math.inf] * 63
    for mask in range(1, 64):
        part = mask
        while part:
            if loads[part] <= depot.about.capacity:
                shared[mask] = min(shared[mask], shared[mask ^ part] + tours[part])
            part = (part - 1) & mask
    return shared[63]


def test_the_same_stream_gives_the_same_routes_and_another_one_others() -> None:
    start = plan_by_savings(DEPOTS[4])
    one, two, other = (
        improve(DEPOTS[4], start, Rounds(400), np.random.SeedSequence(seed)) for seed in (1, 1, 2)
    )
    assert (one.routes, one.cost, one.rounds) == (two.routes, two.cost, two.rounds)
    assert one.routes != other.routes


def test_the_sums_that_the_search_keeps_are_right() -> None:
    ground, rng = Ground.of(DEPOTS[4]), Random(5)
    tours = Tours(ground, plan_by_savings(DEPOTS[4]))
    for _ in range(300):
        taken = ruin.ruin(ground, tours, rng)
        assert taken and len(set(taken)) == len(taken)
        ruin.recreate(ground, tours, taken, rng)
        routes = tours.routes()
        assert faults(DEPOTS[4], routes) == ()
        assert tours.cost == pytest.approx(ground.length(routes))
        for route in routes:
            number = tours.route[route[0]]
            assert tours.load[number] == sum(ground.demand[stop] for stop in route)
            assert tours.size[number] == len(route)
        assert tours.used == len(routes)


def test_the_log_falls_from_the_start_to_the_answer() -> None:
    start = plan_by_savings(DEPOTS[4])
    found = improve(DEPOTS[4], start, Rounds(300), SEED)
    times, costs = zip(*found.log, strict=True)
    assert list(times) == sorted(times)
    assert costs[0] == pytest.approx(driven(DEPOTS[4], start)) and costs[-1] == found.cost
    assert list(costs) == sorted(costs, reverse=True)


@needs_pyvrp
@pytest.mark.parametrize("solve", [improve, pyvrp_solver.improve_with_pyvrp])
def test_a_deadline_that_is_over_gives_routes_at_once(solve) -> None:  # type: ignore[no-untyped-def]
    start = plan_by_savings(DEPOTS[3])
    found = solve(DEPOTS[3], start, Seconds(-1.0), SEED)
    assert faults(DEPOTS[3], found.routes) == ()
    assert found.cost <= driven(DEPOTS[3], start)


def test_a_share_of_time_and_of_rounds_is_used_up() -> None:
    budgets: list[Budget] = [Rounds(4), Seconds(1e12), Rounds(0)]
    assert [budgets[0].used(n) for n in (0, 1, 4)] == [0.0, 0.25, 1.0]
    assert 0 < budgets[1].used(7) < 1e-6
    assert budgets[2].used(0) == 1.0


@needs_pyvrp
@pytest.mark.parametrize("depot", [*DEPOTS, ON_ONE_SPOT], ids=lambda depot: depot.about.name)
def test_pyvrp_plans_the_same_instance(depot: Instance) -> None:
    start = plan_by_savings(depot)
    found = pyvrp_solver.improve_with_pyvrp(depot, start, Rounds(50), SEED)
    assert faults(depot, found.routes) == ()
    assert found.cost == pytest.approx(driven(depot, found.routes))
    assert found.cost <= driven(depot, start)
    again: Search = pyvrp_solver.improve_with_pyvrp(depot, start, Rounds(50), SEED)
    assert again.routes == found.routes


@needs_pyvrp
def test_the_own_search_is_about_as_good_as_pyvrp() -> None:
    start = plan_by_savings(DEPOTS[4])
    own = improve(DEPOTS[4], start, Rounds(3_000), SEED)
    other = pyvrp_solver.improve_with_pyvrp(DEPOTS[4], start, Rounds(500), SEED)
    assert own.cost == pytest.approx(other.cost, rel=0.03)


def test_a_machine_without_pyvrp_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvrp", None)
    with pytest.raises(BadInput, match="PyVRP is not installed"):
        pyvrp_solver.check_there()


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        (((1, 2), (3,)), "stop 4 is left out"),
        (((1, 2), (3, 4, 1)), "stop 1 is visited 2 times"),
        (((1, 2), (3, 4, 5)), "stop 5 does not exist"),
        (((1, 2), (3, 0, 4)), "stop 0 does not exist"),
        (((1, 2, 3, 4),), "route 1 carries 10, but a vehicle only 9"),
    ],
)
def test_what_is_wrong_with_routes_is_said(routes: Routes, says: str) -> None:
    places = np.array([(0, 0), (3, 4), (6, 8), (0, 5), (1, 1)], dtype=float)
    depot = Instance(About("four", 9), np.array([0, 4, 3, 2, 1]), places)
    assert says in faults(depot, routes)
    assert faults(depot, ((1, 2), (3, 4))) == ()


def test_ways_are_driven_by_coordinates_and_rounded_leg_by_leg() -> None:
    places = np.array([(0, 0), (1, 1), (2, 2)], dtype=float)
    depot = Instance(About("line", 9), np.array([0, 1, 1]), places)
    assert driven(depot, ((1, 2),)) == pytest.approx(4 * math.sqrt(2))
    for rounding, length in (
        ("EUC_2D", 1 + 1 + 3),
        ("CEIL_2D", 2 + 2 + 3),
        ("FLOOR_2D", 1 + 1 + 2),
    ):
        rounded = replace(depot, about=replace(depot.about, rounding=rounding))
        assert driven(rounded, ((1, 2),)) == length == Ground.of(rounded).length([(1, 2)])
