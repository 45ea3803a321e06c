"""What a worker is asked to do: plan one depot, from a reference to the file it is written in."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speedlab.cases.logistics.instances.check import driven
from speedlab.cases.logistics.instances.instance import Instance, Routes
from speedlab.cases.logistics.search.improve import Budget, Rounds, Search, improve
from speedlab.cases.logistics.search.pyvrp_solver import improve_with_pyvrp
from speedlab.cases.logistics.search.savings import plan_by_savings

SEARCHES = {"own": improve, "pyvrp": improve_with_pyvrp}
ROUNDS_SHARE = {"own": 1.0, "pyvrp": 0.1}
"""A round of PyVRP does about ten times as much as one of ours, in about ten times the time."""


@dataclass(frozen=True)
class RouteTask:
    """What one search is asked for: a few bytes, however many stops there are.

    Attributes:
        path: Where the depot is written down.
        stops: How many stops it has.
        seed: Where all randomness comes from.
        stream: Which stream of random numbers: from the depot's name, so that the routes of a
            depot do not depend on which other depots there are, or in which order.
        solver: Who searches, a name of SEARCHES.
    """

    path: str
    stops: int
    seed: int
    stream: int
    solver: str


def write_task(instance: Instance, path: Path, *, seed: int, solver: str) -> RouteTask:
    """Write a depot down and return the task of planning it."""
    stream = zlib.crc32(instance.about.name.encode())
    return RouteTask(instance.save(path), instance.stops, seed, stream, solver)


def search(task: RouteTask, start: int, budget: Budget) -> Search:
    """Plan one depot.

    Args:
        task: Which, and with what.
        start: The number of the start: equal numbers search the same way, others another way.
        budget: How long.
    """
    instance = Instance.open(task.path)
    # The same as SeedSequence(seed).spawn() at each level, without making the others.
    seed = np.random.SeedSequence(task.seed, spawn_key=(task.stream, start))
    return SEARCHES[task.solver](instance, plan_by_savings(instance), budget, seed)


def plan(tasks: Sequence[RouteTask], *, rounds_a_stop: int) -> list[tuple[Routes, float]]:
    """Return routes and their cost for each task, after a fixed number of rounds."""
    found = []
    for task in tasks:
        rounds = round(rounds_a_stop * task.stops * ROUNDS_SHARE[task.solver])
        routes = search(task, 0, Rounds(rounds)).routes
        found.append((routes, driven(Instance.open(task.path), routes)))
    return found
