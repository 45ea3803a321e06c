"""Streams that are sent to workers, and what code returned in whatever container."""

import copy
import sys

import numpy as np
import pandas as pd
import pytest

from speedlab.course.quiz.probes.afresh import sent_whole
from speedlab.course.quiz.probes.travel import drawn_after_travel, first_numbers
from speedlab.course.quiz.values import is_mask, unpacked


@pytest.fixture(scope="module", autouse=True)
def as_from_a_cell():
    """Let what is written here travel as code of a notebook does: no new Python imports it."""
    with sent_whole(sys.modules[__name__]):
        yield


def spawned(seed, tasks):
    children = np.random.SeedSequence(seed).spawn(tasks)
    return [np.random.default_rng(child) for child in children]


def test_streams_of_their_own_draw_other_numbers_after_they_have_travelled():
    drawn = drawn_after_travel(spawned, 7, 3, 100)
    assert drawn == [stream.random(100).tolist() for stream in spawned(7, 3)]


def test_one_generator_for_all_draws_the_same_after_it_has_travelled():
    one, other = drawn_after_travel(lambda seed, n: [np.random.default_rng(seed)] * n, 7, 2, 5)
    assert one == other


def test_a_stream_that_begins_a_little_later_draws_what_the_first_one_draws():
    def later(seed, tasks):
        rng, streams = np.random.default_rng(seed), []
        for _ in range(tasks):
            streams.append(copy.deepcopy(rng))
            rng.random()
        return streams

    one, other = drawn_after_travel(later, 7, 2, 5)
    assert one[1:] == other[:-1]


def test_what_another_python_hashes_otherwise_is_not_the_same_there(monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "0")

    def hashed(seed, tasks):
        return [np.random.default_rng(abs(hash(f"{seed} {task}"))) for task in range(tasks)]

    found = [first_numbers(hashed, (7, 2)) for _ in range(2)]
    assert found[0] != found[1]


def test_seeds_are_asked_for_in_turn_in_one_python():
    parent = np.random.default_rng(7)
    one, other = first_numbers(lambda seed, tasks: parent.spawn(tasks), (7, 2), (7, 2))
    assert one != other
    assert (
        first_numbers(spawned, (7, 2), (8, 1), (7, 2))[::2]
        == [[one for [one] in drawn_after_travel(spawned, 7, 2, 1)]] * 2
    )


@pytest.mark.parametrize("made", [None, 7, "ab", {0: np.random.default_rng(7)}])
def test_what_is_no_row_of_streams_gives_none(made):
    assert drawn_after_travel(lambda *_: made, 7, 2, 5) == []


def test_what_cannot_draw_draws_nothing():
    assert drawn_after_travel(lambda seed, tasks: [seed] * tasks, 7, 2, 5) == [[], []]


def test_a_generator_of_streams_is_as_good_as_a_list():
    lazy = drawn_after_travel(lambda seed, n: (one for one in spawned(seed, n)), 7, 2, 5)
    assert lazy == drawn_after_travel(spawned, 7, 2, 5)


def test_an_error_of_the_learner_is_told():
    with pytest.raises(RuntimeError, match="division by zero"):
        drawn_after_travel(lambda seed, tasks: 1 / 0, 7, 2, 5)


def test_a_list_is_unpacked_and_an_error_in_a_generator_is_the_learners():
    assert unpacked(np.array([1, 2])) == unpacked(iter([1, 2])) == [1, 2]
    with pytest.raises(TypeError, match="NoneType"):
        unpacked(len(one) for one in [None])


@pytest.mark.parametrize("value", [[0, 1], "ab", None, [True], [[True, False]], [True, None]])
def test_what_says_something_else_than_true_or_false_of_each_row_is_no_mask(value):
    assert not is_mask(value, 2)


def test_a_mask_may_be_an_array_a_column_or_a_list():
    assert all(is_mask(one, 2) for one in ([True, False], np.ones(2, bool), pd.Series([True] * 2)))
