"""What an answer earns, by the try on which it was right."""

import pytest

from speedlab.course.lessons.progress import Answer
from speedlab.course.quiz.questions import Question, bucket, hash_answer
from speedlab.course.quiz.scoring import first_right, share_earned, share_of

NAMES = ("rows", "cards", "days")
SPLIT = Question(
    "m1-split",
    "choice",
    choices={name: name for name in NAMES},
    hints={"rows": "no", "days": "no"},
    key=hash_answer("m1-split", "cards"),
)
PREDICT = Question("m1-predict", "prediction", low=0.1, high=64)
HALVES = (1.0, 0.5)


def count(answer=4.0):
    plain = Question("m1-n", "number", hints={"otherwise": "no"}, low=0, high=99, width=0.2)
    return Question(**vars(plain) | {"key": hash_answer("m1-n", bucket(answer, plain))})


@pytest.mark.parametrize(
    ("tried", "share"),
    [
        (["cards"], 1.0),
        (["rows", "cards"], 0.5),
        (["rows", "days", "cards"], 0.0),
        (["rows", "days"], 0.0),
        ([], 0.0),
        (["cards", "rows"], 1.0),  # who plays on loses nothing
        (["rows", "rows", "cards"], 0.5),  # the same once more is no try
        (["no choice", None, 7, "cards"], 1.0),  # what is no answer is no try
    ],
)
def test_the_share_falls_with_the_tries(tried, share):
    assert share_earned(SPLIT, tried, HALVES) == share


@pytest.mark.parametrize(("tried", "share"), [(["rows", "cards"], 1.0), (["cards", "rows"], 0.0)])
def test_without_shares_the_last_answer_counts_in_full(tried, share):
    assert share_earned(SPLIT, tried, ()) == share


def test_numbers_count_tries_too():
    assert share_earned(count(), [5, 4.05], HALVES) == 0.5
    assert share_earned(count(), [float("nan"), -1, 4], HALVES) == 1.0
    assert first_right(count(), [5, 6]) is None


def test_a_prediction_never_costs_a_try():
    assert share_earned(PREDICT, [1.8, 3, 1.9], HALVES) == 1.0
    assert share_earned(PREDICT, [1000], HALVES) == 0.0


@pytest.mark.parametrize(
    ("noted", "share"),
    [
        (None, 0.0),
        (Answer("cards", True, 1, ("cards",)), 1.0),
        (Answer("cards", True, 2, ("rows", "cards")), 0.5),
        (Answer("rows", False, 2, ("cards", "rows")), 1.0),
        (Answer("cards", True, 5), 1.0),  # an older file knows of one try only
        (Answer("cards", True, 2, ("rows",)), 0.5),  # a value that is not among those kept
    ],
)
def test_the_record_of_an_answer_says_what_it_earns(noted, share):
    assert share_of(SPLIT, noted, HALVES) == share


@pytest.mark.parametrize("shares", [(), HALVES])
def test_a_prediction_earns_its_points_in_time_only(shares):
    assert share_of(PREDICT, Answer(1.8, True, 1, (1.8,)), shares) == 1.0
    assert share_of(PREDICT, Answer(1.8, True, 1, (1.8,), late=True), shares) == 0.0
