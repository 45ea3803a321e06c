"""Every kind of values of numpy and pandas, in every place of a table, comes back as it was."""

import base64
import contextlib
import datetime
import decimal
import itertools
import json
import zoneinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from grader.inside.serialize import NotSerializable, decode, dumps, encode

DAYS = pd.date_range("2025-01-31", periods=4, freq="ME")
VALUES = {
    "int64": np.array([3, 1, 2, 1], dtype="int64"),
    "uint8": np.array([3, 1, 2, 1], dtype="uint8"),
    "float32": np.array([3, 1.5, 2, np.nan], dtype="float32"),
    "complex": np.array([1j, 2, 3, 4]),
    "bool": np.array([True, False, True, True]),
    "Int64": pd.array([3, None, 2, 1], dtype="Int64"),
    "UInt8": pd.array([3, None, 2, 1], dtype="UInt8"),
    "Float64": pd.array([3.5, None, 2, 1], dtype="Float64"),
    "boolean": pd.array([True, None, False, True], dtype="boolean"),
    "str": pd.array(["a", None, "ä", "b"], dtype="str"),
    "string": pd.array(["a", None, "c", "b"], dtype="string"),
    "string-python": pd.array(["a", None, "c", "b"], dtype="string[python]"),
    "object": np.array([1, "x", None, (1, 2)], dtype=object),
    "object-texts": np.array(["a", "b", None, "c"], dtype=object),
    "object-integers": np.array([2**70, 1, 2, 3], dtype=object),
    "object-decimals": np.array([decimal.Decimal("1.10")] * 4, dtype=object),
    "object-dates": np.array([datetime.date(2025, 1, n) for n in range(1, 5)], dtype=object),
    "object-tables": np.array(
        [pd.Interval(0, 1), pd.Period("2025"), pd.NA, pd.Timestamp("2025")], dtype=object
    ),
    "category": pd.Categorical(["b", "a", None, "b"]),
    "category-ordered": pd.Categorical([3, 1, 3, 1], categories=[3, 2, 1], ordered=True),
    "category-of-times": pd.Categorical(DAYS),
    "category-of-intervals": pd.cut([1, 2, 3, 9], 3),
    "interval": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3, 5], closed="left"),
    "interval-of-floats": pd.arrays.IntervalArray.from_tuples([(0.0, 1.5), None, (2, 3), (4, 4.5)]),
    "interval-of-times": pd.interval_range(pd.Timestamp("2025", tz="UTC"), periods=4).array,
    "period": pd.period_range("2025-01", periods=4, freq="M").array,
    "period-of-quarters": pd.PeriodIndex(["2025Q1", "NaT", "2026Q1", "2026Q2"], freq="Q-MAR").array,
    "period-of-two-days": pd.period_range("2025-01", periods=4, freq="2D").array,
    "times": pd.array(pd.to_datetime(["2025-01-01", None, "2026-01-01", "2027-01-01"])),
    "times-in-seconds": pd.array(np.array(["2025", "NaT", "2026", "2027"], dtype="M8[s]")),
    "times-in-a-zone": DAYS.tz_localize("Europe/Berlin").array,
    "times-in-an-offset": DAYS.tz_localize(datetime.timezone(datetime.timedelta(hours=2))).array,
    "times-in-utc": DAYS.tz_localize(datetime.UTC).array,
    "times-in-zoneinfo": DAYS.tz_localize(zoneinfo.ZoneInfo("Asia/Kolkata")).array,
    "timedelta": pd.array(pd.to_timedelta(["1h", None, "3D", "4s"])),
    "timedelta-in-seconds": pd.array(np.array([1, 2, 3, 4], dtype="m8[s]")),
    "sparse": pd.arrays.SparseArray([0, 0, 1, 2]),
    "sparse-of-floats": pd.arrays.SparseArray([np.nan, np.nan, 1.0, 2.0]),
    "sparse-of-booleans": pd.arrays.SparseArray([False, True, False, False]),
    "arrow-integers": pd.array([1, None, 3, 4], dtype="int64[pyarrow]"),
    "arrow-texts": pd.array(["a", None, "b", "c"], dtype=pd.ArrowDtype(pa.string())),
    "arrow-lists": pd.array([[1], None, [2, 3], []], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "arrow-times": pd.array(list(DAYS), dtype=pd.ArrowDtype(pa.timestamp("us", "UTC"))),
    "arrow-decimals": pd.array(
        [decimal.Decimal("1.10")] * 4, dtype=pd.ArrowDtype(pa.decimal128(5, 2))
    ),
}
INDEXES = {name: array for name, array in VALUES.items() if not name.startswith("arrow-lists")}
PLACES = {
    "array": lambda array: array,
    "series": lambda array: pd.Series(array, name=("a", 1)),
    "empty-series": lambda array: pd.Series(array)[:0],
    "column": lambda array: pd.DataFrame({"x": [1, 2, 3, 4], "y": pd.Series(array)}),
    "two-columns": lambda array: pd.DataFrame({0: pd.Series(array), 1: pd.Series(array)}),
    "listed": lambda array: [pd.Series(array), {"deep": (pd.Series(array),)}],
    "cell": lambda array: pd.DataFrame({"x": [pd.Series(array), None]}),
}
INDEX_PLACES = {
    "index": lambda array: pd.Index(array, name="named"),
    "of-a-series": lambda array: pd.Series([1, 2, 3, 4], index=pd.Index(array)),
    "of-rows": lambda array: pd.DataFrame({"x": [1.5, 2, 3, 4]}, index=pd.Index(array)),
    "of-columns": lambda array: pd.DataFrame([[1, 2, 3, "a"]], columns=pd.Index(array)),
    "of-number-columns": lambda array: pd.DataFrame([[1, 2, 3, 4]], columns=pd.Index(array)),
    "level": lambda array: pd.MultiIndex.from_arrays(
        [pd.Index(array), [1, 1, 2, 2]], names=["a", "b"]
    ),
    "level-of-columns": lambda array: pd.DataFrame(
        [[1, 2, 3, 4]], columns=pd.MultiIndex.from_arrays([list("aabb"), pd.Index(array)])
    ),
    "categories": lambda array: pd.Series(pd.Categorical(pd.Index(array).dropna().unique())),
}
CASES = [
    *itertools.product(VALUES, [*PLACES]),
    *itertools.product(INDEXES, [*INDEX_PLACES]),
]


