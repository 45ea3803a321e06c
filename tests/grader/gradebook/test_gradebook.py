"""The gradebook says what nbgrader would have written, and loses nothing that people entered."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from desk_course import (
    RIGHT,
    WRONG_TOTAL,
    content,
    copy_course,
    enter,
    grade_one,
    graded,
    hand_in,
    prepare,
)
from example_course import LESSON, SCRIPT, make_course

from grader.build.build import build
from grader.core.errors import GraderError
from grader.core.nbgrader import load_config, run_step
from grader.core.paths import CoursePaths
from grader.core.released import read_released
from grader.gradebook.connection import LOCKS
from grader.gradebook.notebooks import read_handed_in
from grader.gradebook.queries import read_sheets
from grader.gradebook.record import record


def write(paths: CoursePaths, *results: Any, **options: Any) -> None:
    record(paths, LESSON, read_released(paths, LESSON), results, **options)


def book(paths: CoursePaths) -> Path:
    assert paths.gradebook is not None
    return paths.gradebook


MARK = """update grade set manual_score = 5, extra_credit = 1, needs_manual_grade = 0
    where auto_score is null"""


@pytest.mark.kernel
def test_the_rows_are_those_of_stock_nbgrader(built: Path, tmp_path: Path) -> None:
    from nbgrader.converters import Autograde, GenerateAssignment

    ours = copy_course(built, tmp_path / "ours")
    stock = copy_course(built, tmp_path / "stock")
    people = {"ada": RIGHT, "bob": WRONG_TOTAL, "cyd": None}
    write(ours, *(graded(ours.root, name, answers) for name, answers in people.items()))
    for name, answers in people.items():
        hand_in(stock.root, name, answers)
    config = load_config(stock.root)
    run_step(GenerateAssignment, LESSON, config)
    run_step(Autograde, LESSON, config)
    assert content(book(ours)) == content(book(stock))


def test_recording_twice_changes_nothing(paths: CoursePaths) -> None:
    results = [graded(paths.root, "ada", RIGHT), graded(paths.root, "bob", WRONG_TOTAL)]
    write(paths, *results)
    once = content(book(paths))
    write(paths, *results)
    assert content(book(paths)) == once


def test_marks_and_comments_by_people_survive(paths: CoursePaths) -> None:
    write(paths, graded(paths.root, "ada", WRONG_TOTAL))
    enter(paths, MARK)
    enter(paths, "update comment set manual_comment = 'Well argued.'")
    write(paths, graded(paths.root, "ada", RIGHT))
    marks, comments, *_ = content(book(paths))
    (memo,) = [row for row in marks if row[1] == "m0-memo"]
    assert memo[2:6] == (None, 5, 1, 0)
    assert {row[4] for row in comments} == {"Well argued."}


def test_a_rewritten_memo_is_flagged_for_another_look(paths: CoursePaths) -> None:
    write(paths, graded(paths.root, "ada", RIGHT))
    enter(paths, MARK)
    write(paths, graded(paths.root, "ada", RIGHT | {"m0-memo": "Something else."}))
    (memo,) = [row for row in content(book(paths))[0] if row[1] == "m0-memo"]
    assert memo[3:6] == (5, 1, 1)


def test_a_failure_leaves_the_gradebook_as_it_was(paths: CoursePaths) -> None:
    write(paths, graded(paths.root, "ada", RIGHT))
    before = content(book(paths))
    of_another = replace(graded(paths.root, "bob", RIGHT), assignment="09_unknown")
    with pytest.raises(ValueError, match="09_unknown"):
        write(paths, graded(paths.root, "ada", WRONG_TOTAL), of_another)
    assert content(book(paths)) == before


def test_a_time_that_makes_no_sense_is_no_time(paths: CoursePaths) -> None:
    (hand_in(paths.root, "ada") / "timestamp.txt").write_text("not a time", encoding="utf-8")
    record_of_ada = grade_one(
        prepare(paths.root, LESSON), paths.handed_in("ada", LESSON), learner="ada"
    )
    write(paths, record_of_ada)
    assert ("ada", None, None) in content(book(paths))[5]


def test_changed_grade_ids_are_refused_with_their_list(paths: CoursePaths) -> None:
    write(paths, graded(paths.root, "ada", RIGHT))
    before = content(book(paths))
    make_course(paths.root, SCRIPT.replace("m0-total", "m0-sum"))
    book(paths).rename(paths.class_folder / "kept.db")
    build(paths.root)
    (paths.class_folder / "kept.db").replace(book(paths))
    with pytest.raises(GraderError, match=r"Added: .*m0-sum.*; removed: .*m0-total-test"):
        write(paths)
    assert content(book(paths)) == before


def test_a_locked_gradebook_is_waited_for(paths: CoursePaths) -> None:
    write(paths)
    holder = sqlite3.connect(book(paths), check_same_thread=False, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said: list[str] = []

    def let_go(text: str) -> None:
        said.append(text)
        threading.Thread(target=holder.rollback).start()

    write(paths, graded(paths.root, "ada", RIGHT), say=let_go)
    holder.close()
    assert len(said) == 1 and "Waiting" in said[0]
    assert {row[0] for row in content(book(paths))[0]} == {"ada"}


def test_a_gradebook_that_stays_locked_is_left_alone(paths: CoursePaths) -> None:
    write(paths)
    before = content(book(paths))
    with closing(sqlite3.connect(book(paths), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(GraderError, match="stayed locked"):
            write(paths, graded(paths.root, "ada", RIGHT), wait_s=0, say=lambda _: None)
        holder.execute("ROLLBACK")
    assert content(book(paths)) == before


def test_the_notebook_to_mark_shows_answers_and_no_hidden_test(paths: CoursePaths) -> None:
    write(paths, graded(paths.root, "ada", WRONG_TOTAL))
    path = paths.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert "HIDDEN" not in text and "[[1, 2], [3, 4]]" not in text
    cells = {cell["id"]: cell for cell in json.loads(text)["cells"]}
    assert "".join(cells["m0-total"]["source"]) == WRONG_TOTAL["m0-total"]
    assert "".join(cells["m0-memo"]["source"]) == WRONG_TOTAL["m0-memo"]
    (output,) = cells["m0-total-test"]["outputs"]
    assert output["evalue"] == "0 of 3 points. Not yet: it gave 11."
    assert (path.parent / "words.txt").is_file() and (path.parent / "timestamp.txt").is_file()


def test_what_a_learner_added_is_shown_where_it_stood(paths: CoursePaths) -> None:
    folder = hand_in(paths.root, "ada", RIGHT)
    path = folder / f"{LESSON}.ipynb"
    found = json.loads(path.read_text(encoding="utf-8"))
    at = [cell["id"] for cell in found["cells"]].index("m0-total") + 1
    locked = {"editable": False, "nbgrader": {"grade": True, "grade_id": "mine", "points": 99}}
    for text in ("try_it(2)", "try_it(1)"):
        added = {"cell_type": "code", "source": text, "metadata": locked, "outputs": ["x"]}
        found["cells"].insert(at, added)
    path.write_text(json.dumps(found), encoding="utf-8")
    ada = grade_one(prepare(paths.root, LESSON), folder, learner="ada")
    write(paths, ada)
    merged = paths.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    cells = json.loads(merged.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    assert texts[at : at + 2] == ["try_it(1)", "try_it(2)"]
    assert [(cell["metadata"], cell["outputs"]) for cell in cells[at : at + 2]] == [({}, [])] * 2


def test_a_memo_in_a_code_cell_is_read_as_the_memo(paths: CoursePaths) -> None:
    path = hand_in(paths.root, "ada", RIGHT) / f"{LESSON}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["cell_type"] = "code" if cell["id"] == "m0-memo" else cell["cell_type"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert not read_handed_in(read_released(paths, LESSON)[0], path.parent).extras
    ada = grade_one(prepare(paths.root, LESSON), path.parent, learner="ada")
    assert ada.written[f"{LESSON}/m0-memo"] == RIGHT["m0-memo"]


def test_a_hand_in_that_cannot_be_read_scores_nothing(paths: CoursePaths) -> None:
    from grader.core.records import Graded

    hand_in(paths.root, "ada")
    write(paths, Graded("ada", LESSON, "k", (), problem="It is no notebook."))
    assert [row[2:6] for row in content(book(paths))[0]] == [(0, None, None, 0)] * 3


@pytest.mark.parametrize(
    ("asked", "taken"), [(2, 2), (99, 5), (-1, 0)], ids=["some", "more than the score", "a gift"]
)
def test_late_penalties_follow_the_courses_own_plugin_down_to_nothing(
    paths: CoursePaths, asked: int, taken: int
) -> None:
    write(paths, graded(paths.root, "ada", RIGHT))
    enter(paths, "update assignment set duedate = '2026-11-20 00:00:00.000000'")
    module = f"late_by_{taken}"  # one that is imported once stays
    (paths.root / f"{module}.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class Late(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student, score, late_s):\n"
        f"        return {asked} if late_s > 3600 else 0\n",
        encoding="utf-8",
    )
    settings = Path(__file__).parents[3] / "nbgrader_config.py"
    own = settings.read_text(encoding="utf-8")
    own += "\nimport sys\nsys.path.insert(0, str(ROOT))\n"
    own += f'c.AssignLatePenalties.plugin_class = "{module}.Late"\n'
    (paths.root / "nbgrader_config.py").write_text(own, encoding="utf-8")
    write(paths, graded(paths.root, "ada", RIGHT))
    with closing(sqlite3.connect(book(paths))) as opened:
        (penalty,) = opened.execute("select late_submission_penalty from submitted_notebook")
    assert penalty == (taken,)
    assert read_sheets(paths)["ada", LESSON].score == 5 - taken


HOLD = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not LOCKS.exists(), reason="this system does not say who holds a lock")
def test_whoever_holds_the_gradebook_is_named(paths: CoursePaths) -> None:
    write(paths)
    command = [sys.executable, "-c", HOLD, str(book(paths))]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(GraderError, match=rf"process {other.pid} \(.*python"):
            write(paths, wait_s=0, say=lambda _: None)
        other.communicate("")


@pytest.mark.kernel
def test_stock_feedback_and_export_go_on_working(paths: CoursePaths) -> None:
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateFeedback
    from nbgrader.plugins import CsvExportPlugin

    write(paths, graded(paths.root, "ada", WRONG_TOTAL))
    run_step(GenerateFeedback, LESSON, load_config(paths.root))
    page = (paths.feedback / "ada" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "it gave 11" in page and "HIDDEN" not in page
    with Gradebook(paths.db_url, paths.course_id) as opened:
        CsvExportPlugin(to=str(paths.root / "grades.csv")).export(opened)
    line = (paths.root / "grades.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line.endswith(",2.0,0.0,2.0,11.0")


def press_autograde(paths: CoursePaths, config: Any) -> dict[str, Any]:
    """Do what the button of formgrader does."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.apps.baseapp import NbGrader
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory

    page = NbGrader(config=config)
    api = NbGraderAPI(CourseDirectory(parent=page), Authenticator(parent=page), parent=page)
    found: dict[str, Any] = api.autograde(LESSON, "ada")
    return found


def test_the_button_of_formgrader_changes_nothing_and_says_what_to_do(paths: CoursePaths) -> None:
    ran = paths.root / "ran.txt"
    answers = RIGHT | {"m0-total": f"open({str(ran)!r}, 'w')"}
    write(paths, graded(paths.root, "ada", answers))
    enter(paths, MARK)
    before = content(book(paths)), sorted(paths.autograded.rglob("*"))
    found = press_autograde(paths, load_config(paths.root))
    assert not found["success"] and "Run python -m grader autograde" in found["log"]
    assert (content(book(paths)), sorted(paths.autograded.rglob("*"))) == before
    assert not ran.exists()


@pytest.mark.kernel
def test_without_that_setting_the_button_runs_code_outside_of_the_box(paths: CoursePaths) -> None:
    ran = paths.root / "ran.txt"
    answers = RIGHT | {"m0-total": f"open({str(ran)!r}, 'w')"}
    write(paths, graded(paths.root, "ada", answers))
    config = load_config(paths.root)
    del config.NbGraderAPI
    assert press_autograde(paths, config)["success"]
    assert ran.exists()
