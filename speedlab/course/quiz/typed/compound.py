"""Numbers in several units: 2 h 47 min, 2h47, 2:47, 12 euros and 50 cents."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from speedlab.core.errors import BadInput
from speedlab.course.quiz.typed import units
from speedlab.course.quiz.typed.numerals import Amount, Reading
from speedlab.course.quiz.typed.units import Measure

BELOW = {
    Fraction(units.HOUR_S): Fraction(units.MINUTE_S),
    Fraction(units.MINUTE_S): Fraction(1),
}
"""What stands behind 2h47 without a name."""
JOINS = {"and", ",", "&"}
NO_TIME = "Minutes and seconds go up to 59: how long do you mean?"


def compound(
    text: str, found: Sequence[Amount], before: list[str], asked: Measure, unit: str
) -> list[Reading]:
    """Return what several numbers mean together, in the unit of the question.

    Args:
        text: The whole text.
        found: Its numbers.
        before: Words before the first of them.
        asked: The unit of the question.
        unit: The same, as its author wrote it.

    Raises:
        BadInput: If they are no parts of one number.
    """
    if found[0].form == "clock":
        return _clock(text, found, before, asked)
    ends = [*(amount.start for amount in found[1:]), len(text)]
    parts, limit = Fraction(0), None
    for amount, end in zip(found, ends, strict=True):
        named = units.words(text[amount.end : end])
        joins = JOINS if end != len(text) else set()
        typed = units.measure([*before, *(w for w in named if w.casefold() not in joins)], asked)
        size = _size(amount, typed, asked, limit)
        if size is None or (end != len(text) and not _is_digits(amount)):
            several = " and ".join(amount.text for amount in found)
            what, next_step = f"There are several numbers: {several}?", "Write the one you mean"
            raise BadInput(what, "", f"{next_step}{f', in {unit}' if unit else ''}.")
        value = amount.readings[0].value * size
        if limit is not None and value >= limit:
            raise BadInput(NO_TIME if asked.is_time else f"{amount.text}, or less than 100?")
        parts, limit, before = parts + value, size, []
    return [Reading(parts / (asked.factor * (asked.prefix or 1)))]


def _size(
    amount: Amount, typed: Measure, asked: Measure, above: Fraction | None
) -> Fraction | None:
    """Return how many of the smallest unit one of this part is; None if it is no part."""
    if len(amount.readings) != 1 or amount.form != "single" or typed.prefix or typed.under:
        return None
    if not typed.over and above is not None and _is_digits(amount) and len(amount.text) == 2:
        cents = Fraction(1, 100) if asked.is_money and above == 1 else None
        return cents if asked.is_money else BELOW.get(above)
    if typed.over != asked.over or not (asked.is_time or asked.is_money):
        return None
    return typed.factor if above is None or typed.factor < above else None


def _is_digits(amount: Amount) -> bool:
    return amount.text.isdigit()


def _clock(text: str, found: Sequence[Amount], before: list[str], asked: Measure) -> list[Reading]:
    """Return what 2:47 or 2:47:30 means: hours and minutes, or minutes and seconds."""
    amount = found[0]
    parts = [int(part) for part in amount.text.split(":")]
    if max(parts[1:]) > 59:
        raise BadInput(NO_TIME, "", "Write it as 2 h 15 min.")
    named = units.measure([*before, *units.words(text[amount.end :])], asked)
    if len(found) > 1 or named.unknown or named.prefix or named.over not in ("", asked.over):
        raise BadInput(f"“{text}” is more than a time.", "", "How long do you mean?")
    seconds = [_seconds(parts, first) for first in _firsts(parts, named, asked)]
    return [Reading(value / asked.factor, "group") for value in seconds]


def _firsts(parts: list[int], named: Measure, asked: Measure) -> list[int]:
    """Return what the first part of a time can be, in seconds."""
    if len(parts) == 3 or (named.over and named.factor == units.HOUR_S):
        return [units.HOUR_S]
    if not named.over and asked.factor >= units.HOUR_S:
        return [units.HOUR_S]
    return [units.MINUTE_S, units.HOUR_S]


def _seconds(parts: list[int], first: int) -> Fraction:
    return sum((Fraction(part * first, 60**place) for place, part in enumerate(parts)), Fraction())
