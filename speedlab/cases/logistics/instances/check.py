"""Look at finished routes with other eyes: nothing in here is shared with the search.

The search works on a matrix of distances and keeps sums up to date, move by move. Here every route
is driven once from stop to stop, by coordinates where there are some.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from speedlab.cases.logistics.instances.instance import Instance

ROUNDING: dict[str, Callable[[float], float]] = {
    "EUC_2D": lambda exact: math.floor(exact + 0.5),
    "CEIL_2D": math.ceil,
    "FLOOR_2D": math.floor,
    "real": float,
}


def faults(instance: Instance, routes: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Say what is wrong with routes: nothing, if they can be driven.

    Each stop must be visited exactly once, and no vehicle may be overloaded.
    """
    visits = Counter(stop for route in routes for stop in route)
    unknown = [stop for stop in visits if not 1 <= stop <= instance.stops]
    missed = [stop for stop in range(1, instance.stops + 1) if stop not in visits]
    twice = [stop for stop, times in visits.items() if times > 1]
    found = [f"stop {stop} does not exist" for stop in unknown]
    found += [f"stop {stop} is left out" for stop in missed]
    found += [f"stop {stop} is visited {visits[stop]} times" for stop in twice]
    if not unknown:
        found += _overloaded(instance, routes)
    return tuple(found)


def _overloaded(instance: Instance, routes: Sequence[Sequence[int]]) -> list[str]:
    capacity = instance.about.capacity
    loads = [sum(int(instance.demand[stop]) for stop in route) for route in routes]
    return [
        f"route {number} carries {load}, but a vehicle only {capacity}"
        for number, load in enumerate(loads, 1)
        if load > capacity
    ]


def driven(instance: Instance, routes: Sequence[Sequence[int]], rounding: str = "") -> float:
    """Return how far all vehicles drive, from the depot along each route and back.

    Args:
        instance: The stops.
        routes: The stops of each route in order.
        rounding: How distances are rounded; as the instance says by default.
    """
    legs = [leg for route in routes for leg in zip((0, *route), (*route, 0), strict=True)]
    return math.fsum(_apart(instance, a, b, rounding or instance.about.rounding) for a, b in legs)


def _apart(instance: Instance, a: int, b: int, rounding: str) -> float:
    if instance.places is None or instance.given is not None:
        assert instance.given is not None, "an instance has coordinates or distances"
        return float(instance.given[a, b])
    (ax, ay), (bx, by) = instance.places[a], instance.places[b]
    return ROUNDING[rounding](math.hypot(ax - bx, ay - by))
