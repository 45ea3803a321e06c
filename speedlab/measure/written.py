"""Answers that live in files: a path in an answer stands for what its file or folder holds.

Both sides write to the same place. So what the serial run has written is read before the parallel
one runs, and a file that the parallel run has left alone is no answer of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICK_S = 0.01
"""How far the clock of a file system may lie behind that of time.time(): it ticks."""


@dataclass(frozen=True)
class File:
    """What one file held after a run."""

    content: str
    """The digest of its bytes."""
    stamp: tuple[int, int] = field(compare=False)
    """When it was last written, and which file it was."""
    written: bool = field(compare=False)
    """Whether that was during the run."""


@dataclass(frozen=True)
class Folder:
    """What a folder held after a run, by the names within it."""

    files: dict[str, File]


def reading(answer: Any, *, since_s: float) -> Any:
    """Return an answer with each path replaced by what lies there, if anything does.

    Args:
        answer: Any answer; paths are looked for in lists, tuples and mappings.
        since_s: When the run began that gave the answer, as time.time() says.
    """
    if isinstance(answer, Path):
        return _at(answer, since_s)
    parts = _parts(answer)
    if not _may_hold_paths(parts):
        return answer
    read = [reading(part, since_s=since_s) for part in parts]
    if all(new is old for new, old in zip(read, parts, strict=True)):
        return answer
    return dict(zip(answer, read, strict=True)) if isinstance(answer, Mapping) else read


def names_files(answer: Any) -> bool:
    """Return whether an answer holds the path of a file or folder that is there."""
    return reading(answer, since_s=0.0) is not answer


def left_alone(before: Any, after: Any) -> str | None:
    """Return the place of the first file that one run wrote and the next one did not, or None.

    Args:
        before: What reading() said after the one.
        after: What it said after the other.
    """
    wrote = {place: file.stamp for place, file in _files(before, "answer") if file.written}
    same = (place for place, file in _files(after, "answer") if wrote.get(place) == file.stamp)
    return next(same, None)


def _parts(answer: Any) -> list[Any]:
    if isinstance(answer, Mapping):
        return list(answer.values())
    return list(answer) if type(answer) in (list, tuple) else []


def _may_hold_paths(parts: list[Any]) -> bool:
    # By kind, not by part: an answer may be millions of numbers.
    kinds = set(map(type, parts))
    return any(issubclass(kind, (Path, Mapping, list, tuple)) for kind in kinds)


def _at(path: Path, since_s: float) -> Any:
    if path.is_file():
        return _file(path, since_s)
    if path.is_dir():
        inside = (found for found in sorted(path.rglob("*")) if found.is_file())
        names = ((found.relative_to(path).as_posix(), found) for found in inside)
        return Folder({name: _file(found, since_s) for name, found in names})
    return path


def _file(path: Path, since_s: float) -> File:
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "blake2b").hexdigest()[:32]
    seen = path.stat()
    return File(content, (seen.st_mtime_ns, seen.st_ino), seen.st_mtime > since_s - TICK_S)


def _files(found: Any, place: str) -> Iterator[tuple[str, File]]:
    """Yield every file of what reading() said, by its place in the answer."""
    if isinstance(found, File):
        yield place, found
    elif isinstance(found, Folder):
        yield from ((f"{place}/{name}", file) for name, file in found.files.items())
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from _files(value, f"{place}[{key!r}]")
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from _files(value, f"{place}[{index}]")
