"""What can go wrong while a course is built and graded."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speedlab.core.errors import SpeedlabError


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


class GradebookError(GraderError):
    """The gradebook cannot be read or written: that concerns every assignment."""


class Explained(Exception):
    """One of many cannot be taken; the text is a whole sentence."""


@dataclass(frozen=True)
class Refusal:
    """One of many that was not taken, and why, as a sentence; the others go on."""

    name: str
    why: str


OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE}
"""What the system refuses to everybody: a full disk is no fault of one assignment or hand-in."""
LONGEST = 600


@contextmanager
def refusing(name: str, refused: list[Refusal]) -> Iterator[None]:
    """Let whatever goes wrong with one of many become one sentence about it; the others go on.

    Args:
        name: Of the one: an assignment, a hand-in.
        refused: Gets the sentence.

    Raises:
        GradebookError, OSError: If it concerns all of them.

    >>> refused = []
    >>> with refusing("ps1", refused):
    ...     raise GraderError("It is not built.", "", "Run python -m grader build.")
    >>> refused
    [Refusal(name='ps1', why='It is not built. Run python -m grader build.')]
    """
    try:
        yield
    except GradebookError:
        raise
    except (Exception, SystemExit) as error:  # a course's own code may want to end Python
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            raise
        refused.append(Refusal(name, sentence(error)))


def sentence(error: BaseException) -> str:
    """Return what a person should know of an error, on one line.

    >>> sentence(KeyError("grade_id"))
    "It failed with KeyError: 'grade_id'."
    """
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename or 'A file'}: {error.strerror}."
    elif isinstance(error, (SpeedlabError, Explained)):
        text = str(error)
    else:
        text = f"It failed with {first_line(error)}."
    return " ".join(text.split())[:LONGEST]


def first_line(error: BaseException) -> str:
    """Return the kind of an error and the first line of its text."""
    line = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {line}" if line else type(error).__name__
