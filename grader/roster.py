"""Who is in the class: nbgrader's table of students."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.errors import GraderError
from grader.places import Places, check_learner, nearest


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
class Who:
    """A learner as the sender of a hand-in calls them.

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

    def find(self, who: Who, *, add: bool) -> Student | None:
        """Return who that is; None if unknown and not to be added.

        Raises:
            GraderError: If two learners fit, or a new one's name cannot be a folder's.
        """
        found = [student for student in self.students if _is(student, who)]
        if who.number and who.scheme == "canvas":
            exact = [student for student in found if student.lms_user_id == who.number]
            found = exact or [student for student in found if not student.lms_user_id]
        if len(found) > 1:
            names = ", ".join(student.id for student in found)
            raise GraderError(f"{who.name} may be {names}.", "", "Say who: rename the hand-in.")
        if found or not add:
            return found[0] if found else None
        student = _new(who, {student.id for student in self.students})
        self.students.append(student)
        self.added.append(student)
        return student

    def nearest(self, who: Who) -> str:
        """Return the id nearest to an unknown name, or ""."""
        return nearest(who.name, [student.id for student in self.students])


def _is(student: Student, who: Who) -> bool:
    if who.number and who.scheme == "canvas" and student.lms_user_id == who.number:
        return True
    if student.id == who.name or who.scheme in ("plain", "exchange"):
        return student.id == who.name
    first, last = student.first_name, student.last_name
    names = {_plain(first + last), _plain(last + first), _plain(student.id)}
    return bool(_plain(who.name)) and _plain(who.name) in names


def _plain(name: str) -> str:
    """Return the letters and digits of a name, without accents and case.

    >>> _plain("Lovelace, Adá")
    'lovelaceada'
    """
    split = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in split if sign.isalnum())


def _new(who: Who, taken: set[str]) -> Student:
    name = re.sub(r"\s+", "-", who.name.strip().lower()) if who.scheme == "moodle" else who.name
    if name in taken and who.number:
        name = f"{name}-{who.number}"
    first, _, last = who.name.rpartition(" ") if who.scheme == "moodle" else ("", "", "")
    number = who.number if who.scheme == "canvas" else ""
    return Student(check_learner(name), first, last, lms_user_id=number)


def read_roster(places: Places) -> Roster:
    """Return the class as the gradebook has it; empty if there is none yet."""
    rows = query(places, "select id, first_name, last_name, email, lms_user_id from student")
    return Roster([Student(*(value or "" for value in row)) for row in rows])


def query(places: Places, text: str) -> Sequence[Any]:
    """Return the rows that a question to the gradebook gives; none where it does not exist yet.

    Raises:
        GraderError: If it is no gradebook of nbgrader.
    """
    from sqlalchemy import create_engine
    from sqlalchemy import text as sql
    from sqlalchemy.exc import SQLAlchemyError

    if places.gradebook is not None and not places.gradebook.is_file():
        return []
    engine = create_engine(places.db_url)
    try:
        with engine.connect() as opened:
            return opened.execute(sql(text)).all()
    except SQLAlchemyError as error:
        if "no such table" in str(error):
            return []  # made a moment ago, and still empty
        why = f"{getattr(error, 'orig', error)}."
        raise GraderError(
            "The gradebook cannot be read.", why, f"Look at {places.db_url}."
        ) from error
    finally:
        engine.dispose()


def save(places: Places, students: Iterable[Student], **waiting: Any) -> None:
    """Add learners to the gradebook; those that are there keep what is known of them."""
    from grader.locks import writing

    with writing(places, **waiting) as gradebook:
        from nbgrader import api

        for student in students:
            if gradebook.db.get(api.Student, student.id) is None:
                known = {name: value or None for name, value in vars(student).items()}
                gradebook.db.add(api.Student(**known))
