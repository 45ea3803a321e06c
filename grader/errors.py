"""What can go wrong while a course is built and graded."""

from __future__ import annotations

from pathlib import Path

from speedlab.errors import SpeedlabError


class BuildError(SpeedlabError):
    """A lesson script, or nbgrader's work on it, stops the build."""


def at_line(path: Path, line: int, what: str, *, why: str = "", next_step: str = "") -> BuildError:
    """Return a BuildError that names the file and the line.

    >>> str(at_line(Path("a/a.py"), 3, "Unknown kind."))
    'a/a.py, line 3: Unknown kind.'
    """
    return BuildError(f"{path.as_posix()}, line {line}: {what}", why, next_step)


class GraderError(SpeedlabError):
    """Hand-ins, results or the gradebook cannot be used as they are."""
