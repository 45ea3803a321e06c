"""The warehouse that is generated: how each item is asked for, what it costs, when it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
WEEKS = 100
YEAR_WEEKS = 52
HOLDING_RATE = 0.25
"""What a year in stock costs, as a share of the unit cost: capital, space, loss."""


@dataclass(frozen=True)
class Kind:
    """A demand class of the generated items; ranges stay clear of the cuts between classes.

    Attributes:
        share: Which part of the items belongs to it.
        interval: Range of the average interval between demands, in weeks.
        variation: Range of CV² of the amounts.
        usual: Median of the mean amount, in units.
    """

    share: float
    interval: tuple[float, float]
    variation: tuple[float, float]
    usual: float


KINDS = {
    "smooth": Kind(0.35, (1.0, 1.15), (0.02, 0.3), 15.0),
    "intermittent": Kind(0.3, (1.7, 5.0), (0.05, 0.25), 8.0),
    "erratic": Kind(0.15, (1.0, 1.15), (0.9, 1.6), 15.0),
    "lumpy": Kind(0.2, (1.7, 4.0), (1.1, 2.0), 10.0),
}


@dataclass(frozen=True, eq=False)
class Warehouse:
    """A warehouse; every array has one entry for each item.

    Attributes:
        seed: Where all randomness comes from.
        kind: The demand class, as a number: its place in KINDS.
        interval: Average interval between demands, in weeks.
        variation: CV² of the amounts.
        amount: Mean amount, where there is demand, in units.
        terms: What the item costs and how long it takes, by the name of the column.
    """

    seed: int
    kind: Array
    interval: Array
    variation: Array
    amount: Array
    terms: dict[str, Array]


@lru_cache(maxsize=2)
def build_warehouse(size: int, seed: int) -> Warehouse:
    """Return the warehouse of a size and seed."""
    rng = np.random.default_rng([seed, 0])
    n_items = size // WEEKS
    kinds = list(KINDS.values())
    kind = rng.choice(len(kinds), size=n_items, p=[one.share for one in kinds])
    low, high = np.array([(one.interval, one.variation) for one in kinds]).transpose(2, 1, 0)
    interval, variation = rng.uniform(low[:, kind], high[:, kind])
    usual = np.array([one.usual for one in kinds])[kind]
    # A few items sell a hundred times as much as the others: lognormal, as in real shops.
    amount = np.maximum(4.0, usual * rng.lognormal(0.0, 1.0, size=n_items))
    return Warehouse(seed, kind, interval, variation, amount, _terms(rng, n_items))


def _terms(rng: np.random.Generator, n_items: int) -> dict[str, Array]:
    unit_cost = rng.lognormal(np.log(12.0), 0.9, size=n_items).round(2)
    holding = (unit_cost * HOLDING_RATE / YEAR_WEEKS).round(5)
    lead_time = rng.gamma(4.0, 0.75, size=n_items).round(1) + 0.5
    return {
        "unit_cost": unit_cost,
        "holding_cost": holding,
        "order_cost": rng.lognormal(np.log(25.0), 0.5, size=n_items).round(2),
        "penalty": (holding * rng.uniform(5.0, 20.0, size=n_items)).round(4),
        "lead_time": lead_time,
        "lead_time_sd": (lead_time * rng.uniform(0.1, 0.5, size=n_items)).round(2),
    }
