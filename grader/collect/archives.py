"""Read what came from outside: folders and zips, of which nothing is believed.

Names that leave the folder, links, bombs, locked and broken members are refused by name; the rest
of the archive is read all the same. Nothing is ever unpacked to a path that the archive chose.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from grader.core.errors import Explained, GraderError, Refusal, first_line

MEMBERS = 100_000  # in one archive or folder
PACKED = 2_000  # in a zip of one learner
FILE_BYTES = 50_000_000  # one file of a hand-in, or a zip inside a zip, unpacked
TOTAL_BYTES = 4_000_000_000  # a whole class
RATIO = 200  # text rarely packs better than 1 : 20
SMALL_BYTES = 1_000_000  # a small file may pack as well as it likes
DEPTH = 2  # a class's archive may hold zips, and those no further ones
SKIPPED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", "earlier-work", ".git"}


@dataclass(frozen=True)
class Entry:
    """One file that can be read; path is where the source says that it lies.

    The last `packed` names of it stand in a zip inside the source: a learner may have chosen them.
    """

    path: PurePosixPath
    time: datetime
    read: Callable[[], bytes]
    packed: int = 0


class Refused(Explained):
    """A member cannot be read; the text is a sentence."""


EntryOrRefusal = Entry | Refusal


def entries(source: Path) -> Iterator[EntryOrRefusal]:
    """Return the files of a folder or a zip, zips inside it unpacked, and what was refused.

    Raises:
        GraderError: If there is no such folder or zip.
    """
    if source.is_dir():
        files = _folder(source)
    elif zipfile.is_zipfile(source):
        files = _zip(source, PurePosixPath(), depth=DEPTH)
    else:
        what, why = f"{source} cannot be collected.", "It is neither a folder nor a zip."
        raise GraderError(what, why, "Name the folder or the archive that you downloaded.")
    for count, entry in enumerate(files, 1):
        if count > MEMBERS:
            what, why = f"{source} holds more than {MEMBERS} files.", "That is no class."
            raise GraderError(what, why, "Split it up.")
        yield entry


def _folder(top: Path) -> Iterator[EntryOrRefusal]:
    waiting = [top]  # no recursion: folders may be nested deeper than Python's stack
    while waiting:
        folder = waiting.pop()
        try:
            paths = sorted(folder.iterdir())
        except OSError as error:
            yield Refusal(_shown(folder, top), f"It cannot be read: {error.strerror}.")
            continue
        for path in paths:
            name = PurePosixPath(path.relative_to(top).as_posix())
            why = _why_not(path)
            if why:
                yield Refusal(_shown(path, top), why)
            elif path.name in SKIPPED:
                continue
            elif path.is_dir():
                waiting.append(path)
            elif path.is_file():
                yield from _file(path, name)


def _shown(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix().encode("utf-8", "replace").decode()


def _why_not(path: Path) -> str:
    """Return why a file or folder of a folder is refused; "" where it is not."""
    try:
        if path.is_symlink():
            return "It is a link."
        path.is_dir()
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    return ""


def _file(path: Path, name: PurePosixPath) -> Iterator[EntryOrRefusal]:
    try:
        status = path.stat()
    except OSError as error:
        yield Refusal(str(name), f"It cannot be read: {error.strerror}.")
        return
    if status.st_size > FILE_BYTES:
        yield Refusal(str(name), f"It has more than {FILE_BYTES // 1_000_000} MB.")
    elif path.suffix.lower() == ".zip":
        yield from _zip(path, name.with_suffix(""), depth=DEPTH - 1)
    else:
        yield Entry(name, _changed(status.st_mtime), path.read_bytes)


def _changed(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return datetime.fromtimestamp(0, UTC)


def _zip(
    source: Path | IO[bytes], prefix: PurePosixPath, *, depth: int
) -> Iterator[EntryOrRefusal]:
    try:
        packed = zipfile.ZipFile(source)
        infos = packed.infolist()
    except Exception as error:  # of zipfile, struct, the system, and of names in no alphabet
        yield Refusal(f"{prefix}.zip", f"It is no readable zip: {first_line(error)}.")
        return
    if depth < DEPTH and len(infos) > PACKED:
        yield Refusal(f"{prefix}.zip", f"It holds more than {PACKED} files.")
        return
    seen, total = set[str](), 0
    for info in infos:
        why = _objection(info, seen)
        total += 0 if why else info.file_size
        why = why or "The archive is too large." * (total > TOTAL_BYTES)
        seen.add(info.filename)
        if why:
            yield Refusal(str(prefix / info.orig_filename.replace("\x00", "?")), why)
        elif not info.is_dir() and not set(info.filename.split("/")) & SKIPPED:
            yield from _member(packed, info, prefix, depth=depth)


def _objection(info: zipfile.ZipInfo, seen: set[str]) -> str:
    """Return why a member is refused, or "" if it is not."""
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    leads_out = name.startswith(("/", "\\")) or ":" in parts[0] or ".." in parts or "\x00" in name
    bomb = info.file_size > max(SMALL_BYTES, RATIO * info.compress_size)
    objections = {
        "Its name leads out of the folder.": leads_out,
        "It is a link.": stat.S_ISLNK(info.external_attr >> 16),
        "The archive holds two files of this name.": info.filename in seen,
        "It is locked with a password.": info.flag_bits & 1,
        "It unpacks to over two hundred times its size, as a zip bomb does.": bomb,
        f"Unpacked it has more than {FILE_BYTES // 1_000_000} MB.": info.file_size > FILE_BYTES,
    }
    return next((why for why, holds in objections.items() if holds), "")


def _member(
    packed: zipfile.ZipFile, info: zipfile.ZipInfo, prefix: PurePosixPath, *, depth: int
) -> Iterator[EntryOrRefusal]:
    path = prefix / info.filename
    read = partial(_read, packed, info)
    if path.suffix.lower() != ".zip":
        packed_by_learner = len(path.parts) - len(prefix.parts) if prefix.parts else 0
        yield Entry(path, _time(info), read, packed_by_learner)
    elif depth <= 1:
        yield Refusal(str(path), "It is a zip inside a zip inside a zip.")
    else:
        try:
            inner = io.BytesIO(read())
        except Refused as error:
            yield Refusal(str(path), str(error))
            return
        yield from _zip(inner, path.with_suffix(""), depth=depth - 1)


def _read(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read a member, at most as much of it as it said it has."""
    try:
        with packed.open(info) as member:
            content = member.read(info.file_size + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Refused(f"It cannot be unpacked: {error}.") from error
    except Exception as error:  # zlib, lzma and bz2 have errors of their own
        raise Refused(f"It is damaged: {error}.") from error
    if len(content) > info.file_size:
        raise Refused("It unpacks to more than it says.")
    return content


def _time(info: zipfile.ZipInfo) -> datetime:
    """Return a member's time; a zip holds local time without saying where."""
    try:
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)
