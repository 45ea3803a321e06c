"""How good a plan is: length, gap to the best known, and whether it can be driven at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from speedlab.cases.logistics.instances.check import driven, faults
from speedlab.cases.logistics.instances.instance import Instance
from speedlab.cases.logistics.job import RouteJob, RoutePlan
from speedlab.cases.logistics.search.savings import plan_by_savings

MEANINGS = {
    "feasible": "share of the depots whose routes visit each stop once and overload no vehicle; "
    "1 is needed",
    "total_cost": "how far all vehicles drive: km, or what the files of distances count in",
    "total_cost_savings": "the same for the first plan, made by the savings method alone",
    "mean_gap": "how much longer than the best known routes, as a share, mean of the instances",
    "max_gap": "the same for the worst instance",
    "mean_gap_savings": "the mean gap of the first plan, made by the savings method alone",
    "routes": "how many vehicles drive",
    "depots": "how many depots and days, each planned by itself",
    "largest_share": "share of all stops at the largest depot: no more workers than 1 / share help",
    "deadline_s": "seconds of search for each depot and day",
    "fixed_cost": "total cost after the fixed number of rounds that was timed, without a deadline",
}


def gap(cost: float, best_known: float) -> float:
    """Return how much longer routes are than the best known ones, as a share.

    >>> gap(150.0, 100.0)
    0.5
    """
    return cost / best_known - 1.0


def judge(job: RouteJob, plan: RoutePlan) -> dict[str, float]:
    """Return the figures of a plan; gaps only where a best known cost was given."""
    instances = job.instances()
    first = [driven(instance, plan_by_savings(instance)) for instance in instances]
    pairs = list(zip(instances, plan.depots, strict=True))
    sound = [not faults(instance, planned.routes) for instance, planned in pairs]
    figures = {
        "feasible": float(np.mean(sound)),
        "total_cost": plan.cost,
        "total_cost_savings": math.fsum(first),
        "routes": float(sum(len(planned.routes) for planned in plan.depots)),
        "depots": float(len(instances)),
        "largest_share": max(piece.task.stops for piece in job.pieces) / job.rows,
    }
    return figures | _gaps(instances, [planned.cost for planned in plan.depots], first)


def _gaps(
    instances: Sequence[Instance], costs: Sequence[float], first: Sequence[float]
) -> dict[str, float]:
    known = [
        (gap(cost, instance.about.best_known), gap(start, instance.about.best_known))
        for instance, cost, start in zip(instances, costs, first, strict=True)
        if instance.about.best_known
    ]
    if not known:
        return {}
    gaps, before = np.array(known).T
    names = ("mean_gap", "max_gap", "mean_gap_savings")
    return dict(zip(names, map(float, (gaps.mean(), gaps.max(), before.mean())), strict=True))
