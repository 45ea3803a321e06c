"""Certificates for a class: the gradebook's marks, signed with the instructor's key.

The marks take the form that `speedlab certificate --grades` reads, so both give the same paper.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.core.errors import GraderError, Refusal
from grader.core.paths import CoursePaths
from grader.gradebook.queries import Sheets, read_sheets
from grader.gradebook.roster import Student, read_roster
from speedlab.core.files import write_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class SignedCertificate:
    """A certificate that was written."""

    learner: str
    award: str
    number: str
    path: Path
    notes: tuple[str, ...]


def marks_of(student: Student, sheets: Sheets) -> dict[str, Any]:
    """Return the marks of one learner by lesson and step; what nobody marked is left out.

    Extra credit counts up to what a step is worth: a certificate shows points of points. A lesson
    is the notebook with its name; others in its folder may use the same grade ids, and don't count.
    """
    lessons: dict[str, dict[str, float]] = {}
    for (learner, assignment), sheet in sorted(sheets.items()):
        if learner != student.id:
            continue
        for (notebook, name), mark in sorted(sheet.marks.items()):
            if notebook == assignment and (mark.auto is not None or mark.manual is not None):
                step = name.removesuffix("-test")
                score = min(max(mark.score, 0.0), mark.points)
                lessons.setdefault(assignment, {})[step] = score
    return {"learner": student.name, "lessons": lessons}


def write_marks(paths: CoursePaths, folder: Path, learners: Sequence[str] = ()) -> Iterator[Path]:
    """Write the marks of each learner as `speedlab certificate --grades` reads them."""
    sheets = read_sheets(paths)
    for student in chosen(paths, learners):
        path = folder / f"{student.id}.json"
        text = json.dumps(marks_of(student, sheets), indent=1, ensure_ascii=False)
        write_text(path, f"{text}\n", parents=True, private=True)
        yield path


def sign_class(
    paths: CoursePaths,
    folder: Path,
    *,
    key: Ed25519PrivateKey,
    instructor: str,
    learners: Sequence[str] = (),
) -> Iterator[SignedCertificate | Refusal]:
    """Write a signed certificate for each learner who reached an award; name the others.

    Args:
        paths: The course.
        folder: Where to write them.
        key: The instructor's private key.
        instructor: Whose name stands on them.
        learners: Only these; by default the class.
    """
    from speedlab.core.errors import BadInput
    from speedlab.course.certificate.draw import certify, draw, sign_certificate
    from speedlab.course.certificate.standing import graded_standing
    from speedlab.course.lessons.description import read_course

    course, sheets = read_course(paths.root), read_sheets(paths)
    for student in chosen(paths, learners):
        marks = marks_of(student, sheets)
        try:
            standing = graded_standing(course, paths.root, marks["lessons"])
            certificate = certify(standing, marks["learner"], date.today())
            certificate, signature = sign_certificate(certificate, key, instructor)
        except BadInput as error:
            yield Refusal(student.id, str(error))
            continue
        path = folder / f"{student.id}.html"
        write_text(path, draw(certificate, signature) + "\n", parents=True, private=True)
        award, number = certificate.award, certificate.number
        yield SignedCertificate(student.id, award, number, path, tuple(standing.notes))


def chosen(paths: CoursePaths, learners: Sequence[str]) -> list[Student]:
    """Return the class, or those of it who were named.

    Raises:
        GraderError: If somebody named is not in it.
    """
    roster = read_roster(paths)
    students = {student.id: student for student in roster.students}
    for name in learners:
        if name not in students:
            what = f"{name} is not in the class."
            raise GraderError(what, "The gradebook does not know them.", "Collect with --add.")
    return [students[name] for name in (learners or sorted(students))]
