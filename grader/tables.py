"""Arrays and tables as data: npy without pickle, Arrow streams that are validated."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable, Mapping
from typing import Any

Tree = Any
Inner = Callable[[Any], Any]


def encode_table(value: Any, inner: Inner) -> Tree | None:
    """Return a value of numpy or pandas as a tree; None if it is neither.

    A library that nobody has imported has no values here, so it is not imported either.
    """
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and hasattr(numpy, "ndarray"):
        if isinstance(value, numpy.ndarray):
            return _pack_array(numpy, value, inner)
        if isinstance(value, numpy.generic):
            plain = numpy.asarray(value)
            return None if plain.dtype.hasobject else {"$": "scalar", "v": _npy(numpy, plain)}
    if pandas is not None and hasattr(pandas, "DataFrame"):
        return _pack_pandas(pandas, value, inner)
    return None


def _npy(numpy: Any, array: Any) -> str:
    stream = io.BytesIO()
    numpy.lib.format.write_array(stream, numpy.asarray(array), allow_pickle=False)
    return base64.b64encode(stream.getvalue()).decode()


def _pack_array(numpy: Any, value: Any, inner: Inner) -> Tree:
    plain = numpy.asarray(value)
    if isinstance(value, numpy.ma.MaskedArray):
        return None
    if plain.dtype.hasobject:
        if plain.dtype != object:
            return None
        return {"$": "objects", "shape": list(plain.shape), "v": [inner(v) for v in plain.flat]}
    return {"$": "array", "v": _npy(numpy, plain)}


def _pack_pandas(pandas: Any, value: Any, inner: Inner) -> Tree | None:
    if value is pandas.NA or value is pandas.NaT:
        return {"$": "missing", "v": "NA" if value is pandas.NA else "NaT"}
    if isinstance(value, pandas.Timestamp):
        zone = None if value.tz is None else str(value.tz)
        return {"$": "timestamp", "v": value.isoformat(), "zone": zone}
    if isinstance(value, pandas.Timedelta):
        return {"$": "timedelta", "v": value.isoformat()}
    if not isinstance(value, pandas.DataFrame):
        return _column(pandas, value)
    if isinstance(value.columns, pandas.MultiIndex):
        return None
    # Arrow makes text of column names: they travel beside the table.
    frame = value.set_axis([str(place) for place in range(value.shape[1])], axis=1)
    names = [inner(name) for name in [value.columns.name, *value.columns]]
    return _arrow("frame", frame) | {"names": names}


def _column(pandas: Any, value: Any) -> Tree | None:
    if not isinstance(value, (pandas.Series, pandas.Index)) or isinstance(value, pandas.MultiIndex):
        return None
    if value.name is not None and type(value.name) not in (str, int, float, bool):
        return None
    if isinstance(value, pandas.Series):
        return _arrow("series", value.to_frame("v")) | {"name": [value.name]}
    frame = value.to_series(index=range(len(value))).to_frame("v")
    return _arrow("index", frame) | {"name": [value.name]}


def _arrow(tag: str, frame: Any) -> Tree:
    import pyarrow as pa

    try:
        table = pa.Table.from_pandas(frame)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise TypeError(f"A table of these values cannot cross: {error}") from error
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return {"$": tag, "v": base64.b64encode(sink.getvalue()).decode()}


def decode_table(tree: Mapping[str, Any], inner: Inner) -> Any:
    """Return the array, table or time that a tree stands for.

    Raises:
        ValueError: If it is damaged.
    """
    tag = tree["$"]
    if tag in ("array", "scalar"):
        array = _open_npy(tree["v"])
        return array[()] if tag == "scalar" else array
    if tag == "objects":
        return _open_objects(tree, inner)
    if tag in ("frame", "series", "index"):
        return _open_arrow(tree, inner)
    import pandas as pd

    if tag == "missing":
        return pd.NA if tree["v"] == "NA" else pd.NaT
    return TIMES[tag](pd, tree)


TIMES: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "timestamp": lambda pd, tree: (
        pd.Timestamp(tree["v"]).tz_convert(tree["zone"])
        if tree["zone"]
        else pd.Timestamp(tree["v"])
    ),
    "timedelta": lambda pd, tree: pd.Timedelta(tree["v"]),
}
TABLES = {"array", "scalar", "objects", "frame", "series", "index", "missing", *TIMES}


def _open_npy(text: str) -> Any:
    import numpy as np

    return np.lib.format.read_array(io.BytesIO(base64.b64decode(text)), allow_pickle=False)


def _open_objects(tree: Mapping[str, Any], inner: Inner) -> Any:
    import numpy as np

    array = np.empty(len(tree["v"]), dtype=object)
    for place, part in enumerate(tree["v"]):
        array[place] = inner(part)
    return array.reshape(tree["shape"])


def _open_arrow(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd
    import pyarrow as pa

    try:
        table = pa.ipc.open_stream(base64.b64decode(tree["v"])).read_all()
        table.validate(full=True)  # lengths and offsets are what the box says: look first
        frame = table.to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise ValueError("A table arrived damaged.") from error
    if tree["$"] == "frame":
        name, *names = map(inner, tree["names"])
        return frame.set_axis(pd.Index(names, name=name), axis=1)
    column = frame["v"].rename(tree["name"][0])
    return column if tree["$"] == "series" else pd.Index(column, name=tree["name"][0])
