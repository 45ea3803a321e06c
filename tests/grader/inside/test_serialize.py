"""Values cross as data and come back equal; nothing else crosses."""

import collections
import datetime
import decimal
import fractions
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grader.inside.serialize import NotSerializable, decode, dumps, encode, make_error, tell_error

VALUES = [
    None,
    True,
    -(2**70),
    1.5,
    math.inf,
    "\ud800 and ä",
    [1, [2, ()]],
    {1: "a", (1, 2): {3}},
    frozenset([1]),
    b"\0x",
    bytearray(b"y"),
    range(1, 9, 2),
    slice(1, None),
    3 + 4j,
    Path("/a/b"),
    collections.Counter("aab"),
    collections.OrderedDict(b=1, a=2),
    collections.deque([1]),
    decimal.Decimal("1.10"),
    fractions.Fraction(1, 3),
    datetime.datetime(2025, 1, 2, 3, 4, 5, 6),
    datetime.date(2025, 1, 2),
    datetime.time(1, 2),
    datetime.timedelta(1, 2, 3),
    np.float32(1.5),
    np.int8(-3),
    np.bool_(True),
    np.datetime64("2025-01-01"),
    pd.Timestamp("2025-01-01", tz="Europe/Berlin"),
    pd.Timedelta("1h"),
]
TABLES = [
    pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=[5, 3]),
    pd.DataFrame({0: [1.5, 2], "when": pd.to_datetime(["2025", "2026"])}),
    pd.DataFrame(),
    pd.Series([1, 2], name="q"),
    pd.Series(["a", "b", "a"], dtype="category"),
    pd.Index([3, 1], name="z"),
]


def refuse(value):
    raise NotSerializable(type(value).__name__)


def there_and_back(value):
    return decode(json.loads(dumps(encode(value, refuse))), decode_object=refuse)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_with_its_type(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("value", TABLES, ids=lambda v: type(v).__name__)
def test_a_table_comes_back(value):
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back.equals(value)
    assert getattr(back, "name", None) == getattr(value, "name", None)


@pytest.mark.parametrize(
    "array", [np.arange(6).reshape(2, 3), np.array(["a", "bb"]), np.array([1, "a", None], object)]
)
def test_an_array_comes_back(array):
    back = there_and_back(array)
    assert (back == array).all()
    assert back.dtype == array.dtype


def test_what_is_not_equal_to_itself_comes_back():
    assert math.isnan(there_and_back(math.nan))
    assert there_and_back([pd.NA, pd.NaT]) == [pd.NA, pd.NaT]


def test_a_named_tuple_keeps_its_names():
    assert there_and_back(collections.namedtuple("P", "x y")(1, 2)).y == 2


class Liar(list):
    def __eq__(self, other):
        return True

    __hash__ = None

    def __iter__(self):
        return iter("lies")


def test_a_subclass_crosses_as_the_plain_value_that_it_holds():
    back = there_and_back(Liar([1, 2]))
    assert type(back) is list
    assert back == [1, 2]


@pytest.mark.parametrize("value", [object(), print, iter([]), np.random.default_rng(1), refuse])
def test_what_is_no_data_does_not_cross(value):
    with pytest.raises(NotSerializable):
        encode([value], refuse)


def test_a_value_that_holds_itself_does_not_cross():
    value = []
    value.append(value)
    with pytest.raises(NotSerializable, match="nested"):
        encode(value, refuse)


def test_a_value_that_is_too_large_does_not_cross():
    with pytest.raises(NotSerializable, match="larger"):
        dumps(encode("x" * 2_000_000, refuse), limit=1_000_000)


@pytest.mark.parametrize(
    "tree",
    [
        {"$": "tuple"},
        {"$": "int", "v": "zz"},
        {"$": "path", "v": 3},
        {"$": "array", "v": "AAAA"},
        {"$": "frame", "v": "AAAA"},
        {"$": "dict", "v": [[1]]},
        {"$": "dict", "v": [[[], 1]]},
        {"$": "tuple", "v": [], "name": "import os", "fields": ["x"]},
        {"$": "timestamp", "v": "no time", "zone": None},
        {"no": "tag"},
    ],
)
def test_damaged_data_are_refused(tree):
    with pytest.raises(ValueError):
        decode(tree, decode_object=dict)


def test_pickles_inside_arrays_are_refused():
    import base64
    import io

    stream = io.BytesIO()
    np.save(stream, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError):
        decode(
            {"$": "array", "v": base64.b64encode(stream.getvalue()).decode()}, decode_object=dict
        )


class Odd(KeyError):
    pass


def test_an_exception_crosses_as_its_nearest_builtin_type():
    told = tell_error(Odd("key"))
    assert (told["type"], told["name"], told["message"]) == ("KeyError", "Odd", "key")
    assert type(make_error(told)) is KeyError


def test_an_exception_that_is_none_becomes_a_plain_one():
    assert type(make_error({"type": "print", "message": "x"})) is RuntimeError
    assert "UnicodeDecodeError" in str(make_error({"type": "UnicodeDecodeError", "message": "x"}))
