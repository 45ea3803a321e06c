"""Results for other programs: JSON, CSV, and the columns that Canvas and Moodle import."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.core.errors import Refusal, refusing
from grader.core.paths import CoursePaths
from grader.core.records import Verdict
from grader.core.released import ReleasedNotebook, read_released
from grader.gradebook.notebooks import verdicts_by_cell
from grader.gradebook.queries import Sheet, Sheets, read_sheets, read_worth
from grader.gradebook.roster import Student, read_roster
from grader.report import gain
from grader.report.report import read_report
from grader.run.results import read_result
from speedlab.core.files import write_text
from speedlab.core.text import readable

FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20|%")  # a spreadsheet may run what begins so
ITEM_COLUMNS = (
    "assignment question title points learners difficulty discrimination tries right partly wrong "
    "wrong_result wrong_count"
).split()


@dataclass(frozen=True)
class ClassGrades:
    """All that is exported: the class, the assignments and what everybody has."""

    students: Sequence[Student]
    assignments: Sequence[str]
    sheets: Sheets
    worth: dict[str, float]
    notebooks: dict[str, tuple[ReleasedNotebook, ...]]
    paths: CoursePaths
    refused: Sequence[Refusal] = ()
    gained: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def sheet(self, student: Student, assignment: str) -> Sheet | None:
        """What one learner has in an assignment; None if nothing was graded."""
        return self.sheets.get((student.id, assignment))

    def score(self, student: Student, assignment: str) -> str:
        """The same as text; "" if nothing was graded."""
        sheet = self.sheet(student, assignment)
        return "" if sheet is None else f"{sheet.score:g}"

    def scores(self, student: Student) -> list[str]:
        """The scores of one learner in all assignments."""
        return [self.score(student, name) for name in self.assignments]


def read_grades(
    paths: CoursePaths, assignments: Sequence[str] = (), learners: Sequence[str] = ()
) -> ClassGrades:
    """Read what is exported.

    Args:
        paths: The course.
        assignments: Only these; by default all that the gradebook knows.
        learners: Only these; by default the class.

    Marks stand in the gradebook: of an assignment whose source is broken only the reasons are
    missing.
    """
    worth = read_worth(paths)
    names = [name for name in paths.assignment_folders() if name in worth]
    names = [name for name in names if not assignments or name in assignments]
    students = sorted(read_roster(paths).students, key=lambda student: student.id)
    chosen = [student for student in students if not learners or student.id in learners]
    notebooks, refused = dict[str, tuple[ReleasedNotebook, ...]](), list[Refusal]()
    for name in names:
        with refusing(name, refused):
            notebooks[name] = read_released(paths, name)
    sheets, gained = read_sheets(paths), dict[str, dict[str, int]]()
    with refusing("The questions before and after", refused):
        gained = gain.columns(paths)
    return ClassGrades(chosen, names, sheets, worth, notebooks, paths, refused, gained)


def as_json(grades: ClassGrades) -> str:
    """Return everything, one object for each learner and assignment."""
    results = [
        _result(grades, student, name)
        for student in grades.students
        for name in grades.assignments
        if grades.sheet(student, name) is not None
    ]
    return json.dumps({"results": results}, indent=1, ensure_ascii=False) + "\n"


def _result(grades: ClassGrades, student: Student, assignment: str) -> dict[str, Any]:
    sheet = grades.sheets[student.id, assignment]
    graded = read_result(grades.paths, assignment, student.id)
    notebooks = grades.notebooks.get(assignment)  # none where the source cannot be read now
    verdicts = verdicts_by_cell(notebooks, graded) if graded and notebooks else {}
    questions = []
    for cell, mark in sorted(sheet.marks.items()):
        verdict = verdicts.get(cell)
        judged = _judged(verdict) if verdict else {}
        given = {"automatic": mark.auto, "marked": mark.manual, "extra": mark.extra}
        asked = {"notebook": cell[0], "question": cell[1], "score": mark.score}
        questions.append(asked | {"points": mark.points, "to_mark": mark.to_mark} | given | judged)
    return {
        "learner": student.id,
        "assignment": assignment,
        "score": sheet.score,
        "points": sheet.points,
        "late_penalty": sheet.penalty,
        "isolation": readable(graded.isolation) if graded else "",
        "problem": readable(graded.problem) if graded else "",
        "questions": questions,
    }


def _judged(verdict: Verdict) -> dict[str, Any]:
    tried = [readable(one) if isinstance(one, str) else one for one in verdict.tried]
    return {"outcome": verdict.outcome, "seal": verdict.seal, "tried": tried}


def as_csv(grades: ClassGrades) -> str:
    """Return one line for each learner: points by assignment, their sum, what is to mark.

    Where somebody answered the questions before and after the course, how many were right, too.
    """
    rows: list[list[str]] = [["learner", "first_name", "last_name", "email"]]
    forms = ["before", "after"] if grades.gained else []
    rows[0] += [*grades.assignments, "total", "possible", "to_mark", *forms]
    possible = sum(grades.worth[name] for name in grades.assignments)
    for student in grades.students:
        there = [grades.sheet(student, name) for name in grades.assignments]
        sheets = [sheet for sheet in there if sheet is not None]
        row = [student.id, student.first_name, student.last_name, student.email]
        row += grades.scores(student)
        row += [f"{sum(sheet.score for sheet in sheets):g}", f"{possible:g}"]
        told = grades.gained.get(student.id, {})
        row += [str(sum(len(sheet.to_mark) for sheet in sheets))]
        rows.append([*row, *(str(told.get(form, "")) for form in forms)])
    return _table(rows)


def for_canvas(grades: ClassGrades) -> str:
    """Return the table that Canvas imports: its own columns, then one for each assignment."""
    own = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows = [[*own, *grades.assignments]]
    rows.append(
        ["    Points Possible", *[""] * 4, *(f"{grades.worth[n]:g}" for n in grades.assignments)]
    )
    for student in grades.students:
        name = ", ".join(part for part in (student.last_name, student.first_name) if part)
        row = [name or student.id, student.lms_user_id, "", student.id, ""]
        rows.append([*row, *grades.scores(student)])
    return _table(rows)


def for_moodle(grades: ClassGrades) -> str:
    """Return the table that Moodle imports: map its columns there once."""
    rows = [["Username", "First name", "Last name", "Email address", *grades.assignments]]
    for student in grades.students:
        row = [student.id, student.first_name, student.last_name, student.email]
        rows.append([*row, *grades.scores(student)])
    return _table(rows)


def as_items(grades: ClassGrades) -> str:
    """Return one line for each question: how hard, how telling, and its commonest wrong result."""
    rows = [[*ITEM_COLUMNS]]
    for assignment in read_report(grades.paths, grades.assignments).assignments:
        for item in assignment.questions:
            counts = [item.outcomes.get(name, 0) for name in ("right", "partly", "wrong")]
            wrong = item.commonest
            row = [assignment.name, item.id, item.title, f"{item.points:g}", str(item.learners)]
            row += [_rounded(item.share), _rounded(item.discrimination), _rounded(item.tries)]
            row += [
                *map(str, counts),
                wrong.text if wrong else "",
                str(wrong.count if wrong else 0),
            ]
            rows.append(row)
    return _table(rows)


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4):g}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [_harmless(value) for value in row] for row in rows
    )
    return text.getvalue()


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> _harmless("=1+1"), _harmless("-2.5"), _harmless("Ada"), _harmless(" \\x1b@x")
    ("'=1+1", '-2.5', 'Ada', "' @x")
    """
    text = readable(text)
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return text
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


FORMS: dict[str, tuple[str, Callable[[ClassGrades], str]]] = {
    "json": ("results.json", as_json),
    "csv": ("grades.csv", as_csv),
    "canvas": ("canvas.csv", for_canvas),
    "moodle": ("moodle.csv", for_moodle),
    "items": ("items.csv", as_items),
}


def export(
    grades: ClassGrades, folder: Path, forms: Sequence[str] = tuple(FORMS)
) -> Iterator[Path]:
    """Write the results into a folder and yield the files.

    Args:
        book: What to write.
        folder: Where.
        forms: "json", "csv", "canvas", "moodle", "items".
    """
    for form in forms:
        name, make = FORMS[form]
        write_text(folder / name, make(grades), parents=True, private=True)
        yield folder / name
