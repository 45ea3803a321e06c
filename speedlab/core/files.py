"""Files that are whole or not there: written beside their place, then renamed onto it.

A rename within one folder is atomic on every system that this course runs on. Whoever reads
meanwhile sees the old file or the new one; whoever is killed meanwhile leaves the old one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from speedlab.core.errors import DISK_FULL
from speedlab.core.folders import Temporary


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let a full disk be known by this file, where the system does not say which disk it was.

    The disk of temporary files, or shared memory, would be blamed otherwise.
    """
    try:
        yield
    except Exception as error:
        for each in (error, error.__cause__):  # what a worker raised is the cause
            if isinstance(each, OSError) and each.errno in DISK_FULL and each.filename is None:
                each.filename = str(path)
        raise


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Give a new name beside a file; what is written there replaces the file at the end.

    Whoever stops before leaves the file as it was.
    """
    # Two processes, or two threads of one, may write the same file: the later one wins, whole.
    writer = f"{os.getpid()}-{threading.get_ident()}"
    # Names may have 255 bytes; a letter of a long one may take four of them.
    place = path.with_name(f".{path.name[:50]}.{writer}.tmp")
    try:
        with named(path):
            yield place
            place.replace(path)
    finally:
        place.unlink(missing_ok=True)


def write_bytes(
    path: Path, content: bytes, *, parents: bool = False, private: bool = False
) -> None:
    """Put a whole new file in the place of the old one, or leave the old one.

    Args:
        path: The file.
        content: What it shall hold.
        parents: Make the folders around it.
        private: Let nobody but the owner read it, nor look into a folder that is made for it.

    Raises:
        OSError: If it cannot be written; then nothing has changed.
    """
    if parents:
        make_folder(path.parent, private=private)
    with draft(path) as place:
        if private:
            place.touch(0o600)  # before there is anything to read in it
        place.write_bytes(content)


def write_text(path: Path, text: str, *, parents: bool = False, private: bool = False) -> None:
    """Write a text as write_bytes() does, in UTF-8, with the same line ends on every system."""
    write_bytes(path, text.encode("utf-8"), parents=parents, private=private)


def make_folder(folder: Path, *, private: bool = False) -> None:
    """Make a folder and those around it; one that is there stays as it is.

    Args:
        folder: Its place.
        private: Let nobody but the owner look into those that are made. On Windows that is a
            matter of the folder around them.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(0o700 if private else 0o777, exist_ok=True)
    folder.mkdir(exist_ok=True)


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a place to write to; what is there in the end gets the target's name.

    Whoever stops before leaves nothing, and a file that had the name as it was. The place lies in
    a folder of its own, in which parts may lie meanwhile; what a killed writer left is removed.

    Args:
        target: A file, new or not, or a folder, new or empty.
    """
    with Temporary(beside=target) as folder, named(target):
        place = Path(folder) / "finished"
        yield place
        if target.is_dir():
            target.rmdir()  # Windows does not rename onto a folder, not even onto an empty one
        place.replace(target)
