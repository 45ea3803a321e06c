"""Find the cheapest policy of an item that serves well enough.

All candidates meet the same random numbers, so they differ by what they do and not by luck. For
each order size the paths are played once; the lowest reorder point that serves well enough, and
below which the penalty would cost more than the stock, is then found by halving.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.cases.inventory.simulate import KINDS, Costs, Paths, Policy, Scenario, play
from speedlab.core.errors import BadInput

Array = npt.NDArray[Any]
FILL_RATE, CYCLE_SERVICE = "fill_rate", "cycle_service"
MEASURES = (FILL_RATE, CYCLE_SERVICE)
STEPS = np.geomspace(0.5, 3.0, 7)
"""Order sizes to try, as multiples of the economic order quantity."""


@dataclass(frozen=True)
class Target:
    """How well an item is to be served.

    Attributes:
        level: The share, above 0 and below 1.
        measure: Of what: "fill_rate", the demand served at once; or "cycle_service", the order
            cycles in which nobody waits.
    """

    level: float
    measure: str = FILL_RATE

    def __post_init__(self) -> None:
        """Refuse what no policy can reach or miss.

        Raises:
            BadInput: If the level is not between 0 and 1, or the measure unknown.
        """
        if not 0 < self.level < 1:
            raise BadInput(
                f"{self.level:g} is no service level.",
                "It is a share above 0 and below 1; nothing short of endless stock gives 1.",
                "Choose for example 0.95.",
            )
        if self.measure not in MEASURES:
            raise BadInput(
                f"{self.measure!r} is no measure of service.",
                "",
                f"Choose {' or '.join(MEASURES)}.",
            )


@dataclass(frozen=True)
class Found:
    """A policy and what it cost in the search, a period."""

    policy: Policy
    cost: float


def order_sizes(costs: Costs, mean: float, *, steps: Array = STEPS) -> Array:
    """Return the order sizes worth trying: multiples of the economic order quantity.

    Where that is less than the demand of a period, multiples of that demand: one order a period
    is the most there can be.

    Args:
        costs: What the item costs.
        mean: Demand a period, above 0.
        steps: The multiples.

    >>> order_sizes(Costs(0.5, 5.0, 25.0), 4.0, steps=np.array([0.5, 1.0, 2.0])).tolist()
    [10.0, 20.0, 40.0]
    """
    usual = eoq(costs.order_cost, costs.holding, mean)[0] if costs.order_cost else 0.0
    return np.unique(np.maximum(1.0, np.rint(max(usual, mean) * steps)))


def eoq(order_cost: float, holding: float, rate: float) -> tuple[float, float]:
    """Return the economic order quantity, and what ordering and holding cost together.

    Q = sqrt(2 * order_cost * rate / holding), at a cost of sqrt(2 * order_cost * rate * holding).

    Source: Harris, Factory 10 (1913); Snyder and Shen (2019), example 3.1.

    Args:
        order_cost: Cost of one order.
        holding: Cost of a unit in stock for a unit of time.
        rate: Demand in a unit of time.

    >>> [round(value, 3) for value in eoq(8, 0.225, 1300)]
    [304.047, 68.411]
    """
    check_positive(order_cost=order_cost, holding=holding, rate=rate)
    product = 2 * order_cost * rate
    return math.sqrt(product / holding), math.sqrt(product * holding)


def cheapest(
    scenario: Scenario,
    costs: Costs,
    target: Target,
    *,
    sizes: Array,
    kinds: Sequence[str] = KINDS,
) -> Found:
    """Return the cheapest policy that reaches the target; of equals the first.

    Args:
        scenario: What happens, the same for all candidates.
        costs: What the item costs.
        target: How well it is to be served.
        sizes: Order sizes to try.
        kinds: Kinds of policy to try.
    """
    found = [one for kind in kinds for one in _of_kind(kind, scenario, costs, target, sizes)]
    return min(found, key=lambda one: one.cost)


def _of_kind(
    kind: str, scenario: Scenario, costs: Costs, target: Target, sizes: Array
) -> list[Found]:
    """Return the cheapest policy of a kind for each order size."""
    paths = play(kind, sizes, scenario)
    serves = _fill_rates(paths) if target.measure == FILL_RATE else _cycle_services(paths)
    points = _lowest(serves, target.level, _worth_holding(paths, costs), _highest(paths))
    left = points[:, None, None] - paths.short
    stock = costs.holding * left.mean(axis=(1, 2))
    stock += (costs.holding + costs.penalty) * np.maximum(-left, 0, out=left).mean(axis=(1, 2))
    total = stock + costs.order_cost * paths.ordered.mean(axis=(1, 2))
    return [
        Found(Policy(kind, float(point), float(size)), float(cost))
        for point, size, cost in zip(points, sizes, total, strict=True)
    ]


def _worth_holding(paths: Paths, costs: Costs) -> Array:
    """Return the reorder points below which one unit more would pay for itself.

    It does as long as somebody waits in more than holding / (holding + penalty) of the periods:
    the newsvendor's answer, with the stock at the end of a period as what is left over.
    """
    short = paths.short.reshape(len(paths.short), -1)
    count = short.shape[1]
    share = costs.penalty / (costs.penalty + costs.holding)
    place = min(count - 1, max(0, math.ceil(count * share) - 1))
    return np.asarray(np.partition(short, place, axis=1)[:, place])


def _highest(paths: Paths) -> Array:
    """Return the reorder points with which nobody ever waits."""
    ends, deliveries = paths.short.max(axis=(1, 2)), paths.short_before.max(axis=(1, 2))
    return np.asarray(np.maximum(ends, deliveries))


def _fill_rates(paths: Paths) -> Callable[[Array], Array]:
    total, unserved = float(paths.demand.sum()), np.empty_like(paths.short)

    def fill_rates(points: Array) -> Array:
        np.subtract(paths.short, points[:, None, None], out=unserved)
        np.clip(unserved, 0, paths.demand, out=unserved)
        return np.asarray(1 - unserved.sum(axis=(1, 2)) / total) if total else np.ones(len(points))

    return fill_rates


def _cycle_services(paths: Paths) -> Callable[[Array], Array]:
    cycles = paths.delivered.sum(axis=(1, 2))

    def cycle_services(points: Array) -> Array:
        clean = paths.delivered & (paths.short_before <= points[:, None, None])
        share = clean.sum(axis=(1, 2)) / np.maximum(1, cycles)
        return np.asarray(np.where(cycles, share, 1.0))

    return cycle_services


def _lowest(serves: Callable[[Array], Array], level: float, low: Array, high: Array) -> Array:
    """Return the lowest whole numbers, low at least, that serve well enough; high always does."""
    low, high = np.where(serves(low) >= level, [low - 1, low], [low, np.maximum(high, low)])
    while (high - low).max() > 1:
        middle = np.floor((low + high) / 2)
        enough = serves(middle) >= level
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(high)


def check_replications(count: int) -> int:
    """Return the number of replications.

    Raises:
        BadInput: If it is no whole number from 10 to 10,000.
    """
    if not isinstance(count, int) or not 10 <= count <= 10_000:
        raise BadInput(
            f"{count} replications cannot be played.",
            "Fewer than 10 say nothing, more than 10,000 take too much memory.",
            "Choose for example 100.",
        )
    return count


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not above 0.

    Raises:
        BadInput: If one is not.
    """
    for name, value in numbers.items():
        if not 0 < value < math.inf:
            text = name.replace("_", " ")
            raise BadInput(f"{value:g} is no {text}.", "It must be above 0.", f"Mend the {text}.")
