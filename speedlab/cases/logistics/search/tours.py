"""Routes as the search keeps them: each stop knows the one before and the one after it."""

from __future__ import annotations

from collections.abc import Sequence

from speedlab.cases.logistics.instances.instance import Routes
from speedlab.cases.logistics.search.ground import Ground

OUT = -1
"""The route of a stop that is in none."""


class Tours:
    """All routes at once, as lists over the stops; 0 before or after a stop is the depot.

    What stands in after[0] and before[0] means nothing.

    Attributes:
        after: The next stop.
        before: The stop before.
        route: In which route each stop is.
        load: What each route carries.
        size: How many stops each route has.
        unused: Numbers of empty routes.
        cost: How far all vehicles drive.
    """

    __slots__ = ("after", "before", "cost", "load", "route", "size", "unused")

    def __init__(self, ground: Ground, routes: Sequence[Sequence[int]]) -> None:
        count = len(ground.demand)
        self.after, self.before, self.route = [0] * count, [0] * count, [OUT] * count
        self.load = [sum(ground.demand[stop] for stop in route) for route in routes]
        self.size = [len(route) for route in routes]
        self.unused = [number for number, size in enumerate(self.size) if not size]
        self.cost = ground.length(routes)
        for number, route in enumerate(routes):
            for a, b in zip((0, *route), (*route, 0), strict=True):
                self.after[a], self.before[b] = b, a
                self.route[b] = number

    def copy(self) -> Tours:
        """Return routes of their own; copying all lists takes a few microseconds."""
        twin = Tours.__new__(Tours)
        twin.after, twin.before, twin.route = self.after[:], self.before[:], self.route[:]
        twin.load, twin.size, twin.unused = self.load[:], self.size[:], self.unused[:]
        twin.cost = self.cost
        return twin

    @property
    def used(self) -> int:
        """How many routes have stops."""
        return len(self.size) - len(self.unused)

    def take_out(self, ground: Ground, stop: int) -> None:
        """Take a stop out of its route and close the gap."""
        a, b, number = self.before[stop], self.after[stop], self.route[stop]
        row = ground.distance[stop]
        self.cost += ground.distance[a][b] - row[a] - row[b]
        self.after[a], self.before[b] = b, a
        self.route[stop] = OUT
        self.load[number] -= ground.demand[stop]
        self.size[number] -= 1
        if not self.size[number]:
            self.unused.append(number)

    def put_between(self, ground: Ground, stop: int, a: int, b: int, number: int) -> None:
        """Put a stop into a route between two neighbours, 0 for the depot."""
        row = ground.distance[stop]
        self.cost += row[a] + row[b] - ground.distance[a][b]
        self.before[stop], self.after[stop] = a, b
        self.after[a], self.before[b] = stop, stop
        self.route[stop] = number
        self.load[number] += ground.demand[stop]
        self.size[number] += 1

    def open_route(self) -> int:
        """Return the number of an empty route."""
        if self.unused:
            return self.unused.pop()
        self.load.append(0)
        self.size.append(0)
        return len(self.size) - 1

    def routes(self) -> Routes:
        """Return the stops of each route in order; the routes in order of their first stops."""
        found = []
        for stop in range(1, len(self.route)):
            if self.before[stop] == 0:
                route = [stop]
                while self.after[route[-1]]:
                    route.append(self.after[route[-1]])
                found.append(tuple(route))
        return tuple(found)
