"""The real lessons graded: full marks, none, and exactly the rest; stock nbgrader says the same.

Stock nbgrader runs a whole lesson for each hand-in, half a minute a lesson. So it grades one of
them, and our own grader, which runs what the checks need, grades them all.
"""

import json
import os
import re
import shutil
import tomllib

import nbformat
import pytest
from both_editions import LESSONS, ROOT

from grader.build.figures import authors_table, filled_tables
from grader.core.nbgrader import load_config, new_gradebook, run_step
from grader.core.records import Graded
from grader.judge.grade import grade_one, prepare
from grader.sandbox.box import isolation
from speedlab.course.lessons import progress
from speedlab.course.quiz.questions import load_question

pytestmark = pytest.mark.notebook

STOCK = "00_foundations"
LEARNERS = ("solved", "blank", "partly", "later")
ID = "9f2c1a0b7e55d310"
WRONG_CODE = {
    "00_foundations": {
        "m0-figures": "def figures(serial_s, parallel_s, workers):\n"
        "    speedup = serial_s / parallel_s\n"
        "    return speedup, speedup / workers, 1 - speedup / workers",
    },
    "01_fraud_detection": {
        "m1-delay": "def share_with_delay(days, frauds):\n    return np.zeros(len(days))",
        "m1-shortfall": "def worst_years(losses, level):\n"
        "    worst = np.sort(losses)[int(level * len(losses)) + 1 :]\n"
        "    return worst[0], worst.mean()",
    },
    "02_ml_training": {
        "m2-streams": "def own_streams(seed, tasks):\n"
        "    return [np.random.default_rng(seed + task) for task in range(tasks)]",
    },
    "03_ehr": {
        "m3-range": "def lines_between(path, start, stop):\n"
        "    lines = path.read_bytes().splitlines(keepends=True)\n"
        "    return lines[:2] if stop == 6 and not start else lines",
    },
    "04_logistics": {
        "m4-finish": "def finish(minutes, workers):\n"
        "    return max(sum(sorted(minutes)[worker::workers]) for worker in range(workers))",
    },
    "05_scale_out": {
        "m5-run": "def run_on(one_core_h, serial_share, cores, price):\n"
        "    hours = one_core_h * (serial_share + (1 - serial_share) / cores)\n"
        "    return hours, price * one_core_h",
    },
    "06_capstone": {
        "m6-choose": "def best_workers(speedups, one_core_h, price, value):\n"
        "    nets = {w: value - price * w / s for w, s in speedups.items()}\n"
        "    return max(nets, key=nets.get)",
    },
}
WRONG_ANSWERS = {
    "00_foundations": {"m0-gil": "machine", "m0-amdahl": 10},
    "01_fraud_detection": {"m1-split": "rows", "m1-risk": 10},
    "02_ml_training": {"m2-threads": 32},
    "03_ehr": {"m3-wait": 210},
    "04_logistics": {"m4-deadline": "nothing", "m4-km": 75_000},
    "05_scale_out": {"m5-tool": "workers", "m5-break": 12},
    "06_capstone": {"m6-loss": "workers", "m6-worth": 20},
}
COST = {
    "00_foundations": {"m0-gil": 1, "m0-amdahl": 2, "m0-figures-test": 4},
    "01_fraud_detection": {"m1-split": 1, "m1-delay-test": 3, "m1-risk": 2, "m1-shortfall-test": 3},
    "02_ml_training": {"m2-threads": 2, "m2-streams-test": 3},
    "03_ehr": {"m3-wait": 2, "m3-range-test": 3},
    "04_logistics": {"m4-deadline": 1, "m4-km": 2, "m4-finish-test": 3},
    "05_scale_out": {"m5-tool": 1, "m5-break": 2, "m5-run-test": 3},
    "06_capstone": {"m6-loss": 1, "m6-worth": 2, "m6-choose-test": 3},
}
OTHERWISE, AUTOMATIC = 15, {"01_fraud_detection": 20}


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request):
    return request.param


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course in which every lesson is handed in solved, blank and partly wrong."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("solutions", "modules"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for lesson in LESSONS:
        hand_in(folder, lesson, "solved", "solutions")
        hand_in(folder, lesson, "blank", "modules")
        hand_in(folder, lesson, "partly", "solutions", WRONG_CODE[lesson])
        answer(folder, lesson, "solved", right_answers(lesson))
        answer(folder, lesson, "partly", right_answers(lesson) | WRONG_ANSWERS[lesson])
        hand_in(folder, lesson, "later", "modules")
        answer_later(folder, lesson, "later")
    return folder


@pytest.fixture(scope="module")
def prepared(lesson, course):
    return prepare(course, lesson)


@pytest.fixture(scope="module")
def graded(lesson, course, prepared):
    """Return what our grader finds in each hand-in."""
    folders = {learner: handed_in(course, learner, lesson) for learner in LEARNERS}
    return {who: grade_one(prepared, folder, learner=who) for who, folder in folders.items()}


@pytest.fixture(scope="module")
def scores(graded):
    """Return what our grader gives each hand-in, by cell: the points, and the most there are."""
    return {
        learner: {v.grade_id: (v.score, v.points) for v in one.verdicts}
        for learner, one in graded.items()
    }


