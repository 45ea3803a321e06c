"""What faster records are worth: minutes that a ward waits, and records ready in the morning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from math import inf

from speedlab.core.errors import BadInput
from speedlab.model.causes import workers_in_words
from speedlab.report import charts

DAY_MIN = 1440.0
ILLUSTRATION = 0.7
"""The programme's own story of a hospital: 70 % less time. No public source is known."""


def mean_wait_minutes(cadence_min: float, runtime_min: float) -> float:
    """Return how long a record waits on average until it is ready: cadence / 2 + runtime.

    A record that arrives at a random moment waits half the time between two starts, on average,
    until the next run starts; then it waits for the whole run.

    Args:
        cadence_min: Minutes from the start of one run to the start of the next.
        runtime_min: Minutes that a run takes, at most the cadence.

    Raises:
        BadInput: If a number cannot be used, or runs are longer than the cadence.

    Source: mean residual life of an interval of fixed length, L. Kleinrock, Queueing Systems,
    volume 1, 1975, section 5.2.

    >>> mean_wait_minutes(240, 20)
    140.0
    """
    _refuse_runs_that_pile_up(cadence_min, runtime_min)
    return cadence_min / 2 + runtime_min


def ready_before(clock: time, *, cadence_min: float, runtime_min: float) -> float:
    """Return the share of the last 24 hours' records that are ready at a time of day.

    Ready are the records that arrived before the start of the last run that ends in time:
    share = (start of that run - (clock - 24 h)) / 24 h, at least 0.

    Assumed: records arrive evenly over the 24 hours; one run starts at 00:00, the others every
    cadence before and after it; a record is in the first run that starts at or after its
    arrival, and ready when that run ends.

    Args:
        clock: The time of day, as 07:00 for a morning round.
        cadence_min: Minutes from the start of one run to the start of the next, at most a day.
        runtime_min: Minutes that a run takes, at most the cadence.

    Raises:
        BadInput: If a number cannot be used, or runs are longer than the cadence.

    >>> ready_before(time(7), cadence_min=240, runtime_min=20)  # starts at 04:00: 21 of 24 hours
    0.875
    """
    _refuse_runs_that_pile_up(cadence_min, runtime_min)
    if cadence_min > DAY_MIN:
        raise BadInput(
            "Not every day has a run.",
            f"A run starts every {cadence_min:g} minutes; a day has {DAY_MIN:g}.",
            "Use a cadence of a day or less.",
        )
    clock_min = 60 * clock.hour + clock.minute + clock.second / 60
    last_start_min = (clock_min - runtime_min) // cadence_min * cadence_min
    return max(0.0, (last_start_min - (clock_min - DAY_MIN)) / DAY_MIN)


def reduction(speedup: float) -> float:
    """Return the share of the time that is saved: 1 - 1 / speedup; below 0 if it got slower.

    Raises:
        BadInput: If the speedup is not above 0.

    >>> reduction(4.0)
    0.75
    """
    if not speedup > 0:
        raise BadInput(
            f"A speedup of {speedup:g} cannot be.",
            "It is one time divided by another.",
            "Use a number above 0.",
        )
    return 1 - 1 / speedup


def speedup_for(reduction: float) -> float:
    """Return the speedup that saves a share of the time: 1 / (1 - reduction).

    Args:
        reduction: The share to be saved, 0 or more and less than 1.

    Raises:
        BadInput: If the share is outside that range.

    >>> round(speedup_for(0.7), 2)
    3.33
    """
    if not 0 <= reduction < 1:
        raise BadInput(
            f"No speedup saves {reduction:g} of the time.",
            "The share saved is at least 0, and some time always remains.",
            "Use for example 0.7 for 70 per cent.",
        )
    return 1 / (1 - reduction)


def workers_for(reduction: float, speedups: Mapping[int, float]) -> int | None:
    """Return the least number of workers whose speedup saves a share of the time, if any does.

    Args:
        reduction: As for speedup_for.
        speedups: Workers and the speedup that a model expects of them. The careful end of a
            forecast is {p.workers: p.low for p in forecast.predictions}.

    Raises:
        BadInput: If the share cannot be saved, or no workers are given.

    >>> workers_for(0.7, {2: 1.8, 4: 3.4, 8: 6.1}), workers_for(0.9, {2: 1.8, 4: 3.4})
    (4, None)
    """
    if not speedups or min(speedups) < 1:
        raise BadInput(
            "There is no number of workers to choose from.",
            f"Given: {sorted(speedups)}.",
            "Give a speedup for each number of workers, from one up.",
        )
    # 1 / (1 - 0.9) is a hair above 10 in floating point: a speedup of 10 must do.
    needed = round(speedup_for(reduction), 9)
    return min((n for n, speedup in speedups.items() if round(speedup, 9) >= needed), default=None)


def illustration_chart(
    speedup: float, *, workers: int, speedups: Mapping[int, float]
) -> charts.Chart:
    """Draw the time saved here beside the programme's 70 % and the workers that a model asks for.

    Args:
        speedup: As measured on this computer.
        workers: Worker processes of that measurement.
        speedups: As for workers_for; if none reaches 70 %, the most workers are drawn.

    Raises:
        BadInput: If a speedup is not above 0, or no workers are given.
    """
    enough = workers_for(ILLUSTRATION, speedups)
    count = enough or max(speedups)
    in_words = workers_in_words(count)
    saved, asked = 100 * reduction(speedup), 100 * ILLUSTRATION
    here = f"{saved:.0f} % less time here" if saved > 0 else "No time saved here"
    told = f"{asked:.0f} % takes {in_words}" if enough else f"{in_words} miss {asked:.0f} %"
    return charts.bars(
        {
            "programme's illustration (no source)": asked,
            f"measured here, {workers_in_words(workers)}": max(0.0, saved),
            f"model, {in_words}": 100 * reduction(speedups[count]),
        },
        finding=f"{here}; in the model, {told}",
        x_label="time saved against one core, per cent",
    )


def _refuse_runs_that_pile_up(cadence_min: float, runtime_min: float) -> None:
    if not (0 < runtime_min < inf and 0 < cadence_min < inf):
        raise BadInput(
            "No wait can be computed.",
            f"Given: a run of {runtime_min:g} minutes, every {cadence_min:g} minutes.",
            "Use minutes above 0.",
        )
    if runtime_min > cadence_min:
        raise BadInput(
            "The runs pile up.",
            f"A run takes {runtime_min:g} minutes, and the next starts after {cadence_min:g}.",
            "Use a longer cadence, or more workers.",
        )
