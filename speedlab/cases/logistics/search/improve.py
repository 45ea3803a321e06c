"""Improve routes again and again until the time or the work is used up.

First come all small moves that shorten them. Then each round ruins and recreates a part. Worse
routes are sometimes taken over, less and less so the longer it goes on (simulated annealing); the
best ever seen is what counts.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import numpy as np

from speedlab.cases.logistics.instances.instance import Instance, Routes
from speedlab.cases.logistics.search.ground import Ground
from speedlab.cases.logistics.search.moves import descend
from speedlab.cases.logistics.search.ruin import recreate, ruin
from speedlab.cases.logistics.search.tours import Tours

HOT, COLD = 0.5, 0.01
"""Temperatures at the beginning and at the end, in mean distances a stop."""


class Budget(Protocol):
    """How much the search may do."""

    def used(self, rounds: int) -> float:
        """Return which share is used up after some rounds: 1 or more when it is over."""


@dataclass(frozen=True)
class Rounds:
    """A number of rounds: the same work, and so the same routes, on any machine."""

    most: int

    def used(self, rounds: int) -> float:
        """Return the share of the rounds that are done."""
        return rounds / self.most if self.most else 1.0


@dataclass(frozen=True)
class Seconds:
    """A time that begins now: a faster machine does more in it."""

    most: float
    start_s: float = field(default_factory=time.monotonic)

    def used(self, _: int) -> float:
        """Return the share of the time that is gone."""
        return (time.monotonic() - self.start_s) / self.most if self.most > 0 else 1.0


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        routes: The best routes.
        cost: How far all vehicles drive.
        rounds: How many rounds there were.
        log: After how many seconds each better cost was found; the first is the start's.
    """

    routes: Routes
    cost: float
    rounds: int
    log: tuple[tuple[float, float], ...]


def improve(
    instance: Instance, routes: Routes, budget: Budget, seed: np.random.SeedSequence
) -> Search:
    """Return better routes, or the same: never worse ones.

    Args:
        instance: The stops.
        routes: Where to start.
        budget: Rounds or Seconds.
        seed: The stream of random numbers; one for each search.
    """
    # Random, not numpy: single numbers are drawn ten times as fast.
    rng = Random(int(seed.generate_state(1, np.uint64)[0]))
    ground = Ground.of(instance)
    began_s = time.monotonic()
    now = best = Tours(ground, descend(ground, routes))
    log = [(0.0, ground.length(routes)), (time.monotonic() - began_s, best.cost)]
    rounds, hot = 0, HOT * best.cost / instance.stops
    while (share := budget.used(rounds)) < 1.0:
        rounds += 1
        new = now.copy()
        recreate(ground, new, ruin(ground, new, rng), rng)
        heat = hot * (COLD / HOT) ** share
        if new.cost < now.cost - heat * math.log(1.0 - rng.random()):
            now = new
            if new.cost < best.cost - ground.least:
                best = new
                log.append((time.monotonic() - began_s, best.cost))
    return Search(best.routes(), best.cost, rounds, tuple(log))
