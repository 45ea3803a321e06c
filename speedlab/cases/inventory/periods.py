"""Put the periods of a table in order, and refuse a table that leaves one out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.core.errors import BadInput

YEAR_DAYS, YEAR_WEEKS, YEAR_MONTHS = 365, 52, 12


@dataclass(frozen=True, eq=False)
class Calendar:
    """The periods of a table.

    Attributes:
        names: Their names in order of time.
        places: The place in that order of each label that was given.
        a_year: How many of them make a year; None where their names do not tell.
    """

    names: tuple[str, ...]
    places: npt.NDArray[Any]
    a_year: float | None


@dataclass(frozen=True)
class Ticks:
    """Labels as whole numbers on a line of time.

    Attributes:
        values: The number of each label.
        name: The name of the period at a number.
        a_year: How many numbers make a year; None where nobody knows.
    """

    values: tuple[int, ...]
    name: Callable[[int], str]
    a_year: float | None


def arrange(labels: Sequence[Any], file: str, *, as_given: bool = False) -> Calendar:
    """Return the order of the periods of a table.

    Known are days (2024-12-31), months (2024-12), quarters (2024-Q4), weeks (2024-W52), and
    numbers, also behind the same letters (week 7, d_7). Periods must be equally long.

    Args:
        labels: Different labels, as the table has them.
        file: The name of the table, for refusals.
        as_given: Whether labels of no known form are in order as they are.

    Raises:
        BadInput: If labels are of different forms, or a period between two of them is missing.

    >>> arrange(["d_2", "d_3", "d_1"], "t.csv").names
    ('d_1', 'd_2', 'd_3')
    """
    texts = [_text(label) for label in labels]
    readings = [
        [reader(text) for text in texts] for reader in (_day, _month, _quarter, _week, _number)
    ]
    best = max(readings, key=lambda reading: len(reading) - reading.count(None))
    if best.count(None) == len(best) and as_given:
        return Calendar(tuple(texts), np.arange(len(texts)), None)
    _refuse_odd(best, texts, file)
    return _ordered(_ticks(best), texts, file)


def _text(label: Any) -> str:
    text = re.sub(r"[ T]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?$", "", str(label).strip())
    return re.sub(r"^(\d+)\.0$", r"\1", text)


def _refuse_odd(read: list[Any], texts: list[str], file: str) -> None:
    units = Counter(reading[0] for reading in read if reading)
    usual = units.most_common(1)[0][0] if units else None
    fits = [reading is not None and reading[0] == usual for reading in read]
    if all(fits):
        return
    like = texts[fits.index(True)] if usual is not None else "2024-12-31, 2024-12 or 7"
    raise BadInput(
        f"{file}: {texts[fits.index(False)]!r} is no period.",
        f"Expected is something like {like}; besides periods only items and costs are known.",
        "Rename it or take it out.",
    )


def _ordered(ticks: Ticks, texts: list[str], file: str) -> Calendar:
    values = np.array(ticks.values)
    order = np.argsort(values, kind="stable")
    steps = np.diff(values[order])
    step = int(steps.min()) if len(steps) else 1
    if not step:
        twice = texts[int(order[int(steps.argmin()) + 1])]
        raise BadInput(f"{file}: the period {twice} has two names.", "", "Keep one of them.")
    if (steps != step).any():
        missing = ticks.name(int(values[order[int((steps != step).argmax())]]) + step)
        raise BadInput(
            f"{file}: no item has the period {missing}.",
            "Periods must be equally long, without gaps.",
            "Add it, with a demand of 0 where nothing was sold.",
        )
    places = np.empty(len(values), dtype=np.int64)
    places[order] = np.arange(len(values))
    names = tuple(texts[place] for place in order)
    return Calendar(names, places, ticks.a_year and ticks.a_year / step)


def _ticks(read: list[Any]) -> Ticks:
    """Return labels that were all read the same way as numbers on a line."""
    unit = read[0][0]
    if unit == "day":
        return _days([reading[1] for reading in read])
    if unit == "month":
        return _months([reading[1] for reading in read])
    return Ticks(tuple(reading[1] for reading in read), lambda tick: f"{unit}{tick}", None)


def _days(days: list[date]) -> Ticks:
    starts = {day.day for day in days} == {days[0].day}
    ends = all((day + timedelta(days=1)).day == 1 for day in days)
    if len(days) > 1 and (starts or ends):
        return _months([12 * day.year + day.month - 1 for day in days])
    ordinals = tuple(day.toordinal() for day in days)
    # Weeks: 52 to the year, as planners count; so the days of a year are 364 to 365.
    weekly = {(ordinal - ordinals[0]) % 7 for ordinal in ordinals} == {0}
    a_year = 7 * YEAR_WEEKS if weekly else YEAR_DAYS
    return Ticks(ordinals, lambda tick: date.fromordinal(tick).isoformat(), a_year)


def _months(months: list[int]) -> Ticks:
    return Ticks(tuple(months), lambda tick: f"{tick // 12}-{tick % 12 + 1:02}", float(YEAR_MONTHS))


def _day(text: str) -> tuple[str, date] | None:
    found = re.fullmatch(r"((?:19|20)\d\d)([-/.]?)(\d\d)\2(\d\d)", text)
    try:
        return ("day", date(int(found[1]), int(found[3]), int(found[4]))) if found else None
    except ValueError:
        return None


def _month(text: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])", text)
    return ("month", 12 * int(found[1]) + int(found[2]) - 1) if found else None


def _quarter(text: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"((?:19|20)\d\d)[- ]?[Qq]([1-4])", text)
    return ("month", 12 * int(found[1]) + 3 * int(found[2]) - 3) if found else None


def _week(text: str) -> tuple[str, date] | None:
    found = re.fullmatch(r"((?:19|20)\d\d)-?[Ww](\d\d?)", text)
    try:
        return ("day", date.fromisocalendar(int(found[1]), int(found[2]), 1)) if found else None
    except ValueError:
        return None


def _number(text: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"(\D*)(\d{1,12})", text)
    return (found[1], int(found[2])) if found else None
