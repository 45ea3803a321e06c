"""What an answer returned is compared by what it holds, and nothing of it makes a check fail."""

from collections import namedtuple
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from speedlab.course.quiz.values import near, order_kept, rows_kept, same, several

FRAME = pd.DataFrame({"card": [1, 2, 1, 3], "euros": [5.0, 7.5, 5.0, 1.0]})


@pytest.mark.parametrize(
    "value",
    [
        (3, 4),
        [3, 4],
        np.array([3, 4]),
        pd.Series([3, 4], index=[7, 9]),
        namedtuple("Pair", "a b")(3, 4),
        iter([3, 4]),
        (x for x in (3, 4)),
        range(3, 5),
    ],
)
def test_whatever_unpacks_in_an_order_is_several(value):
    assert several(value, 2) == [3, 4]


@pytest.mark.parametrize("value", [None, 3, "34", b"34", {3, 4}, {3: 4, 5: 6}, [3], [3, 4, 5]])
def test_whatever_does_not_is_nothing(value):
    assert several(value, 2) == []


@pytest.mark.parametrize(
    "found", [1.5, Fraction(3, 2), np.float32(1.5), np.array(1.5), 1.5 + 1e-12, True + 0.5]
)
def test_numbers_of_any_kind_are_near(found):
    assert near(found, 1.5)


@pytest.mark.parametrize(
    "found", [None, "1.5", 1.6, float("nan"), [1.5], [[1.5]], {"a": 1.5}, {1.5}, object(), 1.5j]
)
def test_what_is_no_such_number_is_not_near(found):
    assert not near(found, 1.5)


def test_sequences_are_near_place_by_place():
    assert near(pd.Series([1, 2]), (1, 2)) and near([Fraction(1), 2.0], (1, 2))
    assert not near([1, 2, 3], (1, 2)) and not near([1, [2, 3]], (1, 2)) and not near([], (1,))


def test_what_cannot_be_compared_is_not_the_same():
    class Odd:
        def __eq__(self, other):
            raise ValueError

        __hash__ = None

    assert not same(Odd(), 3) and not same([np.array([1, 2]), 3], [4, 3])
    assert same([np.array([1, 2]), 3], [[1, 2], 3])


def test_every_row_of_a_frame_is_in_one_part():
    one, other = FRAME[FRAME["card"] == 1], FRAME[FRAME["card"] != 1]
    assert rows_kept([one, other], FRAME) and rows_kept([one.assign(part=0), other], FRAME)
    assert rows_kept([one.reset_index(drop=True), other, FRAME.iloc[:0]], FRAME)
    assert not rows_kept([one], FRAME)  # rows are missing
    assert not rows_kept([one.drop_duplicates(), other], FRAME)
    assert not rows_kept([one, other, other.head(1)], FRAME)
    assert not rows_kept([one[["card"]], other[["card"]]], FRAME)
    assert not rows_kept([one.assign(euros=0.0), other], FRAME)
    assert not rows_kept([None, other], FRAME) and not rows_kept([[1], [2]], FRAME)


def test_the_order_of_the_rows_is_that_of_the_frame():
    frame = FRAME.drop_duplicates()
    assert order_kept([frame.iloc[[0, 2]], frame.iloc[[1]]], frame)
    assert not order_kept([frame.iloc[[2, 0]], frame.iloc[[1]]], frame)
