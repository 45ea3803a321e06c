"""What a class handed in and got is for its instructor alone, also on a machine that many share."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from grader.core.nbgrader import SECRET, course_config
from grader.core.paths import CoursePaths

OWN = ("results", "logs", "earlier", "export", "certificates", "demo")
"""Folders of ours, beside nbgrader's."""
OTHERS = 0o077
SHARED = 0o007
"""What is taken from everybody else, where a course is its owner's, and where graders share it."""


def keep_private(paths: CoursePaths) -> None:
    """Let nobody but the owner into hand-ins, results, feedback and marks that lie here already.

    Graders who share a course (nbgrader's c.CourseDirectory.groupshared) keep what their group may.
    On Windows nothing is done: there the folder around the course decides.
    """
    if os.name == "nt":
        return
    shared = bool(course_config(paths.root).CourseDirectory.get("groupshared", False))
    taken = SHARED if shared else OTHERS
    for folder in (paths.submitted, paths.autograded, *(paths.class_folder / n for n in OWN)):
        shut(folder, taken)
    for place, _, names in os.walk(paths.feedback):
        released = is_released(paths, Path(place))
        _shut(Path(place), taken)
        for name in names:
            if not (released and name.endswith(".html")):
                _shut(Path(place, name), taken)
    for file in (paths.class_folder / "report.html", paths.gradebook):
        if file is not None:
            _shut(file, taken)


def is_released(paths: CoursePaths, folder: Path) -> bool:
    """Tell whether nbgrader's exchange may hand out the pages of a folder of feedback.

    It copies them with their mode, for their learner to read. Their folder is shut all the same.
    """
    return (paths.submitted / folder.relative_to(paths.feedback) / SECRET).is_file()


def shut(folder: Path, taken: int = OTHERS) -> None:
    """Take from others what they may in a folder; first at the top, which shuts all below."""
    for place, _, names in os.walk(folder) if os.name != "nt" else ():
        for found in (Path(place), *(Path(place, name) for name in names)):
            _shut(found, taken)


def _shut(place: Path, taken: int) -> None:
    with contextlib.suppress(OSError):
        found = place.lstat()
        # A large file of the source is linked into the notebooks to mark: its mode is the source's.
        plain = stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)
        if plain and found.st_mode & taken:
            place.chmod(stat.S_IMODE(found.st_mode) & ~taken)
