"""Tables as data: a frame is its columns, each an array, and two indexes."""

from __future__ import annotations

import contextlib
import operator
import sys
from collections.abc import Callable, Mapping
from typing import Any

from grader.inside.serialize_arrays import (
    ARRAYS,
    CannotCross,
    Inner,
    Tree,
    npy,
    open_npy,
    pack_array,
    pack_values,
    zone_name,
)


def encode_table(value: Any, inner: Inner) -> Tree | None:
    """Return a value of numpy or pandas as a tree; None if it is neither.

    A library that nobody has imported has no values here, so it is not imported either.

    Raises:
        CannotCross: If it is of a kind that has no form as data.
    """
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    try:
        tree = _of_numpy(numpy, value, inner) if hasattr(numpy, "ndarray") else None
        if tree is None and hasattr(pandas, "DataFrame"):
            tree = _of_pandas(pandas, value, inner)
    except (AttributeError, NotImplementedError, ArithmeticError) as error:
        kind = type(value).__name__
        raise CannotCross(f"A {kind} of these values cannot be read by this check.") from error
    return tree


def _of_numpy(numpy: Any, value: Any, inner: Inner) -> Tree | None:
    if isinstance(value, numpy.ndarray):
        return pack_array(numpy, value, inner)
    if isinstance(value, numpy.generic):
        plain = numpy.asarray(value)
        return None if plain.dtype.hasobject else {"$": "scalar", "v": npy(numpy, plain)}
    if isinstance(value, numpy.dtype):
        described = numpy.lib.format.dtype_to_descr(value)
        return {"$": "dtype", "v": described} if isinstance(described, str) else None
    return None


def _of_pandas(pandas: Any, value: Any, inner: Inner) -> Tree | None:
    if value is pandas.NA or value is pandas.NaT:
        return {"$": "missing", "v": "NA" if value is pandas.NA else "NaT"}
    for name, pack in PACKERS.items():
        if isinstance(value, operator.attrgetter(name)(pandas)):
            return pack(pandas, value, inner)
    if isinstance(value, pandas.api.extensions.ExtensionArray):
        return pack_values(pandas, value, inner)
    if isinstance(value, pandas.api.extensions.ExtensionDtype):
        return _pack_dtype(pandas, value, inner)
    return None


def _pack_timestamp(_: Any, value: Any, inner: Inner) -> Tree:
    zone = None if value.tz is None else zone_name(value.tz)
    return {"$": "timestamp", "v": inner(value.asm8), "zone": zone}


def _pack_offset(pandas: Any, value: Any, inner: Inner) -> Tree | None:
    if type(value) is pandas.DateOffset:
        named = inner({"n": value.n, "normalize": value.normalize, **value.kwds})
        return {"$": "offset", "v": named}
    same = pandas.tseries.frequencies.to_offset(value.freqstr) == value
    return {"$": "offset", "v": value.freqstr} if same else None


def _pack_dtype(pandas: Any, value: Any, inner: Inner) -> Tree | None:
    if isinstance(value, pandas.CategoricalDtype):
        categories = None if value.categories is None else inner(value.categories)
        return {"$": "categories", "v": categories, "ordered": bool(value.ordered)}
    return {"$": "dtype_name", "v": str(value)}


def _pack_index(pandas: Any, value: Any, inner: Inner) -> Tree:
    if isinstance(value, pandas.MultiIndex):
        levels, codes = map(inner, value.levels), map(inner, value.codes)
        names = [inner(name) for name in value.names]
        return {"$": "multi_index", "v": [*levels], "codes": [*codes], "names": names}
    is_range = isinstance(value, pandas.RangeIndex)
    values = inner(value._range) if is_range else pack_values(pandas, value.array, inner)
    freq = value.freq if isinstance(value, (pandas.DatetimeIndex, pandas.TimedeltaIndex)) else None
    kept = {} if freq is None else {"freq": freq.freqstr}
    return {"$": "index", "v": values, "name": inner(value.name), **kept}


def _pack_series(pandas: Any, value: Any, inner: Inner) -> Tree:
    values, index = pack_values(pandas, value.array, inner), inner(value.index)
    named = {"index": index, "name": inner(value.name), "attrs": inner(dict(value.attrs))}
    return {"$": "series", "v": values, **named}


def _pack_frame(pandas: Any, value: Any, inner: Inner) -> Tree:
    dtypes = set(value.dtypes)
    one = dtypes.pop() if len(dtypes) == 1 else None
    if one is not None and not getattr(one, "hasobject", True) and one.kind not in "mM":
        values = inner(value.to_numpy())  # a wide table of numbers is one array
    else:
        columns = (value.iloc[:, place].array for place in range(value.shape[1]))
        values = [pack_values(pandas, column, inner) for column in columns]
    axes = {"index": inner(value.index), "columns": inner(value.columns)}
    return {"$": "frame", "v": values, **axes, "attrs": inner(dict(value.attrs))}


