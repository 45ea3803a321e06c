"""What a faster search is worth: more rounds of improvement in a week."""

from __future__ import annotations

from speedlab.errors import BadInput

WEEK_H = 168.0


def search_hours(one_core_h: float, *, workers: int, efficiency: float) -> float:
    """Return how long a search takes: hours on one core / (workers * efficiency).

    Args:
        one_core_h: Training and evaluation of all trials on one core, in hours.
        workers: Worker processes.
        efficiency: Speedup / workers, as measured; above 0.

    Raises:
        BadInput: If a number cannot be used.

    >>> search_hours(60, workers=8, efficiency=0.75)
    10.0
    """
    if not (one_core_h > 0 and workers >= 1 and efficiency > 0):
        raise BadInput(
            "No hours can be computed.",
            f"Given: {one_core_h:g} hours, {workers} workers, an efficiency of {efficiency:g}.",
            "Use hours and an efficiency above 0, and at least one worker.",
        )
    return one_core_h / (workers * efficiency)


def rounds_a_week(one_core_h: float, *, workers: int, efficiency: float, review_h: float) -> float:
    """Return how often people can search, look at the result and decide: H / (search + review).

    Args:
        one_core_h: As for search_hours.
        workers: As for search_hours.
        efficiency: As for search_hours.
        review_h: Hours until people have looked at the result; no worker shortens them.

    >>> rounds_a_week(60, workers=8, efficiency=0.75, review_h=6)
    10.5
    """
    search_h = search_hours(one_core_h, workers=workers, efficiency=efficiency)
    return WEEK_H / (search_h + review_h)
