"""Play a stock policy for one item, many times at once: what is left, owed, ordered and served.

Each period of a replication goes the same way::

    look:     position = on hand + on order - owed; at the reorder point or below it, order
    delivery: what was ordered `wait` periods ago arrives, and those who wait are served first
    demand:   served from what is on hand; the rest waits (backorders: no sale is lost)
    count:    what is left costs holding, what is owed costs a penalty

A policy only ever sees how far the position is above the reorder point. So the orders do not
depend on where that point lies, and moving it by k units moves the stock of every period by
exactly k. That is why a path is played once, for a reorder point of 0, and read for all others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
SS, RQ = "(s,S)", "(r,Q)"
KINDS = (SS, RQ)
PERIODS, WARM_UP = 100, 20
"""Periods that count, and periods before them, besides the lead time, that do not."""


@dataclass(frozen=True)
class Policy:
    """When to order, and how much.

    Attributes:
        kind: "(s,S)": order up to S. "(r,Q)": order Q, or several times Q, to get above r.
        reorder_point: s or r: order where the position is this or less.
        order_size: S - s, or Q.
    """

    kind: str
    reorder_point: float
    order_size: float


@dataclass(frozen=True)
class Costs:
    """What an item costs.

    Attributes:
        holding: A unit left at the end of a period.
        penalty: A unit owed at the end of a period.
        order_cost: One order.
    """

    holding: float
    penalty: float
    order_cost: float


@dataclass(frozen=True, eq=False)
class Scenario:
    """What happens to an item whatever the policy is: the same random numbers for all of them.

    Attributes:
        demand: Units asked for: shape (periods, replications), whole numbers.
        wait: Periods until an order of that period is delivered: same shape, whole numbers.
        start: Where each replication begins between reorder point (0) and top (1).
        warm_up: How many of the periods, the first ones, do not count.
    """

    demand: Array
    wait: Array
    start: Array
    warm_up: int


@dataclass(frozen=True, eq=False)
class Paths:
    """The counted periods for a reorder point of 0; shape (order sizes, periods, replications).

    Attributes:
        demand: Units asked for; the order sizes share it: shape (periods, replications).
        short: Demand less stock before it: what is owed at the end, or minus what is left.
        short_before: The same just before the deliveries of the period.
        delivered: Whether something is delivered, so that an order cycle ends.
        ordered: Whether something is ordered.
    """

    demand: Array
    short: Array
    short_before: Array
    delivered: Array
    ordered: Array


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a policy did, on average over the periods; each array has an entry a replication.

    Attributes:
        left: Units left at the end of a period.
        owed: Units owed at the end of a period.
        orders: Orders a period.
        demand: Units asked for in a period.
        served: Units of them served at once.
        cycles: Order cycles that end in a period.
        clean: Those of them in which nobody had to wait.
    """

    left: Array
    owed: Array
    orders: Array
    demand: Array
    served: Array
    cycles: Array
    clean: Array

    def cost(self, costs: Costs) -> Array:
        """Return the cost a period of each replication."""
        stock = costs.holding * self.left + costs.penalty * self.owed
        return np.asarray(stock + costs.order_cost * self.orders)

    @property
    def fill_rate(self) -> float:
        """The share of the demand that was served at once; 1 where there was none."""
        return ratio(self.served, self.demand)

    @property
    def cycle_service(self) -> float:
        """The share of order cycles without anybody waiting; 1 where no cycle ended."""
        return ratio(self.clean, self.cycles)


def ratio(part: Array, whole: Array) -> float:
    """Return the sum of one array over that of another; 1 where there is nothing to share."""
    total = float(whole.sum())
    return float(part.sum()) / total if total else 1.0


def item_stream(seed: int, item: int) -> np.random.SeedSequence:
    """Return the random stream of an item, whoever asks for it and when.

    It is what spawning gives to the child of that number, without making the others.

    >>> spawned = np.random.SeedSequence(7).spawn(3)[2]
    >>> item_stream(7, 2).generate_state(2).tolist() == spawned.generate_state(2).tolist()
    True
    """
    return np.random.SeedSequence(seed, spawn_key=(item,))


