"""Numbers as people type them: read where there is one meaning, asked about where there are more.

    read_number("82,500 €", "€")       # 82500.0
    read_number("2 h 47 min", "h")     # 2.78…
    read_number("1,234")               # BadInput: 1234, or 1.234?

    "about €82.5k" ─numerals─► 82.5 ─units─► × 1000 ─decide─► 82500.0

A reader that guesses judges a number that nobody wrote. So whatever is not certain is a question
to the person, and never an answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

from speedlab.core.errors import BadInput
from speedlab.course.quiz.typed import units
from speedlab.course.quiz.typed.compound import compound
from speedlab.course.quiz.typed.numerals import Amount, Reading, amounts, plain_text
from speedlab.course.quiz.typed.spelled import in_digits
from speedlab.course.quiz.typed.units import Measure

LONGEST = 80
LARGE = 10_000
"""So many of a million are more likely meant as they stand, without the million."""
NOT_ONE = re.compile(
    r"[<>≤≥≦≧±∞^]|\d ?\+$|\b(?:at least|at most|up to|between|than|or (?:more|less|fewer)"
    r"|infinity|inf|nan|over|under|above|below)\b",
    re.IGNORECASE,
)
RANGE = re.compile(r"\d[^\d]*?(?:-|\.{2,}|\bto\b|\bor\b|\buntil\b)[^\d]*?\d", re.IGNORECASE)
SIGNS = {"-": -1, "minus": -1, "negative": -1, "+": 1, "plus": 1}


def read_number(
    text: str, unit: str = "", *, low: float | None = None, high: float | None = None
) -> float:
    """Return the number that a person typed, in the unit that was asked for.

    Args:
        text: What was typed.
        unit: The unit of the question, such as "h", "million €" or "×"; "" for a plain number.
        low: The least number that can be an answer: it may leave one reading of two.
        high: The greatest.

    Raises:
        BadInput: If there is no number, or more than one that could be meant: its text asks.

    >>> read_number("82.500,00", "€"), read_number("135 min", "h"), read_number("2 7/9") == 25 / 9
    (82500.0, 2.25, True)
    >>> read_number("1,234", low=0, high=1000)
    1.234
    """
    plain = in_digits(plain_text(text if len(text) <= LONGEST else ""))
    asked = units.measure(units.words(unit))
    found = amounts(plain, clock=asked.is_time)
    _refuse(text, plain, found, unit)
    sign, before = _before(plain[: found[0].start])
    if len(found) > 1 or found[0].form == "clock":
        readings = compound(plain, found, before, asked, unit)
    else:
        readings = _single(plain, found[0], before, asked, unit)
    readings = [Reading(sign * reading.value, reading.kind) for reading in readings]
    return _as_float(_decide(readings, low, high, (text, unit)))


def _refuse(text: str, plain: str, found: Sequence[Amount], unit: str) -> None:
    """Ask about what is no single number."""
    if len(text) > LONGEST:
        raise BadInput("This is too long for one number.", "", "Which number do you mean?")
    if found and RANGE.search(plain) and len(found) > 1:
        ends = " or ".join(amount.text for amount in found)
        raise BadInput(f"These are several numbers: {ends}?", "", "Write the one that you mean.")
    if found and NOT_ONE.search(plain):
        raise BadInput(f"“{text.strip()}” is no single number.", "", "Which one do you mean?")
    if not found:
        what = f"There is no number in “{text.strip()}”." if text.strip() else "Write a number."
        of = f", in {unit}" if unit else ""
        raise BadInput(what, "", f"Which number do you mean? Write it in digits{of}.")


def _before(head: str) -> tuple[int, list[str]]:
    """Return the sign of a number and the words before it."""
    if re.search(r"[^\W\d_]-$", head):
        raise BadInput("Is the - before the number a minus?", "", "Write a blank before a minus.")
    if re.search(r"\w\.$|,", units.SHORT.sub(" ", head)):
        raise BadInput("Is the dot before the number a decimal point?", "", "Write a 0 before it.")
    if re.search(r"[(\[{]", head):
        raise BadInput("A number in brackets: as it is, or minus?", "", "Write it without them.")
    words = units.words(head)
    signs = [SIGNS[word.casefold()] for word in words if word.casefold() in SIGNS]
    if len(signs) > 1:
        raise BadInput("There is more than one sign: plus, or minus?", "", "Write one of them.")
    rest = [word for word in words if word.casefold() not in SIGNS]
    # Before a number "c." is circa; behind it "c" is cents.
    return (signs or [1])[0], [word for word in rest if word.casefold() != "c"]


def _single(
    plain: str, amount: Amount, before: list[str], asked: Measure, unit: str
) -> list[Reading]:
    """Return what one number and its unit can mean, in the unit of the question."""
    if not amount.readings:
        raise BadInput(f"I cannot read “{amount.text}”.", "", "Which number do you mean?")
    tail = re.sub(r"^\s*[(\[]([^()\[\]]*)[)\]]$", r" \1", plain[amount.end :])
    if amount.form == "fraction":  # half an hour, a quarter of an hour
        tail = re.sub(r"^ (?:of )?an? ", " ", tail)
    typed = units.measure([*before, *units.words(tail)], asked)
    factor = units.times_to(asked, typed)
    if factor is None:
        raise _does_not_fit(amount, typed, unit)
    _ask_about_scale(amount, typed, asked, unit)
    readings = amount.readings
    if _is_whole_money(typed, asked) and [r.kind for r in readings] == ["group", "decimal"]:
        readings = (Reading(readings[0].value), readings[1])  # no euro has three decimals
    return [Reading(reading.value * factor, reading.kind) for reading in readings]


def _is_whole_money(typed: Measure, asked: Measure) -> bool:
    """Tell whether whole euros are meant: not cents, no thousands, and no price of something."""
    named = typed if typed.over else asked
    scaled = typed.prefix or (asked.prefix if not typed.over else None)
    priced = {asked.under, typed.under} - {"", "year", "month"}
    return named.is_money and not (priced or scaled) and named.factor == 1


def _does_not_fit(amount: Amount, typed: Measure, unit: str) -> BadInput:
    if typed.unknown:
        what = f"I do not know “{' '.join(typed.unknown)}” here."
        return BadInput(what, "", f"Which number do you mean? Write it in {unit or 'digits only'}.")
    if typed.over == units.PERCENT and unit in ("", units.TIMES):
        return _share_or_saving(amount.readings[-1].value, speedup=bool(unit))
    wanted = f"How much is that in {unit}?" if unit else "Which number do you mean, without a unit?"
    return BadInput(f"“{amount.text}” has another unit than the question.", "", wanted)


def _share_or_saving(percent: Fraction, *, speedup: bool) -> BadInput:
    """Ask what per cent mean where a speedup is asked, or a plain number."""
    share, typed = shown(percent / 100), shown(percent)
    if not speedup:
        return BadInput(f"{share}, or {typed} % of something?", "", "Write it without %.")
    what = f"{share} times as fast, or {typed} % less time?"
    if not 0 < percent < 100:
        return BadInput(what, "", "Write how many times as fast, without %.")
    less = f"{float(100 / (100 - percent)):.3g}"
    return BadInput(what, "", f"Write {share} for the one, {less} for the other.")


def _ask_about_scale(amount: Amount, typed: Measure, asked: Measure, unit: str) -> None:
    """Ask where somebody may not have seen that the question is about millions, or per cent."""
    value = abs(amount.readings[0].value)
    scale = asked.prefix or 1
    if scale >= 1000 and not typed.prefix:
        many = not typed.over and value >= min(scale, LARGE)
        few = typed.over and 0 < value < scale / 100
        if many or few:
            meant, factor = shown(value / scale if many else value), shown(Fraction(scale))
            raise BadInput(
                f"{meant} million?" if scale == 10**6 else f"{meant} times {factor}?",
                f"The question is about {unit}.",
                f"Write how many {unit} it is, with the unit.",
            )
    if asked.over == units.PERCENT and not typed.over and 0 < value < 1:
        share = shown(value)
        raise BadInput(f"{share} %, or {shown(100 * value)} %?", "", "Write it with its sign, %.")


def _decide(
    readings: Sequence[Reading],
    low: float | None,
    high: float | None,
    asked: tuple[str, str],
) -> Fraction:
    """Return the one number that can be meant, of a text and the unit it is asked in.

    Raises:
        BadInput: If there are several.
    """
    values = list(dict.fromkeys(reading.value for reading in readings))
    least, most = -math.inf if low is None else low, math.inf if high is None else high
    possible = [value for value in values if least <= value <= most]
    sure = [r.value for r in readings if r.kind == "sure" and r.value in (possible or values)]
    for certain in (values, possible, list(dict.fromkeys(sure))):
        if len(certain) == 1:
            return certain[0]
    text, unit = asked
    words = [shown(value) for value in values]
    named = [f"{word} {unit}".strip() for word in words]
    raise BadInput(
        f"{', or '.join(named)}?",
        f"“{text.strip()}” can be read in both ways.",
        f"Write {words[0]} for the one, {_unlike_groups(words[-1])} for the other.",
    )


def _as_float(value: Fraction) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (value and not number):
        raise BadInput("This number is too large or too small. Which one do you mean?")
    return number


def as_read(text: str, value: float, unit: str = "") -> str:
    """Return a sentence about what was read, "" where that is what was typed.

    >>> as_read("82.500,00", 82500.0, "€"), as_read("2.8 h", 2.8, "h")
    ('I read 82,500 €.', '')
    """
    found = amounts(plain_text(text), clock=False)
    typed = [amount.text for amount in found if re.fullmatch(r"\d+(?:\.\d+)?", amount.text)]
    if len(found) == len(typed) == 1 and float(typed[0]) == abs(value):
        return ""
    asked = units.measure(units.words(unit))
    grouped = asked.is_money and value == int(value)
    return f"I read {f'{value:,.0f}' if grouped else shown(value)} {unit}".strip() + "."


def written(
    value: float, unit: str = "", *, low: float | None = None, high: float | None = None
) -> str:
    """Return a number as a person could have typed it, so that it is read as the same number.

    >>> written(82500.0, "€"), written(2.778, "h"), written(2.778, "h", high=1000)
    ('82500', '2.7780', '2.778')
    """
    plain = shown(value) if value == int(value) else repr(value)
    for text in (plain, f"{plain}0", f"{plain} {unit}"):
        try:
            if read_number(text, unit, low=low, high=high) == value:
                return text
        except BadInput:
            continue
    return plain


def shown(value: Fraction | float) -> str:
    """Return a number as it is said to people: all its digits, no sign of groups.

    >>> shown(82500.0), shown(2.5), shown(Fraction(25, 9))
    ('82500', '2.5', '2.77777777778')
    """
    if value == int(value) and -(10**15) < value < 10**15:
        return str(int(value))
    text = f"{float(value):.12g}"
    return text if "e" in text else text.rstrip("0").rstrip(".")


def _unlike_groups(text: str) -> str:
    """Return a number with a fourth decimal where three could be taken for a group."""
    return f"{text}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text
