"""The tiny course built once, hand-ins for it, and a grader that only compares texts."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from example_course import LESSON

from grader.core.notebooks import as_cell, parse_cells
from grader.core.paths import CoursePaths, find_paths
from grader.core.records import Graded, Verdict, full_name
from grader.core.released import read_released

MEMO = full_name(LESSON, "m0-memo")
RIGHT = {
    "m0-halve": "def halve(items):\n    half = len(items) // 2\n"
    "    return [items[:half], items[half:]]",
    "m0-total": "def total(items):\n    return sum(items)",
    "m0-memo": "Halves add up to the whole, and I can say why.",
}
COURSE = f"""
title = "Halves and sums"
subtitle = "For everybody"
[[awards]]
name = "Pass"
shares = {{ executive = 0.6 }}
[[lessons]]
name = "{LESSON}"
title = "Halves"
question = "Why?"
after_this_you_can = ["say why"]
steps = [
    {{ id = "m0-halve", kind = "code", track = "practitioner", minutes = 1, title = "Halve" }},
    {{ id = "m0-total", kind = "code", track = "executive", minutes = 1, title = "Total" }},
    {{ id = "m0-memo", kind = "memo", track = "executive", minutes = 1, title = "Memo" }},
]
"""

WRONG_TOTAL = RIGHT | {"m0-total": "def total(items):\n    return 11"}


@dataclass(frozen=True)
class Ready:
    """What prepare() hands over: enough for the grader that compares texts."""

    points: dict[str, float]


def copy_course(origin: Path, target: Path) -> CoursePaths:
    """Return the paths of a copy of a built course."""
    shutil.copytree(origin, target, dirs_exist_ok=True)
    return find_paths(target)


def notebook(root: Path, answers: dict[str, str] | None) -> dict[str, Any]:
    """Return the released notebook with some cells answered."""
    path = root / "modules" / LESSON / f"{LESSON}.ipynb"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for cell in found["cells"]:
        cell["source"] = (answers or {}).get(as_cell(cell).grade_id, cell["source"])
    return found


def hand_in(root: Path, learner: str, answers: dict[str, str] | None = None) -> Path:
    """Place a notebook where graders look for hand-ins."""
    folder = root / "grader" / "course" / "submitted" / learner / LESSON
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(notebook(root, answers))
    (folder / f"{LESSON}.ipynb").write_text(text, encoding="utf-8")
    (folder / "timestamp.txt").write_text("2026-11-24 09:30:00 UTC", encoding="utf-8")
    return folder


def prepare(root: Path, assignment: str) -> Ready:
    """Stand in for the real one."""
    (released,) = read_released(find_paths(root), assignment)
    return Ready({row.name: row.points for row in released.graded})


def key_of(prepared: Ready, folder: Path) -> str:
    """Return a hash of the notebook."""
    return hashlib.sha256((folder / f"{LESSON}.ipynb").read_bytes()).hexdigest()


def grade_one(prepared: Ready, folder: Path, *, learner: str, limits: Any = None) -> Graded:
    """Compare the learner's cells with RIGHT."""
    key = key_of(prepared, folder)
    cells = parse_cells((folder / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    sources = {cell.grade_id: cell.source for cell in cells}
    texts = {name: sources[name] for name in RIGHT}
    verdicts = [_judge(name, points, texts) for name, points in prepared.points.items()]
    named = {full_name(LESSON, name): text for name, text in texts.items()}
    memo = {MEMO: named.pop(MEMO)}
    return Graded(learner, LESSON, key, tuple(verdicts), written=memo, cells=named)


def _judge(name: str, points: float, texts: dict[str, str]) -> Verdict:
    if name == "m0-memo":
        untouched = "Write your memo here" in texts[name]
        return Verdict(name, points, *((0.0, "unanswered") if untouched else (None, "manual")))
    right = texts[name.removesuffix("-test")].strip() == RIGHT[name.removesuffix("-test")]
    if right:
        return Verdict(name, points, points, "right", "Right.", seal="sealed")
    return Verdict(name, points, 0.0, "wrong", "Not yet: it gave 11.", seal="sealed", hidden=True)


def graded(root: Path, learner: str, answers: dict[str, str] | None = None) -> Graded:
    """Hand in and grade at once."""
    folder = hand_in(root, learner, answers)
    return grade_one(prepare(root, LESSON), folder, learner=learner)


ROWS = """
select submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.manual_score,
       grade.extra_credit, grade.needs_manual_grade, grade_cells.max_score, grade_cells.cell_type
from grade join base_cell on base_cell.id = grade.cell_id
left join grade_cells on grade_cells.id = grade.cell_id
join submitted_notebook on submitted_notebook.id = grade.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
"""
COMMENTS = """
select submitted_assignment.student_id, base_cell.name, base_cell.type, comment.auto_comment,
       comment.manual_comment
from comment join base_cell on base_cell.id = comment.cell_id
join submitted_notebook on submitted_notebook.id = comment.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
"""
OTHERS = (
    "select name, cell_type, locked, source, checksum from source_cell",
    "select name, type from base_cell",
    "select student.id, student.first_name, student.last_name from student",
    "select student_id, timestamp, extension from submitted_assignment",
    "select late_submission_penalty, flagged from submitted_notebook",
    "select assignment.name, duedate, course_id, notebook.name, kernelspec"
    " from assignment join notebook on notebook.assignment_id = assignment.id",
    "select version_num from alembic_version",
    "select id from course where id != 'default_course'",
)


def content(gradebook: Path) -> list[list[tuple[Any, ...]]]:
    """Return all that a gradebook says, without its random row ids."""
    with closing(sqlite3.connect(gradebook)) as opened:
        return [sorted(opened.execute(text), key=repr) for text in (ROWS, COMMENTS, *OTHERS)]


def enter(paths: CoursePaths, sql: str) -> None:
    """Do what a person does in formgrader."""
    assert paths.gradebook is not None
    with closing(sqlite3.connect(paths.gradebook)) as opened, opened:
        opened.execute(sql)


def mark(paths: CoursePaths, learner: str, cell: str, score: float) -> None:
    """Enter a person's mark for one cell of one learner."""
    enter(
        paths,
        f"""update grade set manual_score = {score}, needs_manual_grade = 0
        where cell_id in (select id from base_cell where name = '{cell}') and notebook_id in (
        select submitted_notebook.id from submitted_notebook join submitted_assignment
        on submitted_assignment.id = submitted_notebook.assignment_id
        where student_id = '{learner}')""",
    )
