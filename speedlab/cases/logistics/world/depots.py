"""The depots that are generated: how many stops each has on each day, and what they are like.

Most depots are small and one is very large, as in real fleets: on each day the hub has about 15 %
of all stops. That is what makes the depots of one day an uneven load for several workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.cases.shared.shares import apportion

Array = npt.NDArray[Any]
STOPS_A_DAY = 2_500
STOPS_A_DEPOT = 25
FEWEST_DEPOTS, FEWEST_STOPS = 6, 3
HUB_SHARE = 0.15
SIDE_KM = 60.0
PLACES = ("random", "clustered", "mixed")
DEMANDS = {"equal": (10, 10), "small": (1, 10), "medium": (5, 15), "large": (50, 100)}
"""The least and the greatest demand of a stop, by class."""


@dataclass(frozen=True)
class Depot:
    """What stays the same at a depot from day to day.

    Attributes:
        number: 0 is the hub.
        place: Where it stands, in km: centre, a corner or anywhere.
        spread: Whether its stops lie at random, in clusters, or half and half.
        centres: Where the clusters are: shape (clusters, 2), in km.
        demand: The class of its stops' demand.
        capacity: What one vehicle carries.
    """

    number: int
    place: tuple[float, float]
    spread: str
    centres: Array
    demand: str
    capacity: int


@lru_cache(maxsize=2)
def stop_counts(size: int, seed: int) -> Array:
    """Return how many stops each depot has on each day: shape (days, depots), their sum is size.

    The first depot is the hub. The others are lognormal: many small ones and a few large ones.
    """
    days = max(1, round(size / STOPS_A_DAY))
    ends = np.floor(np.arange(1, days + 1) * size / days + 0.5).astype(np.int64)
    rng = np.random.default_rng([seed, 0])
    count = max(FEWEST_DEPOTS, round((1 - HUB_SHARE) * size / days / STOPS_A_DEPOT))
    usual = rng.lognormal(0.0, 1.0, size=count)
    rows = []
    for stops in np.diff(ends, prepend=0):
        hub = int(HUB_SHARE * stops)
        today = usual * rng.uniform(0.8, 1.25, size=count)
        rows.append([hub, *apportion(int(stops) - hub, today, least=FEWEST_STOPS)])
    return np.array(rows)


@lru_cache(maxsize=256)
def draw_depot(seed: int, number: int) -> Depot:
    """Return what a depot is like; the same for every day.

    Source: the ways to place depots and stops, the demand classes and the capacity from a wanted
    number of stops a route follow E. Uchoa et al., EJOR 257(3), 2017, with other numbers.
    """
    rng = np.random.default_rng([seed, 1, number])
    places = [(SIDE_KM / 2, SIDE_KM / 2), (0.0, 0.0), tuple(rng.uniform(0, SIDE_KM, size=2))]
    x, y = places[rng.integers(len(places))]
    demand = list(DEMANDS)[rng.integers(len(DEMANDS))]
    low, high = DEMANDS[demand]
    stops_a_route = rng.triangular(4, 8, 18)
    return Depot(
        number,
        (round(float(x), 3), round(float(y), 3)),
        PLACES[rng.integers(len(PLACES))],
        rng.uniform(0.1 * SIDE_KM, 0.9 * SIDE_KM, size=(rng.integers(2, 7), 2)),
        demand,
        max(high, round(stops_a_route * (low + high) / 2)),
    )
