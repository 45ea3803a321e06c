"""Cut work into chunks, as references to data wherever the data lies on disk.

A reference (a file name and a position) is a few bytes however large the rows behind it are.
Each worker then reads its own part, instead of receiving it through a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from speedlab.core.errors import BadInput

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]]
"""Anything that applies a function to chunks and returns the results in order."""


def serial_map(fn: Callable[[Chunk], Result], chunks: Iterable[Chunk]) -> list[Result]:
    """Apply a function to every chunk in this process, one after the other.

    >>> serial_map(abs, [-1, 2])
    [1, 2]
    """
    return [fn(chunk) for chunk in chunks]


def split(n_items: int, n_chunks: int) -> list[range]:
    """Return ranges that cover 0..n_items-1 once, their lengths differing by one at most.

    There are never more ranges than items.

    Raises:
        BadInput: If there are fewer than one chunk or fewer than zero items.

    >>> split(7, 3)
    [range(0, 3), range(3, 5), range(5, 7)]
    """
    if n_chunks < 1 or n_items < 0:
        raise BadInput(
            f"Cannot cut {n_items} items into {n_chunks} chunks.",
            "Both must be positive whole numbers.",
            "Ask for at least one chunk.",
        )
    n_chunks = min(n_chunks, n_items)
    size, longer = divmod(n_items, n_chunks) if n_chunks else (0, 0)
    starts = [i * size + min(i, longer) for i in range(n_chunks + 1)]
    return [range(a, b) for a, b in zip(starts[:-1], starts[1:], strict=True)]


@dataclass(frozen=True)
class RowGroup:
    """One row group of a Parquet file."""

    path: str
    index: int


@dataclass(frozen=True)
class FileRange:
    """The bytes from start up to stop of a text file, cut at line ends."""

    path: str
    start: int
    stop: int

    def read(self) -> bytes:
        """Return the bytes of this range."""
        with Path(self.path).open("rb") as file:
            file.seek(self.start)
            return file.read(self.stop - self.start)


def row_groups(path: str | Path) -> list[RowGroup]:
    """Return a reference to each row group of a Parquet file.

    Raises:
        BadInput: If the file is missing or is no Parquet file.

    >>> import pandas as pd, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.parquet")
    ...     pd.DataFrame({"a": range(9)}).to_parquet(path, row_group_size=5)
    ...     [group.index for group in row_groups(path)]
    [0, 1]
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        count = pq.ParquetFile(path).num_row_groups
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInput(
            f"{Path(path).name} cannot be read as Parquet.",
            f"The reader said: {str(error).splitlines()[0]}.",
            "Check the path and that the file was copied whole.",
        ) from error
    return [RowGroup(str(path), index) for index in range(count)]


def file_ranges(path: str | Path, n_chunks: int, *, skip_lines: int = 0) -> list[FileRange]:
    """Cut a text file into byte ranges that end at line ends.

    Args:
        path: The file; lines end in a newline byte.
        n_chunks: How many ranges to aim at; long lines can make it fewer.
        skip_lines: Header lines that belong to no range.

    Raises:
        BadInput: If the file cannot be opened or fewer than one range is asked for.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_bytes(b"id\\n10\\n20\\n30\\n")
    ...     [(part.start, part.stop) for part in file_ranges(path, 2, skip_lines=1)]
    [(3, 9), (9, 12)]
    """
    try:
        with Path(path).open("rb") as file:
            for _ in range(skip_lines):
                file.readline()
            first, size = file.tell(), Path(path).stat().st_size
            cuts = [first]
            for part in split(size - first, n_chunks):
                # Start looking one byte early: a cut that falls on a line start stays there.
                file.seek(max(cuts[-1], first + part.stop) - 1)
                file.readline()
                cuts.append(file.tell())
    except OSError as error:
        raise BadInput(
            f"{Path(path).name} cannot be opened.",
            f"The system said: {error.strerror}.",
            "Check the path and your right to read it.",
        ) from error
    return [FileRange(str(path), a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True) if b > a]
