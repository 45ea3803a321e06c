"""Equality of answers: what agrees, what does not and why, and never a raw error."""

import collections
import datetime as dt
import enum
import functools
import pickle
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import cloudpickle
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import speedlab as sl
from speedlab.measure.equality import NO_EQUALITY, agreement, first_difference

STEADY = settings(derandomize=True, deadline=None, max_examples=60)
NAN = float("nan")
BIG = 2**60


class Mute:
    """An object that does not say when it is equal."""

    def __init__(self, part):
        self.part = part


class Raising(Mute):
    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("no")


class Tabular(Mute):
    """Its == gives an array, as that of a table does."""

    __hash__ = None

    def __eq__(self, other):
        return np.array([self.part]) == np.array([other.part])


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Plan:
    km: float
    seconds: float = field(default=0.0, compare=False)


def holding_itself(first):
    chain = [first]
    chain.append(chain)
    return chain


def frame(**columns):
    return pd.DataFrame(columns)


def travelled(answer):
    return cloudpickle.loads(cloudpickle.dumps(answer))


SAME = {
    "numbers": [1, BIG, 1.5, NAN, -0.0, complex(NAN, 1), True, Decimal("nan"), Fraction(1, 3)],
    "a signalling nan": Decimal("sNaN"),
    "texts": ["a", b"a", None, np.str_("a"), ""],
    "nan as a key": {NAN: 1, (1, NAN): [NAN]},
    "a set with nan": {NAN, 1},
    "NaT": np.array(["2020", "NaT"], "M8[D]"),
    "time spans": np.array([1, "NaT"], "m8[s]"),
    "an object array with holes": np.array([1, None, NAN, "x", [1]], object),
    "complex nan": np.array([complex(1, NAN), 2]),
    "named fields": np.array([(1, NAN)], dtype=[("a", int), ("b", float)]),
    "masked": np.ma.masked_array([1, 2], [0, 1]),
    "texts of numpy": np.array(["a", "bb"], np.dtypes.StringDType()),
    "one cell": np.array(3.0),
    "NA": [pd.NA, pd.NaT],
    "a frame": frame(a=[1.0, None], b=["x", None], c=pd.to_datetime(["2020", None])),
    "whole numbers with holes": pd.Series([1, None], dtype="Int64"),
    "floats with holes": pd.array([1.5, None], dtype="Float64"),
    "categories": frame(a=pd.Categorical(["x", "y"])),
    "arrow": pd.Series([1.0, None], dtype="double[pyarrow]"),
    "lists in cells": pd.Series([[1, 2], np.array([1, 2])]),
    "times of a zone": pd.date_range("2020", periods=3, tz="UTC"),
    "two levels": pd.MultiIndex.from_product([[1, 2], ["a", "b"]]),
    "a sparse array": pd.arrays.SparseArray([0, 1.0]),
    "a sparse matrix": scipy.sparse.csr_matrix(np.eye(3)),
    "an arrow table": pa.table({"a": [1, 2, None]}),
    "objects": [Mute(3), Raising(3), Tabular(3), Colour.RED, Plan(1.0), {Mute(1): 2}, {Mute(1)}],
    "what a library makes": [functools.partial(int, base=2), ValueError("x"), range(3), len],
    "moments": [dt.datetime(2020, 1, 1), pd.Timestamp("2020"), pd.Interval(1, 2)],
    "a queue": collections.deque([1, [2]]),
    "a list that holds itself": holding_itself(1),
}


@pytest.mark.filterwarnings("ignore:Comparing two sparse")
@pytest.mark.parametrize("name", SAME)
def test_what_has_travelled_is_the_same(name):
    assert first_difference(SAME[name], travelled(SAME[name]), rtol=0.0) is None


