"""What happens in the new Python in which a task is watched, crashed and killed (probes.crash).

Whether a half file is ever to be seen under the real name is looked at after each call of a
function, Python's own included: what a kill leaves is what is on the disk at that moment.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

Lines = Callable[[], Iterator[str]]
Write = Callable[[Path, Lines], Any]
POLL_S = 0.01
PATIENCE_S = 4.0
"""How long one of two tasks stands still at most: the other one may wait for a lock of its."""
LONGEST_S = 4.0
"""How long a task of a few lines may take: one that waits for what a crash has left never ends."""
HALF, WATCHED, STANDS, ON = "half", "watched", "stands", "on"
"""Notes that the two processes leave for one another."""
AFTER_A_CALL = ("return", "c_return", "c_exception")


@dataclass(frozen=True)
class Desk:
    """Where the files lie that the tasks write, and apart from them the notes."""

    place: Path

    @property
    def files(self) -> Path:
        """The folder of all files."""
        return self.place / "files"

    @property
    def notes(self) -> Path:
        """The folder of the notes."""
        return self.place / "notes"

    @property
    def watched(self) -> Path:
        """The file that is looked at after each call."""
        return self.files / "watched.csv"

    @property
    def crashing(self) -> Path:
        """The file whose task crashes."""
        return self.files / "crashing.csv"

    @property
    def apart(self) -> Path:
        """The folder in which nothing crashes."""
        return self.place / "apart"

    @property
    def one(self) -> Path:
        """The file of the first of two tasks at once."""
        return self.apart / "part-1.csv"

    @property
    def two(self) -> Path:
        """The file of the second."""
        return self.apart / "part-2.csv"


def content(path: Path) -> str | None:
    """Return the text that a file holds, or None if it is not there.

    >>> content(Path("no such file")) is None
    True
    """
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return None
    except OSError:  # it cannot be read yet, or is a folder
        return ""


def crash(write: Write, desk: Desk, texts: Sequence[str], starter: int) -> None:
    """Watch a task, let it crash, and kill this process; a half file ends it earlier."""
    _must_be_another(starter)
    given = 0

    def lines() -> Iterator[str]:
        nonlocal given
        for text in texts:
            given += 1
            yield text

    def look() -> None:
        found = content(desk.watched) if os.path.lexists(desk.watched) else None
        if found is not None and found != "".join(texts):
            (desk.notes / HALF).write_text(f"after {given} of {len(texts)} lines")
            _die()

    with after_each_call(look):
        write(desk.watched, lines)
    (desk.notes / WATCHED).touch()
    for end in (_fail, _die):
        with contextlib.suppress(Exception), _no_longer_than(LONGEST_S):
            write(desk.crashing, lambda end=end: _ending(texts, end))  # type: ignore[misc]


def run_again(write: Write, desk: Desk, texts: Sequence[str], starter: int) -> None:
    """Let the task that crashed run once more."""
    _must_be_another(starter)
    with _no_longer_than(LONGEST_S):
        write(desk.crashing, lambda: iter(texts))


def stand_still(write: Write, desk: Desk, texts: Sequence[str], starter: int) -> None:
    """Let a task stop before it gives its file the real name, until the other one is through."""
    _must_be_another(starter)

    def hear(event: str, args: tuple[Any, ...]) -> None:
        note = desk.notes / STANDS
        named = event in ("os.rename", "os.link") and desk.one.name in os.fsdecode(args[1])
        if named and not note.exists():
            note.touch()
            _wait(desk.notes / ON)

    sys.addaudithook(hear)
    write(desk.one, lambda: iter(texts))


@contextlib.contextmanager
def after_each_call(do: Callable[[], None]) -> Iterator[None]:
    """Do something after each call of a function in this block, in every thread."""

    def profile(_: FrameType, event: str, __: Any) -> None:
        if event in AFTER_A_CALL:
            do()

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """End this process if the block is not through in time, whatever it waits for."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _wait(note: Path) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not note.exists() and time.monotonic() < until_s:
        time.sleep(POLL_S)


def _ending(texts: Sequence[str], end: Callable[[], NoReturn]) -> Iterator[str]:
    """Give the first line, and end as one says."""
    yield texts[0]
    end()


def _fail() -> NoReturn:
    raise RuntimeError("The power failed.")


def _die() -> NoReturn:
    # Windows ends a process at once by either.
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    raise AssertionError("A killed process goes on.")


def _must_be_another(starter: int) -> None:
    if os.getpid() == starter:
        raise RuntimeError("A process that is needed is not killed.")
