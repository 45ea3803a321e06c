"""The logistics case as the command and the benchmarks see it."""

from __future__ import annotations

from pathlib import Path

from speedlab.cases.logistics import deadline, job, metrics
from speedlab.cases.logistics.instances import read as reading
from speedlab.cases.logistics.tasks import SEARCHES
from speedlab.cases.logistics.world import generate as data
from speedlab.cases.shared.case import Case
from speedlab.core.chunks import Mapper
from speedlab.core.errors import BadInput


def _prepare(
    path: Path | None,
    *,
    chunks: int | None,
    map_: Mapper,
    deadline: float | None = None,
    solver: str = "own",
    rounds: int = job.ROUNDS_A_STOP,
    split_over: int | None = None,
) -> job.RouteJob:
    del map_  # reading is a small part of this job
    if path is None:
        raise BadInput("There are no depots.", "", "Give --input FILE_OR_DIR.")
    return job.prepare(
        reading.read(path),
        rounds_a_stop=rounds,
        deadline_s=deadline,
        solver=solver,
        most_stops=split_over,
        chunks=chunks,
    )


CASE = Case(
    name="logistics",
    rows="stops",
    preload=("speedlab.cases.logistics.job",),
    generate=data.generate,
    check=data.check,
    check_room=data.check_room,
    cached=data.cached,
    prepare=_prepare,
    run=job.plan_routes,
    quality=deadline.quality,
    meanings=metrics.MEANINGS,
    deliver=deadline.deliver,
    usual_size=data.SAMPLE_SIZE,
    options={
        "deadline": {
            "type": float,
            "help": "seconds for each depot and day: all workers search, the best counts",
        },
        "solver": {"choices": list(SEARCHES), "default": "own", "help": "who searches"},
        "rounds": {
            "type": int,
            "default": job.ROUNDS_A_STOP,
            "help": "rounds of search for each stop, in what is timed",
        },
        "split_over": {"type": int, "help": "cut depots with more stops than this into sectors"},
    },
)
