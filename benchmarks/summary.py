"""From raw points to the figures of the tables: medians of paired ratios, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.engines import OURS, SERIAL
from benchmarks.records import Point
from speedlab.core.laws import median_interval


@dataclass(frozen=True)
class Estimate:
    """A median, and two of the values with the true median between them, as sl.compare has it."""

    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Stage:
    """How one engine did in one state: cold, started again, or warm."""

    time_s: Estimate
    speedup: Estimate | None
    to_ours: Estimate | None
    """The engine's time divided by speedlab's in the same round; above 1, speedlab is faster."""


@dataclass(frozen=True)
class EngineRow:
    """What one engine did with a job, on a number of workers."""

    engine: str
    workers: int
    cold: Stage
    again: Stage
    warm: Stage
    peak_bytes: float | None


@dataclass(frozen=True)
class Small:
    """What one engine needs for nothing but being there."""

    engine: str
    workers: int
    task_us: Estimate | None
    first_ready_s: Estimate | None
    next_ready_s: Estimate | None


def estimate(values: Sequence[float]) -> Estimate:
    """Return the median of some values and its interval: their range where there are fewer than 9.

    >>> estimate([1.0, 3.0, 2.0])
    Estimate(median=2.0, low=1.0, high=3.0, n=3)
    """
    found = median_interval(values)
    low, high = (found.low, found.high) if found else (values[0], values[0])
    return Estimate(median(values), low, high, len(values))


def engine_rows(points: Sequence[Point], case: str) -> list[EngineRow]:
    """Return a row for each engine and number of workers, as measured on one case."""
    own = [p for p in points if p.case == case and not p.failure]
    jobs = [p for p in own if p.kind == "job"]
    sides = dict.fromkeys((p.engine, p.workers) for p in jobs)
    return [_engine_row(jobs, own, *side) for side in sides]


def _engine_row(
    jobs: Sequence[Point], points: Sequence[Point], engine: str, workers: int
) -> EngineRow:
    def by_round(side: str, name: str) -> dict[int, float]:
        chosen = of_side(jobs, side, 1 if side == SERIAL else workers)
        return {p.round: median(p.values[name]) for p in chosen}

    def stage(name: str) -> Stage:
        own = by_round(engine, name)
        to_serial, to_ours = (
            ratio_of(by_round(SERIAL, name), own),
            ratio_of(own, by_round(OURS, name)),
        )
        return Stage(estimate(list(own.values())), to_serial, to_ours)

    peaks = [p for p in of_side(points, engine, workers) if p.kind == "memory"]
    peak_bytes = median(p.values["peak_bytes"][0] for p in peaks) if peaks else None
    return EngineRow(
        engine, workers, stage("cold_s"), stage("again_s"), stage("warm_s"), peak_bytes
    )


def ratio_of(above: dict[int, float], below: dict[int, float]) -> Estimate | None:
    """Return the median of the ratios within each round that has both."""
    ratios = [above[number] / below[number] for number in above if number in below]
    return estimate(ratios) if ratios else None


def best_peer(rows: Sequence[EngineRow], stage: str) -> tuple[str, Estimate] | None:
    """Return the peer that is fastest in a stage, and its time divided by ours."""
    found = [
        (row.engine, ratio)
        for row in rows
        if row.engine not in {OURS, SERIAL} and (ratio := getattr(row, stage).to_ours)
    ]
    return min(found, key=lambda side: side[1].median, default=None)


def small_rows(points: Sequence[Point]) -> list[Small]:
    """Return overhead per task and time until ready of each engine."""
    own = [p for p in points if p.kind in {"overhead", "ready"} and not p.failure]
    rows = []
    for engine, workers in dict.fromkeys((p.engine, p.workers) for p in own):
        side = of_side(own, engine, workers)
        names = ("task_us", "first_ready_s", "next_ready_s")
        rows.append(Small(engine, workers, *(_pooled(side, name) for name in names)))
    return rows


def handover(points: Sequence[Point], workers: int) -> dict[str, Estimate]:
    """Return the figures of each way to hand data over, by name."""
    own = [p for p in points if p.kind == "handover" and p.workers == workers and not p.failure]
    names = list(own[0].values) if own else []
    return {name: estimate([p.values[name][0] for p in own]) for name in names}


def of_side(points: Sequence[Point], engine: str, workers: int) -> list[Point]:
    """Return the points of an engine on a number of workers."""
    return [p for p in points if (p.engine, p.workers) == (engine, workers)]


def _pooled(points: Sequence[Point], name: str) -> Estimate | None:
    values = [value for p in points for value in p.values.get(name, [])]
    return estimate(values) if values else None
