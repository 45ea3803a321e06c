"""Cut a learner's data, whatever they are, into pieces: references wherever they lie on disk."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from speedlab.core.chunks import FileRange, RowGroup, file_ranges, row_groups, split
from speedlab.core.errors import BadInput
from speedlab.core.text import check_columns, columns_again
from speedlab.pool.checks.obstacles import within

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = {".csv", ".parquet"}
LINES = {".ndjson", ".jsonl"}


@dataclass(frozen=True)
class CsvRows:
    """Some rows of a CSV file, read as a frame; the types are those of the whole file."""

    place: FileRange
    header: bytes
    types: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> pd.DataFrame:
        """Return the rows."""
        return pd.read_csv(io.BytesIO(self.header + self.place.read()), dtype=dict(self.types))


@dataclass(frozen=True)
class JsonLines:
    """Some lines of a file that holds one JSON record in each line, read as a list."""

    place: FileRange

    def read(self) -> list[Any]:
        """Return the records."""
        return [json.loads(line) for line in self.place.read().splitlines() if line.strip()]


def read(piece: Any) -> Any:
    """Return the data behind a piece, as the learner's function gets them.

    >>> read([1, 2])
    [1, 2]
    """
    if isinstance(piece, RowGroup):
        import pyarrow.parquet as pq

        return pq.ParquetFile(piece.path).read_row_group(piece.index).to_pandas()
    return piece.read() if isinstance(piece, (CsvRows, JsonLines)) else piece


def join(parts: Sequence[Any]) -> Any:
    """Return the data of several pieces as one, in their order.

    >>> join([range(2), range(2, 5)]), join([[1], [2, 3]])
    (range(0, 5), [1, 2, 3])
    """
    if isinstance(parts[0], pd.DataFrame):
        return pd.concat(parts, ignore_index=True)
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    if isinstance(parts[0], range):
        return range(parts[0].start, parts[-1].stop, parts[0].step)
    return [item for part in parts for item in part]


def cut(data: Any, *, chunks: int, folder: Path, by: str | None = None) -> list[Any]:
    """Cut data into pieces.

    Args:
        data: A frame, a list, an array, a range, or the path of a .csv, .parquet, .ndjson or
            .jsonl file.
        chunks: How many pieces to aim at.
        folder: Where a frame may be kept, as a Parquet file with one row group for each piece.
        by: A column whose equal values must stay together in one piece.

    Raises:
        BadInput: If the data are of another kind, cannot be read, or hold nothing.
    """
    for name, obstacle in within(data, "data", depth=1):
        what = "The data are" if name == "data" else f"{name} is"
        raise BadInput(
            f"{what} {obstacle.kind}.", "It cannot be handed to workers.", obstacle.remedy
        )
    if isinstance(data, (str, Path)):
        pieces = _cut_file(Path(data), chunks=chunks, folder=folder, by=by)
    elif isinstance(data, pd.DataFrame):
        pieces = _cut_frame(data, chunks=chunks, folder=folder, by=by)
    elif isinstance(data, (list, tuple, range, np.ndarray)) and by is None:
        pieces = [data[part.start : part.stop] for part in split(len(data), chunks)]
    else:
        raise _unknown(data, by)
    if not pieces:
        raise BadInput("The data are empty.", "There is nothing to cut.", "Check what was read.")
    return pieces


def _unknown(data: Any, by: str | None) -> BadInput:
    if by is not None and isinstance(data, (list, tuple, range, np.ndarray)):
        return BadInput(
            f"by={by!r} needs a table.",
            f"The data are a {type(data).__name__}, which has no columns.",
            "Pass a frame, or sort and cut the data yourself and leave by out.",
        )
    return BadInput(
        f"Data of the type {type(data).__name__} cannot be cut.",
        "Known are a frame, a list, an array, a range, and the path of a file.",
        "Turn them into one of these.",
    )


def _cut_file(path: Path, *, chunks: int, folder: Path, by: str | None) -> list[Any]:
    if path.is_dir() or "*" in path.name:
        raise BadInput(
            f"{path.name} is not one file but several.",
            "A project cuts one table; here each file is a piece already.",
            "Give their names to sl.compare(fn, sorted(folder.glob('*.csv')), merge=...), where "
            "folder = Path(...); fn then gets one name at a time.",
        )
    if path.suffix in LINES and by is None:
        return [JsonLines(place) for place in file_ranges(path, chunks)]
    if path.suffix not in TABLES:
        raise BadInput(
            f"{path.name} cannot be cut.",
            "Files that can be are .csv, .parquet, and .ndjson or .jsonl without by=.",
            "Save the data as one of these.",
        )
    if path.suffix == ".parquet":
        groups: list[Any] = list(row_groups(path))
        check_columns(_columns(path), path.name)
        # As many groups as workers are not enough: the pieces are the least that can be shared.
        if by is None and len(groups) >= chunks:
            return groups
        return _cut_frame(pd.read_parquet(path), chunks=chunks, folder=folder, by=by)
    rows = _cut_csv(path, chunks)
    if not rows:
        return []
    whole = _read_csv(path)
    types = _types(whole)
    if by is None and types is not None:
        return [replace(one, types=types) for one in rows]
    return _cut_frame(whole, chunks=chunks, folder=folder, by=by)


def _columns(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    names: list[str] = pq.read_schema(path).names
    return names


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, low_memory=False)  # else it guesses the types part by part
        with path.open(encoding="utf-8-sig") as file:
            columns_again(next(csv.reader(file), []), path.name)
        return frame
    except (ValueError, UnicodeDecodeError) as error:  # a ParserError is a ValueError
        raise BadInput(
            f"{path.name} cannot be read as a table.",
            f"The reader said: {str(error).splitlines()[0]}.",
            "Save it as CSV in UTF-8 with one line of names first, or as Parquet.",
        ) from error


def _types(frame: pd.DataFrame) -> dict[str, Any] | None:
    """Return the type of each column, by which any part of its rows reads the same.

    A part guesses from its own rows: without an empty cell numbers are whole, with one they are
    not, and 0 is no longer 0.0. None where texts and other values are mixed in a column.
    """
    types: dict[str, Any] = {}
    for name, column in frame.items():
        if column.dtype == object and not all(isinstance(value, str) for value in column.dropna()):
            return None
        types[str(name)] = column.dtype
    return types


def _cut_csv(path: Path, chunks: int) -> list[CsvRows]:
    places = file_ranges(path, chunks, skip_lines=1)
    with path.open("rb") as file:
        header = file.readline()
    if any(place.read().count(b'"') % 2 for place in places):
        raise BadInput(
            f"{path.name} cannot be cut between its lines.",
            "A quoted field seems to hold a line break, so a line is no whole row.",
            "Save the table as Parquet, and pass that file.",
        )
    return [CsvRows(place, header) for place in places]


def _cut_frame(frame: pd.DataFrame, *, chunks: int, folder: Path, by: str | None) -> list[RowGroup]:
    import pyarrow.parquet as pq

    parts = split(len(frame), chunks)
    if by is not None:
        if by not in frame.columns:
            raise BadInput(
                f"The table has no column {by!r}.",
                f"Its columns are {', '.join(map(str, frame.columns))}.",
                "Check the name after by=.",
            )
        frame = frame.sort_values(by, kind="stable", ignore_index=True)
        parts = _whole_groups(frame[by], parts)
    table = _as_arrow(frame)
    path = folder / "data.parquet"
    with pq.ParquetWriter(path, table.schema) as writer:
        for part in parts:
            writer.write_table(table.slice(part.start, len(part)), row_group_size=len(part))
    return row_groups(path) if parts else []


def _as_arrow(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise BadInput(
            "The table cannot be written to a file.",
            f"The writer said: {str(error.args[0]).splitlines()[0]}.",
            "Give every column values of one kind: numbers, texts or dates.",
        ) from error


def _whole_groups(keys: pd.Series[Any], parts: list[range]) -> list[range]:
    """Move each cut on to where the next group begins."""
    begins = np.flatnonzero(keys.ne(keys.shift()).to_numpy())
    places = np.searchsorted(begins, [part.start for part in parts])
    starts = np.unique(np.append(begins, len(keys))[places])
    ends = [*starts[1:].tolist(), len(keys)]
    cuts = zip(starts.tolist(), ends, strict=True)
    return [range(start, stop) for start, stop in cuts if stop > start]
