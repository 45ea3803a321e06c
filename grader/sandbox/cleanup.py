"""Measure and remove folders that hostile code filled, also those that a killed grader left.

A name means nothing here: a link may lie in its place the moment after one looked. So every folder
is opened below the one in which it lies, and never through a link. A folder may be deeper than
Python recurses and longer than a path may be, hold names that are no text, and forbid to look; none
of this ends a command, and what cannot be removed stays.

Every folder of exchange, and that of a box that is not isolated, says in its name who made it, so
that nothing has to be written or read:

    speedlab-grade-<process>-<when that process began>-<where its number counts>-<chance>

A process number is used again after a while, but not with the same beginning. In another container
the same number means another process: such folders are left alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from grader.inside.platform import PROC

NAME = "speedlab-grade-"
MADE = re.compile(rf"{NAME}(?P<pid>[0-9a-z]+)-(?P<began>[0-9a-z]+)-(?P<where>[0-9a-z]+)-\w+")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
NUMBERS = 36**4
DESCRIPTORS = {os.open, os.stat, os.unlink, os.rename} <= os.supports_dir_fd  # not on Windows
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
DEEPEST = 64
"""How deep folders are measured: each level keeps a file open."""
PASSES = 5


@dataclass(frozen=True)
class Content:
    """What lies in a folder, at any depth.

    Attributes:
        size_bytes: The size of all files; of a link, its own.
        names: How many files, folders and others.
        hidden: Whether there is more: folders lie too deep, or nobody may look into them.
    """

    size_bytes: int = 0
    names: int = 0
    hidden: bool = False


def measure(place: Path, *, most_names: int) -> Content:
    """Return what lies in a folder; of one with too many names not all is counted."""
    if not DESCRIPTORS:
        return _measure_by_names(place)
    size = names = 0
    hidden = False
    for found, _, _ in _entries(place):
        names += 1
        hidden |= found is None
        if found is not None and not stat.S_ISDIR(found.st_mode):
            size += found.st_size
        if names > most_names:
            break
    return Content(size, names, hidden)


def remove_links(place: Path) -> None:
    """Remove all but files and folders: a link could lead whoever reads there away."""
    if place.is_symlink():
        place.unlink()
        place.mkdir()
    if not DESCRIPTORS:  # Windows: few people may make links there, and it has no pipes in folders
        return
    for found, name, folder in _entries(place):
        if (
            found is not None
            and not stat.S_ISDIR(found.st_mode)
            and not stat.S_ISREG(found.st_mode)
        ):
            _unlink(name, folder)


def _entries(place: Path) -> Iterator[tuple[os.stat_result | None, str, int]]:
    """Yield what each entry is, at any depth, its name, and the open folder in which it lies.

    There is None instead of one that cannot be looked at.
    """
    stack: list[tuple[int, list[str]]] = []  # open folders, each in the one before, and their names
    try:
        yield from () if _push(stack, place) else ((None, "", -1),)
        while stack:
            folder, left = stack[-1]
            if not left:
                os.close(stack.pop()[0])
                continue
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                found = os.stat(name := left.pop(), dir_fd=folder, follow_symlinks=False)
                opened = not stat.S_ISDIR(found.st_mode) or _push(stack, name)
                yield found if opened else None, name, folder
    finally:
        for folder, _ in stack:
            os.close(folder)


def _push(stack: list[tuple[int, list[str]]], name: str | Path) -> bool:
    """Open a folder of the one on top and list it; tell whether that was possible."""
    if len(stack) >= DEEPEST:
        return False
    try:
        folder = os.open(name, FOLDER, dir_fd=stack[-1][0] if stack else None)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    stack.append((folder, os.listdir(folder)))  # noqa: PTH208
    return True


def _measure_by_names(place: Path) -> Content:
    size = names = 0
    for at, folders, files in os.walk(place):
        names += len(folders) + len(files)
        for name in files:
            with contextlib.suppress(OSError):
                size += Path(at, name).lstat().st_size
    return Content(size, names)


def remove(place: Path) -> bool:
    """Remove a folder and all that lies in it, or whatever lies in its place.

    Returns:
        Whether nothing is left of it.
    """
    if not DESCRIPTORS:
        with contextlib.suppress(RecursionError):
            shutil.rmtree(place, ignore_errors=True)
        return not os.path.lexists(place)
    with contextlib.suppress(OSError):
        above = os.open(place.parent, FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
        try:
            _remove(place.name, above)
        finally:
            os.close(above)
    return not os.path.lexists(place)


def _remove(name: str, above: int) -> None:
    """Remove an entry of a folder; while that is in use, something may appear in it again."""
    if _unlink(name, above):
        return
    with _opened(name, above) as top:
        for _ in range(PASSES):
            waiting = deque(os.listdir(top))  # noqa: PTH208
            while waiting:
                with contextlib.suppress(OSError):
                    waiting += _flatten(waiting.popleft(), top)
    os.rmdir(name, dir_fd=above)


def _flatten(name: str, top: int) -> list[str]:
    """Remove an entry of the top folder; the folders in it move up and wait: return their names.

    So no folder lies deeper than one below the top when it is opened.
    """
    if _unlink(name, top):
        return []
    moved = []
    with _opened(name, top) as folder:
        for child in os.listdir(folder):  # noqa: PTH208
            with contextlib.suppress(OSError):
                if not _unlink(child, folder):
                    _allow(child, folder)  # a folder that moves is written to: where is its parent?
                    os.rename(child, new := secrets.token_hex(8), src_dir_fd=folder, dst_dir_fd=top)
                    moved.append(new)
    with contextlib.suppress(OSError):
        os.rmdir(name, dir_fd=top)
    return moved


def _unlink(name: str, folder: int) -> bool:
    """Remove an entry unless it is a folder; tell whether it is gone."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError:  # whatever the reason, if it is no folder it cannot be opened as one
        return False
    return True


@contextlib.contextmanager
def _opened(name: str, above: int) -> Iterator[int]:
    _allow(name, above)
    folder = os.open(name, FOLDER, dir_fd=above)
    try:
        yield folder
    finally:
        os.close(folder)


def _allow(name: str, above: int) -> None:
    """Give its owner every right to a folder; never to what a link leads to."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, stat.S_IRWXU, dir_fd=above, follow_symlinks=False)
        return
    # Linux changes no mode without following links, but a folder without rights can be held.
    held = os.open(name, FOLDER | os.O_PATH, dir_fd=above)
    try:
        Path(f"/proc/self/fd/{held}").chmod(stat.S_IRWXU)
    finally:
        os.close(held)


def prefix() -> str:
    """Return how the name of a folder begins that this process makes."""
    pid = os.getpid()
    return f"{NAME}{_short(pid)}-{_short(_began(pid) or 0)}-{_short(_where())}-"


def sweep(place: Path | None = None) -> list[Path]:
    """Remove the folders of this user whose makers no longer live.

    Args:
        place: Where to look; by default wherever graders make such folders.

    Returns:
        What was found: a folder that is still there could not be removed.
    """
    places = {place} if place else {Path(tempfile.gettempdir()), Path("/tmp")}
    left = [folder for searched in places for folder in _left(searched)]
    for folder in left:
        remove(folder)
    return left


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
