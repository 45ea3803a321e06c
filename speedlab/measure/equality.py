"""Do two answers agree? Exactly, within rounding, or where do they first differ.

Frames, series, arrays, mappings, sets, sequences and dataclasses are taken apart, with the rules of
numpy.testing and pandas.testing: what is missing on both sides is the same, and an array of whole
numbers is another kind than one of floats. Only floats are compared within a tolerance.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AnySet
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from speedlab.measure.values import (
    Near,
    kind_of,
    kinds_in_words,
    same_cells,
    same_number,
    same_pickled,
    same_plain,
)

RTOL = 1e-9
"""Sums of floats taken in another order differ by about 1e-15 a term; 1e-9 leaves room."""
KIND = "another kind"
NO_EQUALITY = "these objects do not say when they are equal: give equal="


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


def first_difference(
    a: Any, b: Any, *, rtol: float, atol: float = 0.0, where: str = "answer"
) -> str | None:
    """Say where two answers first differ, or return None. Whatever they are, nothing is raised.

    What cannot be taken apart is equal if it says so itself, or is the same when pickled.

    Args:
        a: The serial answer.
        b: The parallel answer.
        rtol: By what share of the larger one two floats may differ; 0 for not at all.
        atol: By how much they may differ besides: a sum near zero has no share to speak of.
        where: What the answer is called.

    >>> first_difference({"km": 3.0}, {"km": 4.0}, rtol=0.0)
    "answer['km']: serial 3.0, parallel 4.0"
    >>> first_difference((1, 2), [1, 2], rtol=0.0)
    'answer: another kind, serial tuple, parallel list'
    """
    try:
        return _part_difference(a, b, Near(rtol, atol), where)
    except RecursionError:  # a list may hold itself
        return None if same_pickled(a, b) else f"{where}: {NO_EQUALITY}"


def _part_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    try:
        return _difference(a, b, near, where)
    except RecursionError:
        raise
    except Exception:  # their == may raise
        return None if same_pickled(a, b) else f"{where}: {NO_EQUALITY}"


def _difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    if a is b:
        return None
    if kind_of(a) != kind_of(b):
        return f"{where}: {KIND}, {kinds_in_words(a, b)}"
    for kinds, difference in _WAYS:
        if isinstance(a, kinds):
            return difference(a, b, near, where)
    if is_dataclass(a) and not isinstance(a, type):
        names = [field.name for field in fields(a) if field.compare]
        return _first(((f".{n}", getattr(a, n), getattr(b, n)) for n in names), near, where)
    return _object_difference(a, b, where)


def _first(parts: Iterable[tuple[str, Any, Any]], near: Near, where: str) -> str | None:
    found = (_part_difference(a, b, near, where + name) for name, a, b in parts)
    return next((text for text in found if text), None)


def _number_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    return None if same_number(a, b, near) else f"{where}: serial {a!r}, parallel {b!r}"


def _text_difference(a: Any, b: Any, _: Near, where: str) -> str | None:
    if a == b:
        return None
    pairs = enumerate(zip(a, b, strict=False))
    common = next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))
    start = max(0, common - 20)
    place = f"{where}[{start}:]" if start else where
    return f"{place}: serial {a[start:]!r:.60}, parallel {b[start:]!r:.60}"


def _array_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    a, b = np.asanyarray(a), np.asanyarray(b)
    if a.shape != b.shape:
        return f"{where}: another shape, serial {a.shape}, parallel {b.shape}"
    if a.dtype.names:
        return _first(((f"[{n!r}]", a[n], b[n]) for n in a.dtype.names), near, where)
    hidden, other = np.ma.getmaskarray(a), np.ma.getmaskarray(b)
    if (hidden != other).any():
        return _cell_difference(a, b, hidden == other, f"masked in one of them, {where}")
    a, b = np.ma.getdata(a, subok=False), np.ma.getdata(b, subok=False)
    if a.dtype.kind in "OT":
        if same_plain(a.ravel().tolist(), b.ravel().tolist(), near):
            return None
        places = map(tuple, np.argwhere(~hidden).tolist())
        return _first(((_index(at), a[at], b[at]) for at in places), near, where)
    return _cell_difference(a, b, same_cells(a, b, near) | hidden, where)


def _cell_difference(a: Any, b: Any, same: npt.NDArray[Any], where: str) -> str | None:
    if same.all():
        return None
    at = tuple(np.argwhere(~same)[0].tolist())
    return f"{where}{_index(at)}: serial {a[at]!r}, parallel {b[at]!r}"


def _index(at: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, at))}]" if at else ""


def _frame_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    names = [(".index", a.index, b.index), (".columns", a.columns, b.columns)]
    if found := _first(names, near, where):
        return found
    places = range(len(a.columns))  # two columns may have one name
    columns = ((f"[{a.columns[i]!r}]", a.iloc[:, i], b.iloc[:, i]) for i in places)
    cells = ((f"{name}.values", *map(_cells, both)) for name, *both in columns)
    return _first(cells, near, where)


def _series_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    names = [(".name", a.name, b.name), (".index", a.index, b.index)]
    return _first([*names, (".values", _cells(a), _cells(b))], near, where)


def _labels_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    names = [(".names", list(a.names), list(b.names))]
    if not isinstance(a, pd.MultiIndex):
        return _first([*names, (".values", _cells(a), _cells(b))], near, where)
    each = range(min(a.nlevels, b.nlevels))  # the names tell a level too many
    levels = ((f".levels[{n}]", a.get_level_values(n), b.get_level_values(n)) for n in each)
    return _first([*names, *levels], near, where)


def _cells(column: Any) -> Any:
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


def _extension_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    rounded = near.rtol > 0 and pd.api.types.is_float_dtype(a.dtype)
    how: dict[str, Any] = near._asdict() if rounded else {"check_exact": True}
    try:
        pd.testing.assert_extension_array_equal(a, b, **how)
    except AssertionError as error:
        found = _sequence_difference(list(a), list(b), near, where)
        return found or f"{where}: {' '.join(str(error).split()):.200}"
    return None


def _mapping_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    if same_plain([*a, *a.values()], [*b, *b.values()], near):
        return None
    ours, theirs = ({_key(key): key for key in each} for each in (a, b))
    parts = ((f"[{key!r}]", a[key], b[theirs[name]]) for name, key in ours.items())
    return _odd_difference(ours, theirs, "key ", where) or _first(parts, near, where)


def _set_difference(a: Any, b: Any, _: Near, where: str) -> str | None:
    ours, theirs = ({_key(member): member for member in each} for each in (a, b))
    return _odd_difference(ours, theirs, "", where)


def _odd_difference(a: dict[Any, Any], b: dict[Any, Any], what: str, where: str) -> str | None:
    for side, mine, other in (("serial", a, b), ("parallel", b, a)):
        odd = [mine[key] for key in mine.keys() - other.keys()]
        if any(map(_is_mute, odd)):
            raise TypeError(NO_EQUALITY)  # first_difference compares the whole, pickled
        if odd:
            return f"{where}: only the {side} one has {what}{min(map(repr, odd)):.60}"
    return None


def _key(key: Any) -> Any:
    """Return what a key is found by: 1 and 1.0 are two, and nan is found although nan != nan."""
    if isinstance(key, tuple):
        return type(key), tuple(map(_key, key))
    return type(key), "nan" if isinstance(key, (float, np.inexact)) and np.isnan(key) else key


def _sequence_difference(a: Any, b: Any, near: Near, where: str) -> str | None:
    if len(a) != len(b):
        return f"{where}: another length, serial {len(a)}, parallel {len(b)}"
    if same_plain(a, b, near):
        return None
    parts = ((f"[{i}]", *both) for i, both in enumerate(zip(a, b, strict=True)))
    return _first(parts, near, where)


def _object_difference(a: Any, b: Any, where: str) -> str | None:
    said = False if isinstance(a, (Enum, type)) else None if _is_mute(a) else a == b
    if (isinstance(said, (bool, np.bool_)) and said) or same_pickled(a, b):
        return None
    # An == that gives no yes or no, as that of a table, is no statement of equality.
    if not isinstance(said, (bool, np.bool_)):
        return f"{where}: {NO_EQUALITY}"
    return f"{where}: serial {a!r:.60}, parallel {b!r:.60}"


def _is_mute(value: Any) -> bool:
    own: Any = type(value).__eq__
    return own is object.__eq__ and not isinstance(value, (Enum, type))


_WAYS: tuple[tuple[Any, Callable[[Any, Any, Near, str], str | None]], ...] = (
    ((str, bytes), _text_difference),
    ((int, float, complex, np.int64), _number_difference),
    ((np.ndarray, np.generic), _array_difference),
    (pd.DataFrame, _frame_difference),
    (pd.Series, _series_difference),
    (pd.Index, _labels_difference),
    (ExtensionArray, _extension_difference),
    (Mapping, _mapping_difference),
    (AnySet, _set_difference),
    ((list, tuple, deque), _sequence_difference),
)
"""How values of a kind are compared; the first that fits."""
