"""Find the row at which a function fails, by halves: nobody looks through a piece by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

LONGEST = 200
"""Characters of a row that are shown."""
SIZED = (pd.DataFrame, list, tuple, range, np.ndarray)


@dataclass(frozen=True)
class BadRow:
    """A row with which a function fails, also alone.

    Attributes:
        number: Its place in the piece, counted from 0.
        value: What it holds, as text.
    """

    number: int
    value: str


def find(fn: Callable[[Any], Any], data: Any, error: BaseException) -> BadRow | None:
    """Return the row that makes a function fail as it did; None if no single row does.

    Args:
        fn: The function, which fails with all the data.
        data: What it was given.
        error: How it failed.

    >>> find(lambda piece: [1 / x for x in piece], [4, 0, 2], ZeroDivisionError())
    BadRow(number=1, value='0')
    """
    if not isinstance(data, SIZED):
        return None
    start, stop = 0, len(data)
    while stop - start > 1:
        middle = (start + stop) // 2
        if _fails(fn, _rows(data, start, middle), error):
            stop = middle
        elif _fails(fn, _rows(data, middle, stop), error):
            start = middle
        else:
            return None  # only together they are wrong
    if start == stop or not _fails(fn, _rows(data, start, stop), error):
        return None
    return BadRow(start, _shown(_rows(data, start, stop)))


def _rows(data: Any, start: int, stop: int) -> Any:
    return data.iloc[start:stop] if isinstance(data, pd.DataFrame) else data[start:stop]


def _fails(fn: Callable[[Any], Any], data: Any, error: BaseException) -> bool:
    try:
        fn(data)
    except Exception as other:  # the learner's own code may raise anything
        return type(other) is type(error)
    return False


def _shown(one: Any) -> str:
    text = repr(one.iloc[0].to_dict() if isinstance(one, pd.DataFrame) else one[0])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
