"""Measure one job with several engines and numbers of workers, each pool a side of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from speedlab.core.chunks import Mapper
from speedlab.measure.check import Equal
from speedlab.measure.comparison import Comparison
from speedlab.measure.pairs import Serial, Side, Told, measure
from speedlab.measure.untouched import Untouched
from speedlab.pool.pool import NotebookPool
from speedlab.pool.serial import SerialPool


def compare_teams(
    job: Callable[[Mapper], Any],
    teams: Mapping[str, Sequence[int]],
    *,
    baseline: Callable[[], Any] | None,
    equal: Equal,
    budget_s: float,
    stop: threading.Event | None = None,
    told: Told | None = None,
    **pools: Any,
) -> Comparison:
    """Measure one job with each team in the same rounds.

    Args:
        job: As in compare_job.
        teams: The numbers of workers of each engine.
        baseline: As in compare_job.
        equal: As in compare.
        budget_s: As in compare.
        stop: As in compare_job.
        told: As in compare_job.
        pools: What the pools are to know besides.
    """
    shared = Untouched(job) if "threads" in teams else None
    with contextlib.ExitStack() as stack:
        sides = []
        for engine, counts in teams.items():
            own_job = shared if shared and engine == "threads" else job
            for count in counts:
                pool = stack.enter_context(_pool(engine, count, stop=stop, **pools))
                run = partial(own_job, pool.map)
                sides.append(Side(pool.workers, run, pool.take_traces, pool.close, engine))
        found = measure(
            _serial_side(shared or job, baseline, stop, sent=[*teams] != ["threads"]),
            sides,
            equal=equal,
            budget_s=budget_s,
            told=told,
        )
    if shared:
        shared.check_answer()
    return Comparison(found.answer, found.agreement, found.timings)


def _pool(
    engine: str,
    workers: int,
    *,
    start_method: str | None,
    scheduler: str | None,
    preload: Sequence[str] = (),
    stop: threading.Event | None,
) -> NotebookPool:
    """Return a pool of one engine; the options that are for another one are left out."""
    return NotebookPool(
        workers,
        start_method=start_method if engine == "processes" else None,
        preload=preload,
        stop=stop,
        engine=engine,
        scheduler=scheduler_of(engine, scheduler),
        keep_traces=True,
    )


def scheduler_of(engine: str, scheduler: str | None) -> str | None:
    """Return the scheduler if it is for this engine."""
    return scheduler if engine == "dask" else None


def _serial_side(
    job: Callable[[Mapper], Any],
    baseline: Callable[[], Any] | None,
    stop: threading.Event | None,
    *,
    sent: bool,
) -> Serial:
    own = SerialPool(stop=stop, sent=sent)
    by_chunk = partial(job, own.map)
    if baseline is None:
        return Serial(by_chunk, take_traces=own.take_traces)
    return Serial(baseline, by_chunk, own.take_traces)
