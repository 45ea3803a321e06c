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
    grade_one,
    graded,
    hand_in,
    prepare,
)
from example_course import LESSON, SCRIPT, make_course

from grader.build import build
from grader.errors import GraderError
from grader.gradebook import record
from grader.locks import LOCKS
from grader.places import Places
from grader.skeletons import read_skeletons
from grader.stock import load_config, run_step


def write(places: Places, *results: Any, **options: Any) -> None:
    record(places, LESSON, read_skeletons(places, LESSON), results, **options)


def book(places: Places) -> Path:
    assert places.gradebook is not None
    return places.gradebook


def enter(places: Places, sql: str) -> None:
    """Do what a person does in formgrader."""
    with closing(sqlite3.connect(book(places))) as opened, opened:
        opened.execute(sql)


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


def test_recording_twice_changes_nothing(places: Places) -> None:
    results = [graded(places.root, "ada", RIGHT), graded(places.root, "bob", WRONG_TOTAL)]
    write(places, *results)
    once = content(book(places))
    write(places, *results)
    assert content(book(places)) == once


def test_marks_and_comments_by_people_survive(places: Places) -> None:
    write(places, graded(places.root, "ada", WRONG_TOTAL))
    enter(places, MARK)
    enter(places, "update comment set manual_comment = 'Well argued.'")
    write(places, graded(places.root, "ada", RIGHT))
    marks, comments, *_ = content(book(places))
    (memo,) = [row for row in marks if row[1] == "m0-memo"]
    assert memo[2:6] == (None, 5, 1, 0)
    assert {row[4] for row in comments} == {"Well argued."}


def test_a_rewritten_memo_is_flagged_for_another_look(places: Places) -> None:
    write(places, graded(places.root, "ada", RIGHT))
    enter(places, MARK)
    write(places, graded(places.root, "ada", RIGHT | {"m0-memo": "Something else."}))
    (memo,) = [row for row in content(book(places))[0] if row[1] == "m0-memo"]
    assert memo[3:6] == (5, 1, 1)


def test_a_failure_leaves_the_gradebook_as_it_was(places: Places) -> None:
    write(places, graded(places.root, "ada", RIGHT))
    before = content(book(places))
    of_another = replace(graded(places.root, "bob", RIGHT), assignment="09_unknown")
    with pytest.raises(ValueError, match="09_unknown"):
        write(places, graded(places.root, "ada", WRONG_TOTAL), of_another)
    assert content(book(places)) == before


def test_a_time_that_makes_no_sense_is_no_time(places: Places) -> None:
    (hand_in(places.root, "ada") / "timestamp.txt").write_text("not a time", encoding="utf-8")
    record_of_ada = grade_one(
        prepare(places.root, LESSON), places.handed_in("ada", LESSON), learner="ada"
    )
    write(places, record_of_ada)
    assert ("ada", None, None) in content(book(places))[5]


def test_changed_grade_ids_are_refused_with_their_list(places: Places) -> None:
    write(places, graded(places.root, "ada", RIGHT))
    before = content(book(places))
    make_course(places.root, SCRIPT.replace("m0-total", "m0-sum"))
    book(places).rename(places.desk / "kept.db")
    build(places.root)
    (places.desk / "kept.db").replace(book(places))
    with pytest.raises(GraderError, match=r"Added: .*m0-sum.*; removed: .*m0-total-test"):
        write(places)
    assert content(book(places)) == before


