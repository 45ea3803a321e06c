"""Arrays as data: numpy's as npy without pickle, those of pandas by their parts.

Each kind of array is taken apart into plain arrays and comes back through the constructor of its
library, which looks whether the parts fit: what a box sends is not believed.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Mapping
from typing import Any

Tree = Any
Inner = Callable[[Any], Any]
PLAIN = (str, bool, type(None))
MOST_EMPTY = 1_000_000
"""How many items of no size an array may have: they take no memory, but time."""


class CannotCross(TypeError):
    """A value of a kind that has no form as data; the text says which."""


def npy(numpy: Any, array: Any) -> str:
    """Return an array without objects as text."""
    stream = io.BytesIO()
    numpy.lib.format.write_array(stream, numpy.asarray(array), allow_pickle=False)
    return base64.b64encode(stream.getvalue()).decode()


def open_npy(text: str) -> Any:
    """Return the array of such a text; its length is what the box says, so it is looked at first.

    Raises:
        ValueError: If it is damaged.
    """
    import numpy as np

    content = base64.b64decode(text)
    stream = io.BytesIO(content)
    read = np.lib.format.read_array_header_1_0
    if np.lib.format.read_magic(stream) != (1, 0):
        read = np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    size = math.prod(shape) * dtype.itemsize
    if size != len(content) - stream.tell() or (
        not dtype.itemsize and math.prod(shape) > MOST_EMPTY
    ):
        raise ValueError("An array arrived damaged.")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def pack_array(numpy: Any, value: Any, inner: Inner) -> Tree:
    """Return an array of numpy, of whatever kind, as a tree."""
    if isinstance(value, numpy.ma.MaskedArray):
        mask = (
            None if value.mask is numpy.ma.nomask else {"$": "array", "v": npy(numpy, value.mask)}
        )
        data = pack_array(numpy, numpy.asarray(value.data), inner)
        return {"$": "masked", "v": data, "mask": mask, "fill": inner(value.fill_value)}
    plain = numpy.asarray(value)
    views = ("matrix", "recarray")
    view = next((name for name in views if isinstance(value, getattr(numpy, name))), "")
    seen = {"view": view} if view else {}
    if not plain.dtype.hasobject:
        return {"$": "array", "v": npy(numpy, plain)} | seen
    if plain.dtype.names:
        fields = [[name, pack_array(numpy, plain[name], inner)] for name in plain.dtype.names]
        return {"$": "fields", "shape": list(plain.shape), "v": fields} | seen
    items = [item if type(item) in PLAIN else inner(item) for item in plain.ravel().tolist()]
    return {"$": "objects", "shape": list(plain.shape), "v": items} | seen


def _open_array(tree: Mapping[str, Any], _: Inner) -> Any:
    return _viewed(open_npy(tree["v"]), tree)


def _viewed(array: Any, tree: Mapping[str, Any]) -> Any:
    import numpy as np

    views = {"matrix": np.matrix, "recarray": np.recarray}
    return array.view(views[tree["view"]]) if "view" in tree else array


def _open_objects(tree: Mapping[str, Any], inner: Inner) -> Any:
    import numpy as np

    array = np.empty(len(tree["v"]), dtype=object)
    for place, part in enumerate(tree["v"]):
        array[place] = part if type(part) in PLAIN else inner(part)
    return _viewed(array.reshape(tree["shape"]), tree)


def _open_fields(tree: Mapping[str, Any], inner: Inner) -> Any:
    import numpy as np

    shape = tuple(tree["shape"])
    fields = [(name, inner(part)) for name, part in tree["v"]]
    dtype = [(name, part.dtype, part.shape[len(shape) :]) for name, part in fields]
    array = np.empty(shape, dtype=dtype)
    for name, part in fields:
        array[name] = part
    return _viewed(array, tree)


def _open_masked(tree: Mapping[str, Any], inner: Inner) -> Any:
    import numpy as np

    mask = np.ma.nomask if tree["mask"] is None else inner(tree["mask"])
    return np.ma.MaskedArray(inner(tree["v"]), mask=mask, fill_value=inner(tree["fill"]))


def pack_values(pandas: Any, array: Any, inner: Inner) -> Tree:
    """Return what a Series or an Index holds as a tree.

    Raises:
        CannotCross: If a library brought an array of its own.
    """
    import numpy as np

    for name, pack in EXTENSIONS.items():
        if isinstance(array, getattr(pandas.arrays, name)):
            return pack(array, inner)
    if isinstance(array, (np.ndarray, pandas.arrays.NumpyExtensionArray)):
        return pack_array(np, np.asarray(array), inner)
    kind = f"{type(array).__name__} ({array.dtype})"
    raise CannotCross(f"Values of the kind {kind} cannot be read by this check.")


def _pack_categorical(array: Any, inner: Inner) -> Tree:
    ordered = bool(array.ordered)
    codes, categories = inner(array.codes), inner(array.categories)
    return {"$": "categorical", "v": codes, "categories": categories, "ordered": ordered}


def _open_categorical(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    parts = inner(tree["v"]), inner(tree["categories"])
    return pd.Categorical.from_codes(*parts, ordered=bool(tree["ordered"]))


def _pack_intervals(array: Any, inner: Inner) -> Tree:
    return {"$": "intervals", "v": [inner(array.left), inner(array.right)], "closed": array.closed}


def _open_intervals(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    left, right = map(inner, tree["v"])
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=tree["closed"])


def _pack_periods(array: Any, inner: Inner) -> Tree:
    return {"$": "periods", "v": inner(array.asi8), "dtype": str(array.dtype)}


def _open_periods(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    return pd.arrays.PeriodArray(inner(tree["v"]), dtype=pd.PeriodDtype(tree["dtype"][7:-1]))


def _pack_times(array: Any, inner: Inner) -> Tree:
    zone = getattr(array, "tz", None)
    plain = array if zone is None else array.tz_convert("UTC").tz_localize(None)
    name = None if zone is None else zone_name(zone)
    return {"$": "times", "v": inner(plain.to_numpy()), "zone": name}


def zone_name(zone: Any) -> str:
    """Return the name under which pandas finds a time zone again."""
    from pandas.api.types import pandas_dtype

    name = str(getattr(zone, "key", None) or zone)
    try:
        pandas_dtype(f"datetime64[ns, {name}]")
    except Exception as error:
        raise CannotCross(f"Times in the zone {name} cannot be read by this check.") from error
    return name


def _open_times(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    values = inner(tree["v"])
    if values.dtype.kind not in "mM":
        raise ValueError("Times arrived damaged.")
    if values.dtype.kind == "m":
        return pd.TimedeltaIndex(values).array
    index = pd.DatetimeIndex(values)
    return (index.tz_localize("UTC").tz_convert(tree["zone"]) if tree["zone"] else index).array


def _pack_nullable(array: Any, inner: Inner) -> Tree:
    return {"$": "nullable", "v": inner(array._data), "mask": inner(array._mask)}


def _open_nullable(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    data, mask = inner(tree["v"]), inner(tree["mask"])
    arrays = pd.arrays
    names = {"b": arrays.BooleanArray, "f": arrays.FloatingArray}
    return names.get(data.dtype.kind, arrays.IntegerArray)(data, mask)


def _pack_strings(array: Any, _: Inner) -> Tree:
    empty = array.isna().tolist()
    items = [None if no else str(item) for item, no in zip(array.tolist(), empty, strict=True)]
    is_nan = array.dtype.na_value is not None and array.dtype.na_value != array.dtype.na_value
    return {"$": "strings", "v": items, "storage": array.dtype.storage, "nan": bool(is_nan is True)}


def _open_strings(tree: Mapping[str, Any], _: Inner) -> Any:
    import pandas as pd

    if not all(item is None or type(item) is str for item in tree["v"]):
        raise ValueError("Strings arrived damaged.")
    missing = math.nan if tree["nan"] else pd.NA
    return pd.array(tree["v"], dtype=pd.StringDtype(tree["storage"], na_value=missing))


def _pack_sparse(array: Any, inner: Inner) -> Tree:
    return {"$": "sparse", "v": inner(array.to_dense()), "fill": inner(array.fill_value)}


def _open_sparse(tree: Mapping[str, Any], inner: Inner) -> Any:
    import pandas as pd

    return pd.arrays.SparseArray(inner(tree["v"]), fill_value=inner(tree["fill"]))


def _pack_arrow(array: Any, _: Inner) -> Tree:
    import pyarrow as pa

    table = pa.table({"v": array.__arrow_array__()})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return {"$": "arrow", "v": base64.b64encode(sink.getvalue()).decode()}


def _open_arrow(tree: Mapping[str, Any], _: Inner) -> Any:
    import pandas as pd
    import pyarrow as pa

    table = pa.ipc.open_stream(base64.b64decode(tree["v"])).read_all()
    table.validate(full=True)  # lengths and offsets are what the box says: look first
    return pd.arrays.ArrowExtensionArray(table.column("v"))


EXTENSIONS: dict[str, Callable[[Any, Inner], Tree]] = {
    "ArrowStringArray": _pack_strings,  # an array of Arrow too, but of another dtype
    "StringArray": _pack_strings,
    "Categorical": _pack_categorical,
    "IntervalArray": _pack_intervals,
    "PeriodArray": _pack_periods,
    "DatetimeArray": _pack_times,
    "TimedeltaArray": _pack_times,
    "IntegerArray": _pack_nullable,
    "FloatingArray": _pack_nullable,
    "BooleanArray": _pack_nullable,
    "SparseArray": _pack_sparse,
    "ArrowExtensionArray": _pack_arrow,
}
ARRAYS: dict[str, Callable[[Mapping[str, Any], Inner], Any]] = {
    "array": _open_array,
    "objects": _open_objects,
    "fields": _open_fields,
    "masked": _open_masked,
    "categorical": _open_categorical,
    "intervals": _open_intervals,
    "periods": _open_periods,
    "times": _open_times,
    "nullable": _open_nullable,
    "strings": _open_strings,
    "sparse": _open_sparse,
    "arrow": _open_arrow,
}
