"""Cut a depot that is too large for one worker into sectors that can be planned by themselves.

A vehicle that drives north and one that drives south have nothing to exchange. So the routes of a
quick first plan are sorted by direction, and neighbouring ones make a sector; a vehicle stays in
its sector from then on. What is lost is the exchange across the borders.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from speedlab.cases.logistics.instances.instance import Array, Instance, Routes
from speedlab.core.errors import BadInput


def sectors(instance: Instance, routes: Routes, *, most_stops: int) -> list[Array]:
    """Return the stops of each sector, in rising order; one sector if the depot is small enough.

    Args:
        instance: The depot.
        routes: A first plan.
        most_stops: How many stops a sector should have at most; a single route may have more.

    Raises:
        BadInput: If most_stops is below 1, or the stops of a large depot have no coordinates.
    """
    if most_stops < 1:
        raise BadInput(f"A sector of {most_stops} stops.", "", "Choose 1 stop or more.")
    count = -(-instance.stops // most_stops)
    if count == 1 or len(routes) == 1:
        return [np.arange(1, instance.stops + 1)]
    if instance.places is None:
        raise BadInput(
            f"{instance.about.name} cannot be cut into sectors.",
            "Its file gives distances, but no coordinates.",
            "Plan it whole.",
        )
    offset = np.array([instance.places[list(route)].mean(axis=0) for route in routes])
    offset -= instance.places[0]
    order = np.argsort(np.arctan2(offset[:, 1], offset[:, 0]), kind="stable")
    sizes = np.array([len(routes[number]) for number in order])
    # Each route goes to the sector in which its middle stop falls.
    middle = np.cumsum(sizes) - sizes / 2
    sector = np.minimum((middle * count / instance.stops).astype(int), count - 1)
    groups = [order[sector == number] for number in range(count)]
    stops = [[stop for route in group for stop in routes[route]] for group in groups if len(group)]
    return [np.sort(np.array(part)) for part in stops]


def part_of(instance: Instance, stops: Array, name: str) -> Instance:
    """Return some stops of a depot as a depot of its own."""
    numbers = np.r_[0, stops]
    return replace(
        instance,
        about=replace(instance.about, name=name, best_known=None),
        demand=instance.demand[numbers],
        places=None if instance.places is None else instance.places[numbers],
        given=None if instance.given is None else instance.given[np.ix_(numbers, numbers)],
    )


def numbered_back(routes: Routes, stops: Array) -> Routes:
    """Return routes of a part with the numbers that its stops have in the whole depot.

    >>> numbered_back(((1, 3), (2,)), np.array([4, 7, 9]))
    ((4, 9), (7,))
    """
    return tuple(tuple(int(stops[stop - 1]) for stop in route) for route in routes)
