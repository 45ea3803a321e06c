"""What a faster search is worth: more rounds of improvement in a week."""

from __future__ import annotations

from speedlab.core import laws

WEEK_H = 168.0


def rounds_a_week(one_core_h: float, *, workers: int, efficiency: float, review_h: float) -> float:
    """Return how often people can search, look at the result and decide: H / (search + review).

    Args:
        one_core_h: Training and evaluation of all trials on one core, in hours.
        workers: Worker processes.
        efficiency: Speedup / workers, as measured; above 0.
        review_h: Hours until people have looked at the result; no worker shortens them.

    Raises:
        BadInput: If a number cannot be used.

    >>> rounds_a_week(60, workers=8, efficiency=0.75, review_h=6)
    10.5
    """
    search_h = laws.runtime(one_core_h, speedup=workers * efficiency)
    return WEEK_H / (search_h + review_h)
