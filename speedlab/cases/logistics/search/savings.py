"""The savings method: begin with a vehicle for each stop and join routes where it saves most.

Source: G. Clarke and J. Wright, Operations Research 12(4), 1964; the parallel version.
"""

from __future__ import annotations

import numpy as np

from speedlab.cases.logistics.instances.instance import Array, Instance, Routes


def saved(distances: Array) -> tuple[Array, Array, Array]:
    """Return all pairs of stops and what joining them saves, the most first.

    Serving i and j in one route instead of two saves d(0, i) + d(0, j) - d(i, j).

    Args:
        distances: Shape (stops + 1, stops + 1); the depot is number 0.

    >>> [part.tolist() for part in saved(np.array([[0, 5, 4], [5, 0, 3], [4, 3, 0]]))]
    [[1], [2], [6]]
    """
    first, second = np.triu_indices(len(distances) - 1, k=1)
    first, second = first + 1, second + 1
    gain = distances[0, first] + distances[0, second] - distances[first, second]
    # Stable: of equal savings the pair with the smaller numbers comes first, on every machine.
    order = np.argsort(-gain, kind="stable")
    return first[order], second[order], gain[order]


def plan_by_savings(instance: Instance) -> Routes:
    """Return routes made by the savings method: quick, and about 5 % longer than the best known.

    Two routes can be joined where both stops are at an end of their route, and the load fits.
    """
    first, second, gain = saved(instance.distances())
    worth = gain > 0
    route_of = [[stop] for stop in range(instance.stops + 1)]
    load_of = instance.demand.tolist()  # of the whole route; kept right at its two ends only
    for i, j in zip(first[worth].tolist(), second[worth].tolist(), strict=True):
        if load_of[i] + load_of[j] > instance.about.capacity or route_of[i] is route_of[j]:
            continue
        joined = _joined(route_of[i], i, route_of[j], j)
        if joined:
            load_of[joined[0]] = load_of[joined[-1]] = load_of[i] + load_of[j]
            for stop in joined:
                route_of[stop] = joined
    routes = {id(route): tuple(route) for route in route_of[1:]}
    return tuple(routes.values())


def _joined(a: list[int], i: int, b: list[int], j: int) -> list[int]:
    """Return route a, then route b, so that i and j meet; empty where they are not at an end."""
    if i not in (a[0], a[-1]) or j not in (b[0], b[-1]):
        return []
    return (a if a[-1] == i else a[::-1]) + (b if b[0] == j else b[::-1])
