"""What code returned, in whatever container: looked at so that no check stumbles over it.

A check that unpacks what cannot be unpacked would say its own error, as if it were the learner's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def unpacked(value: Any) -> list[Any]:
    """Return the parts of a list, a tuple, an array or a generator; of anything else none.

    >>> unpacked((1, 2)), unpacked(None), unpacked("ab")
    ([1, 2], [], [])
    """
    if isinstance(value, (str, bytes, bytearray)):
        return []
    try:
        parts = iter(value)
    except TypeError:
        return []
    return list(parts)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, of whatever types; arrays and tables never raise here.

    >>> same([1, 2.0], [np.int64(1), 2]), same([np.zeros(2)], [0.0])
    (True, False)
    """
    try:
        return bool(one == other)
    except Exception:  # arrays of several numbers have no truth
        return False


def close(one: Any, other: Any) -> bool:
    """Tell whether two values are numbers, and equal but for rounding.

    >>> close(np.float32(0.5), 0.5), close(0.1 + 0.2, 0.3), close(None, 0), close([1], 1)
    (True, True, False, False)
    """
    try:
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    except (TypeError, ValueError, OverflowError):
        return False


def is_mask(value: Any, length: int) -> bool:
    """Tell whether a value says True or False of each of so many rows.

    >>> is_mask(np.zeros(3, bool), 3), is_mask([True, False], 3), is_mask([0, 1, 2], 3)
    (True, False, False)
    """
    try:
        mask = np.asarray(value)
    except Exception:  # lists of unequal lists
        return False
    return mask.dtype == bool and mask.shape == (length,)
