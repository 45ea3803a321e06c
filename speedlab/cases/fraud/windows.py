"""Rows sorted by owner and time, and windows over them: the ground below the features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SECOND = 1_000_000
"""Times are int64 microseconds since 1970."""
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
WINDOWS = (1, 7, 30)
"""Days looked back at."""
DELAY = 7
"""Days until it is known whether a transaction was fraud."""


@dataclass(frozen=True)
class Ordered:
    """Rows sorted by owner (card or terminal), then time, then transaction id.

    Attributes:
        order: Where each sorted row stood before.
        codes: The owner of each row as a number; equal numbers stand together.
        times: Microseconds.
        clock: As times, but owners lie so far apart that no window reaches into another one.
    """

    order: npt.NDArray[np.intp]
    codes: Ints
    times: Ints
    clock: Ints

    @property
    def starts(self) -> npt.NDArray[np.bool_]:
        """Return which rows are the first of their owner."""
        first = np.empty(len(self.codes), dtype=bool)
        first[:1] = True
        np.not_equal(self.codes[1:], self.codes[:-1], out=first[1:])
        return first

    def since(self, window: int) -> npt.NDArray[np.intp]:
        """Return for each row the first row of its owner later than the row's time - window."""
        return np.asarray(np.searchsorted(self.clock, self.clock - window, side="right"))


def ordered(owners: Any, times: Ints, ids: Any = None) -> Ordered:
    """Sort rows by owner, time and, where it matters, transaction id."""
    codes = pd.factorize(owners)[0].astype(np.int64)
    order = np.lexsort((times, codes) if ids is None else (_sortable(ids), times, codes))
    codes, times = codes[order], times[order]
    return Ordered(order, codes, times, _clock(codes, times))


def _sortable(ids: Any) -> Ints:
    if getattr(ids, "dtype", None) == np.int64:
        return np.asarray(ids)
    return np.asarray(pd.factorize(ids, sort=True)[0], dtype=np.int64)


def _clock(codes: Ints, times: Ints) -> Ints:
    # One increasing number for (owner, time) lets a single searchsorted serve all owners. Gaps
    # longer than the longest window are shortened to it, so that the number cannot overflow.
    longest = (max(WINDOWS) + DELAY) * DAY + 1
    steps = np.minimum(np.diff(times, prepend=times[:1]), longest)
    steps[1:][codes[1:] != codes[:-1]] = longest
    return np.cumsum(steps, dtype=np.int64)


def microseconds(times: Any) -> Ints:
    """Return times as whole microseconds since 1970."""
    return np.asarray(times, dtype="datetime64[us]").astype(np.int64)


def cents(amounts: Any) -> Ints:
    """Return amounts as whole cents, rounded to the nearest; half a cent goes to the even one.

    >>> cents([12.34, 0.1]).tolist()
    [1234, 10]
    """
    return np.rint(np.asarray(amounts, dtype=np.float64) * 100).astype(np.int64)


def running(values: Ints) -> Ints:
    """Return sums of the first 0, 1, 2, ... values; differences stay right if a sum wraps round."""
    sums = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=sums[1:])
    return sums
