"""Plan each depot until a deadline: the time is fixed, and more workers find better routes.

Every worker searches the same depot, each from a start of its own with random numbers of its own;
the best of them counts. Nobody needs to know how many workers there are::

    starts 0, 1, 2 ...     a worker takes the next start and searches until the time is over;
                           whoever then takes a start left over returns at once

So one worker makes start 0, two make starts 0 and 1, and so on, all in the same time. Then comes
the next depot.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import partial

from speedlab.cases.logistics import metrics
from speedlab.cases.logistics.instances.check import driven
from speedlab.cases.logistics.job import Planned, RouteJob, RoutePlan
from speedlab.cases.logistics.search import pyvrp_solver
from speedlab.cases.logistics.search.improve import Search, Seconds
from speedlab.cases.logistics.tasks import RouteTask, search
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput

MOST_STARTS = 64
"""How many workers can search one depot at the same time."""
LATE_S = 0.005
"""What a start needs before its first round; with less time left it is not begun."""
KEPT = "in_time.json"
Start = tuple[RouteTask, int, float]


def search_starts(job: RouteJob, *, map_: Mapper = serial_map) -> list[tuple[Search, ...]]:
    """Search each depot until its time is over; return what each start found, depot by depot.

    Args:
        job: What job.prepare() returned, with a deadline.
        map_: Who does the work: with more workers there are more starts.

    Raises:
        BadInput: If the job has no deadline.
    """
    seconds, found, most = _deadline(job), [], MOST_STARTS
    # Workers that start, or load a library, only now would do so in the first depot's time.
    map_(_get_ready, [job.depots[0].solver] * MOST_STARTS)
    for task in job.depots:
        end_s = time.time() + seconds  # the clock that all processes share
        starts = map_(search_start, [(task, start, end_s) for start in range(most)])
        found.append(tuple(one for one in starts if one))
        # One more than there were workers, as one may have come late to this depot.
        most = min(MOST_STARTS, len(found[-1]) + 1)
    return found


def _get_ready(solver: str) -> str:
    if solver == "pyvrp":
        pyvrp_solver.check_there()
    return solver


def search_start(start: Start) -> Search | None:
    """Search one depot until a moment; None where that is over already.

    The first start is always made, so that each depot has routes.
    """
    task, number, end_s = start
    left_s = end_s - time.time()
    if number and left_s < LATE_S:
        return None
    return search(task, number, Seconds(left_s))


def explore(
    job: RouteJob, depot: int, *, starts: int, map_: Mapper = serial_map
) -> tuple[Search, ...]:
    """Search one depot from several starts, each for the whole time of the deadline.

    What w workers would find in that time: see kpi.curve.

    Args:
        job: What job.prepare() returned, with a deadline.
        depot: Its number in the order of the input.
        starts: How many; with fewer workers than starts it takes longer than the deadline.
        map_: Who does the work.

    Raises:
        BadInput: If the job has no deadline.
    """
    seconds = _deadline(job)
    task = job.depots[depot]
    return tuple(map_(partial(_explore, task, seconds), range(starts)))


def _explore(task: RouteTask, seconds: float, start: int) -> Search:
    return search(task, start, Seconds(seconds))


def _deadline(job: RouteJob) -> float:
    if job.deadline_s is None:
        raise BadInput("There is no deadline.", "", "Prepare the job with deadline_s.")
    return job.deadline_s


def plan_in_time(job: RouteJob, *, map_: Mapper = serial_map) -> RoutePlan:
    """Plan each depot until its time is over, with the best start of each.

    Args:
        job: As for search_starts.
        map_: As for search_starts.
    """
    return best_plan(job, search_starts(job, map_=map_))


def best_plan(job: RouteJob, searches: Sequence[Sequence[Search]]) -> RoutePlan:
    """Return the plan of the best start of each depot, the first of equals."""
    planned = []
    for name, instance, starts in zip(job.names, job.instances(), searches, strict=True):
        routes = min(starts, key=lambda one: one.cost).routes
        planned.append(Planned(name, routes, driven(instance, routes)))
    return RoutePlan(tuple(planned))


def deliver(job: RouteJob, *, map_: Mapper = serial_map) -> None:
    """Plan once within the deadline, if the job has one, and keep the routes in its folder."""
    if job.deadline_s is not None:
        plan = plan_in_time(job, map_=map_)
        kept = [[planned.name, planned.routes, planned.cost] for planned in plan.depots]
        (job.folder / KEPT).write_text(json.dumps(kept), encoding="utf-8")


def quality(job: RouteJob, answer: RoutePlan) -> dict[str, float]:
    """Return the figures of the plan made within the deadline, or else of the one that was timed.

    Two plans made within a time are never quite the same, so what is timed is a fixed number of
    rounds; its total is fixed_cost then.
    """
    kept = job.folder / KEPT
    if not kept.exists():
        return metrics.judge(job, answer)
    rows = json.loads(kept.read_text(encoding="utf-8"))
    plan = RoutePlan(tuple(Planned(name, tuple(map(tuple, way)), cost) for name, way, cost in rows))
    return metrics.judge(job, plan) | {
        "deadline_s": _deadline(job),
        "fixed_cost": answer.cost,
    }
