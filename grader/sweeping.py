"""Remove what a grader left in the folder for temporary files when it was killed (kill -9).

Every folder of exchange, and that of a box without walls, says in its name who made it, so that
nothing has to be written or read:

    speedlab-grade-<process>-<when that process began>-<where its number counts>-<chance>

A process number is used again after a while, but not with the same beginning. In another container
the same number means another process: such folders are left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from grader.system import PROC

NAME = "speedlab-grade-"
MADE = re.compile(rf"{NAME}(?P<pid>[0-9a-z]+)-(?P<began>[0-9a-z]+)-(?P<where>[0-9a-z]+)-\w+")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
NUMBERS = 36**4


def prefix() -> str:
    """Return how the name of a folder begins that this process makes."""
    pid = os.getpid()
    return f"{NAME}{_short(pid)}-{_short(_began(pid) or 0)}-{_short(_where())}-"


def sweep(place: Path | None = None) -> list[Path]:
    """Remove the folders of this user whose makers no longer live, and return them.

    Args:
        place: Where to look; by default wherever graders make such folders.
    """
    places = {place} if place else {Path(tempfile.gettempdir()), Path("/tmp")}
    left = [folder for one in places for folder in _left(one)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder for folder in left if not folder.exists()]


def _left(place: Path) -> Iterator[Path]:
    for folder in place.glob(f"{NAME}*"):
        made = MADE.fullmatch(folder.name)
        if made is None or int(made["where"], 36) != _where() or not _is_own(folder):
            continue
        if _began(int(made["pid"], 36)) != int(made["began"], 36):
            yield folder


def _is_own(folder: Path) -> bool:
    try:
        mine = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    except OSError:
        return False
    return mine and folder.is_dir() and not folder.is_symlink()


def _began(pid: int) -> int | None:
    """Return when a process began, in the system's own count; None if there is no such process."""
    if not PROC:
        try:
            return int(psutil.Process(pid).create_time())
        except psutil.Error:
            return None
    try:
        # Counted from the start of the system: no clock that somebody sets can change it.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return None


def _where() -> int:
    """Return a number of the namespace in which processes are counted."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino % NUMBERS
    except OSError:
        return 0


def _short(number: int) -> str:
    """Return a number in few signs: the name of a socket in the folder may not be long.

    >>> _short(4194304), int(_short(4194304), 36)
    ('2hwcg', 4194304)
    """
    signs = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        signs = DIGITS[digit] + signs
    return signs or "0"
