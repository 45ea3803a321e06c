"""Wait for a gradebook that somebody else is writing, and say who that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.places import Places
from grader.stock import interpreter_on_path, new_gradebook

WAIT_S = 60.0
POLL_S = 0.2
LOCKS = Path("/proc/locks")

Say = Callable[[str], None]


@contextmanager
def writing(places: Places, *, wait_s: float = WAIT_S, say: Say = print) -> Iterator[Any]:
    """Open nbgrader's gradebook for one transaction, alone.

    Everything that the block changes is committed together at its end; if it raises, nothing is.

    Args:
        places: The course.
        wait_s: How long to wait for another writer, in seconds.
        say: Told once that it waits, and for whom.

    Raises:
        GraderError: If another program holds the gradebook all that time, or the disk is full.
    """
    from sqlalchemy.exc import OperationalError

    gradebook = _patiently(places, wait_s=wait_s, say=say)
    with gradebook:
        try:
            yield gradebook
            gradebook.db.commit()
        except OperationalError as error:
            gradebook.db.rollback()
            raise _explain(places, error) from error
        except BaseException:
            gradebook.db.rollback()
            raise


def _patiently(places: Places, *, wait_s: float, say: Say) -> Any:
    from sqlalchemy.exc import OperationalError

    until, told = time.monotonic() + wait_s, False
    while True:
        try:
            return _open(places)
        except OperationalError as error:
            if not _is_locked(error):
                raise _explain(places, error) from error
            if time.monotonic() >= until:
                why = f"{holder(places)} is writing in it."
                what = f"The gradebook stayed locked for {wait_s:g} seconds."
                raise GraderError(what, why, "Close that program, then run this again.") from error
            if not told:
                say(f"The gradebook is locked: {holder(places)} is writing in it. Waiting.")
                told = True
            time.sleep(POLL_S)


def _open(places: Places) -> Any:
    """Return the gradebook with its write lock taken, if it is a file."""
    from nbgrader.api import Gradebook
    from sqlalchemy import event

    path = places.gradebook
    if path is not None and (not path.exists() or not path.stat().st_size):
        new_gradebook(path)
    with interpreter_on_path():
        gradebook = Gradebook(places.db_url, places.course_id)
    if path is not None:
        gradebook.db.remove()
        gradebook.engine.dispose()
        # Without this, sqlite takes the lock at the first change, when it is too late to wait.
        event.listen(gradebook.engine, "connect", _leave_begin_to_us)
        event.listen(gradebook.engine, "begin", _begin)
        try:
            gradebook.db.connection()
        except BaseException:
            gradebook.close()
            raise
    return gradebook


def _leave_begin_to_us(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(POLL_S * 1000)}")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_locked(error: Exception) -> bool:
    return "locked" in str(error).lower()


def _explain(places: Places, error: Exception) -> GraderError:
    why = str(getattr(error, "orig", error)).partition("\n")[0]
    what, then = f"The gradebook cannot be written: {why}.", "It is as it was before."
    if "full" in why:
        return GraderError(what, then, "Free some space, then run the same command again.")
    if "no such column" in why or "no such table" in why:
        return GraderError(what, "Another nbgrader made it.", "Run nbgrader db upgrade.")
    return GraderError(what, then, f"Look at {places.db_url}.")


def holder(places: Places) -> str:
    """Return which program holds the gradebook, as far as the system tells."""
    path = places.gradebook
    names = _programs(_locking(path) or _opening(path)) if path else []
    return " and ".join(names) or "another program"


def _locking(path: Path) -> list[int]:
    """Return who holds a lock on a file; Linux alone tells."""
    try:
        inode = path.stat().st_ino
        lines = [line.split() for line in LOCKS.read_text().splitlines()]
    except OSError:
        return []
    # 1: POSIX ADVISORY WRITE 4321 08:01:123456 0 EOF; waiting ones carry "->"
    held = [words for words in lines if len(words) > 5 and words[1] != "->"]
    held = [words for words in held if words[5].rpartition(":")[2] == str(inode)]
    writers = [words for words in held if words[3] == "WRITE"]
    return [int(words[4]) for words in writers or held]


def _opening(path: Path) -> list[int]:
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if any(Path(file.path) == path for file in process.open_files()):
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def _programs(pids: list[int]) -> list[str]:
    import os

    import psutil

    found = []
    for pid in dict.fromkeys(pids):
        if pid == os.getpid():
            continue
        try:
            words = " ".join(psutil.Process(pid).cmdline())[:80]
        except psutil.Error:
            words = ""
        found.append(f"process {pid} ({words})" if words else f"process {pid}")
    return found