def refuse(value):
    raise NotSerializable(type(value).__name__)


def there_and_back(value):
    return decode(json.loads(dumps(encode(value, refuse))), decode_object=refuse)


def same(back, value):
    """Compare values of any kind exactly: types, dtypes, names, units, frequencies."""
    assert type(back) is type(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(back, value, check_freq=True)
        same(back.columns, value.columns)
    elif isinstance(value, pd.Series):
        if value.dtype == object:
            same(back.tolist(), value.tolist())
        else:
            pd.testing.assert_series_equal(back, value, check_freq=True)
        same(back.index, value.index)
    elif isinstance(value, pd.Index):
        pd.testing.assert_index_equal(back, value, exact=True)
        assert getattr(back, "freq", None) == getattr(value, "freq", None)
    elif isinstance(value, pd.api.extensions.ExtensionArray):
        pd.testing.assert_extension_array_equal(back, value)
    elif isinstance(value, np.ndarray):
        assert back.dtype == value.dtype and back.shape == value.shape
        same(back.tolist(), value.tolist())
    elif isinstance(value, (list, tuple)):
        assert len(back) == len(value)
        for one, other in zip(back, value, strict=True):
            same(one, other)
    elif isinstance(value, dict):
        same([*back.items()], [*value.items()])
    else:
        assert back is value or back == value or (pd.isna(back) and pd.isna(value))


@pytest.mark.parametrize(("values", "place"), CASES, ids=map("-in-".join, CASES))
def test_values_come_back_in_their_place(values, place):
    made = (PLACES | INDEX_PLACES)[place](VALUES[values])
    same(there_and_back(made), made)


ARRAYS = {
    "zero-dimensional": np.array(6),
    "no-items": np.empty((0, 3)),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "strided": np.arange(10)[::3],
    "big-endian": np.arange(3, dtype=">i4"),
    "texts": np.array(["a", "bcd"]),
    "bytes": np.array([b"a", b"bc"]),
    "longdouble": np.array([1, 2], dtype=np.longdouble),
    "days": np.array(["2025-01-01", "NaT"], dtype="M8[D]"),
    "durations": np.array([1, 2], dtype="m8[25s]"),
    "structured": np.array([(1, 2.5, "a")], dtype=[("ä", "i4"), ("y", "f8"), ("z", "U3")]),
    "structured-with-objects": np.array([(1, [2])], dtype=[("x", "i4"), ("o", object)]),
    "structured-deep": np.zeros(2, dtype=[("x", "i4", (2,)), ("in", [("a", "f8"), ("o", "O")])]),
    "object-zero-dimensional": np.array(None, dtype=object),
    "object-square": np.array([[1, "a"], [None, (2,)]], dtype=object),
    "object-lists": np.array([[1], [2, 3], None], dtype=object),
    "matrix": np.arange(4).reshape(2, 2).view(np.matrix),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back(name):
    value = ARRAYS[name]
    back = there_and_back(value)
    assert (type(back), back.dtype, back.shape) == (type(value), value.dtype, value.shape)
    assert repr(back) == repr(value)
    assert back.flags.writeable


def test_masks_and_records_come_back():
    masked = np.ma.array([1, 2, 3], mask=[0, 1, 0], fill_value=7)
    back = there_and_back(masked)
    assert back.tolist() == [1, None, 3] and back.fill_value == 7 and back.dtype == masked.dtype
    records = np.rec.array([(1, 2.5)], dtype=[("x", "i4"), ("y", "f8")])
    assert type(there_and_back(records)) is np.recarray and there_and_back(records).y[0] == 2.5
    one = there_and_back(records[0])
    assert one["x"] == 1


SCALARS = [
    *(np.dtype(kind).type(1) for kind in "?bBhHiIlLefdgFDG"),
    np.str_("a"),
    np.bytes_(b"a"),
    np.datetime64("2025-01-01T01", "m"),
    np.timedelta64(3, "h"),
    pd.Timestamp("2025-01-01 01:02:03.000000004"),
    pd.Timestamp("2025-01-01", tz="Europe/Berlin").as_unit("s"),
    pd.Timedelta("1ns"),
    pd.Timedelta(seconds=3).as_unit("ms"),
    pd.Period("2025Q1"),
    pd.Period("2025-01-01", freq="3D"),
    pd.Interval(pd.Timestamp("2025"), pd.Timestamp("2026"), closed="both"),
    pd.DateOffset(months=2, days=1),
    pd.offsets.MonthEnd(2),
    pd.offsets.Hour(3),
    np.dtype("M8[s]"),
    np.dtype("U5"),
    pd.CategoricalDtype([1, 2], ordered=True),
    pd.Int64Dtype(),
    pd.PeriodDtype("M"),
    pd.IntervalDtype("int64", "left"),
    pd.DatetimeTZDtype("us", "Europe/Berlin"),
    pd.ArrowDtype(pa.int64()),
]


@pytest.mark.parametrize("value", SCALARS, ids=repr)
def test_a_scalar_comes_back(value):
    back = there_and_back(value)
    assert type(back) is type(value) and back == value
    assert getattr(back, "unit", None) == getattr(value, "unit", None)
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)


TABLES = {
    "range-index": pd.DataFrame({"x": [1, 2]}, index=pd.RangeIndex(5, 9, 2, name="r")),
    "names-twice": pd.DataFrame([[1, "a"]], columns=["x", "x"]),
    "no-columns": pd.DataFrame(index=["a", "b"]),
    "no-rows": pd.DataFrame({"x": pd.Series(dtype="Int64")}),
    "named-axes": pd.DataFrame([[1, 2]], columns=pd.Index(["a", 3], name=("c", 1))),
    "value-counts": pd.cut(pd.Series([1, 5]), 2).value_counts(),
    "groups": pd.DataFrame({"k": list("aab"), "j": [1, 2, 2], "v": [1, 2, 3]})
    .groupby(["k", "j"])
    .sum(),
    "pivot": pd.DataFrame({"k": list("ab"), "j": [1, 2], "v": [1.5, 2]}).pivot(
        index="k", columns="j"
    ),
    "described": pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}).describe(include="all"),
    "dtypes": pd.DataFrame({"x": [1], "y": ["a"], "z": pd.Categorical(["c"])}).dtypes,
    "business-days": pd.Series([1, 2], index=pd.bdate_range("2025-01-01", periods=2)),
    "hours": pd.Series([1, 2], index=pd.timedelta_range("1h", periods=2, freq="h")),
    "qcut": pd.DataFrame({"q": pd.qcut(range(8), 4), "v": range(8)})
    .groupby("q", observed=True)
    .sum(),
    "resampled": pd.Series(range(4), index=DAYS).resample("QE").sum(),
    "wide": pd.DataFrame(np.arange(12.0).reshape(2, 6)),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_as_pandas_makes_it_comes_back(name):
    same(there_and_back(TABLES[name]), TABLES[name])