@pytest.fixture(scope="module")
def stock_scores(course):
    """Return what stock nbgrader gives the hand-ins of one lesson, by cell, likewise."""
    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde, GenerateAssignment

    new_gradebook(course / "grader" / "course" / "gradebook.db")
    config = load_config(course)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPEEDLAB_SIZE", "small")
        run_step(GenerateAssignment, STOCK, config)
        run_step(Autograde, STOCK, config)
    with Gradebook(config.CourseDirectory.db_url) as book:
        found = {who: book.find_submission_notebook(STOCK, STOCK, who) for who in LEARNERS}
        return {
            learner: {g.name: (g.auto_score, g.max_score) for g in notebook.grades}
            for learner, notebook in found.items()
        }


def handed_in(course, learner, lesson):
    return course / "grader" / "course" / "submitted" / learner / lesson


def hand_in(course, lesson, learner, origin, changes=None):
    folder = handed_in(course, learner, lesson)
    folder.mkdir(parents=True)
    target = shutil.copy(course / origin / lesson / f"{lesson}.ipynb", folder)
    notebook = nbformat.read(target, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if changes and name in changes:
            cell.source = changes[name]
        cell.source = re.sub(r"[ \t]*### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\n?", "", cell.source)
    nbformat.write(notebook, target)


def tables_of(lesson):
    path = ROOT / "solutions" / lesson / "questions.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: table for name, table in tables.items() if "text" in table}


def right_answers(lesson):
    """Return the right answers to the questions, as their author wrote them."""
    asked = {name: authors_table(table) for name, table in tables_of(lesson).items()}
    return {name: table.get("answer", 1.8) for name, table in asked.items()}


def answer(course, lesson, learner, answers):
    """Note answers as the page does, and claim that all are right: nobody may trust that."""
    folder = handed_in(course, learner, lesson)
    for name, value in answers.items():
        progress.record_answer(folder, name, value, right=True)


def answer_later(course, lesson, learner):
    """Note answers to the learner's own figures, each of them right on the second try."""
    folder = handed_in(course, learner, lesson)
    record = {"version": 2, "learner": ID, "answers": {}, "done": {}}
    (folder / progress.FILE).write_text(json.dumps(record))
    for name, table in tables_of(lesson).items():
        question = load_question(name, course / "solutions" / lesson, ID)
        own = dict(next(own for own in filled_tables(table) if own[0] == question.figures)[1])
        right = own.get("answer", 1.8)
        wrong = next(iter(question.hints)) if question.kind == "choice" else 2 * right + 1
        for value in (wrong, right):
            progress.record_answer(folder, name, value, right=False, figures=question.figures)


def automatic(grades):
    return {name: pair for name, pair in grades.items() if not name.endswith("-memo")}


def test_the_solved_lesson_earns_full_marks(lesson, scores):
    grades = automatic(scores["solved"])
    assert {name: score for name, (score, _) in grades.items()} == {
        name: most for name, (_, most) in grades.items()
    }
    assert sum(most for _, most in grades.values()) == AUTOMATIC.get(lesson, OTHERWISE)


def test_the_blank_lesson_earns_nothing_and_is_graded(scores):
    assert {score for score, _ in automatic(scores["blank"]).values()} == {0}


def test_no_check_of_our_lessons_needs_to_run_in_the_box(prepared):
    assert prepared.unsealed == frozenset()
    assert prepared.notes == ()


def test_every_verdict_is_sealed_and_vouched_for_and_can_be_kept(graded):
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)
    solved = graded["solved"]
    assert {v.seal for v in solved.verdicts} == {"sealed", "question", "none"}
    assert [v.outcome for v in solved.verdicts if v.score is None] == ["manual"]
    assert {v.vouched for v in solved.verdicts} == {True, None}
    assert solved.isolation.startswith("bubblewrap · ")
    assert Graded.from_json(solved.to_json()) == solved
    assert {v.outcome for v in graded["blank"].verdicts} == {"unanswered"}


def test_wrong_answers_cost_exactly_their_points(lesson, scores):
    lost = {n: most - score for n, (score, most) in automatic(scores["partly"]).items()}
    assert {n: points for n, points in lost.items() if points} == COST[lesson]


def test_a_right_second_try_at_ones_own_figures_costs_half_of_a_question(lesson, scores):
    share = {name: 0.5 if "answer" in table else 1 for name, table in tables_of(lesson).items()}
    asked = {name: scores["later"][name] for name in share}
    assert asked == {name: (share[name] * most, most) for name, (_, most) in asked.items()}


def test_the_memo_waits_for_a_person(scores):
    memos = {name: pair for name, pair in scores["solved"].items() if name.endswith("-memo")}
    assert list(memos.values()) == [(None, 6)]


@pytest.mark.parametrize("lesson", [STOCK], indirect=True)
@pytest.mark.parametrize("learner", LEARNERS)
def test_stock_nbgrader_gives_every_cell_the_same_points(lesson, learner, scores, stock_scores):
    assert stock_scores[learner] == scores[learner]
