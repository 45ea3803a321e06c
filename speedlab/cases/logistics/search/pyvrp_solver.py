"""The same task for PyVRP, a library written in C++: a second opinion, and a solver to switch to.

Source: N. Wouda, L. Lan and W. Kool, INFORMS Journal on Computing 36(4), 2024.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from speedlab.cases.logistics.instances.check import driven
from speedlab.cases.logistics.instances.instance import Instance, Routes
from speedlab.cases.logistics.search.improve import Budget, Search
from speedlab.core.extras import need

if TYPE_CHECKING:
    from pyvrp import ProblemData

FINE = 1_000
"""PyVRP counts in whole numbers: kilometres become metres. Whole distances stay as they are."""

NOT_EVERYWHERE = "It does not exist for every machine, such as Macs with an Intel processor."


@dataclass
class Watch:
    """What PyVRP asks after each round: is it over? It notes the best cost meanwhile."""

    budget: Budget
    scale: int
    rounds: int = 0
    log: list[tuple[float, float]] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    def __call__(self, best_cost: float) -> bool:
        """Return whether the budget is used up."""
        self.rounds += 1
        cost = best_cost / self.scale
        if not self.log or cost < self.log[-1][1]:
            self.log.append((time.monotonic() - self.began_s, cost))
        return self.budget.used(self.rounds - 1) >= 1.0


def check_there() -> None:
    """Refuse where PyVRP is not installed.

    Raises:
        MissingExtra: If it is not.
    """
    need("pyvrp", otherwise=f"{NOT_EVERYWHERE} There use the solver of the course: --solver own.")


def improve_with_pyvrp(
    instance: Instance, routes: Routes, budget: Budget, seed: np.random.SeedSequence
) -> Search:
    """Return what PyVRP makes of routes: as improve.improve, and never worse ones.

    Args:
        instance: The stops.
        routes: Where to start.
        budget: Rounds or Seconds; a round is an iteration of PyVRP.
        seed: The stream of random numbers.
    """
    from pyvrp import Solution, solve

    far = instance.distances()
    scale = 1 if (far == np.floor(far)).all() else FINE
    data = _problem(instance, np.rint(far * scale).astype(np.int64))
    start = Solution(data, [[stop - 1 for stop in route] for route in routes])
    watch = Watch(budget, scale)
    word = int(seed.generate_state(1)[0])
    result = solve(data, watch, seed=word, collect_stats=False, initial_solution=start)
    visits = [
        [visit.idx + 1 for visit in route if visit.is_client()] for route in result.best.routes()
    ]
    better = tuple(sorted(map(tuple, visits)))
    # Metres are rounded, so that what is shorter for PyVRP may be a little longer in truth.
    best = min(routes, better, key=lambda each: driven(instance, each))
    return Search(best, driven(instance, best), watch.rounds, tuple(watch.log))


def _problem(instance: Instance, far: Any) -> ProblemData:
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType

    count = instance.stops
    places = np.zeros((count + 1, 2)) if instance.places is None else instance.places
    return ProblemData(
        [Location(float(x), float(y)) for x, y in places],
        [Client(stop, delivery=[int(instance.demand[stop])]) for stop in range(1, count + 1)],
        [Depot(0)],
        [VehicleType(count, capacity=[instance.about.capacity])],
        [far],
        [0 * far],
    )