def test_notes_of_a_table_come_back():
    table = pd.DataFrame({"x": [1]})
    table.attrs["source"] = {"page": 3}
    assert there_and_back(table).attrs == {"source": {"page": 3}}


def test_what_comes_back_can_be_changed():
    table = there_and_back(pd.DataFrame({"x": [1, 2], "y": [1.5, 2]}))
    table.loc[0, "x"] = 9
    table["z"] = table["x"] + 1
    assert table["z"].tolist() == [10, 3]


def test_an_object_in_a_table_is_asked_about():
    class Thing:
        pass

    table = pd.DataFrame({"x": [Thing(), 1]})
    tree = json.loads(
        dumps(encode(table, lambda value: {"$": "handle", "of": type(value).__name__}))
    )
    back = decode(tree, decode_object=lambda tree: tree["of"])
    assert back["x"].tolist() == ["Thing", 1]


def damaged(tree):
    """Yield a tree with each of its parts replaced by something else."""
    if isinstance(tree, dict):
        for name, part in tree.items():
            for other in ([], None, 10**9, "x", {"$": "range", "v": [0, 5, 1]}):
                if name != "$":
                    yield tree | {name: other}
            for changed in damaged(part):
                yield tree | {name: changed}
    elif isinstance(tree, list):
        for place, part in enumerate(tree):
            for changed in damaged(part):
                yield [*tree[:place], changed, *tree[place + 1 :]]


@pytest.mark.parametrize(
    "name", ["category", "interval", "times-in-a-zone", "sparse", "Int64", "str"]
)
def test_a_damaged_table_is_a_value_error_and_nothing_else(name):
    made = pd.DataFrame({"x": pd.Series(VALUES[name])}, index=pd.Index(VALUES[name]))
    for tree in damaged(encode(made, refuse)):
        with contextlib.suppress(ValueError, NotSerializable):
            decode(tree, decode_object=refuse)


def test_a_header_that_promises_more_than_there_is_is_refused():
    whole = base64.b64decode(encode(np.zeros(10_000), refuse)["v"])
    promised = whole.replace(b"(10000,)", b"(10**12,)"[:8])
    for text in (whole[:-8], promised, whole + b"0" * 8):
        tree = {"$": "array", "v": base64.b64encode(text).decode()}
        with pytest.raises(ValueError, match="damaged"):
            decode(tree, decode_object=refuse)
