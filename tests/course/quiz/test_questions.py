"""Questions: the right answer is known by its hash, and a wrong one gets its own hint."""

import json
from collections import Counter

import pytest

from speedlab.core.errors import BadInput
from speedlab.course.quiz.questions import (
    Question,
    bucket,
    hash_answer,
    load_question,
    seal,
    without_key,
)

SPLIT = Question(
    "m1-split",
    "choice",
    "How?",
    choices={"rows": "By rows", "cards": "By card"},
    hints={"rows": "What of a card that paid twice?"},
    key=hash_answer("m1-split", "cards"),
    sealed=seal({"solution": "The answer is: By card.", "because": "A card stays whole."}),
)
PREDICT = Question("m1-predict", "prediction", "How fast?", low=0.1, high=64)


def number(answer, tolerance):
    unhashed = Question(
        "m1-n",
        "number",
        hints={"64": "all of them", "<10": "more", "otherwise": "close"},
        low=0,
        high=1000,
        width=2 * tolerance,
        offset=(answer - tolerance) % (2 * tolerance),
    )
    return Question(**vars(unhashed) | {"key": hash_answer("m1-n", bucket(answer, unhashed))})


def test_the_right_choice_is_right_and_says_why():
    reply = SPLIT.reply("cards")
    assert (reply.right, reply.text) == (True, "Right. A card stays whole.")


def test_a_wrong_choice_gets_its_own_hint():
    reply = SPLIT.reply("rows")
    assert (reply.right, reply.text) == (False, "What of a card that paid twice?")


@pytest.mark.parametrize("value", [None, "", "cards ", 3])
def test_what_is_no_choice_is_no_answer(value):
    assert SPLIT.reply(value).text == SPLIT.missing(value) == "Choose one of the answers."


@pytest.mark.parametrize("value", [15.3, 15.35, 15.4, 15.45])
def test_a_number_within_the_tolerance_is_right(value):
    assert number(15.375, 0.125).reply(value).right


@pytest.mark.parametrize(
    ("value", "text"), [(64, "all of them"), (64.0, "all of them"), (3, "more"), (15.6, "close")]
)
def test_a_wrong_number_gets_the_first_hint_that_fits(value, text):
    reply = number(15.375, 0.125).reply(value)
    assert (reply.right, reply.text) == (False, text)


@pytest.mark.parametrize("value", [None, "15", True, -1, 1001, float("nan"), float("inf")])
def test_what_is_no_number_is_no_answer(value):
    assert number(15.375, 0.125).reply(value).text.startswith("Write a number")


@pytest.mark.parametrize("value", [0.1, 2, 64])
def test_any_honest_prediction_is_noted(value):
    assert PREDICT.reply(value).right


def test_without_a_seal_there_is_no_solution():
    bare = Question("m1-x", "choice", choices={"a": "A"}, key=hash_answer("m1-x", "a"))
    assert (bare.solution, bare.because, bare.reply("a").text) == ("", "", "Right.")


LEARNERS = [f"{number:016x}" for number in range(1, 1201)]
OWN = Question(
    "m1-hours",
    "number",
    "10 hours?",
    unit="h",
    figures={"hours": 10},
    variants=({}, *({"text": f"{n} hours?", "figures": {"hours": n}} for n in range(11, 16))),
)


def test_without_an_id_the_figures_are_the_authors():
    assert OWN.for_learner("").text == "10 hours?"
    assert OWN.for_learner("").variants == ()


def test_the_figures_of_a_learner_stay_and_are_spread_over_all_variants():
    texts = [OWN.for_learner(learner).text for learner in LEARNERS]
    assert texts == [OWN.for_learner(learner).text for learner in LEARNERS]
    assert all(150 < count < 250 for count in Counter(texts).values())  # 200 each, drawn once
    assert len(set(texts)) == 6
    assert OWN.for_learner(LEARNERS[0]).figures == {"hours": int(texts[0][:2])}


def test_the_figures_of_two_questions_are_drawn_apart():
    other = Question(**vars(OWN) | {"id": "m4-km"})
    pairs = {(OWN.for_learner(one).text, other.for_learner(one).text) for one in LEARNERS}
    assert len(pairs) == 36


def test_choices_are_shuffled_for_each_learner_and_none_is_lost():
    three = Question("m1-split", "choice", choices={"rows": "R", "cards": "C", "days": "D"})
    orders = Counter(tuple(three.for_learner(learner).choices) for learner in LEARNERS)
    assert len(orders) == 6
    assert all(150 < count < 250 for count in orders.values())
    assert all(three.shuffled(learner) == three.choices for learner in ("", *LEARNERS[:9]))


def test_a_learner_gets_their_own_figures_from_the_file(tmp_path):
    (tmp_path / "questions.json").write_text(json.dumps({"m1-hours": vars(OWN)}))
    texts = {load_question("m1-hours", tmp_path, learner).text for learner in LEARNERS[:100]}
    assert texts == {f"{n} hours?" for n in range(10, 16)}
    assert load_question("m1-hours", tmp_path).text == "10 hours?"


def test_without_keys_a_variant_holds_what_is_asked_only():
    told = {"text": "11 hours?", "figures": {"hours": 11}}
    keyed = told | {"key": "k", "hints": {"otherwise": "?"}, "sealed": "s", "offset": 1}
    slim = without_key(Question("m1-hours", "number", unit="h", variants=({}, keyed)))
    assert (slim.unit, list(slim.variants)) == ("h", [{}, told])


def test_a_question_is_read_from_its_file(tmp_path):
    (tmp_path / "questions.json").write_text(json.dumps({"m1-split": vars(SPLIT)}))
    assert load_question("m1-split", tmp_path) == SPLIT


@pytest.mark.parametrize("text", [None, "{", "[]", '{"m1-other": {}}', '{"m1-split": {"id": 1}}'])
def test_a_missing_or_damaged_file_is_a_sentence(tmp_path, text):
    if text is not None:
        (tmp_path / "questions.json").write_text(text)
    with pytest.raises(BadInput, match="Start the lesson over"):
        load_question("m1-split", tmp_path)
