"""Plain values, cells and pickles: which are of one kind, and which are the same."""

from __future__ import annotations

import cmath
import hashlib
from contextlib import suppress
from typing import Any, NamedTuple

import cloudpickle
import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

_PLAIN = {int, float, str, bytes, bool, type(None), np.int64, np.float64}
# Kinds that stand for the same thing: numpy's own numbers, and forms that only save memory.
_SAME_AS: dict[Any, Any] = dict.fromkeys((int, float, np.int64, np.float64), "number") | {
    np.bool_: bool,
    np.complex128: complex,
    np.str_: str,
    np.bytes_: bytes,
    np.memmap: np.ndarray,
    pd.RangeIndex: pd.Index,
}
_WITH_DTYPE = (np.ndarray, np.generic, pd.Series, pd.Index, ExtensionArray)


class Near(NamedTuple):
    """How far two floats may be apart and still count as the same."""

    rtol: float
    """By what share of the larger one."""
    atol: float = 0.0
    """Or by how much, whatever they are."""


def kind_of(value: Any) -> type | str:
    """Return what must be the same before values are compared; numpy's own int is an int.

    >>> kind_of(1.5), kind_of(np.zeros(2, "f4"))
    ('number', 'ndarray of float32')
    """
    kind: type | str = _SAME_AS.get(type(value), type(value))
    if kind in _PLAIN or isinstance(kind, str) or not isinstance(value, _WITH_DTYPE):
        return kind
    # Texts in an array are as wide as its longest: the width is no kind of its own.
    dtype = {"U": "str", "S": "bytes"}.get(value.dtype.kind, str(value.dtype))
    return dtype if isinstance(value, np.generic) else f"{kind.__name__} of {dtype}"


def kinds_in_words(a: Any, b: Any) -> str:
    """Return what two values of different kinds are."""
    kinds = [kind_of(value) for value in (a, b)]
    first, second = (
        kind if isinstance(kind, str) and kind != "number" else type(value).__name__
        for kind, value in zip(kinds, (a, b), strict=True)
    )
    if first == second:
        return f"two classes, both called {first}"
    return f"serial {first}, parallel {second}"


def same_number(a: Any, b: Any, near: Near) -> bool:
    """Return whether two numbers are the same; only floats may differ by a share of the larger.

    >>> same_number(2**60, 2**60 + 1, Near(1e-9)), same_number(0.1 + 0.2, 0.3, Near(1e-9))
    (False, True)
    """
    if a == b:
        return True
    if isinstance(a, complex):
        parts = ((a.real, b.real), (a.imag, b.imag))
        return _is_close(a, b, near) or all(same_number(*pair, Near(0.0)) for pair in parts)
    if not isinstance(a, float) and not isinstance(b, float):
        return False  # whole numbers are never nearly the same
    with suppress(OverflowError):  # a whole number too large for a float is near to none
        return (cmath.isnan(a) and cmath.isnan(b)) or _is_close(a, b, near)
    return False


def _is_close(a: complex, b: complex, near: Near) -> bool:
    return cmath.isclose(a, b, rel_tol=near.rtol, abs_tol=near.atol)


def same_cells(a: npt.NDArray[Any], b: npt.NDArray[Any], near: Near) -> npt.NDArray[Any]:
    """Return cell by cell whether two arrays of one plain type hold the same."""
    same = np.asarray(a == b)
    if a.dtype.kind in "mM":
        return np.asarray(same | (np.isnat(a) & np.isnat(b)))
    if a.dtype.kind == "c":
        same |= same_cells(a.real, b.real, Near(0.0)) & same_cells(a.imag, b.imag, Near(0.0))
    elif a.dtype.kind == "f":
        same |= np.isnan(a) & np.isnan(b)
    else:
        return same
    with np.errstate(all="ignore"):
        room = np.maximum(near.rtol * np.maximum(np.abs(a), np.abs(b)), near.atol)
        close = np.abs(a - b) <= room
    return np.asarray(same | (close & np.isfinite(a) & np.isfinite(b)))


def same_plain(a: Any, b: Any, near: Near) -> bool:
    """Return whether two lists of plain values are the same: the fast way, without a loop."""
    types = list(map(type, a))
    if types != list(map(type, b)) or not _PLAIN.issuperset(types):
        return False
    floats = set(types) == {float}
    return bool(a == b) or (floats and bool(same_cells(np.array(a), np.array(b), near).all()))


def same_pickled(a: Any, b: Any) -> bool:
    """Return whether two objects are the same, byte for byte, once they have travelled."""
    try:
        # There and back first: a text that is used twice is pickled in another way than its copy.
        first, second = (cloudpickle.dumps(cloudpickle.loads(cloudpickle.dumps(x))) for x in (a, b))
    except Exception:
        return False
    return bool(first == second)


def fingerprint(value: Any) -> bytes | None:
    """Return a few bytes that change when an object does; None if it cannot be pickled."""
    try:
        return hashlib.blake2b(cloudpickle.dumps(value)).digest()
    except Exception:
        return None
