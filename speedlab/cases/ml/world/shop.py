"""The shop that is generated: what its items are like, what its customers like, and when.

Everything that is planted here can be found again in the events: a test compares the item vectors
that ALS learns with `taste` of the items.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.cases.shared.shares import apportion

Array = npt.NDArray[Any]
DAYS = 180
SEASONS = 4
"""Tastes drift and new items arrive at the beginning of each quarter of the time."""
TRAITS = 8
CATEGORIES = 12
EVENTS_A_USER = 60
FEWEST_EVENTS = 4
LATE_ITEMS, LATE_USERS = 0.15, 0.2


@dataclass(frozen=True, eq=False)
class Shop:
    """A shop.

    Attributes:
        seed: Where all randomness comes from.
        quota: How many events each user has; their sum is the size of the data.
        taste: What each item is like: shape (items, TRAITS).
        log_popularity: How well known each item is, as a logarithm; Zipf by rank.
        season: From which quarter on each item is sold.
    """

    seed: int
    quota: Array
    taste: Array
    log_popularity: Array
    season: Array


@lru_cache(maxsize=2)
def build_shop(size: int, seed: int) -> Shop:
    """Return the shop of a size and seed."""
    rng = np.random.default_rng([seed, 0])
    n_users = max(40, size // EVENTS_A_USER)
    n_items = min(20_000, max(60, round(3 * size**0.5)))
    centres = rng.normal(size=(CATEGORIES, TRAITS))
    category = rng.integers(CATEGORIES, size=n_items)
    taste = 0.8 * centres[category] + 0.6 * rng.normal(size=(n_items, TRAITS))
    rank = rng.permutation(n_items) + 1
    late = rng.random(n_items) < LATE_ITEMS
    season = np.where(late, rng.integers(1, SEASONS, size=n_items), 0)
    season[rank <= 20] = 0
    return Shop(
        seed,
        apportion(size, rng.lognormal(0.0, 0.9, size=n_users), least=FEWEST_EVENTS),
        taste,
        -1.1 * np.log(rank + 3.0),
        season,
    )
