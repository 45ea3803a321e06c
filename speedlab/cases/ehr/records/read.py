"""Find the FHIR resources in a folder and read them one at a time, each with its place.

A folder holds bulk exports (*.ndjson, one resource a line, also .gz) or bundles (*.json). The work
is cut into parts that are references: a file and a range of its bytes::

    Condition.000.ndjson   [ part 0 )[ part 1 )[ part 2 )     a line belongs to the part in which
                              ^a line^                        its first byte lies
    Encounter.000.ndjson.gz   one part: a .gz can only be read from its beginning
    bundle.json               one part: its entries may point at one another

So nobody reads the file beforehand, and nobody sends text to a worker.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from speedlab.cases.ehr.records.bundles import entries, is_bundle
from speedlab.cases.ehr.records.pseudonyms import safe_label
from speedlab.core.chunks import split
from speedlab.core.errors import BadInput

LONGEST_LINE = 16 * 2**20
"""A resource takes some kilobytes; 16 MiB leave room for an attached picture."""
LARGEST_BUNDLE = 256 * 2**20
"""A bundle must be held whole, since its entries may point at one another."""
SMALLEST_PART, LARGEST_PART = 2**18, 2**23
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class ExportFile:
    """One file of an export.

    Attributes:
        path: Where it lies.
        number: Its place in the order of names.
        label: What the output calls it: its name, unless that could name a person.
        form: "lines" or "bundle".
        packed: Whether it is gzipped.
        size_bytes: Its size on disk.
    """

    path: str
    number: int
    label: str
    form: str
    packed: bool
    size_bytes: int

    @property
    def divisible(self) -> bool:
        """Whether several processes can read it at once."""
        return self.form == "lines" and not self.packed

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the file, unpacked.

        Raises:
            BadInput: If it cannot be read, or ends too early.
        """
        try:
            if self.packed and not self.size_bytes:
                raise EOFError("it is empty")  # gzip takes that for a file without content
            with gzip.open(self.path) if self.packed else Path(self.path).open("rb") as file:
                yield cast(IO[bytes], file)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadInput(
                f"{self.label} cannot be unpacked to its end.",
                f"The copy is cut off or damaged: {error}.",
                "Copy the file again and start once more.",
            ) from error
        except OSError as error:
            raise _unreadable(self.label, error) from error


@dataclass(frozen=True)
class ExportPart:
    """One task: the resources of a file whose first byte lies in a range."""

    source: ExportFile
    start: int
    stop: int


class Raw(NamedTuple):
    """A resource as it stands in a file; `resource` is set where it had to be parsed already."""

    offset: int
    content: bytes
    resource: Any = None


def find_sources(folder: str | Path) -> list[ExportFile]:
    """Return the files of an export that may hold FHIR, in the order of their names.

    Raises:
        BadInput: If it is no folder, cannot be read, or nothing in it can be FHIR.
    """
    folder = Path(folder)
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else None
    except OSError as error:
        raise _unreadable(str(folder), error) from error
    if paths is None:
        raise BadInput(
            f"{folder} is no folder.",
            "An export of health records is a folder with *.ndjson or *.json files.",
            "Give the folder, not a file in it, and check its name.",
        )
    candidates = [path for path in paths if path.is_file() and _form(path)]
    kept = [path for path in candidates if not _is_no_fhir(path)]
    if not kept:
        raise _nothing_there(folder)
    return [_source(path, number) for number, path in enumerate(kept)]


def cut(sources: list[ExportFile], *, parts: int | None = None) -> list[ExportPart]:
    """Cut files into parts; the answer does not depend on how many there are.

    Args:
        sources: The files.
        parts: How many to aim at; by default as many as give parts of 256 KiB to 8 MiB.
    """
    whole = sum(source.size_bytes for source in sources if source.divisible)
    length = whole // (parts or 32) + 1
    if parts is None:
        length = min(max(length, SMALLEST_PART), LARGEST_PART)
    cuts: list[ExportPart] = []
    for source in sources:
        pieces = -(-source.size_bytes // length) if source.divisible else 1
        ranges = split(source.size_bytes, max(1, pieces)) or [range(0)]
        cuts += [ExportPart(source, piece.start, piece.stop) for piece in ranges]
    return cuts


def read(part: ExportPart) -> Iterator[Raw]:
    """Read the resources of a part one after the other; empty lines are nothing.

    Raises:
        BadInput: If the file cannot be read, or a line or bundle is too long to be held.
    """
    with part.source.open() as file:
        if part.source.form == "bundle":
            yield from _bundle(part.source, file)
            return
        stop = None if part.source.packed else part.stop
        for offset, line in _lines(part.source, file, part.start, stop):
            content = line.removeprefix(BOM) if offset == 0 else line
            if content := content.strip(b" \t\r\n"):
                yield Raw(offset, content)


def _lines(
    source: ExportFile, file: IO[bytes], start: int, stop: int | None
) -> Iterator[tuple[int, bytes]]:
    offset = start
    if start:
        # One byte early: a part that begins where a line begins owns that line.
        file.seek(start - 1)
        offset += len(_line(source, file, start)) - 1
    while stop is None or offset < stop:
        line = _line(source, file, offset)
        if not line:
            return
        yield offset, line
        offset += len(line)


def _line(source: ExportFile, file: IO[bytes], offset: int) -> bytes:
    line = file.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        raise BadInput(
            f"A line of {source.label} near byte {offset:,} is longer than 16 MiB.",
            "In a bulk export each line is one resource, which takes some kilobytes.",
            "Check how the file was made: its line ends may have been lost.",
        )
    return line


def _bundle(source: ExportFile, file: IO[bytes]) -> Iterator[Raw]:
    content = file.read(LARGEST_BUNDLE + 1)
    if len(content) > LARGEST_BUNDLE:
        raise BadInput(
            f"{source.label} is larger than 256 MiB.",
            "A bundle is held whole, since its entries may point at one another.",
            "Export it in bulk (*.ndjson), or as one bundle for each patient.",
        )
    for offset, text, resource in entries(content):
        yield Raw(offset, text, resource)


def _form(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".ndjson"):
        return "lines"
    return "bundle" if name.endswith(".json") else None


def _source(path: Path, number: int) -> ExportFile:
    form = _form(path)
    assert form is not None, "only files that may hold FHIR get here"
    packed = path.suffix.lower() == ".gz"
    label = safe_label(path.name, number)
    return ExportFile(str(path), number, label, form, packed, path.stat().st_size)


def _is_no_fhir(path: Path) -> bool:
    """Tell whether a file is the log of an export, or JSON of some other kind."""
    with _source(path, 0).open() as file:
        head = file.read(2**16)
    if _form(path) == "bundle":
        return not is_bundle(head)
    try:
        first = json.loads(head.split(b"\n", 1)[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "exportId" in first and "resourceType" not in first


def _unreadable(name: str, error: OSError) -> BadInput:
    return BadInput(
        f"{name} cannot be read.",
        f"The system said: {error.strerror or error}.",
        "Check your right to read it.",
    )


def _nothing_there(folder: Path) -> BadInput:
    below = [path.name for path in sorted(folder.iterdir()) if path.is_dir()]
    deeper = [name for name in below if any(map(_form, (folder / name).iterdir()))]
    return BadInput(
        f"There is no FHIR in {folder}.",
        "It holds no *.ndjson, *.ndjson.gz or *.json file with FHIR resources.",
        f"Try the folder {folder / deeper[0]}." if deeper else "Check the name of the folder.",
    )
