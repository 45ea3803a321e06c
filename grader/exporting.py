"""Results for other programs: JSON, CSV, and the columns that Canvas and Moodle import."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.marks import Sheet, Sheets, read_sheets, read_worth
from grader.merged import verdicts_by_cell, write_text
from grader.places import Places
from grader.roster import Student, read_roster
from grader.running import read_result
from grader.skeletons import Skeleton, read_skeletons

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a text


@dataclass(frozen=True)
class Book:
    """All that is exported: the class, the assignments and what everybody has."""

    students: Sequence[Student]
    assignments: Sequence[str]
    sheets: Sheets
    worth: dict[str, float]
    skeletons: dict[str, tuple[Skeleton, ...]]
    places: Places

    def sheet(self, student: Student, assignment: str) -> Sheet | None:
        """What one learner has in an assignment; None if nothing was graded."""
        return self.sheets.get((student.id, assignment))

    def score(self, student: Student, assignment: str) -> str:
        """The same as text; "" if nothing was graded."""
        sheet = self.sheet(student, assignment)
        return "" if sheet is None else f"{sheet.score:g}"


def read_book(
    places: Places, assignments: Sequence[str] = (), learners: Sequence[str] = ()
) -> Book:
    """Read what is exported.

    Args:
        places: The course.
        assignments: Only these; by default all that the gradebook knows.
        learners: Only these; by default the class.
    """
    worth = read_worth(places)
    names = [name for name in places.assignments() if name in worth]
    names = [name for name in names if not assignments or name in assignments]
    students = sorted(read_roster(places).students, key=lambda student: student.id)
    chosen = [one for one in students if not learners or one.id in learners]
    skeletons = {name: read_skeletons(places, name) for name in names}
    return Book(chosen, names, read_sheets(places), worth, skeletons, places)


def as_json(book: Book) -> str:
    """Return everything, one object for each learner and assignment."""
    found = [
        _one(book, student, name)
        for student in book.students
        for name in book.assignments
        if book.sheet(student, name) is not None
    ]
    return json.dumps({"results": found}, indent=1, ensure_ascii=False) + "\n"


def _one(book: Book, student: Student, assignment: str) -> dict[str, Any]:
    sheet = book.sheets[student.id, assignment]
    graded = read_result(book.places, assignment, student.id)
    verdicts = verdicts_by_cell(book.skeletons[assignment], graded) if graded else {}
    questions = []
    for cell, mark in sorted(sheet.marks.items()):
        verdict = verdicts.get(cell)
        said = {"outcome": verdict.outcome, "seal": verdict.seal} if verdict else {}
        given = {"automatic": mark.auto, "marked": mark.manual, "extra": mark.extra}
        asked = {"notebook": cell[0], "question": cell[1], "score": mark.score}
        questions.append(asked | {"points": mark.points, "to_mark": mark.to_mark} | given | said)
    return {
        "learner": student.id,
        "assignment": assignment,
        "score": sheet.score,
        "points": sheet.points,
        "late_penalty": sheet.penalty,
        "isolation": graded.isolation if graded else "",
        "problem": graded.problem if graded else "",
        "questions": questions,
    }


def as_csv(book: Book) -> str:
    """Return one line for each learner: points by assignment, their sum, what is to mark."""
    rows: list[list[str]] = [["learner", "first_name", "last_name", "email"]]
    rows[0] += [*book.assignments, "total", "possible", "to_mark"]
    possible = sum(book.worth[name] for name in book.assignments)
    for student in book.students:
        there = [book.sheet(student, name) for name in book.assignments]
        sheets = [sheet for sheet in there if sheet is not None]
        row = [student.id, student.first_name, student.last_name, student.email]
        row += [book.score(student, name) for name in book.assignments]
        row += [f"{sum(sheet.score for sheet in sheets):g}", f"{possible:g}"]
        rows.append([*row, str(sum(len(sheet.to_mark) for sheet in sheets))])
    return _table(rows)


def for_canvas(book: Book) -> str:
    """Return the table that Canvas imports: its own columns, then one for each assignment."""
    own = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows = [[*own, *book.assignments]]
    rows.append(
        ["    Points Possible", *[""] * 4, *(f"{book.worth[n]:g}" for n in book.assignments)]
    )
    for student in book.students:
        name = ", ".join(part for part in (student.last_name, student.first_name) if part)
        row = [name or student.id, student.lms_user_id, "", student.id, ""]
        rows.append([*row, *(book.score(student, n) for n in book.assignments)])
    return _table(rows)


def for_moodle(book: Book) -> str:
    """Return the table that Moodle imports: map its columns there once."""
    rows = [["Username", "First name", "Last name", "Email address", *book.assignments]]
    for student in book.students:
        row = [student.id, student.first_name, student.last_name, student.email]
        rows.append([*row, *(book.score(student, n) for n in book.assignments)])
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(
        [_harmless(text) for text in row] for row in rows
    )
    return made.getvalue()


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> _harmless("=1+1"), _harmless("-2.5"), _harmless("Ada")
    ("'=1+1", '-2.5', 'Ada')
    """
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text.startswith(FORMULA) else text
    return text


FORMS: dict[str, tuple[str, Callable[[Book], str]]] = {
    "json": ("results.json", as_json),
    "csv": ("grades.csv", as_csv),
    "canvas": ("canvas.csv", for_canvas),
    "moodle": ("moodle.csv", for_moodle),
}


def export(book: Book, folder: Path, forms: Sequence[str] = tuple(FORMS)) -> Iterator[Path]:
    """Write the results into a folder and yield the files.

    Args:
        book: What to write.
        folder: Where.
        forms: "json", "csv", "canvas", "moodle".
    """
    for form in forms:
        name, make = FORMS[form]
        write_text(folder / name, make(book))
        yield folder / name
