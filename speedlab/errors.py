"""One exception per failure: each says what happened, why, and what to do next."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class SpeedlabError(Exception):
    """A failure that speedlab explains in three short sentences.

    Args:
        what: What happened.
        why: The reason, as far as it is known.
        next_step: What the reader can do now.
    """

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what, why, next_step)
        self.what = what
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        """Return the three sentences on one line.

        >>> str(BadInput("The file is empty.", next_step="Choose another file."))
        'The file is empty. Choose another file.'
        """
        return " ".join(part for part in (self.what, self.why, self.next_step) if part)

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines instead of a stack trace: a learner reads sentences, not frames.
        lines = [f"{type(self).__name__}: {self.what}"]
        lines += [f"  Why:  {self.why}"] if self.why else []
        lines += [f"  Next: {self.next_step}"] if self.next_step else []
        return lines


class BadInput(SpeedlabError):
    """The data or an option given to speedlab cannot be used."""


class ChunkFailed(SpeedlabError):
    """The learner's function raised an exception on one chunk; the original is the cause."""


class WorkerDied(SpeedlabError):
    """A worker process ended without an answer, as when the system runs out of memory."""


class ResultMismatch(SpeedlabError):
    """Serial and parallel answers differ, so no time is reported."""


class NothingReturned(SpeedlabError):
    """The function returned None for every chunk, so there is no answer to compare."""


class SpeedlabWarning(UserWarning):
    """Something works, but not as well as it could; the text says how to mend it."""


def in_words(error: BaseException | None) -> SpeedlabError | None:
    """Return what an exception means to the user; None for one that means a defect."""
    return error if isinstance(error, SpeedlabError) else refused_by_system(error)


def refused_by_system(
    error: BaseException | None,
    place: Path | None = None,
    *,
    next_step: str = "Make room there and run the same command again.",
) -> BadInput | None:
    """Return in words that a disk is full or closed to the user; None for any other exception.

    Args:
        error: What was raised.
        place: Where the user asked to write; the disk of temporary files can be full as well.
        next_step: What to do about a full disk.

    >>> refused_by_system(PermissionError(errno.EACCES, "", "a.csv")).what
    'a.csv cannot be read or written.'
    """
    if not isinstance(error, OSError) or error.errno not in _FULL | _CLOSED:
        return None
    said = f"The system said: {os.strerror(error.errno)}."
    if error.errno in _FULL:
        return BadInput(f"The disk of {_fullest(place)} is full.", said, next_step)
    what = f"{place or error.filename or 'A file'} cannot be read or written."
    return BadInput(what, said, "Choose another place, or ask for the right to use this one.")


def _fullest(place: Path | None) -> Path:
    # The system does not say which disk it was; the one with the least room is.
    places = [Path(tempfile.gettempdir())] + ([place.absolute()] if place else [])
    there = [next(each for each in (at, *at.parents) if each.exists()) for at in places]
    return min(there, key=lambda each: shutil.disk_usage(each).free)
