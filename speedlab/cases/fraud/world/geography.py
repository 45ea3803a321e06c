"""Cities, shops and hours: the fixed tables and drawn places behind the generated payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.cases.shared.geo import kilometres

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

COUNTRIES = ("BE", "DE", "ES", "FR", "GB", "IT", "NL", "PL", "PT", "SE", "US")
# A rough box of latitudes and longitudes for each country: south, north, west, east.
BOXES = np.array(
    [
        (50.0, 51.2, 3.2, 5.8),
        (48.0, 53.5, 7.0, 13.5),
        (37.5, 43.0, -6.0, 0.0),
        (43.5, 49.5, 0.0, 6.5),
        (51.0, 54.5, -3.0, 0.0),
        (40.0, 45.5, 8.5, 15.0),
        (51.5, 53.0, 4.6, 6.6),
        (50.0, 54.0, 15.5, 22.5),
        (37.5, 41.5, -8.7, -7.0),
        (56.0, 60.0, 13.0, 17.0),
        (33.0, 43.0, -100.0, -78.0),
    ]
)
CATEGORIES = (
    "grocery",
    "fuel",
    "restaurant",
    "clothing",
    "electronics",
    "travel",
    "health",
    "entertainment",
    "services",
    "digital",
)
CATEGORY_LEVEL = np.log([28.0, 45.0, 22.0, 48.0, 95.0, 130.0, 26.0, 24.0, 55.0, 9.0])
SHOP_SHARES = np.array([0.30, 0.10, 0.20, 0.10, 0.04, 0.04, 0.08, 0.08, 0.06, 0.0])
ONLINE_SHARES = np.array([0.10, 0.0, 0.12, 0.20, 0.14, 0.08, 0.03, 0.08, 0.05, 0.20])
# Which of the hour profiles below each category follows.
CATEGORY_HOURS = (0, 1, 2, 0, 0, 1, 0, 2, 0, 1)
HOURS = np.array(
    [
        [1, 1, 1, 1, 1, 2, 5, 15, 30, 50, 70, 75, 70, 60, 60, 65, 75, 90, 85, 60, 30, 10, 4, 2],
        [12, 7, 5, 4, 4, 8, 20, 40, 50, 50, 50, 50, 55, 50, 50, 50, 55, 65, 70, 70, 70, 60, 40, 22],
        [14, 9, 5, 3, 2, 2, 4, 12, 20, 20, 20, 40, 90, 80, 30, 20, 25, 40, 75, 100, 90, 60, 40, 24],
    ],
    dtype=np.float64,
)
TERMINALS_PER_CITY = 30
ONLINE_PART = 0.08


@dataclass(frozen=True)
class Places:
    """Cities and terminals; terminals lie city by city, and the online ones come last."""

    city_lat: Floats
    city_lon: Floats
    city_weight: Floats  # share of the customers who live there
    near: Ints  # for each city all cities, nearest first
    start: Ints  # first terminal of each city; then of the online shops; then the end
    cumulated: Floats  # popularity, summed up terminal by terminal, from 0
    terminal_id: Ints  # the number that the data shows
    lat: Floats
    lon: Floats
    country: Ints
    category: Ints

    @property
    def online(self) -> int:
        """The pseudo city in which all online shops lie."""
        return len(self.city_lat)

    @property
    def first_online(self) -> int:
        """The first online terminal."""
        return int(self.start[self.online])

    def pick(self, city: Array, u: Array) -> Ints:
        """Return a terminal of each city, popular ones more often, for uniform draws u."""
        first, after = self.start[city], self.start[np.asarray(city) + 1]
        low, high = self.cumulated[first], self.cumulated[after]
        index = np.searchsorted(self.cumulated, low + u * (high - low), side="right") - 1
        terminals: Ints = np.clip(index, first, after - 1)
        return terminals


def zipf(ranks: Array, *, shift: float, power: float) -> Floats:
    """Return weights that fall with the rank, as the popularity of shops and cities does."""
    weights: Floats = (np.asarray(ranks, dtype=np.float64) + shift) ** -power
    return weights


def draw_places(rng: np.random.Generator, n_terminals: int) -> Places:
    """Draw cities in every country, and shops in every city and online."""
    n_cities = int(np.clip(n_terminals // TERMINALS_PER_CITY, 2 * len(COUNTRIES), 500))
    city_country = np.arange(n_cities) % len(COUNTRIES)
    box = BOXES[city_country]
    lat = box[:, 0] + rng.random(n_cities) * (box[:, 1] - box[:, 0])
    lon = box[:, 2] + rng.random(n_cities) * (box[:, 3] - box[:, 2])
    weight = zipf(rng.permutation(n_cities), shift=3.0, power=0.7)
    weight /= weight.sum()
    n_online = max(8, round(ONLINE_PART * n_terminals))
    city, start = _cities_of_shops(rng, weight, n_terminals - n_online, n_online)
    distance = kilometres(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    return Places(
        city_lat=lat,
        city_lon=lon,
        city_weight=weight,
        near=np.argsort(distance, axis=1, kind="stable"),
        start=start,
        cumulated=_popularity(start, n_terminals),
        terminal_id=rng.permutation(n_terminals),
        lat=np.round(lat[city] + 0.08 * rng.standard_normal(n_terminals), 4),
        lon=np.round(lon[city] + 0.11 * rng.standard_normal(n_terminals), 4),
        country=city_country[city],
        category=_categories(rng, n_terminals, n_online),
    )


def _cities_of_shops(
    rng: np.random.Generator, weight: Floats, n_shops: int, n_online: int
) -> tuple[Ints, Ints]:
    # Three shops at least in every city, so that every customer has a choice.
    least = np.repeat(np.arange(len(weight)), 3)
    others = rng.choice(len(weight), max(0, n_shops - len(least)), p=weight)
    shops = np.sort(np.concatenate([least, others])[:n_shops])
    start = np.searchsorted(shops, np.arange(len(weight) + 1))
    owners = rng.choice(len(weight), n_online, p=weight)
    return np.concatenate([shops, owners]), np.append(start, n_shops + n_online)


def _popularity(start: Ints, n_terminals: int) -> Floats:
    ranks = np.arange(n_terminals) - np.repeat(start[:-1], np.diff(start))
    weights = zipf(ranks, shift=3.0, power=0.8)
    return np.concatenate([[0.0], np.cumsum(weights)])


def _categories(rng: np.random.Generator, n_terminals: int, n_online: int) -> Ints:
    shops = rng.choice(len(CATEGORIES), n_terminals - n_online, p=SHOP_SHARES / SHOP_SHARES.sum())
    # Every online category is there, however few online shops there are.
    kinds = np.flatnonzero(ONLINE_SHARES)
    more = rng.choice(len(CATEGORIES), n_online, p=ONLINE_SHARES / ONLINE_SHARES.sum())
    return np.concatenate([shops, rng.permutation(np.concatenate([kinds, more])[:n_online])])