def test_a_locked_gradebook_is_waited_for(places: Places) -> None:
    write(places)
    holder = sqlite3.connect(book(places), check_same_thread=False, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said: list[str] = []

    def let_go(text: str) -> None:
        said.append(text)
        threading.Thread(target=holder.rollback).start()

    write(places, graded(places.root, "ada", RIGHT), say=let_go)
    holder.close()
    assert len(said) == 1 and "Waiting" in said[0]
    assert {row[0] for row in content(book(places))[0]} == {"ada"}


def test_a_gradebook_that_stays_locked_is_left_alone(places: Places) -> None:
    write(places)
    before = content(book(places))
    with closing(sqlite3.connect(book(places), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(GraderError, match="stayed locked"):
            write(places, graded(places.root, "ada", RIGHT), wait_s=0, say=lambda _: None)
        holder.execute("ROLLBACK")
    assert content(book(places)) == before


def test_the_notebook_to_mark_shows_answers_and_no_hidden_test(places: Places) -> None:
    write(places, graded(places.root, "ada", WRONG_TOTAL))
    path = places.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert "HIDDEN" not in text and "[[1, 2], [3, 4]]" not in text
    cells = {cell["id"]: cell for cell in json.loads(text)["cells"]}
    assert "".join(cells["m0-total"]["source"]) == WRONG_TOTAL["m0-total"]
    assert "".join(cells["m0-memo"]["source"]) == WRONG_TOTAL["m0-memo"]
    (output,) = cells["m0-total-test"]["outputs"]
    assert output["evalue"] == "0 of 3 points. Not yet: it gave 11."
    assert (path.parent / "words.txt").is_file() and (path.parent / "timestamp.txt").is_file()


def test_what_a_learner_added_is_shown_where_it_stood(places: Places) -> None:
    folder = hand_in(places.root, "ada", RIGHT)
    path = folder / f"{LESSON}.ipynb"
    found = json.loads(path.read_text(encoding="utf-8"))
    at = [cell["id"] for cell in found["cells"]].index("m0-total") + 1
    locked = {"editable": False, "nbgrader": {"grade": True, "grade_id": "mine", "points": 99}}
    for text in ("try_it(2)", "try_it(1)"):
        added = {"cell_type": "code", "source": text, "metadata": locked, "outputs": ["x"]}
        found["cells"].insert(at, added)
    path.write_text(json.dumps(found), encoding="utf-8")
    ada = grade_one(prepare(places.root, LESSON), folder, learner="ada")
    write(places, ada)
    merged = places.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    cells = json.loads(merged.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    assert texts[at : at + 2] == ["try_it(1)", "try_it(2)"]
    assert [(cell["metadata"], cell["outputs"]) for cell in cells[at : at + 2]] == [({}, [])] * 2


def test_a_hand_in_that_cannot_be_read_scores_nothing(places: Places) -> None:
    from grader.verdicts import Graded

    hand_in(places.root, "ada")
    write(places, Graded("ada", LESSON, "k", (), problem="It is no notebook."))
    assert [row[2:6] for row in content(book(places))[0]] == [(0, None, None, 0)] * 3


def test_late_penalties_follow_the_courses_own_plugin(places: Places) -> None:
    write(places, graded(places.root, "ada", RIGHT))
    enter(places, "update assignment set duedate = '2026-11-20 00:00:00.000000'")
    (places.root / "late.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class Late(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student, score, late_s):\n"
        "        return 2 if late_s > 3600 else 0\n",
        encoding="utf-8",
    )
    settings = Path(__file__).parents[2] / "nbgrader_config.py"
    own = settings.read_text(encoding="utf-8")
    own += "\nimport sys\nsys.path.insert(0, str(ROOT))\n"
    own += 'c.AssignLatePenalties.plugin_class = "late.Late"\n'
    (places.root / "nbgrader_config.py").write_text(own, encoding="utf-8")
    write(places, graded(places.root, "ada", RIGHT))
    with closing(sqlite3.connect(book(places))) as opened:
        (penalty,) = opened.execute("select late_submission_penalty from submitted_notebook")
    assert penalty == (2,)


HOLD = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not LOCKS.exists(), reason="this system does not say who holds a lock")
def test_whoever_holds_the_gradebook_is_named(places: Places) -> None:
    write(places)
    command = [sys.executable, "-c", HOLD, str(book(places))]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(GraderError, match=rf"process {other.pid} \(.*python"):
            write(places, wait_s=0, say=lambda _: None)
        other.communicate("")


@pytest.mark.kernel
def test_stock_feedback_and_export_go_on_working(places: Places) -> None:
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateFeedback
    from nbgrader.plugins import CsvExportPlugin

    write(places, graded(places.root, "ada", WRONG_TOTAL))
    run_step(GenerateFeedback, LESSON, load_config(places.root))
    page = (places.feedback / "ada" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert "it gave 11" in page and "HIDDEN" not in page
    with Gradebook(places.db_url, places.course_id) as opened:
        CsvExportPlugin(to=str(places.root / "grades.csv")).export(opened)
    line = (places.root / "grades.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line.endswith(",2.0,0.0,2.0,11.0")


def press_autograde(places: Places, config: Any) -> dict[str, Any]:
    """Do what the button of formgrader does."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.apps.baseapp import NbGrader
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory

    page = NbGrader(config=config)
    api = NbGraderAPI(CourseDirectory(parent=page), Authenticator(parent=page), parent=page)
    found: dict[str, Any] = api.autograde(LESSON, "ada")
    return found


def test_the_button_of_formgrader_changes_nothing_and_says_what_to_do(places: Places) -> None:
    ran = places.root / "ran.txt"
    answers = RIGHT | {"m0-total": f"open({str(ran)!r}, 'w')"}
    write(places, graded(places.root, "ada", answers))
    enter(places, MARK)
    before = content(book(places)), sorted(places.autograded.rglob("*"))
    found = press_autograde(places, load_config(places.root))
    assert not found["success"] and "Run python -m grader autograde" in found["log"]
    assert (content(book(places)), sorted(places.autograded.rglob("*"))) == before
    assert not ran.exists()


@pytest.mark.kernel
def test_without_that_setting_the_button_runs_code_outside_of_the_box(places: Places) -> None:
    ran = places.root / "ran.txt"
    answers = RIGHT | {"m0-total": f"open({str(ran)!r}, 'w')"}
    write(places, graded(places.root, "ada", answers))
    config = load_config(places.root)
    del config.NbGraderAPI
    assert press_autograde(places, config)["success"]
    assert ran.exists()
