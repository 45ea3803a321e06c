"""What an answer returned, compared without minding its container or its kind of number.

    found = several(figures(12.0, 4.0, 4), 3)
    assert found, "Return three numbers."
    assert near(found[0], 3), "12 seconds to 4 seconds is 3 times as fast."

Nothing here raises because of what a learner returned: what cannot be compared is not equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any


def unpacked(value: Any) -> list[Any]:
    """Return the parts of a list, a tuple, an array or a generator; of anything else none.

    >>> unpacked((1, 2)), unpacked(None), unpacked("ab")
    ([1, 2], [], [])
    """
    if isinstance(value, (str, bytes, bytearray, Mapping, Set)):  # sets have no order, a dict keys
        return []
    try:
        parts = iter(value)
    except TypeError:
        return []
    return list(parts)


def several(value: Any, count: int) -> list[Any]:
    """Return the values of anything that unpacks in an order, [] if they are not so many.

    Args:
        value: What an answer returned: a tuple, a list, an array, an iterator.
        count: How many values there should be.

    >>> several((3, 1), 2), several({3, 1}, 2), several(None, 2)
    ([3, 1], [], [])
    """
    found = unpacked(value)
    return found if len(found) == count else []


def is_mask(value: Any, length: int) -> bool:
    """Tell whether a value says True or False of each of so many rows.

    >>> is_mask([True, False], 2), is_mask([0, 1, 2], 3)
    (True, False)
    """
    import numpy as np

    try:
        mask = np.asarray(value)
    except Exception:  # lists of unequal lists
        return False
    return mask.dtype == bool and mask.shape == (length,)


def near(found: Any, wanted: Any, *, within: float = 1e-6) -> bool:
    """Tell whether a number, or each number of a sequence, is the one that is wanted.

    >>> near(0.1 + 0.2, 0.3), near([1, 2.0], (1, 2)), near("3", 3), near(None, 0)
    (True, True, False, False)
    """
    import numpy as np

    try:
        given, right = np.asarray(found), np.asarray(wanted, dtype=float)
        texts = given.dtype.kind not in "biufO" or any(isinstance(x, str) for x in given.flat)
        if texts or given.shape != right.shape:
            return False
        return bool(np.allclose(given.astype(float), right, rtol=0, atol=within))
    except (TypeError, ValueError):
        return False


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, whatever kind of number or sequence they are.

    >>> same((3, 1), [3, 1]), same(range(3), [0, 1, 2]), same(3, "3")
    (True, True, False)
    """
    try:
        equal = bool(_plain(one) == _plain(other))
    except Exception:  # of two tables, == gives a table
        equal = False
    return equal or repr(one) == repr(other)


def _plain(value: Any) -> Any:
    """Return numbers of numpy as Python's own, and any sequence as a list."""
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        plain = value.tolist()  # a long double stays one
        return plain if type(plain) is type(value) else _plain(plain)
    if isinstance(value, (list, tuple, range)):
        return [_plain(part) for part in value]
    return value


def rows_kept(parts: Sequence[Any], frame: Any) -> bool:
    """Tell whether each row of a frame, with all its columns, lies in exactly one of the parts.

    Args:
        parts: What an answer cut the frame into; other columns may have been added.
        frame: The frame before.
    """
    columns = list(frame.columns)
    if not all(set(columns) <= set(getattr(part, "columns", ())) for part in parts):
        return False
    return Counter(row for part in parts for row in _rows(part[columns])) == Counter(_rows(frame))


def order_kept(parts: Sequence[Any], frame: Any) -> bool:
    """Tell whether the rows of each part stand in the order that they have in the frame."""
    columns = list(frame.columns)
    places = {row: place for place, row in enumerate(_rows(frame))}
    found = ([places.get(row, -1) for row in _rows(part[columns])] for part in parts)
    return all(one == sorted(one) for one in found)


def _rows(frame: Any) -> Iterable[tuple[Any, ...]]:
    rows: Iterable[tuple[Any, ...]] = frame.itertuples(index=False, name=None)
    return rows
