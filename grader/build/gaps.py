"""No wrong number without a hint of its own, and no number question without its unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from speedlab.course.quiz.typed.units import measure, words

EDGE = 1e-6


def refuse_gaps(table: Mapping[str, Any], answer: float, tolerance: float) -> None:
    """Refuse a number question that leaves a wrong number without a hint, or names no unit.

    Args:
        table: The question, as its author wrote it.
        answer: The right answer.
        tolerance: How far from it a number is still right.

    Raises:
        ValueError: If a number from low to high is neither right nor fits a hint; it names one.

    >>> refuse_gaps({"unit": "", "hints": {"<4": "More.", ">4": "Less."}}, 4, 0.1)
    """
    _refuse_unit(table.get("unit"))
    _refuse_range(table, answer, tolerance)
    rules = table.get("hints", {})
    if "otherwise" in rules:
        return
    edge = tolerance * (1 + EDGE)  # a number exactly at the tolerance is right
    least, most = answer - edge, answer + edge
    # What no hint of this side reaches, nearest to the right answers.
    below = max([float(rule[1:]) for rule in rules if rule[0] == "<"], default=table.get("low"))
    above = min([float(rule[1:]) for rule in rules if rule[0] == ">"], default=table.get("high"))
    if below is None or below < least:
        raise _gap(f"numbers below {least:g}", below)
    if above is None or above > most:
        raise _gap(f"numbers above {most:g}", above)


def _refuse_unit(unit: Any) -> None:
    if not isinstance(unit, str):
        raise ValueError('it needs a unit, such as unit = "h", and unit = "" for a plain number')
    if unit and not (measure(words(unit)).over or measure(words(unit)).prefix):
        raise ValueError(f"{unit!r} is no unit")


def _refuse_range(table: Mapping[str, Any], answer: float, tolerance: float) -> None:
    """Refuse a question about cents whose range lets 10.368, three decimals, be 10,368 euros."""
    asked = measure(words(table["unit"]))
    if not asked.is_money or asked.prefix or tolerance >= 1 or not 1 <= abs(answer) < 1000:
        return
    if table.get("high", math.inf) >= 1000 * abs(answer):
        most = f"{1000 * abs(answer):g}"
        raise ValueError(f"money with three decimals is read as a group: give high below {most}")


def _gap(where: str, limit: float | None) -> ValueError:
    between = "" if limit is None else f", such as {limit:g}"
    return ValueError(f'no hint is for {where}{between}: add one, or otherwise = "…"')
