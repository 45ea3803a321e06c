"""Files as data: what changed in a folder here becomes the same in the other side's folder.

    judge's folder ──changes(), with a request──► apply() ── box's folder of the same name
                   ◄──apply()        with a reply, changes()──

    {"changed": {"a/b.txt": [mode, mtime_ns, base64], "a": null}, "gone": ["old.txt"]}

Each side has a folder of its own and opens no path of the other's. Only plain files and folders
cross: no link, no pipe, no socket. A file is written in place, so whoever holds it open sees it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import errno
import os
import shutil
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

MOST_BYTES = 45_000_000
"""Of all files that cross at a time."""
MOST_FILES = 5_000
DEEPEST = 20
LONGEST_NAME = 1_000
RACY_NS = 100_000_000
"""A file may change again without a new time of change while the system's clock stands still."""
DIRECTLY = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Nobody waits for a pipe that has taken the place of a file."""
NO_CHANGES = "These are no changes of files."
Changes = dict[str, Any]


class TooLarge(OSError):
    """The files in a folder are more than may cross."""


@dataclass(frozen=True)
class Noted:
    """A file or a folder as it was when it crossed last; a folder has no digest."""

    marks: tuple[int, ...]
    digest: bytes
    looked_ns: int

    @property
    def sure(self) -> bool:
        """Whether equal marks prove that nothing changed."""
        return self.looked_ns - max(self.marks[:2]) > RACY_NS


class SharedFolder:
    """One side's folder, and what the other side knows of it.

    Args:
        folder: Is made if it is not there.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Noted] = {}

    def forget(self) -> None:
        """Take the other side's folder to be empty, as that of a new box is."""
        self._known.clear()

    def changes(self) -> Changes:
        """Return what changed since the last crossing.

        Raises:
            TooLarge: If that is more than may cross.
        """
        found: dict[str, Noted] = {}
        changed: dict[str, list[Any] | None] = {}
        left = MOST_BYTES
        for name, place in _walk(str(self.folder)):
            if len(found) >= MOST_FILES:
                raise TooLarge(errno.EFBIG, f"More than {MOST_FILES:,} files and folders.")
            before = self._known.get(name)
            with contextlib.suppress(FileNotFoundError):  # it went away meanwhile
                found[name], content = _look(place, before)
                if before is None or before.digest != found[name].digest:
                    changed[name] = _packed(found[name], content)
                    left -= len(content or b"")
            if left < 0:
                raise TooLarge(errno.EFBIG, f"More than {MOST_BYTES:,} bytes of files.")
        gone = sorted(set(self._known) - set(found), reverse=True)  # what is in a folder, first
        self._known = found
        return {"changed": changed, "gone": gone} if changed or gone else {}

    def apply(self, changes: Changes) -> None:
        """Make the folder as the other side's is.

        Raises:
            ValueError: If these are no changes.
        """
        check_files(changes)
        for name in changes.get("gone", ()):
            _remove(self.folder / name)
            self._known.pop(name, None)
        for name, packed in sorted(changes.get("changed", {}).items()):
            place = self.folder / name
            with contextlib.suppress(OSError):  # somebody made it otherwise meanwhile
                content = _write(place, packed)
                self._known[name] = _note(place.lstat(), content)


def check_files(changes: Any) -> None:
    """Check that something is what `changes` returns.

    Raises:
        ValueError: If not.

    >>> check_files({"changed": {"a/b": [420, 0, "eA=="], "a": None}, "gone": ["c"]})
    >>> check_files({"gone": ["../c"]})
    Traceback (most recent call last):
        ...
    ValueError: These are no changes of files.
    """
    if not isinstance(changes, dict) or not set(changes) <= {"changed", "gone"}:
        raise ValueError(NO_CHANGES)
    changed, gone = changes.get("changed", {}), changes.get("gone", [])
    if not isinstance(changed, dict) or not isinstance(gone, list):
        raise ValueError(NO_CHANGES)
    packed = [one for one in changed.values() if one is not None]
    fits = (
        max(len(changed), len(gone)) <= MOST_FILES
        and all(_is_name(name) for name in [*changed, *gone])
        and all(_is_packed(one) for one in packed)
        and sum(len(one[2]) for one in packed) <= 2 * MOST_BYTES
    )
    if not fits:
        raise ValueError(NO_CHANGES)