PACKERS: dict[str, Callable[[Any, Any, Inner], Tree | None]] = {
    "DataFrame": _pack_frame,
    "Series": _pack_series,
    "Index": _pack_index,
    "Timestamp": _pack_timestamp,
    "Timedelta": lambda _, value, inner: {"$": "timedelta", "v": inner(value.asm8)},
    "Period": lambda _, value, __: {"$": "period", "v": value.ordinal, "freq": value.freqstr},
    "Interval": lambda _, value, inner: {
        "$": "interval",
        "v": [inner(value.left), inner(value.right)],
        "closed": value.closed,
    },
    "offsets.BaseOffset": _pack_offset,
}


def decode_table(tree: Mapping[str, Any], inner: Inner) -> Any:
    """Return the array, table or time that a tree stands for.

    Raises:
        ValueError: If it is damaged.
    """
    try:
        return TABLES[tree["$"]](tree, inner)
    except Exception as error:  # whatever a library says of what anybody may have written
        raise ValueError(f"A table arrived damaged: {type(error).__name__}.") from error


def _open_scalar(tree: Mapping[str, Any], _: Inner) -> Any:
    return open_npy(tree["v"])[()]


def _open_dtype(tree: Mapping[str, Any], _: Inner) -> Any:
    import numpy as np

    return np.lib.format.descr_to_dtype(tree["v"])


def _open_missing(tree: Mapping[str, Any], _: Inner) -> Any:
    import pandas as pd

    return pd.NA if tree["v"] == "NA" else pd.NaT


def _open_timestamp(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    time = pd.Timestamp(inner(tree["v"]))
    return time.tz_localize("UTC").tz_convert(tree["zone"]) if tree["zone"] else time


def _open_timedelta(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    return pd.Timedelta(inner(tree["v"]))


def _open_period(tree: Mapping[str, Any], _: Inner) -> Any:
    import pandas as pd

    return pd.Period(ordinal=int(tree["v"]), freq=str(tree["freq"]))


def _open_interval(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    left, right = map(inner, tree["v"])
    return pd.Interval(left, right, closed=tree["closed"])


def _open_offset(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    if isinstance(tree["v"], str):
        return pd.tseries.frequencies.to_offset(tree["v"])
    return pd.DateOffset(**inner(tree["v"]))


def _open_dtype_name(tree: Mapping[str, Any], _: Inner) -> Any:
    from pandas.api.types import pandas_dtype

    return pandas_dtype(str(tree["v"]))


def _open_categories(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    return pd.CategoricalDtype(inner(tree["v"]), ordered=bool(tree["ordered"]))


def _open_index(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    values, name = inner(tree["v"]), inner(tree["name"])
    if isinstance(values, range):
        return pd.RangeIndex(values, name=name)
    index = pd.Index(values, dtype=values.dtype, name=name)
    if "freq" in tree:
        with contextlib.suppress(ValueError):  # days off that only their author's calendar knows
            index.freq = tree["freq"]
    return index


def _open_multi_index(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    names = [inner(name) for name in tree["names"]]
    return pd.MultiIndex([*map(inner, tree["v"])], [*map(inner, tree["codes"])], names=names)


def _open_series(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    values = inner(tree["v"])
    index, name = inner(tree["index"]), inner(tree["name"])
    column = pd.Series(values, index=index, name=name, dtype=values.dtype)
    column.attrs = inner(tree["attrs"])
    return column


def _open_frame(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    index, columns, values = inner(tree["index"]), inner(tree["columns"]), tree["v"]
    if isinstance(values, list):
        opened = [inner(part) for part in values]
        series = {place: pd.Series(part, dtype=part.dtype) for place, part in enumerate(opened)}
        frame = pd.DataFrame(series, index=range(len(index)))
        frame.index, frame.columns = index, columns
    else:
        frame = pd.DataFrame(inner(values), index=index, columns=columns)
    frame.attrs = inner(tree["attrs"])
    return frame


TABLES: dict[str, Callable[[Mapping[str, Any], Inner], Any]] = {
    **ARRAYS,
    "scalar": _open_scalar,
    "dtype": _open_dtype,
    "missing": _open_missing,
    "timestamp": _open_timestamp,
    "timedelta": _open_timedelta,
    "period": _open_period,
    "interval": _open_interval,
    "offset": _open_offset,
    "dtype_name": _open_dtype_name,
    "categories": _open_categories,
    "index": _open_index,
    "multi_index": _open_multi_index,
    "series": _open_series,
    "frame": _open_frame,
}
