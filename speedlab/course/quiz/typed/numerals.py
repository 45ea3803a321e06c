"""Digits as people type them: signs of other scripts, separators, fractions, powers of ten.

    typed ─plain_text─► one alphabet ─amounts─► each number with all that it can mean

Nothing is decided here: a numeral that can be read in two ways has two readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from speedlab.core.errors import BadInput

GREATEST_POWER = 400
"""No number that a float holds needs more, and a larger power would fill the memory."""
DECIMAL = "\u066b"  # the Arabic decimal sign: never a sign of groups
SIGNS = {
    **dict.fromkeys("\u2212\u207b", "-"),
    **dict.fromkeys("\u2044\u2215\u00f7", "/"),
    **dict.fromkeys("\u2019\u2018\u02bc\u0060\u00b4\u2032\u066c", "'"),
    **dict.fromkeys("\u2248\u223c\u2243\u2245\u301c\u2053", "~"),
    **dict.fromkeys("\u2a2f\u2715\u2716", "×"),
    "\u2026": "...",
    "\u066a": "%",
    "\ufe0f": "",
}
NUMERAL = (
    rf"(?:\d{{1,3}}(?: \d{{3}})+(?:[.,{DECIMAL}]\d+)?(?!\d)"
    rf"|\d+(?:[.,'_{DECIMAL}]\d+)*|[.,{DECIMAL}]\d+)"
)
POWER = r"(?: ?[eE]([+-]?\d+)(?![\d.,]))?"
BEGIN = re.compile(rf"(?<!\w)[.,{DECIMAL}]\d|\d")
CLOCK = re.compile(r"(\d+):(\d\d)(?::(\d\d))?(?![\d:])")
MIXED = re.compile(rf"({NUMERAL}) (\d+) ?/ ?(\d+)(?![\d.,/])")
QUOTIENT = re.compile(rf"({NUMERAL}){POWER} ?/ ?({NUMERAL}){POWER}(?! ?/ ?\d)")
SINGLE = re.compile(rf"({NUMERAL}){POWER}")

GROUPED = re.compile(rf"[1-9]\d{{0,2}}([ '_])\d{{3}}(?:\1\d{{3}})*(?:[.,{DECIMAL}]\d+)?")
TWICE = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})+")
TWO_KINDS = re.compile(rf"[1-9]\d{{0,2}}([.,])\d{{3}}(?:\1\d{{3}})*(?!\1)[.,{DECIMAL}]\d+")
ONE_SIGN = re.compile(rf"(\d*)([.,{DECIMAL}])(\d+)")


@dataclass(frozen=True)
class Reading:
    """One meaning of a numeral: sure, or one of two: with a sign of groups, or of decimals."""

    value: Fraction
    kind: Literal["sure", "group", "decimal"] = "sure"


@dataclass(frozen=True)
class Amount:
    """A number in a text: where it stands, what it can mean; a time of the clock has parts."""

    start: int
    end: int
    text: str
    readings: tuple[Reading, ...]
    form: Literal["single", "fraction", "clock"] = "single"


def plain_text(text: str) -> str:
    """Return what was typed with one sign for each meaning.

    >>> plain_text("−8,25 × 10⁴"), plain_text("４½ h."), plain_text("82.500,– €")
    ('-8,25e4', '4 1/2 h', '82.500 €')
    """
    raised = re.sub("[⁺⁻⁰¹²³⁴-⁹]+", lambda run: "^" + unicodedata.normalize("NFKC", run[0]), text)
    plain = " ".join("".join(map(_plain_sign, raised)).split())
    plain = re.sub(rf"({NUMERAL}) ?[x×*·⋅] ?10 ?(?:\^|\*\*) ?([+-]?\d+)", r"\1e\2", plain)
    plain = re.sub(r"(?<=\d)[.,]-{1,2}(?![\d.,])", "", plain)  # 82,500.- is money without cents
    return re.sub(r"[ .?]+$", "", plain)


def _plain_sign(sign: str) -> str:
    if sign in SIGNS:
        return SIGNS[sign]
    category, made_of = unicodedata.category(sign), unicodedata.decomposition(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if made_of.startswith("<fraction>"):
        return " " + unicodedata.normalize("NFKC", sign).replace("\u2044", "/")
    if made_of.startswith(("<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", sign)
    if category == "Cf":  # marks that nobody sees, such as the direction of the text
        return ""
    return " " if category[0] == "Z" or sign.isspace() else "-" if category == "Pd" else sign


def amounts(text: str, *, clock: bool) -> list[Amount]:
    """Return the numbers of a text, in order; clock says that 2:47 can be one."""
    return list(_amounts(text, clock))


def _amounts(text: str, clock: bool) -> Iterator[Amount]:
    place = 0
    while begin := BEGIN.search(text, place):
        amount = _amount(text, begin.start(), clock)
        yield amount
        place = amount.end


def _amount(text: str, start: int, clock: bool) -> Amount:
    if clock and (time := CLOCK.match(text, start)):
        return Amount(start, time.end(), time[0], (), "clock")
    if mixed := MIXED.match(text, start):
        return Amount(start, mixed.end(), mixed[0], tuple(_mixed(mixed)), "fraction")
    if quotient := QUOTIENT.match(text, start):
        return Amount(start, quotient.end(), quotient[0], tuple(_quotient(quotient)), "fraction")
    single = SINGLE.match(text, start)
    assert single is not None, "BEGIN finds nothing else"
    readings = _with_power(single[1], single[2])
    return Amount(start, single.end(), single[0], tuple(readings))


def read_numeral(text: str) -> list[Reading]:
    """Return all that a numeral can mean; nothing if it is none.

    >>> [str(reading.value) for reading in read_numeral("1,234")]
    ['1234', '617/500']
    >>> read_numeral("82 50"), read_numeral("1.2.3")
    ([], [])
    """
    if text.isdigit():
        return [Reading(Fraction(text))]
    if grouped := GROUPED.fullmatch(text):
        return [Reading(_decimal(text.replace(grouped[1], "")))]
    if twice := TWICE.fullmatch(text):
        return [Reading(Fraction(text.replace(twice[1], "")))]
    if kinds := TWO_KINDS.fullmatch(text):
        return [Reading(_decimal(text.replace(kinds[1], "")))]
    if one := ONE_SIGN.fullmatch(text):
        return _one_sign(one[1], one[2], one[3])
    return []


def _one_sign(before: str, sign: str, after: str) -> list[Reading]:
    value = Fraction(f"{before or 0}.{after}")
    a_group = 1 <= len(before) <= 3 and len(after) == 3 and before[0] != "0"
    if not a_group or sign == DECIMAL:
        return [Reading(value)]
    return [Reading(Fraction(before + after), "group"), Reading(value, "decimal")]


def _decimal(text: str) -> Fraction:
    return Fraction(re.sub(f"[,{DECIMAL}]", ".", text))


def _with_power(numeral: str, power: str | None) -> list[Reading]:
    """Return the readings of a numeral and its power of ten; a dot before a power is a decimal."""
    readings = read_numeral(numeral)
    if not power:
        return readings
    if len(power) > 5 or abs(int(power)) > GREATEST_POWER:
        raise BadInput("This number is too large or too small. Which one do you mean?")
    if "." in numeral and len(readings) == 2:
        readings = [Reading(readings[1].value)]
    return [Reading(r.value * Fraction(10) ** int(power), r.kind) for r in readings]


def _quotient(match: re.Match[str]) -> Iterator[Reading]:
    above, below = _with_power(match[1], match[2]), _with_power(match[3], match[4])
    for one in above:
        for other in below:
            if other.value:
                yield Reading(one.value / other.value)


def _mixed(match: re.Match[str]) -> Iterator[Reading]:
    """Yield a whole number and a part of one; and 1 234/567 as one fraction, which it may be."""
    whole, top, bottom = match[1], int(match[2]), int(match[3])
    if 0 < top < bottom:
        for one in read_numeral(whole):
            if one.value.denominator == 1:
                yield Reading(one.value + Fraction(top, bottom))
    if bottom and GROUPED.fullmatch(f"{whole} {match[2]}"):
        yield Reading(read_numeral(f"{whole} {match[2]}")[0].value / bottom)
