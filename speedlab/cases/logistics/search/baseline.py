"""The savings method as one would say it aloud, for the first rung of the lesson."""

from __future__ import annotations

from itertools import permutations, product

from speedlab.cases.logistics.instances.instance import Instance, Routes


def plan_obviously(instance: Instance) -> Routes:
    """Return the routes of savings.plan_by_savings: look at all pairs, join the best, begin again.

    Each of n joins looks at n² pairs of stops. The better code sorts all pairs once instead.
    """
    far = instance.distances()
    routes = [[stop] for stop in range(1, instance.stops + 1)]
    while True:
        best, joined = (0.0, 0, 0), None
        for a, b in permutations(routes, 2):
            if sum(instance.demand[a]) + sum(instance.demand[b]) > instance.about.capacity:
                continue
            for left, right in product((a, a[::-1]), (b, b[::-1])):
                i, j = sorted((left[-1], right[0]))
                # Of equal savings the pair with the smaller numbers, as in the better code.
                saving = far[0, i] + far[0, j] - far[i, j], -i, -j
                if saving[0] > 0 and saving > best:
                    best, joined = saving, (a, b, left + right)
        if joined is None:
            return tuple(tuple(route) for route in routes)
        a, b, both = joined
        routes = [route for route in routes if route not in (a, b)] + [both]
