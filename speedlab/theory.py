"""The laws of speedup, as plain functions of numbers."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def speedup(serial_s: float, parallel_s: float) -> float:
    """Return how many times faster the parallel run was.

    >>> speedup(6.0, 2.0)
    3.0
    """
    return serial_s / parallel_s


def efficiency(speedup: float, *, workers: int) -> float:
    """Return the share of each worker's time that paid off.

    >>> efficiency(3.0, workers=4)
    0.75
    """
    return speedup / workers


def amdahl_speedup(serial_fraction: float, *, workers: int) -> float:
    """Return the speedup of a job of fixed size whose serial part does not shrink.

    Source: G. Amdahl, AFIPS 1967.

    >>> round(amdahl_speedup(0.05, workers=64), 1)
    15.4
    """
    return 1.0 / (serial_fraction + (1.0 - serial_fraction) / workers)


def gustafson_speedup(serial_fraction: float, *, workers: int) -> float:
    """Return the scaled speedup when the job grows with the number of workers.

    Source: J. Gustafson, CACM 31(5), 1988.

    >>> gustafson_speedup(0.05, workers=64)
    60.85
    """
    return workers - serial_fraction * (workers - 1)


def serial_fraction(speedup: float, *, workers: int) -> float:
    """Return the serial fraction that would explain a measured speedup.

    Source: A. Karp and H. Flatt, CACM 33(5), 1990.

    Raises:
        ValueError: If there is only one worker, where the fraction is undefined.

    >>> round(serial_fraction(1.9, workers=2), 4)
    0.0526
    """
    if workers < 2:
        raise ValueError("the serial fraction needs a speedup measured with two or more workers")
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
    free_s = [0.0] * workers
    for first in range(0, len(chunk_s), chunksize):
        heapq.heapreplace(free_s, free_s[0] + sum(chunk_s[first : first + chunksize]))
    return max(free_s)
