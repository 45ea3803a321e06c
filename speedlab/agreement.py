"""Do two answers agree? Exactly, within rounding, or where do they first differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

RTOL = 1e-9
"""Sums of floats taken in another order differ by about 1e-15 a term; 1e-9 leaves room."""


def agreement(serial: Any, parallel: Any) -> str | None:
    """Return "exact", "within rtol 1e-09", or None where the answers differ.

    >>> agreement([1, 2.0], [1, 2.0]), agreement(0.1 + 0.2, 0.3), agreement(1, 2)
    ('exact', 'within rtol 1e-09', None)
    """
    if first_difference(serial, parallel, rtol=0.0) is None:
        return "exact"
    if first_difference(serial, parallel, rtol=RTOL) is None:
        return f"within rtol {RTOL:.0e}"
    return None


def first_difference(a: Any, b: Any, *, rtol: float, where: str = "answer") -> str | None:
    """Say where two answers first differ, or return None.

    Frames, series, arrays, mappings, sequences and dataclasses are compared part by part.

    >>> first_difference({"km": 3.0}, {"km": 4.0}, rtol=0.0)
    "answer['km']: serial 3.0, parallel 4.0"
    """
    if type(a) is not type(b) and not (_is_number(a) and _is_number(b)):
        return f"{where}: serial is {type(a).__name__}, parallel is {type(b).__name__}"
    if isinstance(a, (pd.DataFrame, pd.Series, pd.Index)):
        return _pandas_difference(a, b, rtol=rtol, where=where)
    if isinstance(a, np.ndarray):
        return _array_difference(a, b, rtol=rtol, where=where)
    if _is_number(a):
        same = a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=rtol)
        return None if same else f"{where}: serial {a!r}, parallel {b!r}"
    parts = _parts(a), _parts(b)
    if parts[0] is None or parts[1] is None:
        return None if a == b else f"{where}: serial {a!r:.60}, parallel {b!r:.60}"
    return _parts_difference(parts[0], parts[1], rtol=rtol, where=where)


def _parts(value: Any) -> dict[str, Any] | None:
    if is_dataclass(value):
        return {f".{field.name}": getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {f"[{key!r}]": part for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return {f"[{index}]": part for index, part in enumerate(value)}
    return None


def _parts_difference(
    a: dict[str, Any], b: dict[str, Any], *, rtol: float, where: str
) -> str | None:
    if a.keys() != b.keys():
        odd = sorted(a.keys() ^ b.keys())[0]
        return f"{where}: serial has {len(a)} parts, parallel {len(b)}; only one has {odd}"
    found = (first_difference(a[k], b[k], rtol=rtol, where=where + k) for k in a)
    return next((text for text in found if text), None)


def _array_difference(a: Any, b: Any, *, rtol: float, where: str) -> str | None:
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return f"{where}: serial {a.shape} {a.dtype}, parallel {b.shape} {b.dtype}"
    if a.dtype.kind in "fc":
        same = np.isclose(a, b, rtol=rtol, atol=0.0, equal_nan=True)
    else:
        same = np.asarray(a == b)
    if same.all():
        return None
    place = tuple(int(i) for i in np.argwhere(~same)[0])
    return f"{where}[{', '.join(map(str, place))}]: serial {a[place]!r}, parallel {b[place]!r}"


def _pandas_difference(a: Any, b: Any, *, rtol: float, where: str) -> str | None:
    check: Any = {
        pd.DataFrame: pd.testing.assert_frame_equal,
        pd.Series: pd.testing.assert_series_equal,
    }.get(type(a), pd.testing.assert_index_equal)
    try:
        check(a, b, check_exact=True) if rtol == 0 else check(a, b, rtol=rtol, atol=0.0)
    except AssertionError as error:
        return f"{where}: {' '.join(str(error).split())[:200]}"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
