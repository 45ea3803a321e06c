"""Numbers in words, put into digits: "two and a half hours" becomes "2 1/2 hours".

Only what has one meaning is put into digits. Words that make no number stay, and are asked about.
"""

from __future__ import annotations

import re
from itertools import count

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = dict(zip(ONES, count())) | dict(zip(TENS, count(20, 10)))
LARGE = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4} | {
    name: n for n, name in enumerate("fifth sixth seventh eighth ninth tenth".split(), 5)
}
WORD = re.compile(r"[a-z]+(?:-[a-z]+)*", re.IGNORECASE)
RUN = "|".join([*SMALL, "hundred", *LARGE, "point", "and", "a", *PARTS, *(f"{p}s" for p in PARTS)])
NUMBER = re.compile(rf"(?<!\d )(?<![\d-])\b(?!and\b)(?:{RUN})(?:[ -](?:{RUN}))*\b", re.IGNORECASE)
HALF = re.compile(rf"(?<=\d) and (?:a|one) ({'|'.join(PARTS)})\b", re.IGNORECASE)


def in_digits(text: str) -> str:
    """Return a text with its numbers in digits.

    >>> in_digits("two and a half hours"), in_digits("twenty-one"), in_digits("two point eight h")
    ('2 1/2 hours', '21', '2.8 h')
    >>> in_digits("two fifty"), in_digits("4 and a half")
    ('two fifty', '4 1/2')
    """
    text = HALF.sub(lambda part: f" 1/{PARTS[part[1].lower()]}", text)
    return NUMBER.sub(lambda run: _run(run[0]), text)


def _run(run: str) -> str:
    """Return a run of such words in digits, and itself if it is no number."""
    words = re.split("[ -]", run.lower())
    for last in range(len(words), 0, -1):  # "four and" is a number and a word that joins
        if (digits := _number(words[:last])) is not None:
            rest = "".join(re.findall(r"[ -]?[a-z]+", run, re.IGNORECASE)[last:])
            return digits + rest if not _has_number(words[last:]) else run
    return run


def _has_number(words: list[str]) -> bool:
    return any(word in SMALL or word in LARGE or word == "hundred" for word in words)


def _number(words: list[str]) -> str | None:
    if not words:
        return None
    if words[-1] in LARGE and not LARGE.keys() & set(words[:-1]):
        how_many = "1" if words[:-1] == ["a"] else _number(words[:-1])
        return how_many and f"{how_many} {words[-1]}"
    if "point" in words:
        return _with_decimals(words)
    part = words[-1].removesuffix("s")
    if part in PARTS:
        return _with_part(words[:-1], PARTS[part])
    whole = _whole(words)
    return None if whole is None else str(whole)


def _with_decimals(words: list[str]) -> str | None:
    at = words.index("point")
    whole, digits = _whole(words[:at]), words[at + 1 :]
    if whole is None or not digits or any(SMALL.get(word, 10) > 9 for word in digits):
        return None
    return f"{whole}.{''.join(str(SMALL[word]) for word in digits)}"


def _with_part(words: list[str], part: int) -> str | None:
    """Return what ends in a part of one: half, two thirds, two and a half."""
    if not words or words == ["a"]:
        return f"1/{part}" if words or part == 2 else None  # a third alone may be an order
    *rest, top = words
    above = 1 if top == "a" else SMALL.get(top, 0)
    if not 0 < above < part:
        return None
    if not rest:
        return f"{above}/{part}"
    whole = _whole(rest[:-1]) if rest[-1] == "and" else None
    return None if whole is None else f"{whole} {above}/{part}"


def _whole(words: list[str]) -> int | None:
    """Return a whole number: groups of hundreds, each followed by its thousand or million."""
    total, limit, place = 0, 10**12, 0
    while place < len(words):
        end = next((i for i in range(place, len(words)) if words[i] in LARGE), len(words))
        group = _below_thousand(words[place:end], first=place == 0)
        scale = LARGE[words[end]] if end < len(words) else 1
        if group is None or scale >= limit:
            return None
        total, limit, place = total + group * scale, scale, end + 1
    return total if words else None


def _below_thousand(words: list[str], *, first: bool) -> int | None:
    if words and words[0] == "and" and not first:
        words = words[1:]
    if "hundred" in words[1:2] and (words[0] == "a" or 0 < SMALL.get(words[0], 0) < 10):
        hundreds = 100 * SMALL.get(words[0], 1)
        rest = words[3:] if words[2:3] == ["and"] and words[3:] else words[2:]
        below = _below_hundred(rest) if rest else 0
        return None if below is None else hundreds + below
    return _below_hundred(words)


def _below_hundred(words: list[str]) -> int | None:
    if not words or any(word not in SMALL for word in words):
        return None
    values = [SMALL[word] for word in words]
    if len(values) == 1:
        return values[0]
    pair = len(values) == 2 and values[0] >= 20 and 0 < values[1] < 10
    return sum(values) if pair else None
