"""The laws of speedup, and what chance leaves open, as plain functions of numbers.

Raises:
    BadInput: In every function, if a number cannot be what its name says.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat, takewhile
from numbers import Integral, Real
from typing import NamedTuple

from speedlab.core.errors import BadInput


def speedup(serial_s: float, parallel_s: float) -> float:
    """Return how many times faster the parallel run was.

    >>> speedup(6.0, 2.0)
    3.0
    """
    _check_number(serial_s, "serial_s")
    _check_number(parallel_s, "parallel_s", above_zero=True)
    return serial_s / parallel_s


def efficiency(speedup: float, *, workers: int) -> float:
    """Return the share of each worker's time that paid off.

    >>> efficiency(3.0, workers=4)
    0.75
    """
    _check_number(speedup, "speedup")
    return speedup / _checked_count(workers, "workers")


def amdahl_speedup(serial_fraction: float, *, workers: int) -> float:
    """Return the speedup of a job of fixed size whose serial part does not shrink.

    Source: G. Amdahl, AFIPS 1967.

    >>> round(amdahl_speedup(0.05, workers=64), 1)
    15.4
    """
    _check_share(serial_fraction)
    workers = _checked_count(workers, "workers")
    return 1.0 / (serial_fraction + (1.0 - serial_fraction) / workers)


def gustafson_speedup(serial_fraction: float, *, workers: int) -> float:
    """Return the scaled speedup when the job grows with the number of workers.

    Source: J. Gustafson, CACM 31(5), 1988.

    >>> gustafson_speedup(0.05, workers=64)
    60.85
    """
    _check_share(serial_fraction)
    workers = _checked_count(workers, "workers")
    return workers - serial_fraction * (workers - 1)


def serial_fraction(speedup: float, *, workers: int) -> float:
    """Return the serial fraction that would explain a measured speedup.

    It is below zero for a speedup above the number of workers, and above one for a slow-down.

    Source: A. Karp and H. Flatt, CACM 33(5), 1990.

    Raises:
        BadInput: If there is only one worker, where the fraction is undefined.

    >>> round(serial_fraction(1.9, workers=2), 4)
    0.0526
    """
    _check_number(speedup, "speedup", above_zero=True)
    workers = _checked_count(workers, "workers")
    if workers < 2:
        raise BadInput(
            "One worker has no serial fraction.",
            "The fraction is told from what two or more workers gain over one.",
            "Measure with two or more workers.",
        )
    return (1.0 / speedup - 1.0 / workers) / (1.0 - 1.0 / workers)


def makespan_bounds(chunk_s: Sequence[float], *, workers: int) -> tuple[float, float]:
    """Return the least and the greatest time any greedy order of chunks can take.

    Args:
        chunk_s: Seconds of each chunk.
        workers: Workers that take the next chunk when they are free.

    Returns:
        The lower bound max(longest chunk, total / workers), and Graham's upper bound
        total / workers + (1 - 1 / workers) * longest chunk, in seconds.

    Source: R. Graham, SIAM J. Appl. Math. 17(2), 1969.

    >>> makespan_bounds([4.0, 1.0, 1.0], workers=2)
    (4.0, 5.0)
    """
    _check_seconds(chunk_s)
    workers = _checked_count(workers, "workers")
    total, longest = sum(chunk_s), max(chunk_s, default=0.0)
    return max(longest, total / workers), total / workers + (1 - 1 / workers) * longest


def longest_first(chunk_s: Sequence[float]) -> list[int]:
    """Return the numbers of the chunks, the longest first; of equal ones the first comes first.

    In this order no schedule is more than 4/3 - 1 / (3 * workers) times as long as the best.

    Args:
        chunk_s: Seconds of each chunk, or anything that grows with them.

    Source: R. Graham, SIAM J. Appl. Math. 17(2), 1969.

    >>> longest_first([1.0, 5.0, 2.0, 5.0])
    [1, 3, 2, 0]
    """
    _check_seconds(chunk_s)
    return sorted(range(len(chunk_s)), key=lambda chunk: -chunk_s[chunk])


def makespan(chunk_s: Sequence[float], *, workers: int, chunksize: int = 1) -> float:
    """Return when the last worker is done, if each takes the next chunks when it is free.

    Args:
        chunk_s: Seconds of each chunk, in the order in which they are handed out.
        workers: How many workers there are.
        chunksize: How many chunks are handed out at once.

    >>> makespan([1.0, 1.0, 4.0], workers=2), makespan([4.0, 1.0, 1.0], workers=2)
    (5.0, 4.0)
    """
    _check_seconds(chunk_s)
    size = _checked_count(chunksize, "chunksize")
    handed_out = [sum(chunk_s[at : at + size]) for at in range(0, len(chunk_s), size)]
    return first_free(handed_out, workers=workers)


def first_free(
    chunk_s: Iterable[float],
    *,
    workers: int,
    ready_s: float = 0.0,
    handed_out_s: Iterable[float] | None = None,
) -> float:
    """Return when the last chunk is done, if each in turn goes to the worker that is free first.

    Args:
        chunk_s: Seconds of each chunk, in order.
        workers: How many workers there are.
        ready_s: When the workers can begin.
        handed_out_s: The moment before which each chunk cannot begin; by default none waits.

    >>> first_free([1.0, 1.0, 1.0], workers=2, handed_out_s=[0.5, 1.0, 1.5])
    2.5
    """
    free_s = [ready_s] * _checked_count(workers, "workers")
    for length_s, earliest_s in zip(chunk_s, handed_out_s or repeat(0.0), strict=False):
        heapq.heapreplace(free_s, max(earliest_s, free_s[0]) + length_s)
    return max(free_s)


class Interval(NamedTuple):
    """Two ends, and how often what is looked for lies between them."""

    low: float
    high: float
    coverage: float
    """The share of such intervals that hold the true median, whatever the values are."""


def median_interval(values: Iterable[float], *, at_least: float = 0.95) -> Interval | None:
    """Return two of the values with the true median between them; None for fewer than two values.

    It is the narrowest pair, as many values in from both ends, that holds the median at least as
    often as asked; where too few values were measured even for that, the least and the greatest.

    Args:
        values: Independent values, in any order.
        at_least: The coverage that is asked for.

    Source: H. David and H. Nagaraja, Order Statistics, 2003, section 7.1.

    >>> median_interval([1.9, 1.7, 1.8])
    Interval(low=1.7, high=1.9, coverage=0.75)
    """
    ordered = sorted(values)
    for value in ordered:
        _check_number(value, "value")
    if len(ordered) < 2:
        return None
    widest, *narrower = _coverages(len(ordered))
    enough = [widest, *takewhile(lambda coverage: coverage >= at_least, narrower)]
    return Interval(ordered[len(enough) - 1], ordered[-len(enough)], enough[-1])


def _coverages(n: int) -> Iterator[float]:
    """Yield how often two of n values hold the median between them, from the outermost pair in."""
    # Every value falls below the median as a coin falls: the number of those below is binomial.
    outside = 0
    for below in range(n // 2):
        outside += 2 * math.comb(n, below)
        yield 1 - outside / 2**n


def _checked_count(value: int, name: str) -> int:
    if isinstance(value, Integral) and value >= 1:
        return int(value)
    raise BadInput(
        f"{name} cannot be {value!r}.",
        "Only whole numbers from 1 on can be counted.",
        f"Give for example {name}=4.",
    )


def _check_share(value: float) -> None:
    if not (isinstance(value, Real) and 0 <= value <= 1):  # NaN is in no range
        raise BadInput(
            f"A serial fraction of {value!r} cannot be used.",
            "It is the share of the work that only one worker can do, between 0 and 1.",
            "Write 5 % as 0.05.",
        )


def _check_number(value: float, name: str, *, above_zero: bool = False) -> None:
    right = isinstance(value, Real) and math.isfinite(value)
    if not right or value < 0 or (above_zero and value == 0):
        raise BadInput(
            f"{name} cannot be {value!r}.",
            f"It is a number {'above' if above_zero else 'of at least'} 0, and not infinite.",
            "Check where the number comes from.",
        )


def _check_seconds(chunk_s: Sequence[float]) -> None:
    for value_s in chunk_s:
        _check_number(value_s, "The time of a chunk")


def runtime(one_core: float, *, speedup: float) -> float:
    """Return how long work takes that takes some time on one core, in the same unit.

    Args:
        one_core: The time on one core, above 0.
        speedup: As measured, as a law says, or workers * efficiency.

    >>> runtime(120.0, speedup=8 * 0.75)
    20.0
    """
    _check_number(one_core, "The time on one core", above_zero=True)
    # 3 * 0.15 is a hair below 0.45, and a run of 300 minutes would miss the next start at 300.
    speedup = round(speedup, 12)
    _check_number(speedup, "speedup", above_zero=True)
    return one_core / speedup