DIFFERENT = [
    (BIG, BIG + 1, f"answer: serial {BIG}, parallel {BIG + 1}"),
    ([BIG], [BIG + 1], r"answer\[0\]"),
    (np.array([BIG]), np.array([BIG + 1]), r"answer\[0\]"),
    (frame(a=[1, BIG]), frame(a=[1, BIG + 1]), r"answer\['a'\].values\[1\]"),
    (pd.Series([BIG], dtype=object), pd.Series([BIG + 1], dtype=object), "values"),
    (pd.Series([BIG], dtype="Int64"), pd.Series([BIG + 1], dtype="Int64"), "values"),
    (Decimal(1), Decimal("1.0000000000001"), "Decimal"),
    (Fraction(1, 3), Fraction(10**15, 3 * 10**15 + 1), "Fraction"),
    (2**2000, 1.5, "parallel 1.5"),
    (True, 1, "another kind, serial bool, parallel int"),
    ((1, 2), [1, 2], "another kind, serial tuple, parallel list"),
    (np.array([1]), np.array([1.0]), "another kind, serial ndarray of int64, .* of float64"),
    (np.zeros(2, "i4"), np.zeros(2, "i8"), "another kind"),
    (np.zeros(2, "f4"), np.zeros(2), "another kind, serial ndarray of float32"),
    (np.float32(0.5), 0.5, "another kind, serial float32, parallel float"),
    (frame(a=["x"]), frame(a=["x"]).astype(object), r"answer\['a'\].values: another kind"),
    (pd.Series([1]), pd.Series([1.0]), "another kind, serial Series of int64"),
    (pd.Series([True]), pd.Series([True], dtype="boolean"), "another kind"),
    (type("A", (), {})(), type("A", (), {})(), "two classes, both called A"),
    (pd.NA, None, "another kind"),
    (np.array([1, None], object), np.array([1, 2], object), r"answer\[1\]: another kind"),
    (np.ma.masked_array([1, 2], [0, 1]), np.ma.masked_array([1, 2], [1, 1]), "masked in one"),
    (np.ma.masked_array([1, 2], [0, 1]), np.array([1, 2]), "another kind, serial MaskedArray"),
    (np.zeros((2, 1)), np.zeros(2), r"another shape, serial \(2, 1\), parallel \(2,\)"),
    (complex(1, NAN), complex(2, NAN), "nanj"),
    (np.array([complex(1, NAN)]), np.array([complex(2, NAN)]), r"answer\[0\]"),
    ({"a": 1}, {"b": 1}, "only the serial one has key 'a'"),
    ({"a": 1}, {"a": 1, "b": 2}, "only the parallel one has key 'b'"),
    ({1: 0}, {True: 0}, "only the serial one has key 1"),
    ({1}, {1, 2}, "only the parallel one has 2"),
    ([1], [1, 2], "another length, serial 1, parallel 2"),
    ("a" * 90 + "x", "a" * 90 + "y", r"answer\[70:\]: serial 'a+x', parallel 'a+y'"),
    ("ab", "abc", "serial 'ab', parallel 'abc'"),
    ("a" * 90, "a" * 91, r"answer\[70:\]: serial 'a{20}', parallel 'a{21}'"),
    (Colour.RED, Colour.BLUE, "RED"),
    (Plan(1.0), Plan(2.0), r"answer.km"),
    (holding_itself(1), holding_itself(2), r"answer\[0\]: serial 1, parallel 2"),
    (frame(a=[1], b=[2]), frame(b=[2], a=[1]), r"answer.columns"),
    (frame(a=[1]), frame(a=[1]).set_index(pd.Index([5])), r"answer.index"),
    (pd.Series([1], name="a"), pd.Series([1], name="b"), r"answer.name"),
    (pd.Series(["a"], dtype="category"), pd.Series(["b"], dtype="category"), "values"),
    (pd.MultiIndex.from_tuples([(1, 2)]), pd.MultiIndex.from_tuples([(1, 3)]), r"levels\[1\]"),
    (pd.MultiIndex.from_tuples([(1, 2)]), pd.MultiIndex.from_tuples([(1, 2, 3)]), "names"),
]


@pytest.mark.parametrize(("serial", "parallel", "place"), DIFFERENT)
def test_what_differs_is_named_on_either_side(serial, parallel, place):
    with pytest.raises(AssertionError, match=place):
        raise AssertionError(first_difference(serial, parallel, rtol=1e-9))
    assert first_difference(parallel, serial, rtol=1e-9) is not None


@pytest.mark.parametrize(
    ("serial", "parallel"),
    [
        (Mute(1), Mute(2)),
        (Raising(1), Raising(2)),
        (Tabular(1), Tabular(2)),
        ({Mute(1)}, {Mute(2)}),
        ({Mute(1): 0}, {Mute(2): 0}),
        (scipy.sparse.csr_matrix([[1, 2]]), scipy.sparse.csr_matrix([[1, 3]])),
    ],
)
@pytest.mark.filterwarnings("ignore:Comparing two sparse")
def test_objects_without_equality_ask_for_a_test(serial, parallel):
    assert first_difference([serial], [parallel], rtol=1e-9) == f"answer[0]: {NO_EQUALITY}"


@pytest.mark.parametrize(
    ("serial", "parallel"),
    [
        (0.1 + 0.2, 0.3),
        (3, 3.0 - 1e-15),
        (complex(0.1 + 0.2, 1), complex(0.3, 1)),
        ([1, {"a": 0.1 + 0.2}], [1, {"a": 0.3}]),
        ([0.1 + 0.2] * 3, [0.3] * 3),
        (np.array([0.1 + 0.2, NAN]), np.array([0.3, NAN])),
        (frame(a=[0.1 + 0.2]), frame(a=[0.3])),
        (pd.Index([0.1 + 0.2]), pd.Index([0.3])),
        (pd.array([0.1 + 0.2, None], dtype="Float64"), pd.array([0.3, None], dtype="Float64")),
        ((Plan(0.1 + 0.2, 5.0),), (Plan(0.3, 6.0),)),
    ],
)
def test_floats_may_differ_by_rounding(serial, parallel):
    assert agreement(serial, parallel) == agreement(parallel, serial) == "within rtol 1e-09"


