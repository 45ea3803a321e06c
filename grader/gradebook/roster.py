"""Who is in the class: nbgrader's table of students."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.core.errors import GraderError
from grader.core.names import likeness
from grader.core.paths import CoursePaths, check_learner
from grader.gradebook.connection import query, writing
from speedlab.core.text import nearest, readable


@dataclass(frozen=True)
class Student:
    """One learner as the gradebook knows them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """The name in words, or the id where none is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


@dataclass(frozen=True)
class LearnerName:
    """What the sender of a hand-in calls its learner.

    Args:
        name: An id, "lovelaceada" (Canvas) or "Ada Lovelace" (Moodle).
        scheme: "canvas", "moodle", "exchange" or "plain".
        number: The sender's number for the learner, where it has one.
    """

    name: str
    scheme: str = "plain"
    number: str = ""


@dataclass
class Roster:
    """The class, and who joined it during this run."""

    students: list[Student]
    added: list[Student] = field(default_factory=list)

    def find(self, learner: LearnerName, *, add: bool) -> Student | None:
        """Return whose name that is; None if unknown and not to be added.

        Raises:
            GraderError: If two learners fit, or a new one's name cannot be a folder's.
        """
        fitting = [student for student in self.students if _is(student, learner)]
        if learner.number and learner.scheme == "canvas":
            exact = [student for student in fitting if student.lms_user_id == learner.number]
            fitting = exact or [student for student in fitting if not student.lms_user_id]
        if len(fitting) > 1:
            names = ", ".join(student.id for student in fitting)
            raise GraderError(f"{learner.name} may be {names}.", "", "Say who: rename the hand-in.")
        if fitting or not add:
            return fitting[0] if fitting else None
        student = _new(learner, {student.id for student in self.students})
        self._refuse_alike(student.id)
        self.students.append(student)
        self.added.append(student)
        return student

    def _refuse_alike(self, name: str) -> None:
        """Raise GraderError for a new name that is another's on some system, or to the eye."""
        for other in (student.id for student in self.students):
            if likeness(other) == likeness(name):
                what = f"{name} and {other} are one folder on some systems, or look the same."
                raise GraderError(what, "Each must be told apart.", "Rename one of the two.")

    def nearest(self, learner: LearnerName) -> str:
        """Return the id nearest to an unknown name, or ""."""
        return nearest(learner.name, [student.id for student in self.students])


def _is(student: Student, learner: LearnerName) -> bool:
    if learner.number and learner.scheme == "canvas" and student.lms_user_id == learner.number:
        return True
    # macOS writes accents as signs of their own: to Unicode, too, both are the same text.
    same = _composed(student.id) == _composed(learner.name)
    if same or learner.scheme in ("plain", "exchange"):
        return same
    first, last = student.first_name, student.last_name
    names = {_plain(first + last), _plain(last + first), _plain(student.id)}
    return bool(_plain(learner.name)) and _plain(learner.name) in names


def _plain(name: str) -> str:
    """Return the letters and digits of a name, without accents and case.

    >>> _plain("Lovelace, Adá")
    'lovelaceada'
    """
    split = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in split if sign.isalnum())


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _new(learner: LearnerName, taken: set[str]) -> Student:
    name = (
        re.sub(r"\s+", "-", learner.name.strip().lower())
        if learner.scheme == "moodle"
        else learner.name
    )
    if name in taken and learner.number:
        name = f"{name}-{learner.number}"
    first, _, last = learner.name.rpartition(" ") if learner.scheme == "moodle" else ("", "", "")
    number = learner.number if learner.scheme == "canvas" else ""
    return Student(check_learner(_composed(name)), first, last, lms_user_id=number)


def read_roster(paths: CoursePaths) -> Roster:
    """Return the class as the gradebook has it; empty if there is none yet."""
    rows = query(paths, "select id, first_name, last_name, email, lms_user_id from student")
    # The id is also the name of a folder, and stays as it is.
    known = ((row[0], *(readable(value or "") for value in row[1:])) for row in rows)
    return Roster([Student(*row) for row in known])


def save(paths: CoursePaths, students: Iterable[Student], **waiting: Any) -> None:
    """Add learners to the gradebook; those that are there keep what is known of them."""
    with writing(paths, **waiting) as gradebook:
        from nbgrader import api

        for student in students:
            if gradebook.db.get(api.Student, student.id) is None:
                fields = {name: value or None for name, value in vars(student).items()}
                gradebook.db.add(api.Student(**fields))
