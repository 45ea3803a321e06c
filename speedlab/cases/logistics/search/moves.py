"""Small moves that shorten routes, taken until none is left: a local search.

A move makes one stop the follower of another one that is near it:

    turn     reverse a piece of one route                       (2-opt)
    shift    move one to three stops in a row, within a route or to another one  (relocate, Or-opt)
    swap     let two stops of two routes change places
    tails    let two routes change what follows                 (2-opt*)

Only a near stop can be a good follower, so it is enough to look at the neighbours of each stop.

Source: P. Toth and D. Vigo, INFORMS Journal on Computing 15(4), 2003, for the neighbour lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from speedlab.cases.logistics.instances.instance import Routes
from speedlab.cases.logistics.search.ground import Ground

LOOKED_AT = 15
"""How many neighbours of each stop are tried as its follower."""
LONGEST_SHIFT = 3
Place = tuple[int, int]
"""Number of a route, and where in it."""


class Descent:
    """Routes on the way down; places say where each stop is at the moment."""

    def __init__(self, ground: Ground, routes: Sequence[Sequence[int]]) -> None:
        self.ground = ground
        self.routes = [list(route) for route in routes]
        self.places: list[Place] = [(0, 0)] * len(ground.demand)
        for number in range(len(self.routes)):
            self._note(number)

    def _note(self, number: int) -> None:
        for index, stop in enumerate(self.routes[number]):
            self.places[stop] = number, index

    def beside(self, number: int, index: int) -> int:
        """Return a stop of a route, or the depot beyond its ends."""
        route = self.routes[number]
        return route[index] if 0 <= index < len(route) else 0

    def fits(self, route: Sequence[int]) -> bool:
        """Return whether one vehicle can carry what the stops want."""
        demand = self.ground.demand
        return sum(demand[stop] for stop in route) <= self.ground.capacity

    def take(self, gain: float, new: dict[int, list[int]]) -> bool:
        """Replace routes where that is shorter and fits; return whether it was done."""
        if gain <= self.ground.least or not all(self.fits(route) for route in new.values()):
            return False
        for number, route in new.items():
            self.routes[number] = route
            self._note(number)
        return True


def descend(ground: Ground, routes: Sequence[Sequence[int]], *, between: bool = True) -> Routes:
    """Return routes that no single move can shorten.

    Args:
        ground: Distances and neighbours.
        routes: Where to start.
        between: Whether stops may go to other routes; else each route is improved by itself.
    """
    state = Descent(ground, routes)
    stops = [stop for route in state.routes for stop in route]
    moved = True
    while moved:
        moved = False
        for stop, rank in product(stops, range(LOOKED_AT)):
            if rank < len(ground.near[stop]):
                moved |= _try(state, stop, ground.near[stop][rank], between)
    return tuple(tuple(route) for route in state.routes if route)


def _try(state: Descent, stop: int, follower: int, between: bool) -> bool:
    """Make a stop the follower of another in the first way that is shorter, if there is one."""
    stop_at, follower_at = state.places[stop], state.places[follower]
    if stop_at[0] == follower_at[0]:
        return _turn(state, stop_at, follower_at) or _shift_inside(state, stop_at, follower_at)
    return between and (
        _tails(state, stop_at, follower_at)
        or _shift(state, stop_at, follower_at)
        or _swap(state, stop_at, follower_at)
    )


def _turn(state: Descent, stop_at: Place, follower_at: Place) -> bool:
    """Reverse what lies between two stops of a route, so that they meet."""
    number, (i, j) = stop_at[0], sorted((stop_at[1], follower_at[1]))
    distance, beside = state.ground.distance, state.beside
    a, b, c, d = (beside(number, at) for at in (i, i + 1, j, j + 1))
    gain = distance[a][b] + distance[c][d] - distance[a][c] - distance[b][d]
    if gain <= state.ground.least:
        return False
    route = state.routes[number]
    return state.take(gain, {number: route[: i + 1] + route[i + 1 : j + 1][::-1] + route[j + 1 :]})


def _shift_inside(state: Descent, stop_at: Place, follower_at: Place) -> bool:
    """Move a few stops in a row, the first of which is the follower, within its route."""
    number, i, j = stop_at[0], stop_at[1], follower_at[1]
    if i + 1 == j:
        return False
    distance, beside, route = state.ground.distance, state.beside, state.routes[stop_at[0]]
    a, b, c, d = beside(number, i), beside(number, i + 1), beside(number, j - 1), route[j]
    for count in range(1, min(LONGEST_SHIFT, len(route) - j) + 1):
        if j <= i < j + count:
            return False
        e, f = route[j + count - 1], beside(number, j + count)
        gain = distance[a][b] + distance[c][d] + distance[e][f]
        gain -= distance[a][d] + distance[e][b] + distance[c][f]
        if gain > state.ground.least:
            rest = route[:j] + route[j + count :]
            at = i + 1 if i < j else i + 1 - count
            return state.take(gain, {number: rest[:at] + route[j : j + count] + rest[at:]})
    return False


def _tails(state: Descent, stop_at: Place, follower_at: Place) -> bool:
    """Let two routes change what follows, so that the follower comes after the stop."""
    (first, i), (second, j) = stop_at, follower_at
    distance, beside = state.ground.distance, state.beside
    a, b, c, d = beside(first, i), beside(first, i + 1), beside(second, j - 1), beside(second, j)
    gain = distance[a][b] + distance[c][d] - distance[a][d] - distance[c][b]
    if gain <= state.ground.least:
        return False
    left, right = state.routes[first], state.routes[second]
    return state.take(gain, {first: left[: i + 1] + right[j:], second: right[:j] + left[i + 1 :]})


def _shift(state: Descent, stop_at: Place, follower_at: Place) -> bool:
    """Move a few stops in a row, the first of which is the follower, into the other route."""
    (first, i), (second, j) = stop_at, follower_at
    distance, beside = state.ground.distance, state.beside
    a, b, c, d = beside(first, i), beside(first, i + 1), beside(second, j - 1), beside(second, j)
    left, right = state.routes[first], state.routes[second]
    for count in range(1, min(LONGEST_SHIFT, len(right) - j) + 1):
        e, f = right[j + count - 1], beside(second, j + count)
        gain = distance[a][b] + distance[c][d] + distance[e][f]
        gain -= distance[a][d] + distance[e][b] + distance[c][f]
        if gain > state.ground.least:
            longer = left[: i + 1] + right[j : j + count] + left[i + 1 :]
            if state.take(gain, {first: longer, second: right[:j] + right[j + count :]}):
                return True
    return False


def _swap(state: Descent, stop_at: Place, follower_at: Place) -> bool:
    """Let the follower and the stop that is in its place now change places."""
    (first, i), (second, j) = stop_at, follower_at
    if i + 1 >= len(state.routes[first]):
        return False
    distance, beside = state.ground.distance, state.beside
    a, b, c = (beside(first, i + step) for step in range(3))
    d, e, f = (beside(second, j + step) for step in (-1, 0, 1))
    gain = distance[a][b] + distance[b][c] + distance[d][e] + distance[e][f]
    gain -= distance[a][e] + distance[e][c] + distance[d][b] + distance[b][f]
    if gain <= state.ground.least:
        return False
    left, right = state.routes[first], state.routes[second]
    return state.take(
        gain,
        {
            first: [*left[: i + 1], e, *left[i + 2 :]],
            second: [*right[:j], b, *right[j + 1 :]],
        },
    )
