"""Folders of this process for what it keeps meanwhile, and those of owners that were killed.

An owner holds a lock on a file in its folder for as long as it lives, in whichever container: so
the next process that makes such a folder, or starts workers, knows which folders nobody will come
back to.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Iterable
from pathlib import Path

OWNER = "speedlab-owner"
OURS = ("speedlab-*", "pymp-*")
"""Names of our folders, and of those in which multiprocessing keeps a fork server's socket."""
_locks: dict[Path, int] = {}


def new_place() -> Path:
    """Return where a folder may be made; most pools never need one.

    >>> new_place().exists()
    False
    """
    return Path(tempfile.gettempdir()) / f"speedlab-{uuid.uuid4().hex[:12]}"


class Temporary(tempfile.TemporaryDirectory[str]):
    """A temporary folder that goes with its block, or with its owner if that is killed.

    Args:
        name: What it is for; its name begins with "speedlab-" and that.
        beside: A file or folder beside which it lies, on the same disk, hidden.

    >>> with Temporary("example") as folder:
    ...     Path(folder).exists()
    True
    """

    def __init__(self, name: str = "", *, beside: Path | None = None) -> None:
        tidy_up()
        prefix, place = f"speedlab-{name}-", None
        if beside is not None:  # 50: names may have 255 bytes, and a letter of one may take four
            prefix, place = f".{beside.name[:50]}-", beside.parent
            remove_left(place.glob(f"{glob.escape(prefix)}*"))
        super().__init__(prefix=prefix, dir=place, ignore_cleanup_errors=True)
        claim(Path(self.name))
        self._unlock = weakref.finalize(self, _unlock, Path(self.name))

    def cleanup(self) -> None:
        """Remove the folder."""
        super().cleanup()
        self._unlock()


def make(folder: Path) -> None:
    """Make a folder of this process, if it is not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    claim(folder)


def claim(folder: Path) -> None:
    """Say in a folder that its owner lives."""
    if folder in _locks or os.name == "nt":  # Windows removes no folder in which a file is open
        return
    # Under its own name only once it is locked: else somebody else could take it for left.
    new = folder / f"{OWNER}.new"
    with contextlib.suppress(OSError):
        file = os.open(new, os.O_CREAT | os.O_RDWR, 0o600)
        _locks[folder] = file
        _lock(file)
        new.rename(folder / OWNER)


def remove(folder: Path) -> None:
    """Remove a folder of this process, if there is one."""
    shutil.rmtree(folder, ignore_errors=True)
    _unlock(folder)


@functools.cache
def tidy_up() -> None:
    """Remove, once in a process, the folders whose owners were killed before they could."""
    place = Path(tempfile.gettempdir())
    remove_left(folder for name in OURS for folder in place.glob(name))


def remove_left(found: Iterable[Path]) -> None:
    """Remove those of some folders whose owners were killed before they could."""
    if os.name == "nt":
        return
    for folder in list(found):
        if folder not in _locks and _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _unlock(folder: Path) -> None:
    if (file := _locks.pop(folder, None)) is not None:
        os.close(file)


def _is_left(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return False
        file = os.open(folder / OWNER, os.O_RDWR)
        try:
            _lock(file)
        finally:
            os.close(file)
        return True
    return False


def _lock(file: int) -> None:
    import fcntl  # not on every system

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
