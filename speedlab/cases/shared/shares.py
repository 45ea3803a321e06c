"""Share out a total in whole numbers: payments among customers, stops among depots."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def apportion(
    total: int, weights: npt.NDArray[Any], *, least: int = 0, by_remainder: bool = False
) -> Ints:
    """Return whole numbers that sum up to a total: the least for each, the rest by weight.

    None is a whole one away from its exact share. Usually the exact shares are laid end to end and
    the cuts between them are rounded. By remainder the shares themselves are rounded, the largest
    remainders up and of equal ones the first. Both are kept, since generated data hang on which.

    Args:
        total: What is shared out, at least the least of all together.
        weights: One for each, 0 or more and not all of them 0.
        least: What each has in any case.
        by_remainder: Whether the largest remainders are rounded up.

    Source: for the second way Hamilton's method, M. Balinski and H. Young, Fair Representation,
    1982.

    >>> apportion(10, np.array([1.0, 1.0, 1.0])).tolist()
    [3, 4, 3]
    >>> apportion(10, np.array([1.0, 1.0, 1.0]), by_remainder=True).tolist()
    [4, 3, 3]
    """
    rest = total - least * len(weights)
    if by_remainder:
        exact = rest * (weights / weights.sum())
        shares = np.floor(exact).astype(np.int64)
        left = rest - int(shares.sum())
        shares[np.argsort(shares - exact, kind="stable")[:left]] += 1
    else:
        cuts = np.floor(np.cumsum(weights) / weights.sum() * rest + 0.5).astype(np.int64)
        cuts[-1] = rest  # the two sums above may differ in their last digit
        shares = np.diff(cuts, prepend=0)
    return np.asarray(shares + least)
