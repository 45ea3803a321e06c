"""A question on the page: reply, record, offer of the answer, and what nbgrader sees."""

import json

import pytest

from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import Asked, NotYet, answered, ask, read_number
from speedlab.course.quiz.questions import Question, hash_answer, seal


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A lesson with two questions, in the hands of a learner."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    split = Question(
        "m1-split",
        "choice",
        "How <must> it be cut?",
        choices={"rows": "By rows", "cards": "By card", "days": "By day"},
        hints={"rows": "Not so.", "days": "Nor so."},
        key=hash_answer("m1-split", "cards"),
        sealed=seal({"solution": "The answer is: By card.", "because": "It stays whole."}),
    )
    predict = Question("m1-predict", "prediction", "How fast?", low=0.1, high=64)
    text = {question.id: vars(question) for question in (split, predict)}
    (tmp_path / "questions.json").write_text(json.dumps(text))
    return tmp_path


@pytest.fixture
def split(folder):
    return ask("m1-split", folder=folder)


def said(asked):
    return asked.said.value


def test_a_wrong_answer_is_noted_and_helped(folder, split):
    split.field.value = "rows"
    split.button.click()
    assert "✗ Not so." in said(split)
    assert progress.load(folder).answers["m1-split"] == progress.Answer("rows", False, 1, ("rows",))
    assert progress.load(folder).done == {}


def test_a_right_answer_makes_the_step_done(folder, split):
    split.field.value = "cards"
    split.button.click()
    assert "✓ Right. It stays whole." in said(split)
    assert "m1-split" in progress.load(folder).done


def test_without_a_choice_nothing_is_noted(folder, split):
    split.button.click()
    assert "Choose one" in said(split)
    assert progress.load(folder).answers == {}


def test_the_answer_is_offered_after_two_different_tries(split):
    for value, shown in (("rows", "none"), ("rows", "none"), ("days", "")):
        split.field.value = value
        split.button.click()
        assert split.reveal.layout.display == shown
    split.reveal.click()
    assert "The answer is: By card. It stays whole." in said(split)


def test_a_reopened_lesson_shows_the_answer_that_was_given(folder, split):
    split.field.value = "rows"
    split.button.click()
    again = ask("m1-split", folder=folder)
    assert (again.field.value, said(again)) == ("rows", said(split))


def test_without_a_key_an_answer_is_noted_and_not_judged(folder):
    text = {"m1-split": {"id": "m1-split", "kind": "choice", "choices": {"rows": "By rows"}}}
    (folder / "questions.json").write_text(json.dumps(text))
    asked = ask("m1-split", folder=folder)
    asked.field.value = "rows"
    asked.button.click()
    assert "○ Noted; judged when graded." in said(asked)
    assert progress.load(folder).answers["m1-split"].value == "rows"
    assert progress.load(folder).done == {}


def test_a_damaged_record_is_said(folder):
    (folder / progress.FILE).write_text("{")
    assert "set aside" in said(ask("m1-split", folder=folder))


def test_a_prediction_is_there_for_the_cells_below(folder):
    assert answered("m1-predict", "nothing yet", folder=folder) == "nothing yet"
    asked = ask("m1-predict", folder=folder)
    asked.field.value = "1,8"
    asked.button.click()
    assert answered("m1-predict", folder=folder) == 1.8
    assert ask("m1-predict", folder=folder).field.value == "1.8"


@pytest.mark.parametrize(("text", "value"), [("", None), ("two", None), (" 2 x", 2), ("1.5×", 1.5)])
def test_numbers_are_read_as_people_write_them(text, value):
    assert read_number(text) == value


def test_outside_jupyter_the_question_can_be_read(split):
    html = split._repr_mimebundle_()["text/html"]
    assert "How &lt;must&gt; it be cut?" in html
    assert html.count("<li>") == 3
    assert isinstance(split, Asked)


@pytest.fixture
def graded(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


def test_a_right_answer_passes_in_silence_when_graded(folder, graded):
    progress.record_answer(folder, "m1-split", "cards", right=False)
    assert ask("m1-split", folder=folder) is None


@pytest.mark.parametrize("value", [None, "rows", "nonsense"])
def test_any_other_fails_when_graded_whatever_the_record_claims(folder, graded, value):
    if value:
        progress.record_answer(folder, "m1-split", value, right=True)
    with pytest.raises(NotYet):
        ask("m1-split", folder=folder)
