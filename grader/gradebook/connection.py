"""Read the gradebook, or write it alone: wait for whoever writes it now, and say who that is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.core.errors import GradebookError
from grader.core.nbgrader import interpreter_on_path, new_gradebook
from grader.core.paths import CoursePaths

WAIT_S = 60.0
POLL_S = 0.2
LOCKS = Path("/proc/locks")

Say = Callable[[str], None]


def query(paths: CoursePaths, text: str) -> Sequence[Any]:
    """Return the rows that a question to the gradebook gives; none where it does not exist yet.

    Raises:
        GradebookError: If it is no gradebook of nbgrader.
    """
    from sqlalchemy import create_engine
    from sqlalchemy import text as sql
    from sqlalchemy.exc import SQLAlchemyError

    if paths.gradebook is not None and not paths.gradebook.is_file():
        return []
    engine = create_engine(paths.db_url)
    try:
        with engine.connect() as opened:
            return opened.execute(sql(text)).all()
    except SQLAlchemyError as error:
        if "no such table" in str(error):
            return []  # made a moment ago, and still empty
        why = f"{getattr(error, 'orig', error)}."
        raise GradebookError(
            "The gradebook cannot be read.", why, f"Look at {paths.db_url}."
        ) from error
    finally:
        engine.dispose()


@contextmanager
def writing(paths: CoursePaths, *, wait_s: float = WAIT_S, say: Say = print) -> Iterator[Any]:
    """Open nbgrader's gradebook for one transaction, alone.

    Everything that the block changes is committed together at its end; if it raises, nothing is.

    Args:
        paths: The course.
        wait_s: How long to wait for another writer, in seconds.
        say: Told once that it waits, and for whom.

    Raises:
        GradebookError: If another program holds the gradebook all that time, or the disk is full.
    """
    from sqlalchemy.exc import OperationalError

    gradebook = _open_when_unlocked(paths, wait_s=wait_s, say=say)
    with gradebook:
        try:
            yield gradebook
            gradebook.db.commit()
        except OperationalError as error:
            gradebook.db.rollback()
            raise _explain(paths, error) from error
        except BaseException:
            gradebook.db.rollback()
            raise


def _open_when_unlocked(paths: CoursePaths, *, wait_s: float, say: Say) -> Any:
    from sqlalchemy.exc import OperationalError

    until, told = time.monotonic() + wait_s, False
    while True:
        try:
            return _open_locked(paths)
        except OperationalError as error:
            if not _is_locked(error):
                raise _explain(paths, error) from error
            if time.monotonic() >= until:
                why = f"{lock_holder(paths)} is writing in it."
                what = f"The gradebook stayed locked for {wait_s:g} seconds."
                raise GradebookError(
                    what, why, "Close that program, then run this again."
                ) from error
            if not told:
                say(f"The gradebook is locked: {lock_holder(paths)} is writing in it. Waiting.")
                told = True
            time.sleep(POLL_S)


def _open_locked(paths: CoursePaths) -> Any:
    """Return the gradebook with its write lock taken, if it is a file."""
    from nbgrader.api import Gradebook
    from sqlalchemy import event

    path = paths.gradebook
    if path is not None and (not path.exists() or not path.stat().st_size):
        new_gradebook(path)
    with interpreter_on_path():
        gradebook = Gradebook(paths.db_url, paths.course_id)
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


def _explain(paths: CoursePaths, error: Exception) -> GradebookError:
    why = str(getattr(error, "orig", error)).partition("\n")[0]
    what, then = f"The gradebook cannot be written: {why}.", "It is as it was before."
    if "full" in why:
        return GradebookError(what, then, "Free some space, then run the same command again.")
    if "no such column" in why or "no such table" in why:
        return GradebookError(what, "Another nbgrader made it.", "Run nbgrader db upgrade.")
    return GradebookError(what, then, f"Look at {paths.db_url}.")


def lock_holder(paths: CoursePaths) -> str:
    """Return which program holds the gradebook, as far as the system tells."""
    path = paths.gradebook
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

    pids = []
    for process in psutil.process_iter():
        try:
            if any(Path(file.path) == path for file in process.open_files()):
                pids.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return pids


def _programs(pids: list[int]) -> list[str]:
    import psutil

    programs = []
    for pid in dict.fromkeys(pids):
        if pid == os.getpid():
            continue
        try:
            words = " ".join(psutil.Process(pid).cmdline())[:80]
        except psutil.Error:
            words = ""
        programs.append(f"process {pid} ({words})" if words else f"process {pid}")
    return programs
