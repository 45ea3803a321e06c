"""The table of a comparison as plain text: one core, then a line for each series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from speedlab.core.records import SHORTEST_S, Timing
from speedlab.model import engines


def lines(timings: Sequence[Timing]) -> list[str]:
    """Return the lines of the table; of several engines each line begins with its name."""
    several = len(engines.names(timings)) > 1
    names = [engines.named(timing, several=several) for timing in timings]
    wide = max(map(len, [*names, "   serial"])) + 1
    said = [
        f"{'':>{wide}}{'seconds':>10}{'speedup':>10}{'interval':>16}{'efficiency':>12}",
        f"{'serial':>{wide}}{median(timings[0].serial_s):>10.3f}",
    ]
    for name, timing in zip(names, timings, strict=True):
        low_high = "{:.2f}-{:.2f}".format(*timing.interval) if timing.interval else "one pair"
        said.append(
            f"{name:>{wide}}{median(timing.wall_s):>10.3f}{timing.speedup:>10.2f}{low_high:>16}"
            f"{timing.efficiency:>12.0%}"
        )
    return said


def cold_in_words(timings: Sequence[Timing]) -> str:
    """Return the speedup of the first run, for each engine with its most workers."""
    names = engines.names(timings)
    each = [f"{engines.most_workers(timings, name).cold_speedup:.2f}×" for name in names]
    if len(names) == 1:
        return each[0]
    return ", ".join(f"{name} {cold}" for name, cold in zip(names, each, strict=True))


def how_sure(pairs: int, coverage: float) -> str:
    """Return how often an interval from so many pairs holds the true speedup."""
    # Up to 5 pairs the coverage is a small fraction, and below 95 %.
    cases = 2 ** (pairs - 1) if pairs < 6 else 100
    often = f"{math.floor(coverage * cases)} of {cases}"
    return f"{pairs} pairs: in {often} cases the true speedup lies within the interval."


def why_once(serial_s: float) -> str:
    """Return why there is one pair only."""
    if serial_s < SHORTEST_S:
        return "Measured once: the job is over before a clock can tell; give it more to do."
    return "Measured once: one pair takes longer than the budget."
