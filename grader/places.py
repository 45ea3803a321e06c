"""Where everything of one course lies: nbgrader's folders, and ours beside them.

    <source>/<assignment>/*.ipynb            what authors made           (solutions)
    <submitted>/<learner>/<assignment>/      what learners handed in
    <desk>/earlier/<learner>/<assignment>/   older versions of it, by time
    <desk>/results/<assignment>/<learner>.json   what grading found, one file each
    <desk>/logs/<assignment>/<learner>.log       the same for people to read
    <autograded>, <feedback>, gradebook      as nbgrader lays them out

The desk is the folder in which nbgrader's own working folders lie; here grader/course.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.stock import course_config

LEARNER = re.compile(r"[^\s./\\:*?\"<>|~-][^/\\:*?\"<>|\x00-\x1f\x7f]{0,99}")


@dataclass(frozen=True)
class Places:
    """The folders of one course, and its gradebook."""

    root: Path
    source: Path
    release: Path
    submitted: Path
    autograded: Path
    feedback: Path
    db_url: str
    course_id: str

    @property
    def desk(self) -> Path:
        """The folder of what one class handed in and got."""
        return self.autograded.parent

    @property
    def gradebook(self) -> Path | None:
        """The file of the gradebook; None where a database server keeps it."""
        prefix = "sqlite:///"
        return Path(self.db_url[len(prefix) :]) if self.db_url.startswith(prefix) else None

    def result(self, assignment: str, learner: str) -> Path:
        """The file with what grading one hand-in found."""
        return self.desk / "results" / assignment / f"{learner}.json"

    def log(self, assignment: str, learner: str) -> Path:
        """The file that tells a person what happened to one hand-in."""
        return self.desk / "logs" / assignment / f"{learner}.log"

    def handed_in(self, learner: str, assignment: str) -> Path:
        """The folder of one hand-in."""
        return self.submitted / learner / assignment

    def notebooks(self, assignment: str) -> list[str]:
        """Return the names of an assignment's notebooks, sorted, without .ipynb."""
        return sorted(path.stem for path in (self.source / assignment).glob("*.ipynb"))

    def assignments(self) -> list[str]:
        """Return the assignments that have a source notebook, by name."""
        folders = sorted(path for path in self.source.glob("*") if path.is_dir())
        return [folder.name for folder in folders if self.notebooks(folder.name)]

    def learners(self, assignment: str) -> list[str]:
        """Return who handed in an assignment, by name."""
        found = self.submitted.glob(f"*/{assignment}")
        return sorted(path.parent.name for path in found if path.is_dir())

    def check_assignment(self, name: str) -> str:
        """Return the name of an assignment that was built.

        Raises:
            GraderError: If there is none of this name, or it was not built.
        """
        if name in self.assignments():
            return name
        if (self.source / name / f"{name}.py").is_file():
            what, why = f"{name} is not built.", "It has a script and no notebook yet."
            raise GraderError(what, why, "Run python -m grader build.")
        known = ", ".join(self.assignments()) or "none"
        what, why = f"There is no assignment {name!r}.", f"{self.source} holds {known}."
        raise GraderError(what, why, nearest_sentence(name, self.assignments()))


def find_places(root: Path) -> Places:
    """Return the folders of the course that lies in root, as its nbgrader_config.py says.

    Without such a file, a course with solutions/ is laid out as this one, any other as nbgrader
    does by default.

    Raises:
        GraderError: If the folder holds no course.
    """
    root = root.resolve()
    settings: Any = course_config(root).CourseDirectory
    names = ("source", "release", "submitted", "autograded", "feedback")
    folders = {name: root / settings.get(f"{name}_directory", name) for name in names}
    if not folders["source"].is_dir():
        what, why = f"{root} holds no course.", f"There is no folder {folders['source'].name}."
        raise GraderError(what, why, "Name the course's folder with --root.")
    url = settings.get("db_url", f"sqlite:///{(root / 'gradebook.db').as_posix()}")
    return Places(root, **folders, db_url=url, course_id=settings.get("course_id", ""))


def check_learner(name: str) -> str:
    """Return a learner's name that can be the name of a folder on any system.

    >>> check_learner("ada.lovelace@example.org")
    'ada.lovelace@example.org'

    Raises:
        GraderError: If it cannot.
    """
    if LEARNER.fullmatch(name) and name == name.rstrip(" ."):
        return name
    what, why = f"{name!r} cannot be a learner's name.", "It must also be the name of a folder."
    raise GraderError(what, why, "Take letters, digits and . _ - + @, and begin with a letter.")


def nearest_sentence(name: str, known: list[str]) -> str:
    """Return "Did you mean ...?" for the nearest of some names, or "".

    >>> nearest_sentence("01_fruad", ["01_fraud", "02_ml"])
    'Did you mean 01_fraud?'
    """
    found = nearest(name, known)
    return f"Did you mean {found}?" if found else ""


def nearest(name: str, known: list[str]) -> str:
    """Return the nearest of some names, or "" if none is near."""
    from difflib import get_close_matches

    lowered = {one.lower(): one for one in known}
    return next((lowered[one] for one in get_close_matches(name.lower(), lowered, 1, 0.6)), "")
