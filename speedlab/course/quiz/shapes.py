"""What code returned, in whatever container: looked at so that no check stumbles over it.

A check that unpacks what cannot be unpacked would say its own error, as if it were the learner's.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np


def unpacked(value: Any) -> list[Any]:
    """Return the parts of a list, a tuple, an array or a generator; of anything else none.

    >>> unpacked((1, 2)), unpacked(None), unpacked("ab")
    ([1, 2], [], [])
    """
    if isinstance(value, (str, bytes, bytearray, Mapping, Set)):  # of a dict it gives the keys
        return []
    try:
        parts = iter(value)
    except TypeError:
        return []
    return list(parts)


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
