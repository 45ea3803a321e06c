"""Units as people name them: which are the same, which can be converted, which do not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

TIME, MONEY, TIMES, PERCENT = "time", "€", "×", "%"
MINUTE_S, HOUR_S = 60, 3_600
PREFIXES = {
    name: scale
    for scale, names in {
        12: "dozen",
        100: "hundred",
        1_000: "k thousand thousands",
        1_000_000: "million millions mn mio mln",
        1_000_000_000: "billion billions bn",
    }.items()
    for name in names.split()
}
KNOWN = {
    name: (kind, Fraction(factor))
    for kind, factor, names in (
        (TIME, "1/1000", "ms millisecond milliseconds"),
        (TIME, "1", "s sec secs second seconds"),
        (TIME, "60", "min mins minute minutes"),
        (TIME, "3600", "h hr hrs hour hours"),
        (TIME, "86400", "d day days"),
        (TIME, "604800", "wk week weeks"),
        ("year", "1", "year years yr yrs"),
        ("month", "1", "month months"),
        (MONEY, "1", "€ eur euro euros"),
        (MONEY, "1000", "keur"),
        (MONEY, "1000000", "meur"),
        ("$", "1", "$ usd dollar dollars"),
        ("£", "1", "£ gbp pound pounds"),
        ("¥", "1", "¥ jpy yen"),
        (TIMES, "1", "× x times fold"),
        (PERCENT, "1", "% percent pct"),
        (PERCENT, "1/10", "‰ permille"),
    )
    for name in names.split()
}
CENTS = ("cent", "cents", "ct", "cts", "c")
PER = ("/", "per", "a", "an", "each", "every")
SAYS_NOTHING = set(
    "~ = : , . about approximately approx roughly circa ca around some nearly almost exactly just "
    "only is it answer result the maybe perhaps probably i think guess more earlier faster each "
    "or so in total altogether all overall as fast much long".split()
)
COUNTED = set(
    "thread core worker process cpu chunk piece part task job run round trial machine node depot "
    "stop van plan pair bill record".split()
)
"""What a plain number may count."""
WORD = re.compile(r"[^\W\d_]+|[^\w\s]")
SHORT = re.compile(r"\b(approx|ca|c|hrs?|mins?|secs?|mio|mln|mn|bn|cts?)\.", re.IGNORECASE)


@dataclass(frozen=True)
class Measure:
    """A unit: million (prefix) € (over) a year (under), and what one of it is worth.

    Attributes:
        prefix: How many; None where the text says none.
        over: Its kind, such as time, or its own name.
        factor: How many of the kind's own unit.
        under: The kind of what stands behind "per".
        under_factor: The same for that.
        unknown: Words that name no unit known here.
    """

    prefix: Fraction | None = None
    over: str = ""
    factor: Fraction = Fraction(1)
    under: str = ""
    under_factor: Fraction = Fraction(1)
    unknown: tuple[str, ...] = ()

    @property
    def is_money(self) -> bool:
        """Whether it is a currency, however large the sums."""
        return len(self.over) == 1 and unicodedata.category(self.over) == "Sc"

    @property
    def is_time(self) -> bool:
        """Whether it is a length of time."""
        return self.over == TIME and not self.under


def words(text: str) -> list[str]:
    """Return the words and signs of a text; the two halves of core-hours apart.

    >>> words("core-hours"), words("k€ p.a."), words("(h)")
    (['core', 'hours'], ['k', '€', 'per', 'year'], ['(', 'h', ')'])
    """
    text = re.sub(r"\bp\.? ?a\b\.?|\byearly\b|\bannually\b", " per year", text, flags=re.I)
    text = re.sub(r"\bper ?cent\b", "%", text, flags=re.I)
    text = re.sub(r"-? ?fold\b", " × ", SHORT.sub(r"\1 ", text), flags=re.I)
    return WORD.findall(re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", text))


def measure(named: Iterable[str], asked: Measure | None = None) -> Measure:
    """Return the unit that some words name.

    Args:
        named: The words.
        asked: The unit of the question, which says what "m" and "cents" are.
    """
    words = [word for word in named if not _says_nothing(word)]
    words = words[:-1] if words[-1:] == ["each"] else words
    prefix = None
    sides: list[list[tuple[str, Fraction]]] = [[]]
    unknown = []
    for place, word in enumerate(words):
        known = _known(word, asked)
        if scale := _prefix(word, asked):
            prefix = (prefix or 1) * Fraction(scale)
        elif known:
            sides[-1] += [known] if known not in sides[-1] else []  # € 12 euros is said twice
        elif word.casefold() in PER and place + 1 < len(words) and len(sides) == 1:
            sides.append([])
        else:
            sides[-1].append((_single(word), Fraction(1)))
            unknown.append(word)
    over, under = sides[0], sides[1] if len(sides) == 2 else []
    return Measure(
        prefix, *_together(over), *_together(under), tuple(w for w in unknown if not counts(w))
    )


def _says_nothing(word: str) -> bool:
    return word.casefold() in SAYS_NOTHING and word.casefold() not in PER


def _known(word: str, asked: Measure | None) -> tuple[str, Fraction] | None:
    if word.casefold() in CENTS:
        return (asked.over if asked and asked.is_money else MONEY), Fraction(1, 100)
    if word == "m" and asked and asked.over == TIME:
        return TIME, Fraction(MINUTE_S)
    return KNOWN.get(word.casefold())


def _prefix(word: str, asked: Measure | None) -> int | None:
    if word.casefold() == "m" and asked and (asked.is_money or asked.prefix):
        return PREFIXES["million"]
    return PREFIXES.get(word.casefold())


def _single(word: str) -> str:
    word = word.casefold()
    ending = 2 if word.endswith("sses") else 1 if len(word) > 3 and word.endswith("s") else 0
    return word[: len(word) - ending]


def _together(named: Iterable[tuple[str, Fraction]]) -> tuple[str, Fraction]:
    kinds, factor = [], Fraction(1)
    for kind, each in named:
        kinds.append(kind)
        factor *= each
    return " ".join(kinds), factor


def counts(words: str) -> bool:
    """Tell whether a plain number may count this.

    >>> counts("threads"), counts("bananas")
    (True, False)
    """
    return all(_single(word) in COUNTED for word in words.split())


def times_to(asked: Measure, typed: Measure) -> Fraction | None:
    """Return by what a number in one unit is multiplied to be one in another; None if none fits.

    >>> times_to(measure(["h"]), measure(["min"]))
    Fraction(1, 60)
    >>> times_to(measure(["h"]), measure(["€"])) is None
    True
    """
    if typed.under and (typed.under != asked.under):
        if asked.over or not counts(typed.under):
            return None
        typed = Measure(typed.prefix, typed.over, typed.factor)
    own = asked.prefix or Fraction(1)
    scale = asked.under_factor / typed.under_factor if typed.under else Fraction(1)
    if not typed.over:
        return scale if typed.prefix is None else scale * typed.prefix / own
    if not asked.over and (typed.over == TIMES or counts(typed.over)):
        return scale * (typed.prefix or 1) / own
    if typed.over != asked.over:
        return None
    return scale * (typed.prefix or 1) * typed.factor / (own * asked.factor)
