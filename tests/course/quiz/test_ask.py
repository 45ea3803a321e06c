"""A question on the page: reply, record, offer of the answer, and what nbgrader sees."""

import json

import pytest

from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import Asked, NotYet, answered, ask, on_page
from speedlab.course.quiz.questions import Question, bucket, hash_answer, seal


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
    predict = Question("m1-predict", "prediction", "How fast?", low=0.1, high=64, unit="×")
    course = tmp_path / "course" / "m1"  # with a folder around it that no other test shares
    course.mkdir(parents=True)
    text = {question.id: vars(question) for question in (split, predict, saved())}
    (course / "questions.json").write_text(json.dumps(text))
    return course


def saved():
    """Return a question about money, with six sets of figures."""
    asked = [
        keyed(
            Question(
                "m1-saved",
                "number",
                f"{days} days?",
                hints={"300": "That is a day.", "otherwise": "Not quite."},
                low=0,
                high=1e9,
                width=200,
                offset=100,
                unit="€",
                figures={"days": days},
                shares=(1.0, 0.5),
            ),
            days * 300,
        )
        for days in range(250, 256)
    ]
    own = ({name: vars(one)[name] for name in ("text", "key", "figures")} for one in asked)
    return Question(**vars(asked[0]) | {"variants": tuple(own)})


def keyed(question, answer):
    return Question(**vars(question) | {"key": hash_answer(question.id, bucket(answer, question))})


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


def test_outside_jupyter_the_question_can_be_read(split):
    html = split._repr_mimebundle_()["text/html"]
    assert "How &lt;must&gt; it be cut?" in html
    assert html.count("<li>") == 3
    assert isinstance(split, Asked)


def type_in(asked, text):
    asked.field.value = text
    asked.button.click()
    return said(asked)


@pytest.fixture
def money(folder):
    return ask("m1-saved", folder=folder)


def days(folder):
    return (
        progress.load(folder).learner and ask("m1-saved", folder=folder)._question.figures["days"]
    )


def test_the_figures_are_the_learners_own_and_are_noted(folder, money):
    own = days(folder)
    assert f"{own} days?" in money.box.children[0].value
    assert "✓ Right." in type_in(money, str(own * 300))
    assert progress.load(folder).answers["m1-saved"].figures == {"days": own}


def test_opening_a_question_makes_the_learners_id(folder, split):
    assert progress.load(folder).learner
    assert list(split.field._options_full) == [
        (split._question.choices[name], name) for name in split._question.choices
    ]


def test_the_unit_stands_beside_the_field(money):
    field, unit = money.box.children[1].children
    assert (field, unit.value) == (money.field, "<span class='speedlab-unit'>€</span>")


def test_a_number_read_otherwise_than_typed_is_said(folder, money):
    text = f"{days(folder) * 300:,}"
    assert f"✓ I read {text} €. Right." in type_in(money, text)
    assert ask("m1-saved", folder=folder).field.value == text.replace(",", "")


@pytest.mark.parametrize("text", ["", "many", "$12", "4-5", "nan", "90%", "-5"])
def test_what_is_uncertain_is_asked_and_is_no_try(folder, text):
    asked = ask("m1-predict", folder=folder)
    assert type_in(asked, text).startswith("<p role='status' class='speedlab-reply'>? ")
    assert progress.load(folder).answers == {}


def test_an_answer_to_other_figures_is_not_judged_on_the_page(folder, money):
    type_in(money, "300")
    progress.record_answer(folder, "m1-saved", 300, right=True, figures={"days": 1})
    assert "? Your answer was given to other figures" in said(ask("m1-saved", folder=folder))


def test_a_later_try_is_told_what_it_earns(folder, money):
    right = str(days(folder) * 300)
    assert "✗ That is a day. The right answer now earns half of the points." in type_in(
        money, "300"
    )
    assert "now earns half of the points." in type_in(money, "300.0")  # the same is no try
    assert "✓ Right, on the second try: half of the points." in type_in(money, right)
    again = "✗ Not quite. Your right answer from before counts."
    assert again in type_in(money, "4")
    assert again in said(ask("m1-saved", folder=folder))
    assert progress.load(folder).answers["m1-saved"].tries == 3


def test_whoever_tries_on_is_told_that_nothing_is_earned(folder, money):
    type_in(money, "300")
    assert "now earns no points; find it all the same." in type_in(money, "301")
    assert "✗ Not quite.</p>" in type_in(money, "302")
    right = str(days(folder) * 300)
    assert "✓ Right, on the fourth try: no points." in type_in(money, right)


def test_a_guess_after_the_result_is_noted_as_late(folder):
    progress.mark_shown(folder, "m1-predict")
    asked = ask("m1-predict", folder=folder)
    assert "after the result was shown, so it earns no points" in type_in(asked, "1.8")
    assert progress.load(folder).answers["m1-predict"].late


def test_a_guess_before_the_result_stays(folder):
    asked = ask("m1-predict", folder=folder)
    type_in(asked, "1.8")
    progress.mark_shown(folder, "m1-predict")
    assert "your first guess stays: 1.8." in type_in(asked, "1.9")
    noted = progress.load(folder).answers["m1-predict"]
    assert (noted.value, noted.late, noted.tries) == (1.8, False, 1)


def test_whoever_listens_hears_of_each_answer_even_when_the_cell_runs_again(folder):
    heard = []
    on_page("m1-predict", folder=folder).heard.append(lambda: heard.append("!"))
    again = ask("m1-predict", folder=folder)
    assert on_page("m1-predict", folder=folder) is again
    type_in(again, "many")
    type_in(again, "1.8")
    assert heard == ["!"]


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


def note(folder, name, *values):
    for value in values:
        progress.record_answer(folder, name, value, right=False)


def test_a_second_try_earns_a_part_of_the_points_when_graded(folder, graded):
    cell = {"metadata": {"nbgrader": {"grade": True, "grade_id": "m1-saved", "points": 3}}}
    (folder / "m1.ipynb").write_text(json.dumps({"cells": [cell]}))
    note(folder, "m1-saved", 300, 75000)
    assert ask("m1-saved", folder=folder) == 1.5


def test_a_third_try_earns_nothing_when_graded(folder, graded):
    note(folder, "m1-saved", 300, 301, 75000)
    with pytest.raises(NotYet, match="on the third try: no points"):
        ask("m1-saved", folder=folder)


def test_the_figures_are_those_of_the_id_whatever_the_record_claims(folder, monkeypatch):
    progress.learner_id(folder)
    own = days(folder)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    other = own + 1 if own < 255 else 250
    progress.record_answer(folder, "m1-saved", other * 300, right=True, figures={"days": other})
    with pytest.raises(NotYet, match="Not quite"):
        ask("m1-saved", folder=folder)


def test_a_late_guess_earns_nothing_when_graded(folder, graded):
    progress.mark_shown(folder, "m1-predict")
    note(folder, "m1-predict", 1.8)
    with pytest.raises(NotYet, match="after the result was shown"):
        ask("m1-predict", folder=folder)


def test_nothing_is_drawn_or_noted_while_being_graded(folder, graded):
    with pytest.raises(NotYet, match="Write a number"):
        ask("m1-saved", folder=folder)
    assert not (folder / progress.FILE).exists()
