"""What the search looks up all the time, as plain lists.

One value of a list is read three times as fast as one value of an array, and the search reads
single values only. Arrays win where a whole row is computed at once, as here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speedlab.cases.logistics.instances.instance import Instance

NEAR = 40
"""Next to how many neighbours a stop may be put; the rest is hardly ever better."""
AROUND = 100
"""Among how many neighbours, itself included, the search looks for routes to take apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """An instance as the search sees it; number 0 is the depot.

    Attributes:
        distance: From each place to each other.
        near: The nearest other stops of each stop, the nearest first.
        around: The same with the stop itself in front, and more of them.
        demand: What each stop wants.
        capacity: What a vehicle carries.
        least: What a move must gain; less may be an error of rounding, and then it never ends.
    """

    distance: list[list[float]]
    near: list[list[int]]
    around: list[list[int]]
    demand: list[int]
    capacity: int
    least: float

    @classmethod
    def of(cls, instance: Instance) -> Ground:
        """Return the lists of an instance."""
        far = instance.distances()
        order = far[:, 1:].copy()
        np.fill_diagonal(order[1:], -1.0)  # a stop is its own nearest, also among others at 0
        around = (np.argsort(order, axis=1, kind="stable") + 1)[:, :AROUND].tolist()
        near = [row[1 : NEAR + 1] for row in around]
        demand, least = instance.demand.tolist(), 1e-9 * float(far.max(initial=1.0))
        return cls(far.tolist(), near, around, demand, instance.about.capacity, least)

    def length(self, routes: Sequence[Sequence[int]]) -> float:
        """Return how far all vehicles drive."""
        return sum(self.route_length(route) for route in routes)

    def route_length(self, route: Sequence[int]) -> float:
        """Return how far one vehicle drives, from the depot and back to it."""
        legs = zip((0, *route), (*route, 0), strict=True)
        return sum(self.distance[a][b] for a, b in legs)