def draw(
    history: Array,
    lead_time: float,
    lead_time_sd: float,
    *,
    stream: np.random.SeedSequence,
    replications: int,
    periods: int = PERIODS,
) -> Scenario:
    """Draw a scenario: demand as in the past, in any order, and gamma lead times.

    Args:
        history: Units asked for in each past period.
        lead_time: Mean, in periods.
        lead_time_sd: Standard deviation, in periods; 0 for a fixed lead time.
        stream: Where the randomness comes from.
        replications: How many times the periods are played.
        periods: How many periods count.
    """
    rng = np.random.default_rng(stream)
    warm_up = WARM_UP + math.ceil(lead_time + 4 * lead_time_sd)
    shape = (warm_up + periods, replications)
    demand = history[rng.integers(len(history), size=shape)]
    wait = _waits(rng, lead_time, lead_time_sd, shape)
    return Scenario(demand, wait, 1 - rng.random(replications), warm_up)


def _waits(rng: np.random.Generator, mean: float, sd: float, shape: tuple[int, int]) -> Array:
    if not sd or not mean:
        return np.full(shape, round(mean))
    drawn = rng.gamma((mean / sd) ** 2, sd**2 / mean, size=shape)
    return np.rint(drawn).astype(np.int64)


def simulate(policy: Policy, scenario: Scenario) -> Outcome:
    """Play one policy.

    Args:
        policy: When to order, and how much; whole numbers.
        scenario: What happens meanwhile.
    """
    paths = play(policy.kind, np.array([policy.order_size]), scenario)
    demand, short = paths.demand, paths.short[0] - policy.reorder_point
    clean = paths.delivered[0] & (paths.short_before[0] <= policy.reorder_point)
    return Outcome(
        left=np.maximum(-short, 0).mean(axis=0),
        owed=np.maximum(short, 0).mean(axis=0),
        orders=paths.ordered[0].mean(axis=0),
        demand=demand.mean(axis=0),
        served=(demand - np.clip(short, 0, demand)).mean(axis=0),
        cycles=paths.delivered[0].mean(axis=0),
        clean=clean.mean(axis=0),
    )


def play(kind: str, sizes: Array, scenario: Scenario) -> Paths:
    """Play several order sizes side by side, with a reorder point of 0.

    Args:
        kind: One of KINDS.
        sizes: S - s, or Q, of each; whole numbers above 0.
        scenario: What happens meanwhile, the same for all.
    """
    begin = np.ceil(scenario.start * sizes[:, None])
    orders = _orders(kind, sizes[:, None], begin, scenario.demand)
    arrivals = _deliveries(orders, scenario.wait)
    before = np.cumsum(arrivals, axis=1)
    # Owed before each delivery: all demand so far less what there was and came until then.
    np.subtract(arrivals, before, out=before)
    before += (np.cumsum(scenario.demand, axis=0) - scenario.demand)[None]
    before -= begin[:, None]
    short = before - arrivals
    short += scenario.demand
    counted = slice(scenario.warm_up, None)
    return Paths(
        scenario.demand[counted],
        short[:, counted],
        before[:, counted],
        arrivals[:, counted] > 0,
        orders[:, counted] > 0,
    )


def _orders(kind: str, sizes: Array, begin: Array, demand: Array) -> Array:
    """Return what is ordered in each period; the only loop over time."""
    orders = np.empty((len(sizes), *demand.shape))
    position = begin.copy()
    for period, asked in enumerate(demand):
        missing = sizes - position if kind == SS else (np.floor(-position / sizes) + 1) * sizes
        ordered = missing * (position <= 0)
        orders[:, period] = ordered
        position += ordered - asked
    return orders


def _deliveries(orders: Array, wait: Array) -> Array:
    """Return what is delivered in each period; what comes after the last one is left out."""
    size, period, replication = np.nonzero(orders)
    due = period + wait[period, replication]
    seen = due < len(wait)
    place = np.ravel_multi_index((size[seen], due[seen], replication[seen]), orders.shape)
    amount = orders[size[seen], period[seen], replication[seen]]
    arrivals = np.bincount(place, amount, minlength=orders.size).astype(orders.dtype, copy=False)
    return arrivals.reshape(orders.shape)
