"""How good are the explanations and predictions? Blocks of their own, with speedlab alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

import psutil

from benchmarks import tasks
from benchmarks.cases import read_prepared
from benchmarks.records import Order
from speedlab.core.chunks import Mapper
from speedlab.measure.compare import compare, compare_job
from speedlab.measure.comparison import Comparison
from speedlab.model.replay import serial_model

BUDGET_S = 6.0
CONTROL = [200_000] * 16
Measured = tuple[dict[str, list[float]], str]


def measure_prediction(order: Order) -> Measured:
    """Compare a case's prediction from its serial run alone with what is measured.

    Before and after it a loop of pure arithmetic runs in the same way. What that loop misses of
    N times faster is the machine's doing, and the calibrated prediction takes it into account.
    """
    prepared = read_prepared(order.folder)
    prepared.load()

    def job(map_: Mapper) -> Any:
        return prepared.answer(map_)

    measured = partial(
        compare_job, workers=order.workers, budget_s=BUDGET_S, preload=prepared.preload
    )
    before = _control(order.workers)
    comparison = measured(job)
    control = median([*before.timing.ratios, *_control(order.workers).timing.ratios])
    calibrated_s = serial_model(comparison.timing).wall_s(
        order.workers, inflation=max(1.0, order.workers / control)
    )
    values = {
        "measured": [comparison.speedup],
        "foreseen": [comparison.foreseen or 0.0],
        "calibrated": [comparison.timing.serial_map_s / calibrated_s],
        "control": [control],
        "cold": [comparison.cold],
    }
    return values | _account(comparison), comparison.agreement


def measure_planted(order: Order) -> Measured:
    """Plant one loss after the other; return the share of each that was named rightly."""
    values = {}
    for name, (fn, chunks) in tasks.planted().items():
        comparison = compare(fn, chunks, workers=order.workers, budget_s=1.0)
        values[name] = [_share_of(name, comparison)]
    with _one_core():
        # spawn: a fork server that is already up keeps the cores it was started with
        comparison = compare(
            tasks.count_to, CONTROL, workers=order.workers, start_method="spawn", budget_s=1.0
        )
        values["waiting for a core"] = [_share_of("waiting for a core", comparison)]
    return values, "each named rightly"


def _share_of(name: str, found: Comparison) -> float:
    largest = found.explain().largest
    assert largest is not None, "compare() always leaves traces"
    assert largest.name == name, f"planted {name}, named {largest.name}"
    return largest.share


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    own = psutil.Process()
    before = own.cpu_affinity()
    own.cpu_affinity(before[:1])
    try:
        yield
    finally:
        own.cpu_affinity(before)


def measure_notes(order: Order) -> Measured:
    """Time chunks of 3 ms and more through speedlab and through the bare stock executor."""
    from benchmarks.blocks import timed
    from benchmarks.engines import ENGINES

    chunks = [tasks.THREE_MS] * 200 * order.workers
    noted_s, bare_s = [], []
    with (
        ENGINES["speedlab"].start(order.workers, ()) as ours,
        ENGINES["executor"].start(order.workers, ()) as stock,
    ):
        ours(tasks.count_to, chunks[:20])
        stock(tasks.count_to, chunks[:20])
        for _ in range(5):
            noted_s.append(timed(lambda: ours(tasks.count_to, chunks))[1])
            bare_s.append(timed(lambda: stock(tasks.count_to, chunks))[1])
    ratios = [noted / bare for noted, bare in zip(noted_s, bare_s, strict=True)]
    chunk_s = median(bare_s) * order.workers / len(chunks)
    return {"ratio": ratios, "chunk_s": [chunk_s]}, "the same function"


def _control(workers: int) -> Comparison:
    return compare(tasks.count_to, CONTROL, workers=workers, budget_s=1.5)


def _account(found: Comparison) -> dict[str, list[float]]:
    profile = found.profile
    assert profile is not None, "compare_job() always leaves traces"
    shares = {f"share_{part}": [share] for part, share in profile.shares.items()}
    return {"accounted": [profile.accounted], "cpu_ratio": [profile.cpu_ratio]} | shares
