"""Questions with figures of each learner's own: built, judged and refused."""

import json
import re

import pytest
from example_course import LESSON as NAME

from grader.build.questions import questions_text, released_text
from grader.build.scripts import read_lesson
from grader.core.errors import BuildError
from speedlab.course.quiz.questions import load_question

LESSON = """\
# %% [markdown]
# # A lesson

# %% question m0-hours 2
# Write a number.
ask("m0-hours")
"""
TABLE = """\
[m0-hours]
text = "{hours} hours on one core; {workers} workers at {efficiency}. How long?"
answer = "hours / (workers * efficiency)"
tolerance = 0.06
low = 0
high = 1000
unit = "h"
because = "{hours} / {workers * efficiency} = {hours / (workers * efficiency):.1f}."
hints."{hours / workers}" = "{hours / workers:.1f} needs perfect workers."
hints."<{hours / workers}" = "More."
hints.otherwise = "Not quite: {workers} times {efficiency}."
figures = [
    { hours = 10, workers = 4, efficiency = 0.9 },
    { hours = 20, workers = 4, efficiency = 0.9 },
    { hours = 30, workers = 4, efficiency = 0.8 },
    { hours = 40, workers = 4, efficiency = 0.8 },
    { hours = 50, workers = 8, efficiency = 0.7 },
    { hours = 60, workers = 8, efficiency = 0.5 },
]
"""
LEARNERS = ["", *(f"{number:016x}" for number in range(1, 60))]


@pytest.fixture
def make(tmp_path):
    """A function that builds questions.json from an author's table and returns its folder."""

    def build(table=TABLE, **settings):
        folder = tmp_path / NAME
        folder.mkdir(exist_ok=True)
        (folder / f"{NAME}.py").write_text(LESSON)
        (folder / "questions.toml").write_text(table)
        text = questions_text(read_lesson(folder / f"{NAME}.py"), **settings)
        (folder / "questions.json").write_text(text)
        return folder

    return build


def test_each_learner_is_asked_and_judged_by_their_own_figures(make):
    folder = make()
    asked = [load_question("m0-hours", folder, learner) for learner in LEARNERS]
    assert len({question.text for question in asked}) == 6
    for question in asked:
        own = question.figures
        right = own["hours"] / (own["workers"] * own["efficiency"])
        assert question.text.startswith(f"{own['hours']} hours on one core; {own['workers']} ")
        assert question.reply(round(right, 1)).right
        assert f"= {right:.1f}." in question.because
        said = re.fullmatch(r"The answer is ([\d.]+) h\.", question.solution)
        assert question.reply(float(said[1])).right
        ideal = own["hours"] / own["workers"]
        assert "perfect workers" in question.reply(round(ideal, 2)).text
        assert question.reply(ideal - 1).text == "More."
        assert question.reply(999).text.startswith("Not quite: ")


def test_no_answer_of_others_is_right(make):
    folder = make()
    by_text = {q.text: q for q in (load_question("m0-hours", folder, one) for one in LEARNERS)}
    for one in by_text.values():
        own = one.figures
        answer = own["hours"] / (own["workers"] * own["efficiency"])
        assert [other.reply(answer).right for other in by_text.values()].count(True) == 1


def test_the_first_figures_are_the_authors(make):
    question = load_question("m0-hours", make())
    assert question.figures == {"hours": 10, "workers": 4, "efficiency": 0.9}
    assert (question.unit, question.reply(2.8).right) == ("h", True)


def test_no_answer_of_any_variant_can_be_read(make):
    text = (make(show_solutions=False) / "questions.json").read_text()
    for table in json.loads(text)["m0-hours"]["variants"]:
        assert table.keys() <= {"text", "figures", "hints", "key", "offset"}
    for answer in ("2.77", "2.8", "5.55", "5.6", "9.37", "9.4", "15.0", "8.92", "8.9"):
        assert not re.search(rf"\b{re.escape(answer)}\b", text)


def test_without_keys_only_what_is_asked_is_released(make):
    text = released_text((make() / "questions.json").read_text())
    question = json.loads(text)["m0-hours"]
    assert question.keys() == {"id", "kind", "text", "unit", "figures", "variants"}
    assert all(own.keys() <= {"text", "figures"} for own in question["variants"])


def test_the_page_knows_what_a_later_try_earns(make):
    folder = make(shares=(1.0, 0.5))
    assert load_question("m0-hours", folder).shares == (1.0, 0.5)
    assert "shares" not in released_text((folder / "questions.json").read_text())


FIRST = "{ hours = 10, workers = 4, efficiency = 0.9 }"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f"    {FIRST},\n", "", "at least 6 sets, and has 5"),
        (FIRST, "{ hours = 10, workers = 4 }", "each set of figures needs hours, workers"),
        (FIRST, "{ hours = 'x', workers = 4, efficiency = 0.9 }", "hours = 'x' is no number"),
        (FIRST, "{ hours = true, workers = 4, efficiency = 0.9 }", "hours = True is no number"),
        (FIRST, "{ hours = 20, workers = 4, efficiency = 0.9 }", "answer is that of hours = 20"),
        (FIRST, "{ hours = 9000, workers = 4, efficiency = 0.9 }", "hours = 9000.* low to high"),
        (FIRST, "{ hours = 10, workers = 0, efficiency = 0.9 }", "workers = 0.*has no value"),
        (FIRST, "{ hours = 10, workers = 4, efficiency = 1 }", "for the right answer"),
        ("workers", "round", "no figure can have the name round"),
        ("workers at {efficiency}.", "workers.", "does not tell the figure efficiency"),
        ('answer = "hours', 'answer = "days', "days is none of the figures"),
        ('hints."<{hours / workers}"', 'hints."<{999}"', "is for the right answer"),
        ('hints."<{hours / workers}"', 'hints."<0"', "would never be said"),
        ('hints."<{hours / workers}"', 'hints."2000"', "would never be said"),
        ('hints."<{hours / workers}"', 'hints."{10 / 4}"', "two hints are for '2.5'"),
        ('hints."<{hours / workers}"', 'hints."<two"', "could not convert"),
        ("{hours} / {workers", "{hours:q} / {workers", "m0-hours: with hours = 10"),
    ],
)
def test_figures_that_break_a_rule_are_refused_with_their_question(make, old, new, words):
    with pytest.raises(BuildError, match=words) as refused:
        make(TABLE.replace(old, new) if old == "workers" else TABLE.replace(old, new, 1))
    assert "m0-hours" in str(refused.value)


def test_a_hint_behind_one_that_says_it_already_is_refused(make):
    table = TABLE.replace(
        "hints.otherwise", 'hints."<{hours / workers - 1}" = "Never."\nhints.otherwise'
    )
    with pytest.raises(BuildError, match="would never be said"):
        make(table)
