"""Text for terminals, and for people who mistyped a name."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TextIO

from speedlab.core.errors import BadInput, warn

STEERING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Signs that are no text: they steer a terminal, turn others around, or are not seen."""
LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
JOINERS = "\u200c\u200d"  # some languages need them within words, and some emoji


def readable(text: str, *, joiners: bool = False) -> str:
    """Return a text for people, without signs that steer whatever shows it; line ends become one.

    Args:
        text: It comes from outside.
        joiners: Keep the two joiners that some languages write within words.

    >>> readable("ada\\x1b[2J\\u202e\\r\\nbob")
    'ada[2J\\nbob'
    """
    text = LINE_ENDS.sub("\n", text)
    return STEERING.sub(lambda m: m[0] if joiners and m[0] in JOINERS else "", text)


def printable(text: str) -> str:
    """Return a text in which nothing can steer the terminal: names come from outside.

    >>> printable("ada\\x1b[2J")
    'ada?[2J'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def say(text: str, *, file: TextIO | None = None) -> None:
    """Print one line; what a terminal cannot show, or should not obey, becomes a question mark.

    Args:
        text: The line; names of files and learners may stand in it.
        file: Where to; by default standard output.
    """
    file = file or sys.stdout
    encoding = file.encoding or "utf-8"
    print(printable(text).encode(encoding, "replace").decode(encoding), file=file, flush=True)


def columns_again(names: Iterable[str], file: str, *, exact: bool = True) -> list[int]:
    """Return the places of the columns of a table whose names an earlier column has already.

    The user is told which one counts: a table that was joined often holds a name twice.

    Args:
        names: The names of the columns, as the file has them.
        file: The name of the file.
        exact: Whether names that differ in case alone are two.

    >>> columns_again(["id", "amount"], "a.csv")
    []
    """
    keys = [_key(name, exact) or place for place, name in enumerate(names)]
    for key, count in Counter(keys).items():
        if count > 1:
            often = "twice" if count == 2 else f"{count} times"
            warn(f"{printable(file)} has the column {key} {often}: the first is used.")
    return [place for place, key in enumerate(keys) if keys.index(key) != place]


def check_columns(names: Iterable[str], file: str) -> None:
    """Refuse a Parquet file with two columns of one name: by its name none of them can be read.

    Raises:
        BadInput: If there are such.
    """
    name, count = max(Counter(names).items(), key=lambda one: one[1], default=("", 0))
    if count > 1:
        what = f"{printable(file)} has the column {printable(name)} {count} times."
        raise BadInput(what, "None of them can be read by its name.", "Rename or drop the others.")


def _key(name: str, exact: bool) -> str:
    plain = printable(name.strip())
    return plain if exact else plain.lower()


def nearest(name: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """Return the nearest of some names, whatever their case, or "" if none is near.

    Args:
        name: What was written.
        known: The names that there are; of two that differ in case alone, the first counts.
        alike: How much alike they must be, by difflib's ratio.

    >>> nearest("tx_datetme", ["TX_DATETIME", "TX_AMOUNT"])
    'TX_DATETIME'
    """
    lowered: dict[str, str] = {}
    for candidate in known:
        lowered.setdefault(candidate.lower(), candidate)
    return next((lowered[near] for near in get_close_matches(name.lower(), lowered, 1, alike)), "")


def nearest_sentence(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean ...?" for the nearest of some names, or "".

    >>> nearest_sentence("01_fruad", ["01_fraud", "02_ml"])
    'Did you mean 01_fraud?'
    """
    found = nearest(name, known)
    return f"Did you mean {found}?" if found else ""
