"""The worked example: which bills did a company probably pay twice?

A bill that is typed in a second time has the same supplier and the same amount, a day that is
near, another number, and nearly the same text. To compare two texts is slow; the other tests are
quick. All bills are made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import combinations

import numpy as np
import pandas as pd

from speedlab.core.errors import BadInput

DAYS = 45
"""Two bills further apart than this are not compared."""
ALIKE = 0.97
"""Texts that are at least this much alike, by difflib's ratio, are the same text with slips."""
AMOUNTS = 10
SERVICES = (
    "Window cleaning, {place}, month {month}, order {number}",
    "Lease of copier, {place}, month {month}, contract {number}",
    "Waste collection, {place}, month {month}, tour {number}",
    "Security service, {place}, month {month}, shift {number}",
)
PLACES = ("head office", "north store", "south store", "warehouse", "airport desk")
TESTS = (
    "every two bills of a supplier",
    "with the same amount",
    f"and at most {DAYS} days apart",
    "and with the same text, but for slips",
)

Bill = tuple[int, int, int, str]
"""Supplier, day, cents, text."""


def make(size: int, *, seed: int = 6) -> pd.DataFrame:
    """Return made-up bills, one in a hundred of them typed in a second time with a slip.

    Args:
        size: How many bills.
        seed: Equal seeds give equal bills.

    Raises:
        BadInput: If size is less than one.

    >>> make(100).columns.tolist(), len(make(100))
    (['supplier', 'day', 'cents', 'text'], 100)
    """
    if size < 1:
        raise BadInput(f"{size} bills cannot be made.", "A table has rows.", "Ask for 1 or more.")
    rng = np.random.default_rng(seed)
    again = size // 100
    bills = _bills(size - again, suppliers=max(1, size // 150), rng=rng)
    second = bills.iloc[rng.choice(len(bills), again, replace=False)].copy()
    second["day"] += rng.integers(1, 20, again)
    places = rng.integers(3, 12, again).tolist()
    second["text"] = list(map(_slip, second["text"], places))
    order = rng.permutation(size)
    return pd.concat([bills, second], ignore_index=True).iloc[order].reset_index(drop=True)


def _bills(rows: int, *, suppliers: int, rng: np.random.Generator) -> pd.DataFrame:
    # Few suppliers send many bills, and many send few: their work is as unequal.
    supplier = (suppliers * rng.random(rows) ** 1.6).astype(int)
    day = rng.integers(0, 365, rows)
    cents = 100 * (500 + 37 * supplier + 1000 * rng.integers(0, AMOUNTS, rows))
    place = rng.choice(PLACES, rows)
    number = rng.integers(1000, 10_000, rows)
    told = zip(supplier.tolist(), day.tolist(), place.tolist(), number.tolist(), strict=True)
    text = [
        SERVICES[who % len(SERVICES)].format(place=at, month=1 + when // 31, number=no)
        for who, when, at, no in told
    ]
    return pd.DataFrame({"supplier": supplier, "day": day, "cents": cents, "text": text})


def _slip(text: str, place: int) -> str:
    """Return a text with two neighbouring letters in the wrong order."""
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def twice_obvious(bills: pd.DataFrame) -> dict[str, int]:
    """Count bills paid twice: compare the texts of every two bills of a supplier first.

    Returns:
        pairs: How many pairs are alike. cents: What they cost together, once each.
    """
    cents = [
        bill[2]
        for bill, other in _pairs(bills)
        if alike(bill[3], other[3]) and abs(bill[1] - other[1]) <= DAYS and bill[2] == other[2]
    ]
    return {"pairs": len(cents), "cents": sum(cents)}


def twice(bills: pd.DataFrame) -> dict[str, int]:
    """Count bills paid twice: compare texts only where amount and day allow it.

    >>> texts = "Lease of copier, warehouse, month 5", "Laese of copier, warehouse, month 5"
    >>> twice(pd.DataFrame({"supplier": 1, "day": [3, 9], "cents": 900, "text": texts}))
    {'pairs': 1, 'cents': 900}
    """
    cents = [
        bill[2]
        for bill, other in _pairs(bills)
        if bill[2] == other[2] and abs(bill[1] - other[1]) <= DAYS and alike(bill[3], other[3])
    ]
    return {"pairs": len(cents), "cents": sum(cents)}


def pairs_left(bills: pd.DataFrame) -> dict[str, int]:
    """Return how many pairs are left after each test, the quick ones first.

    >>> list(pairs_left(make(100)).values())[0]
    4950
    """
    left = dict.fromkeys(TESTS, 0)
    every, amount, day, text = TESTS
    for bill, other in _pairs(bills):
        left[every] += 1
        if bill[2] != other[2]:
            continue
        left[amount] += 1
        if abs(bill[1] - other[1]) > DAYS:
            continue
        left[day] += 1
        left[text] += alike(bill[3], other[3])
    return left


def alike(one: str, other: str) -> bool:
    """Tell whether two texts are the same but for a slip or two.

    >>> text = "Window cleaning, warehouse, month 5"
    >>> alike(text, text.replace("nd", "dn")), alike(text, text.replace("5", "12"))
    (True, False)
    """
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def add_up(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the sums of what several pieces gave.

    >>> add_up([{"pairs": 1, "cents": 5}, {"pairs": 2, "cents": 6}])
    {'pairs': 3, 'cents': 11}
    """
    kept = list(parts)
    return {name: sum(part[name] for part in kept) for name in ("pairs", "cents")}


def count_and_total(cents: Sequence[int]) -> tuple[int, int]:
    """Return how many amounts there are, and their sum: what can be added up.

    >>> count_and_total([300, 500])
    (2, 800)
    """
    return len(cents), sum(cents)


def count_and_mills(cents: Sequence[int]) -> tuple[int, int]:
    """Return how many amounts there are, and their sum in tenths of a cent.

    >>> count_and_mills([300, 500])
    (2, 8000)
    """
    return len(cents), 10 * sum(cents)


def _pairs(bills: pd.DataFrame) -> Iterable[tuple[Bill, Bill]]:
    for _, some in bills.groupby("supplier", sort=False):
        rows = list(some[["supplier", "day", "cents", "text"]].itertuples(index=False, name=None))
        yield from combinations(rows, 2)
