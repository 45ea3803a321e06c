"""Stock nbgrader on the real lesson: full marks, none, and exactly the rest."""

import re
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest

from grader.stock import load_config, run_step
from speedlab.course import progress

pytestmark = pytest.mark.notebook

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.parent.name for path in ROOT.glob("solutions/*/*.ipynb"))
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
def scores(lesson, small_course):
    """Grade a solved, a blank and a partly wrong notebook; return their scores by cell."""
    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde, GenerateAssignment

    config = load_config(small_course)
    config.CourseDirectory.root = str(small_course)
    (small_course / "grader" / "course").mkdir(parents=True, exist_ok=True)
    hand_in(small_course, lesson, "solved", "solutions")
    hand_in(small_course, lesson, "blank", "modules")
    hand_in(small_course, lesson, "partly", "solutions", WRONG_CODE[lesson])
    answer(small_course, lesson, "solved", right_answers(lesson))
    answer(small_course, lesson, "partly", right_answers(lesson) | WRONG_ANSWERS[lesson])
    run_step(GenerateAssignment, lesson, config)
    run_step(Autograde, lesson, config)
    found = {}
    with Gradebook(config.CourseDirectory.db_url) as book:
        for learner in ("solved", "blank", "partly"):
            notebook = book.find_submission_notebook(lesson, lesson, learner)
            found[learner] = {g.name: (g.auto_score, g.max_score) for g in notebook.grades}
    return found


def hand_in(course, lesson, learner, origin, changes=None):
    folder = course / "grader" / "course" / "submitted" / learner / lesson
    folder.mkdir(parents=True)
    target = shutil.copy(course / origin / lesson / f"{lesson}.ipynb", folder)
    notebook = nbformat.read(target, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if changes and name in changes:
            cell.source = changes[name]
        cell.source = re.sub(r"[ \t]*### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\n?", "", cell.source)
    nbformat.write(notebook, target)


def right_answers(lesson):
    """Return the right answers to the questions, as their author wrote them."""
    path = ROOT / "solutions" / lesson / "questions.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    asked = {name: table for name, table in tables.items() if "text" in table}
    return {name: table.get("answer", 1.8) for name, table in asked.items()}


def answer(course, lesson, learner, answers):
    """Note answers as the page does, and claim that all are right: nobody may trust that."""
    folder = course / "grader" / "course" / "submitted" / learner / lesson
    for name, value in answers.items():
        progress.record_answer(folder, name, value, right=True)


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


def test_wrong_answers_cost_exactly_their_points(lesson, scores):
    lost = {n: most - score for n, (score, most) in automatic(scores["partly"]).items()}
    assert {n: points for n, points in lost.items() if points} == COST[lesson]


def test_the_memo_waits_for_a_person(scores):
    memos = {name: pair for name, pair in scores["solved"].items() if name.endswith("-memo")}
    assert list(memos.values()) == [(None, 6)]
