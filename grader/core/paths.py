"""Where everything of one course lies: nbgrader's folders, and ours beside them.

    <source>/<assignment>/*.ipynb            what authors made           (solutions)
    <submitted>/<learner>/<assignment>/      what learners handed in
    <class>/earlier/<learner>/<assignment>/  older versions of it, by time
    <class>/results/<assignment>/<learner>.json   what grading found, one file each
    <class>/logs/<assignment>/<learner>.log       the same for people to read
    <autograded>, <feedback>, gradebook      as nbgrader lays them out

The class folder is that in which nbgrader's own working folders lie; here grader/course.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.core.errors import GraderError
from grader.core.names import why_no_learner
from grader.core.nbgrader import CONFIG, course_config
from speedlab.core.text import nearest_sentence


@dataclass(frozen=True)
class CoursePaths:
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
    def class_folder(self) -> Path:
        """The folder of what one class handed in and got."""
        return self.autograded.parent

    @property
    def gradebook(self) -> Path | None:
        """The file of the gradebook; None where a database server keeps it."""
        prefix = "sqlite:///"
        return Path(self.db_url[len(prefix) :]) if self.db_url.startswith(prefix) else None

    def result(self, assignment: str, learner: str) -> Path:
        """The file with what grading one hand-in found."""
        return self.class_folder / "results" / assignment / f"{learner}.json"

    def log(self, assignment: str, learner: str) -> Path:
        """The file that tells a person what happened to one hand-in."""
        return self.class_folder / "logs" / assignment / f"{learner}.log"

    def handed_in(self, learner: str, assignment: str) -> Path:
        """The folder of one hand-in."""
        return self.submitted / learner / assignment

    def notebooks(self, assignment: str) -> list[str]:
        """Return the names of an assignment's notebooks, sorted, without .ipynb."""
        paths = (self.source / assignment).glob("*.ipynb")
        # A hidden one is an editor's or macOS' own; nbgrader's patterns do not match it either.
        return sorted(path.stem for path in paths if not path.name.startswith("."))

    def assignments(self) -> list[str]:
        """Return the assignments that have a source notebook, by name."""
        return [name for name in self.assignment_folders() if self.notebooks(name)]

    def assignment_folders(self) -> list[str]:
        """Return the folders of the source, by name; a notebook may be missing in one."""
        folders = (path for path in self.source.glob("*") if path.is_dir())
        return sorted(path.name for path in folders if not path.name.startswith("."))

    def learners(self, assignment: str) -> list[str]:
        """Return who handed in an assignment, by name."""
        folders = (path for path in self.submitted.glob("*") if not path.name.startswith("."))
        return sorted(path.name for path in folders if (path / assignment).is_dir())

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
        if name in self.assignment_folders():
            what, why = f"{name} has no notebook.", f"None can be seen in {self.source / name}."
            raise GraderError(what, why, "Put its source notebook there.")
        built = ", ".join(self.assignments()) or "none"
        what, why = f"There is no assignment {name!r}.", f"{self.source} holds {built}."
        raise GraderError(what, why, nearest_sentence(name, self.assignments()))


def find_paths(root: Path) -> CoursePaths:
    """Return the folders of the course that lies in root, as its nbgrader_config.py says.

    Without such a file, a course with solutions/ is laid out as this one, any other as nbgrader
    does by default.

    Raises:
        GraderError: If the folder holds no course.
    """
    root = root.resolve()
    settings: Any = course_config(root).CourseDirectory
    names = ("source", "release", "submitted", "autograded", "feedback")
    try:
        folders = {name: root / settings.get(f"{name}_directory", name) for name in names}
    except TypeError as error:
        what, why = f"{root / CONFIG.name} names a folder that is no text.", f"{error}."
        raise GraderError(what, why, "Write the name of each folder in quotes.") from error
    if not folders["source"].is_dir():
        what, why = f"{root} holds no course.", f"There is no folder {folders['source'].name}."
        raise GraderError(what, why, "Name the course's folder with --root.")
    url = settings.get("db_url", f"sqlite:///{(root / 'gradebook.db').as_posix()}")
    return CoursePaths(root, **folders, db_url=url, course_id=settings.get("course_id", ""))


def check_learner(name: str) -> str:
    """Return a learner's name that can be the name of a folder on any system.

    >>> check_learner("ada.lovelace@example.org")
    'ada.lovelace@example.org'

    Raises:
        GraderError: If it cannot.
    """
    why = why_no_learner(name)
    if not why:
        return name
    what, why = f"{name!r} cannot be a learner's name: {why}.", "It must also be a folder's name."
    raise GraderError(what, why, "Take letters, digits and . _ - + @, and begin with a letter.")
