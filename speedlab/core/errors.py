"""One exception per failure: each says what happened, why, and what to do next."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SHORT = {
    errno.EMFILE: (
        "Too many files are open.",
        "Close files, pools and figures that are no longer needed, or restart the kernel; "
        "ulimit -n says how many may be open.",
    ),
    errno.EAGAIN: (
        "No more processes can be started.",
        "End programs that are no longer needed, or use fewer workers; ulimit -u says how many "
        "processes there may be.",
    ),
    errno.ENOMEM: (
        "There is too little memory.",
        "Free what is no longer needed, use smaller chunks or fewer workers, then run it again.",
    ),
}
_SHORT[errno.ENFILE] = _SHORT[errno.EMFILE]
SHARED_MEMORY = Path("/dev/shm")
FULL_BYTES = 1_000_000
"""A disk with less room than this is full."""
PACKAGE = str(Path(__file__).parents[1]) + os.sep

P = ParamSpec("P")
R = TypeVar("R")


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


class ProvesNothing(SpeedlabError):
    """A signature fits what it signs, but does not say whose word that is."""


class ChunkFailed(SpeedlabError):
    """The learner's function raised an exception on one chunk; the original is the cause.

    Attributes:
        chunk: The number of the chunk, from 0; None where it is not known.
        worker_traceback: The lines of the function at which it happened, those that called them,
            and what the exception came from, as text; the cause has it too.
    """

    chunk: int | None = None
    worker_traceback: str = ""

    def _render_traceback_(self) -> list[str]:
        lines = self.worker_traceback.splitlines()
        # One call and the exception below it are in the sentences already.
        return super()._render_traceback_() + (lines if len(lines) > 3 else [])


class WorkerDied(SpeedlabError):
    """A worker process ended without an answer, as when the system runs out of memory."""


class ChunkTimedOut(SpeedlabError):
    """A chunk took longer than its time limit; the worker that had it was ended."""


class SetupFailed(SpeedlabError):
    """The set-up of the workers raised an exception, so no chunk could be run."""


class SharedReadOnly(SpeedlabError, ValueError):
    """Something was written to an array that several processes read at once."""


class ResultMismatch(SpeedlabError):
    """Serial and parallel answers differ, so no time is reported."""


class NothingReturned(SpeedlabError):
    """The function returned None for every chunk, so there is no answer to compare."""


class Interrupted(KeyboardInterrupt):
    """The run was stopped by Interrupt; its workers have ended.

    Args:
        left: How many chunks could not be stopped, in threads of this process.
    """

    def __init__(self, left: int = 0) -> None:
        super().__init__(left)
        self.left = left

    def _render_traceback_(self) -> list[str]:
        return [str(self)]

    def __str__(self) -> str:
        return stopped("Stopped.", self.left)


def stopped(said: str, left: int) -> str:
    """Return what to say after the workers were told to end.

    Args:
        said: How the sentence begins.
        left: How many chunks go on, because threads cannot be stopped in the middle of one.

    >>> stopped("Stopped.", 0)
    'Stopped. Every worker has ended; run the cell again whenever you like.'
    """
    if not left:
        words = "Every worker has ended; run the cell again whenever you like."
    else:
        words = (
            f"Threads cannot be stopped in the middle of a chunk: {left} of them "
            f"{'goes' if left == 1 else 'go'} on to the end of it. A restart of the kernel stops "
            "them at once."
        )
    return f"{said} {words}".strip()


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
    """Return in words what the system refused; None for an exception of any other kind.

    Known are a disk or shared memory that is full, a place that is closed to the user, too many
    open files or processes, and memory that ran out.

    Args:
        error: What was raised.
        place: Where the user asked to write; the disk of temporary files can be full as well.
        next_step: What to do about a full disk.

    >>> refused_by_system(PermissionError(errno.EACCES, "", "a.csv")).what
    'a.csv cannot be read or written.'
    """
    number = _number_of(error)
    if number is None:
        return None
    said = f"The system said: {os.strerror(number)}."
    if number in _SHORT:
        what, remedy = _SHORT[number]
        return BadInput(what, said, remedy)
    if number in DISK_FULL:
        return _full(error, place, said, next_step)
    what = f"{place or getattr(error, 'filename', None) or 'A file'} cannot be read or written."
    return BadInput(what, said, "Choose another place, or ask for the right to use this one.")


def without_our_frames(fn: Callable[P, R]) -> Callable[P, R]:
    """Let a function raise its sentences as if it had no inside: a trace then shows the caller.

    >>> @without_our_frames
    ... def work():
    ...     raise BadInput("It broke.")
    >>> try:
    ...     work()
    ... except BadInput as error:
    ...     print(error, error.__traceback__.tb_next.tb_next)
    It broke. None
    """

    @functools.wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return fn(*args, **kwargs)
        except SpeedlabError as error:
            raise error.with_traceback(None)  # noqa: B904 - it is the same one

    return call


def warn(text: str) -> None:
    """Warn the user in the line that called speedlab, however deep in it this is."""
    level = 2
    frame = sys._getframe().f_back
    # A pool that is left by an ExitStack has Python's contextlib between its frames and ours.
    while frame is not None and frame.f_code.co_filename.startswith((PACKAGE, contextlib.__file__)):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, SpeedlabWarning, stacklevel=level)


def megabytes(size: float) -> str:
    """Return bytes as megabytes; small ones are not rounded to none.

    >>> megabytes(65_536), megabytes(2_000_000_000), megabytes(0)
    ('0.066', '2,000', '0')
    """
    return f"{size / 1e6:,.0f}" if size >= 10e6 else f"{size / 1e6:.2g}"


def _number_of(error: BaseException | None) -> int | None:
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return errno.EAGAIN
    known = {*DISK_FULL, *_CLOSED, *_SHORT}
    return error.errno if isinstance(error, OSError) and error.errno in known else None


def _full(error: object, place: Path | None, said: str, next_step: str) -> BadInput:
    full = _fullest(place, getattr(error, "filename", None))
    said += f" {megabytes(_free(full))} MB are free there."
    if full != SHARED_MEMORY:
        return BadInput(f"The disk of {full} is full.", said, next_step)
    return BadInput(
        "The shared memory of this machine is full.",
        said,
        "Release shared arrays that are no longer needed, end programs that hold some, or give a "
        "container more of it (--shm-size).",
    )


def _fullest(place: Path | None, named: object = None) -> Path:
    if isinstance(named, str):
        at = Path(named).absolute()
        return SHARED_MEMORY if SHARED_MEMORY in (at, *at.parents) else _there(at)
    # The system does not say which disk it was; the one with the least room is. Shared memory is
    # small by nature, so it counts only where nothing is left of it, but enough of the disks.
    places = [Path(tempfile.gettempdir())] + ([place.absolute()] if place else [])
    full = min(map(_there, places), key=_free)
    return SHARED_MEMORY if _free(SHARED_MEMORY) < FULL_BYTES <= _free(full) else full


def _there(place: Path) -> Path:
    return next(each for each in (place, *place.parents) if each.is_dir())


def _free(place: Path) -> float:
    return shutil.disk_usage(place).free if place.exists() else float("inf")
