"""Plan all depots before the vans leave.

prepare() reads the depots and writes each down for the workers. plan_routes() is the job that is
timed: one task for each depot and day, the longest first, with a fixed number of rounds, so that
the routes do not depend on who did the work::

    depots, by reference --> savings, then rounds of search     (map)
    all routes, in the order of the depots                       the plan
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from speedlab.cases.logistics import tasks
from speedlab.cases.logistics.instances.instance import Array, Instance, Routes
from speedlab.cases.logistics.search import pyvrp_solver
from speedlab.cases.logistics.search.savings import plan_by_savings
from speedlab.cases.logistics.splitting import numbered_back, part_of, sectors
from speedlab.cases.logistics.tasks import SEARCHES, RouteTask, write_task
from speedlab.cases.shared.folder import KeepsFolder
from speedlab.core.chunks import Mapper, serial_map, split
from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary
from speedlab.core.laws import longest_first

SEED = 7
ROUNDS_A_STOP = 40


@dataclass(frozen=True)
class Piece:
    """A depot and day, or one sector of it.

    Attributes:
        depot: The number of the depot and day in the input.
        task: What the search is asked for.
        numbers: Which stops of the depot these are; None for all.
    """

    depot: int
    task: RouteTask
    numbers: Array | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RouteJob(KeepsFolder):
    """All depots, ready to be planned as often as one likes; close it, or use it with `with`.

    Attributes:
        names: What each depot and day is called, in the order of the input.
        depots: The tasks of planning them whole, in the same order.
        pieces: What is planned by itself, the longest first.
        rows: How many stops there are.
        rounds_a_stop: How long each search is where no deadline is set.
        chunks: Into how many chunks the pieces are put, neighbours together; None for one each.
        deadline_s: Seconds for each depot and day, or None.
    """

    names: tuple[str, ...]
    depots: tuple[RouteTask, ...]
    pieces: tuple[Piece, ...]
    rows: int
    rounds_a_stop: int = field(default=ROUNDS_A_STOP, kw_only=True)
    chunks: int | None = field(default=None, kw_only=True)
    deadline_s: float | None = field(default=None, kw_only=True)

    @property
    def folder(self) -> Path:
        """The folder that is gone when the job is closed."""
        return Path(self._folder.name)

    def instances(self) -> list[Instance]:
        """Return all depots, in the order of the input."""
        return [Instance.open(task.path) for task in self.depots]


@dataclass(frozen=True)
class Planned:
    """The routes of one depot and day.

    Attributes:
        name: What it is called.
        routes: The stops of each route in order.
        cost: How far all vehicles drive, added up by other code than the search's.
    """

    name: str
    routes: Routes
    cost: float


@dataclass(frozen=True)
class RoutePlan:
    """The routes of all depots, in the order of the input."""

    depots: tuple[Planned, ...]

    @property
    def cost(self) -> float:
        """How far all vehicles of all depots drive."""
        return math.fsum(planned.cost for planned in self.depots)


def prepare(
    instances: Sequence[Instance],
    *,
    rounds_a_stop: int = ROUNDS_A_STOP,
    deadline_s: float | None = None,
    solver: str = "own",
    most_stops: int | None = None,
    chunks: int | None = None,
    seed: int = SEED,
) -> RouteJob:
    """Write the depots down for the workers and put them in order, the longest first.

    Args:
        instances: What reading.read() returned.
        rounds_a_stop: How long each search is: a depot with twice the stops gets twice the rounds.
        deadline_s: Seconds for each depot and day; only deadline.plan_in_time() looks at it.
        solver: Who searches: "own" or "pyvrp".
        most_stops: Depots with more stops are cut into sectors, planned by themselves.
        chunks: Into how many chunks the work is put; the routes do not depend on it.
        seed: Equal seeds give equal routes, unless there is a deadline.

    Raises:
        BadInput: If there is no depot, or an option cannot be used.
    """
    if not instances:
        raise BadInput("There is no depot.", "", "Give at least one.")
    check_options(rounds_a_stop, deadline_s, solver)
    folder = Temporary("logistics")
    write = partial(write_task, seed=seed, solver=solver)
    depots = [
        write(instance, Path(folder.name) / f"{number}.npz")
        for number, instance in enumerate(instances)
    ]
    pieces = [
        piece
        for number, (instance, task) in enumerate(zip(instances, depots, strict=True))
        for piece in _pieces(number, instance, task, most_stops, write)
    ]
    return RouteJob(
        tuple(instance.about.name for instance in instances),
        tuple(depots),
        tuple(pieces[place] for place in longest_first([piece.task.stops for piece in pieces])),
        sum(task.stops for task in depots),
        rounds_a_stop=rounds_a_stop,
        chunks=chunks,
        deadline_s=deadline_s,
        _folder=folder,
    )


def check_options(rounds_a_stop: int, deadline_s: float | None, solver: str) -> None:
    """Refuse what no search can do.

    Raises:
        BadInput: If an option is out of its range, or PyVRP is asked for but not installed.
    """
    if not isinstance(rounds_a_stop, int) or rounds_a_stop < 0:
        raise BadInput(f"{rounds_a_stop} rounds a stop.", "", "Choose a whole number, 0 or more.")
    if deadline_s is not None and not 0 < deadline_s < math.inf:
        raise BadInput(
            f"A deadline of {deadline_s:g} seconds.",
            "Each depot is searched for that long.",
            "Give a number of seconds above 0.",
        )
    if solver not in SEARCHES:
        raise BadInput(f"There is no solver {solver}.", "", f"Choose {' or '.join(SEARCHES)}.")
    if solver == "pyvrp":
        pyvrp_solver.check_there()


def _pieces(
    number: int,
    instance: Instance,
    task: RouteTask,
    most_stops: int | None,
    write: partial[RouteTask],
) -> list[Piece]:
    """Return a depot as one piece, or its sectors where it is too large."""
    if most_stops is None:
        return [Piece(number, task)]
    parts = sectors(instance, plan_by_savings(instance), most_stops=most_stops)
    if len(parts) == 1:
        return [Piece(number, task)]
    named = [(f"{instance.about.name}, sector {turn}", part) for turn, part in enumerate(parts, 1)]
    return [
        Piece(number, write(part_of(instance, part, name), Path(f"{task.path}-{turn}.npz")), part)
        for turn, (name, part) in enumerate(named)
    ]


def chunked(job: RouteJob) -> list[list[RouteTask]]:
    """Return the tasks in chunks, the longest first; neighbours in that order share a chunk."""
    found = [piece.task for piece in job.pieces]
    count = len(found) if job.chunks is None else job.chunks
    return [[found[index] for index in part] for part in split(len(found), count)]


def plan_routes(job: RouteJob, *, map_: Mapper = serial_map) -> RoutePlan:
    """Plan every depot with a fixed number of rounds.

    Args:
        job: What prepare() returned.
        map_: Who does the work; the routes do not depend on it.
    """
    found = map_(partial(tasks.plan, rounds_a_stop=job.rounds_a_stop), chunked(job))
    return gather(job, [one for chunk in found for one in chunk])


def gather(job: RouteJob, found: Sequence[tuple[Routes, float]]) -> RoutePlan:
    """Put the routes of all pieces together, in the order of the depots."""
    routes: list[Routes] = [()] * len(job.depots)
    costs: list[list[float]] = [[] for _ in job.depots]
    # By depot, and then by size: the order of the pieces is the same for any map.
    for piece, (part, cost) in zip(job.pieces, found, strict=True):
        back = part if piece.numbers is None else numbered_back(part, piece.numbers)
        routes[piece.depot] += back
        costs[piece.depot].append(cost)
    rows = zip(job.names, routes, map(math.fsum, costs), strict=True)
    return RoutePlan(tuple(Planned(*row) for row in rows))