def test_numpys_own_numbers_are_those_of_python():
    assert agreement([1, 1.5, True, "a"], [np.int64(1), np.float64(1.5), np.True_, np.str_("a")])


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.binary(max_size=4),
    st.decimals(),
    st.fractions(),
    st.complex_numbers(),
)
ARRAYS = st.lists(st.floats(), max_size=4).map(np.array) | st.lists(st.integers(-9, 9)).map(
    lambda values: np.array(values, np.int64)
)
ANSWERS = st.recursive(
    LEAVES | ARRAYS | ARRAYS.map(pd.Series),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.dictionaries(st.text(max_size=2), parts, max_size=3)
        | parts.map(Plan)
        | st.tuples(parts, parts)
    ),
    max_leaves=8,
)


@STEADY
@given(ANSWERS)
def test_every_answer_agrees_exactly_with_its_pickled_copy(answer):
    assert agreement(answer, pickle.loads(pickle.dumps(answer))) == "exact"


@STEADY
@given(ANSWERS, ANSWERS)
def test_agreement_is_symmetric(one, other):
    assert agreement(one, other) == agreement(other, one)


@STEADY
@given(ANSWERS, LEAVES, LEAVES)
def test_any_single_changed_leaf_is_seen(answer, leaf, other):
    seen = agreement(leaf, other)
    assert agreement([answer, {"at": (leaf,)}], [answer, {"at": (other,)}]) == seen
    assert agreement(Plan(leaf), Plan(other)) == seen


@STEADY
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=6), st.data())
def test_any_single_changed_cell_is_seen(values, data):
    at = data.draw(st.integers(0, len(values) - 1))
    changed = np.array(values)
    changed[at] ^= data.draw(st.integers(1, 2**62))
    for wrap in (np.array, pd.Series, pd.Index, lambda x: frame(a=x)):
        found = first_difference(wrap(values), wrap(changed), rtol=1e-9)
        assert f"[{at}]" in found


def refused(serial, parallel, **options):
    with pytest.raises(sl.ResultMismatch) as found:
        sl.race(lambda: serial, lambda: parallel, budget_s=0.0, **options)
    return str(found.value)


@pytest.mark.parametrize(
    ("serial", "parallel", "advice"),
    [
        (["b", "a"], ["a", "b"], "another order"),
        ([1, {"words": ["b", "a"]}], [1, {"words": ["a", "b"]}], "another order"),
        (np.array([1, 2]), np.array([2, 1]), "another order"),
        (frame(a=[1, 2], b=[3, 4]), frame(a=[2, 1], b=[4, 3]), "another order"),
        (frame(a=[1], b=[3]), frame(b=[3], a=[1]), "another order"),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}, "avoid global state"),
        (np.float32(0.3), np.float32(0.3) + np.float32(1e-7), "rounding alone"),
        (1e-17, 0.0, "rounding alone"),
        ([1.0, {"km": np.array([2.0, 1e-13])}], [1.0, {"km": np.array([2.0, 0.0])}], "rounding"),
        ((1, 2), [1, 2], "Return the same kind"),
        (Mute(1), Mute(2), "Return plain values"),
        ([1], [2], "avoid global state"),
    ],
)
def test_the_advice_fits_the_cause_and_names_equal(serial, parallel, advice):
    said = refused(serial, parallel)
    assert advice in said
    assert "equal=" in said


def test_an_own_test_that_says_no_is_not_asked_for_again():
    for parts in ((1, 2), (Mute(1), Mute(2)), (3, 3)):
        said = refused(*parts, equal=lambda a, b: False)
        assert NO_EQUALITY not in said
        assert ("said no" in said) == (parts != (1, 2))


def test_a_chunk_that_is_changed_in_place_is_named():
    def grow(chunk):
        chunk.append(9)
        return len(chunk)

    with pytest.raises(sl.ResultMismatch, match="changes its chunk in place"):
        sl.compare(grow, [[1], [2]], workers=2)


def test_a_mismatch_that_a_chunk_has_no_part_in_says_so():
    with pytest.raises(sl.ResultMismatch, match="avoid global state"):
        sl.compare(len, [[1], [2]], merge=sum, baseline=lambda: 5, workers=2)


@pytest.mark.parametrize(
    "equal", [lambda a, b: np.array([True, False]), lambda a, b: 1 / 0, lambda a: True, "nearly"]
)
def test_what_is_no_test_of_equality_is_named(equal):
    with pytest.raises(sl.BadInput, match="equal= is no test of two answers"):
        sl.race(lambda: 1, lambda: 1, equal=equal, budget_s=0.0)


def test_exact_is_enforced_and_says_where():
    said = refused(0.1 + 0.2, 0.3, equal="exact")
    assert "serial 0.30000000000000004, parallel 0.3" in said
    assert "rounding alone" in said
    assert sl.race(lambda: 0.3, lambda: 0.3, equal="exact", budget_s=0.0).agreement == "exact"
