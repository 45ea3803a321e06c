"""Questions of an author: built without their answers, and refused with file and id."""

import json
import math
import zipfile

import pytest
from desk_course import COURSE
from example_course import LESSON as NAME
from example_course import make_course

from grader.build.build import build, check
from grader.build.questions import questions_text, released_text
from grader.build.scripts import read_lesson
from grader.core.errors import BuildError
from grader.core.paths import find_paths
from grader.judge.questions import judge_question
from grader.judge.reading.source import read_notebooks
from speedlab.course.home.lessons import ORIGINALS
from speedlab.course.lessons.record import Answer, Progress
from speedlab.course.quiz.questions import load_question

LESSON = """\
# %% [markdown]
# # A lesson

# %% question m0-pick 1
# Choose.
ask("m0-pick")

# %% question m0-count 2
# Write a number.
ask("m0-count")

# %% answer m0-halve
def halve(x):
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION

# %% check m0-halve-test 1
with check("m0-halve"):
    assert halve(4) == 2
"""
QUESTIONS = """\
[m0-pick]
text = "Which?"
answer = "b"
because = "The secret reason."
choices = { a = "This", b = "That" }
hints = { a = "Think again." }

[m0-count]
text = "How many?"
answer = 7.5
tolerance = 0.5
unit = ""
low = 0
high = 100
because = "Seven and a half."
hints = { otherwise = "Count again.", "3" = "Three is too few.", ">50" = "Fewer." }

[m0-halve]
hints = ["Think of two."]
"""


@pytest.fixture
def make(tmp_path):
    """A function that builds questions.json from the texts of an author and returns its folder."""

    def build(questions=QUESTIONS, lesson=LESSON, **settings):
        folder = tmp_path / "m0"
        folder.mkdir(exist_ok=True)
        (folder / "m0.py").write_text(lesson)
        (folder / "questions.toml").write_text(questions)
        text = questions_text(read_lesson(folder / "m0.py"), **settings)
        (folder / "questions.json").write_text(text)
        return folder

    return build


def test_the_built_question_knows_its_answer(make):
    pick = load_question("m0-pick", make())
    assert pick.reply("b").text == "Right. The secret reason."
    assert pick.reply("a").text == "Think again."
    assert pick.solution == "The answer is: That."


@pytest.mark.parametrize("value", [7, 7.5, 8])
def test_the_tolerance_counts_to_its_edges(make, value):
    assert load_question("m0-count", make()).reply(value).right


@pytest.mark.parametrize(
    ("value", "text"), [(3, "Three is too few."), (60, "Fewer."), (6.9, "Count again.")]
)
def test_the_hint_for_all_others_comes_last(make, value, text):
    assert load_question("m0-count", make()).reply(value).text == text


def test_a_task_carries_its_hints_and_its_sealed_solution(make):
    task = load_question("m0-halve", make())
    assert (list(task.names), dict(task.hints)) == (["halve"], {"1": "Think of two."})
    assert task.solution == "def halve(x):\n    return x / 2"


def test_no_answer_can_be_read_in_the_built_file(make):
    text = (make() / "questions.json").read_text()
    for secret in ("secret reason", "7.5", "x / 2", '"b"}'):
        assert secret not in text
    assert json.loads(text)["m0-pick"]["sealed"]


def test_a_graded_class_gets_no_solutions(make):
    folder = make(show_solutions=False)
    for name in ("m0-pick", "m0-count", "m0-halve"):
        question = load_question(name, folder)
        assert (question.sealed, question.solution) == ("", "")
    assert load_question("m0-pick", folder).reply("b").right


def guesses(question):
    """Yield whatever could be the answer, found from the released file alone."""
    yield from question.choices
    ends = [end for end in (question.low, question.high) if math.isfinite(end)]
    yield from range(-10, 110)
    yield from (end + n * question.width for end in ends for n in range(200))


def test_without_keys_trying_all_answers_finds_nothing(make):
    folder = make()
    theirs = folder / "released"
    theirs.mkdir()
    text = released_text((folder / "questions.json").read_text())
    (theirs / "questions.json").write_text(text)
    for name in ("m0-pick", "m0-count"):
        whole, slim = load_question(name, folder), load_question(name, theirs)
        assert any(whole.reply(guess).right for guess in guesses(whole))  # the search is no fool
        told = {(slim.reply(guess).right, slim.reply(guess).text) for guess in guesses(slim)}
        told.discard((False, "Choose one of the answers."))
        assert told == {(False, "Noted; judged when graded.")}
        assert set(json.loads(text)[name]) <= {"id", "kind", "text", "choices", "unit"}
    assert load_question("m0-halve", theirs).sealed == ""
    for secret in (
        "Think again",
        "Three is",
        "Fewer",
        "Count again",
        "width",
        "low",
        "key",
        "hash",
    ):
        assert secret not in text


def test_a_course_without_keys_releases_none_and_still_judges(tmp_path):
    root = make_course(tmp_path, LESSON)
    folder = root / "solutions" / NAME
    (folder / "questions.toml").write_text(QUESTIONS)
    (root / "course.toml").write_text(f"keys = false\n{COURSE}")
    build(root)
    assert check(root) == []
    assert load_question("m0-pick", folder).reply("b").right
    packed = zipfile.ZipFile(root / "modules" / ORIGINALS).read(f"{NAME}/questions.json")
    assert packed == (root / "modules" / NAME / "questions.json").read_bytes()
    assert load_question("m0-pick", root / "modules" / NAME).reply("b").noted
    cells = read_notebooks(find_paths(root), NAME)[0].cells
    (asked,) = [cell for cell in cells if cell.grade_id == "m0-pick"]
    progress = Progress({"m0-pick": Answer("b", False, 1)})
    verdict = judge_question(asked, progress, folder, notebook=NAME)
    assert (verdict.score, verdict.outcome) == (1.0, "right")


def test_a_build_is_the_same_twice(make):
    assert (make() / "questions.json").read_bytes() == (make() / "questions.json").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[m0-pick]", "[m0-other]", "m0-pick has no table"),
        ("[m0-halve]", "[m0-other]", "asks m0-other, which is no cell"),
        ('answer = "b"', 'answer = "c"', "not among its choices"),
        ('hints = { a = "Think again." }', "", "one hint for each wrong choice"),
        ("tolerance = 0.5", "tolerance = 0", "a tolerance above 0"),
        ('"3" = "Three', '"<9" = "Three', "is for the right answer"),
        ('unit = ""\n', "", "needs a unit"),
        ('otherwise = "Count again.", ', "", "no hint is for numbers below 7"),
        ('because = "The secret reason."', "", "because"),
        ("[m0-pick]", "[m0-pick", "is no TOML"),
    ],
)
def test_a_broken_rule_names_the_question(make, old, new, words):
    with pytest.raises(BuildError, match=words):
        make(QUESTIONS.replace(old, new, 1))


def test_a_question_cell_begins_with_a_comment(make):
    with pytest.raises(BuildError, match="must start with a comment"):
        make(lesson=LESSON.replace("# Choose.\n", ""))