def _is_name(name: Any) -> bool:
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or "\0" in name:
        return False
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    parts = name.split("/")
    return len(parts) <= DEEPEST and not {"", ".", ".."} & set(parts) and "\\" not in name


def _is_packed(packed: Any) -> bool:
    if not isinstance(packed, list) or [type(part) for part in packed] != [int, int, str]:
        return False
    return bool(0 <= packed[0] <= 0o777 and 0 <= packed[1] < 1 << 63)


def _walk(folder: str) -> Iterator[tuple[str, str]]:
    """Yield name and place of every plain file and folder, a folder before what is in it."""
    waiting = [(folder, "")]
    while waiting:
        place, prefix = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                name = prefix + entry.name
                if not _is_name(name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield name, entry.path
                    waiting.append((entry.path, f"{name}/"))
                elif entry.is_file(follow_symlinks=False):
                    yield name, entry.path


def _look(place: str, before: Noted | None) -> tuple[Noted, bytes | None]:
    """Return what a file or a folder is now, and its content unless it is known."""
    status = os.lstat(place)
    if before is not None and before.sure and before.marks == _marks(status):
        return before, None
    if stat.S_ISDIR(status.st_mode):
        return _note(status, None), None
    try:
        # Not a link, and no pipe that has taken its place: nobody may wait for it.
        number = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | DIRECTLY)
    except OSError as error:  # unreadable, for its owner too
        raise FileNotFoundError(place) from error
    with os.fdopen(number, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    return _note(status, content), content


def _marks(status: os.stat_result) -> tuple[int, ...]:
    kept = (status.st_ino, status.st_size, status.st_mode)
    return (status.st_mtime_ns, status.st_ctime_ns, *kept)


def _note(status: os.stat_result, content: bytes | None) -> Noted:
    if content is None:  # of a folder it only matters that it is one
        return Noted(_marks(status), b"", time.time_ns())
    # The mode and the time cross as well: a check may look at them.
    marks = f"{stat.S_IMODE(status.st_mode)} {status.st_mtime_ns} ".encode()
    digest = blake2b(marks + content, digest_size=16).digest()
    return Noted(_marks(status), digest, time.time_ns())


def _packed(noted: Noted, content: bytes | None) -> list[Any] | None:
    if content is None:
        return None
    mode, mtime_ns = stat.S_IMODE(noted.marks[-1]) & 0o777, max(0, noted.marks[0])
    return [mode, mtime_ns, base64.b64encode(content).decode()]


def _write(place: Path, packed: list[Any] | None) -> bytes | None:
    """Write one file or make one folder; return what the file holds now."""
    there = place.lstat().st_mode if os.path.lexists(place) else 0
    if there and stat.S_IFMT(there) != (stat.S_IFDIR if packed is None else stat.S_IFREG):
        _remove(place)
    if packed is None:
        place.mkdir(parents=True, exist_ok=True)
        return None
    mode, mtime_ns, text = packed
    try:
        content = base64.b64decode(text)
    except binascii.Error as error:
        raise OSError(errno.EINVAL, "The content of a file arrived damaged.") from error
    with contextlib.suppress(OSError):
        place.chmod(mode | 0o600)  # it may be read only by now
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | DIRECTLY
    with os.fdopen(os.open(place, flags, 0o600), "wb") as file:
        file.write(content)
    os.utime(place, ns=(mtime_ns, mtime_ns))
    place.chmod(mode)
    return content


def _remove(place: Path) -> None:
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(place.lstat().st_mode):
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink()
