"""Random numbers that a learner's code drew, looked at as sequences and as a distribution.

Several streams are judged by many draws of each: the first number of two streams may be equal by
chance, sixteen in a row are not. No seed of a right answer fails: the limits lie where chance
comes less often than once in a thousand million answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Rows = list[list[float]]
RUN = 16
SMALLEST = 25.0
"""Values that are rarer than this, in expected draws, are counted together."""
SIGMAS = 7.0


def rows_of(found: Any) -> Rows:
    """Return the numbers of each row, from lists, tuples, arrays or a generator of these.

    Returns:
        A list of lists; an empty one where that is not what was found.

    >>> rows_of((np.array([1, 2]), [3.0, 4.0])), rows_of({"a": 1})
    ([[1, 2], [3, 4]], [])
    """
    try:
        return [[_number(part) for part in row] for row in found]
    except (TypeError, ValueError, OverflowError):
        return []


def _number(value: Any) -> float:
    plain = float(value)
    return int(plain) if plain.is_integer() else plain


def repeats(rows: Iterable[Sequence[float]], run: int = RUN) -> bool:
    """Tell whether so many numbers in a row come twice, in two rows or in one.

    >>> repeats([[1, 2, 3, 4], [9, 2, 3, 4]], run=3), repeats([[1, 2, 3], [3, 2, 1]], run=2)
    (True, False)
    """
    seen: set[tuple[float, ...]] = set()
    for row in rows:
        for start in range(len(row) - run + 1):
            part = tuple(row[start : start + run])
            if part in seen:
                return True
            seen.add(part)
    return False


def is_poisson(rows: Rows, mean: float) -> bool:
    """Tell whether thousands of numbers may be Poisson numbers that know nothing of one another.

    Args:
        rows: Rows of equal length, a few thousand numbers in all.
        mean: Their mean.

    Source: the chi-squared test of Pearson, Philosophical Magazine 50 (1900).

    >>> is_poisson(np.random.default_rng(7).poisson(20, (200, 52)).tolist(), 20)
    True
    >>> is_poisson(np.random.default_rng(7).integers(15, 26, (200, 52)).tolist(), 20)
    False
    """
    if not rows or len({len(row) for row in rows}) > 1:
        return False
    drawn = np.array(rows, dtype=float)
    if not (drawn >= 0).all() or (drawn != np.floor(drawn)).any():  # nan is refused too
        return False
    off = (drawn - mean) / math.sqrt(mean)
    alone = _is_nothing(off[:, 1:] * off[:, :-1]) and _is_nothing(off[1:] * off[:-1])
    return alone and _fits(drawn.astype(int).ravel(), mean)


def _is_nothing(products: np.ndarray) -> bool:
    """Tell whether products of neighbours cancel out, as they do where neither knows the other."""
    return bool(abs(products.mean()) < SIGMAS / math.sqrt(products.size))


def _fits(drawn: np.ndarray, mean: float) -> bool:
    numbers = range(int(mean + 12 * math.sqrt(mean)))
    each = [math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in numbers]
    wanted = np.array(each) * drawn.size
    common = np.flatnonzero(wanted >= SMALLEST)
    first, last = common[0], common[-1]
    # What is rarer on either side is counted with the outermost of these.
    counts = np.bincount(np.clip(drawn, first, last) - first, minlength=last - first + 1)
    expected = wanted[first : last + 1].copy()
    expected[0], expected[-1] = wanted[: first + 1].sum(), drawn.size - wanted[:last].sum()
    squared = ((counts - expected) ** 2 / expected).sum()
    freedom = len(expected) - 1
    return bool(squared < freedom + SIGMAS * math.sqrt(2 * freedom) + SIGMAS**2)
