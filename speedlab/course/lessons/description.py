"""What course.toml says: the lessons, their steps, and what a certificate asks for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput
from speedlab.course.lessons.cells import read_cells

FILE = "course.toml"
KINDS = ("question", "code", "lab", "memo")
TRACKS = ("executive", "practitioner")


@dataclass(frozen=True)
class Step:
    """One thing that a learner does in a lesson; the id is its grade id."""

    id: str
    kind: str
    track: str
    minutes: int
    title: str


@dataclass(frozen=True)
class Lesson:
    """One lesson; name is that of its folder in modules/ and of the notebook in it."""

    name: str
    title: str
    question: str
    after_this_you_can: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        """How long a first reader needs."""
        return sum(step.minutes for step in self.steps)

    def folder(self, root: Path) -> Path:
        """Where the learner's copy lies."""
        return root / "modules" / self.name

    def notebook(self, root: Path) -> Path:
        """The learner's notebook."""
        return self.folder(root) / f"{self.name}.ipynb"


@dataclass(frozen=True)
class Award:
    """What a certificate can say, and the least share of each track's points for it."""

    name: str
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Course:
    """The whole course as course.toml describes it."""

    title: str
    subtitle: str
    lessons: tuple[Lesson, ...]
    awards: tuple[Award, ...]
    show_solutions: bool = True
    keys: bool = True  # whether the released questions can judge an answer themselves
    tries: tuple[float, ...] = ()
    """The share of the points for a question answered rightly on the first, second … try; nothing
    later. Empty where right is right, as it is without keys: nobody is told then."""
    answers: bool = False  # whether the build refuses a code task without a bank of answers

    def lesson(self, name: str) -> Lesson:
        """Return the lesson of this name.

        Raises:
            BadInput: If there is none.
        """
        for lesson in self.lessons:
            if lesson.name == name:
                return lesson
        names = ", ".join(lesson.name for lesson in self.lessons)
        raise BadInput(f"There is no lesson {name!r}.", f"The course has {names}.", "Take one.")


def read_course(root: Path) -> Course:
    """Read the description of the course that lies in a folder.

    Raises:
        BadInput: If course.toml is missing, is no TOML, or lacks or repeats something.
    """
    path = root / FILE
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _course(content)
    except FileNotFoundError:
        what, why = f"There is no {FILE} in {root}.", "It describes the course."
        raise BadInput(what, why, "Work in the folder of the course, or in one inside.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}."
        raise BadInput(f"{path} cannot be understood.", why, "Mend it there.") from error


def _course(content: dict[str, Any]) -> Course:
    lessons = tuple(_lesson(lesson) for lesson in content["lessons"])
    awards = tuple(Award(award["name"], dict(award["shares"])) for award in content["awards"])
    ids = [step.id for lesson in lessons for step in lesson.steps]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise ValueError(f"the step {min(twice)} stands there twice")
    shown = bool(content.get("show_solutions", True))
    keys = bool(content.get("keys", True))
    tries = _tries(content.get("tries", []))
    return Course(
        content["title"],
        content["subtitle"],
        lessons,
        awards,
        show_solutions=shown and keys,
        keys=keys,
        tries=tries if keys else (),
        answers=bool(content.get("answers", False)),
    )


def _tries(shares: list[float]) -> tuple[float, ...]:
    if any(type(share) not in (int, float) or not 0 <= share <= 1 for share in shares):
        raise ValueError("tries needs a share from 0 to 1 for each try")
    if sorted(shares, reverse=True) != shares:
        raise ValueError("tries must not give a later try more than an earlier one")
    return tuple(map(float, shares))


def _lesson(content: dict[str, Any]) -> Lesson:
    steps = tuple(Step(**step) for step in content["steps"])
    for step in steps:
        if step.kind not in KINDS or step.track not in TRACKS:
            raise ValueError(f"{step.id} needs a kind of {KINDS} and a track of {TRACKS}")
    can = tuple(content["after_this_you_can"])
    return Lesson(content["name"], content["title"], content["question"], can, steps)


def points(notebook: Path) -> dict[str, float]:
    """Return the points of each step by its id, as the lesson's cells carry them.

    The points of code stand at its check, whose grade id ends in -test. Empty if the notebook
    is missing or cannot be read.
    """
    graded = [cell for cell in read_cells(notebook) if cell.grade_id and "grade" in cell.kinds]
    try:
        return {cell.grade_id.removesuffix("-test"): cell.points for cell in graded}
    except (ValueError, TypeError):
        return {}
