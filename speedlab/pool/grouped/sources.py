"""Tables in pieces: row groups of Parquet files, or ranges of CSV files, each read by a worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from speedlab.core.chunks import FileRange, RowGroup, file_ranges, row_groups
from speedlab.core.errors import BadInput
from speedlab.core.text import check_columns, columns_again

SIZE_BYTES = 2**25
"""What a range of a CSV file aims at: large enough to be worth a message."""


@dataclass(frozen=True)
class Piece:
    """Some rows of a table in files.

    Attributes:
        where: A row group of a Parquet file, or a range of a CSV file.
        names: The columns of a CSV file, which its ranges do not repeat.
    """

    where: RowGroup | FileRange
    names: tuple[str, ...] = ()

    def read(self, columns: list[str] | None) -> pd.DataFrame:
        """Return these rows; only the columns that are needed."""
        if isinstance(self.where, RowGroup):
            return _read_parquet(self.where, columns)
        return pd.read_csv(
            io.BytesIO(self.where.read()),
            header=None,
            names=list(self.names),
            usecols=columns,
            low_memory=False,
            skip_blank_lines=True,
        )


@dataclass(frozen=True)
class Source:
    """A table in files.

    Attributes:
        pieces: Its rows, in order.
        empty: The same columns without a row; of a CSV file the types are not known yet.
        typed: Whether the types are known.
        numbered: Whether rows are numbered from 0; else they have an index of their own.
    """

    pieces: tuple[Piece, ...]
    empty: pd.DataFrame
    typed: bool = True
    numbered: bool = True


def source(path: str | Path, *, workers: int) -> Source:
    """Return a Parquet or CSV file, or a folder of them, in pieces.

    Raises:
        BadInput: If there is no such file, or the files do not fit together.
    """
    files = _files(Path(path))
    parquet = files[0].suffix != ".csv"
    found = [_parquet(file) if parquet else _csv(file, workers) for file in files]
    first = found[0]
    for file, other in zip(files[1:], found[1:], strict=True):
        if list(other.empty.columns) != list(first.empty.columns):
            raise BadInput(
                f"{file.name} has other columns than {files[0].name}.",
                "All files of a folder must be parts of one table.",
                "Keep the others in a folder of their own.",
            )
    pieces = tuple(piece for each in found for piece in each.pieces)
    empty = first.empty
    if first.typed:
        categories = {
            str(name)
            for each in found
            for name, kind in each.empty.dtypes.items()
            if isinstance(kind, pd.CategoricalDtype)
        }
        kinds = [dict(each.empty.drop(columns=categories).dtypes) for each in found]
        types = common_types(kinds, [True] * len(kinds))
        # Only all files together say which categories there are.
        types |= {name: _read_whole(files, name).dtype for name in categories}
        empty = empty.astype(types)
    return Source(pieces, empty, first.typed, all(each.numbered for each in found))


def _files(path: Path) -> list[Path]:
    kinds = (".parquet", ".pq", ".csv")
    if path.is_dir():
        found = [each for each in sorted(path.iterdir()) if each.suffix in kinds]
        if len({each.suffix == ".csv" for each in found}) == 1:
            return found
        why = (
            "It holds both Parquet and CSV files." if found else "It holds no Parquet or CSV file."
        )
    elif path.is_file() and path.suffix in kinds:
        return [path]
    else:
        why = "Its name does not end so." if path.exists() else "There is no such file."
    raise BadInput(
        f"{path.name or path} is no table.",
        f"A Parquet or CSV file is needed, or a folder of one kind. {why}",
        "Check the path; give a table in memory as a DataFrame.",
    )


def _parquet(path: Path) -> Source:
    import pyarrow.parquet as pq

    groups = row_groups(path)  # in words where it cannot be read
    file = pq.ParquetFile(path)
    schema = file.schema_arrow
    check_columns(schema.names, path.name)
    written = io.BytesIO()
    pq.write_table(schema.empty_table(), written)
    empty = pd.read_parquet(written)
    for field in schema:
        if field.name in empty.columns:
            empty[field.name] = empty[field.name].astype(_type_in(file, field.name, empty))
    numbered = isinstance(empty.index, pd.RangeIndex) or empty.index.name is None
    return Source(tuple(map(Piece, groups)), empty, numbered=numbered)


def _type_in(file: Any, name: str, empty: pd.DataFrame) -> Any:
    """Return the type of a column that is read whole: a single missing value can change it."""
    kind = empty[name].dtype
    if isinstance(kind, np.dtype) and kind.kind in "iub" and _has_missing(file, name):
        return np.dtype(object) if kind.kind == "b" else np.dtype(float)
    return kind


def _read_whole(files: Sequence[Path], name: str) -> pd.Series[Any]:
    import pyarrow.parquet as pq

    whole: pd.Series[Any] = pq.read_table(list(map(str, files)), columns=[name]).to_pandas()[name]
    return whole


def _has_missing(file: Any, name: str) -> bool:
    return bool(file.read(columns=[name]).column(name).null_count)


def _read_parquet(group: RowGroup, columns: list[str] | None) -> pd.DataFrame:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(group.path).read_row_group(group.index, columns=columns)
    frame: pd.DataFrame = table.to_pandas()
    return frame if columns is None else frame[columns]


def _csv(path: Path, workers: int) -> Source:
    try:
        empty = pd.read_csv(path, nrows=0)
    except (ValueError, OSError) as error:
        raise BadInput(
            f"{path.name} cannot be read as CSV.",
            f"The reader said: {str(error).splitlines()[0]}.",
            "Check that its first line names the columns, separated by commas, in UTF-8.",
        ) from error
    aim = max(4 * workers, path.stat().st_size // SIZE_BYTES)
    ranges = _whole_fields(file_ranges(path, aim, skip_lines=1))
    with path.open(encoding="utf-8-sig") as file:
        columns_again(next(csv.reader(file), []), path.name)
    names = tuple(map(str, empty.columns))  # the second "amount" is called "amount.1"
    return Source(tuple(Piece(each, names) for each in ranges), empty, typed=False)


def _whole_fields(ranges: Sequence[FileRange]) -> list[FileRange]:
    """Join ranges that were cut inside a quoted field, which may hold line ends.

    The quotes of whole fields are even in number, whatever stands between them.
    """
    joined: list[FileRange] = []
    open_quote = False
    for each in ranges:
        if open_quote:
            joined[-1] = FileRange(each.path, joined[-1].start, each.stop)
        else:
            joined.append(each)
        open_quote ^= bool(each.read().count(b'"') % 2)
    return joined


def common_types(kinds: Sequence[dict[str, Any]], told: Sequence[bool]) -> dict[str, Any]:
    """Return the type of each column of a table whose pieces were read one by one.

    Args:
        kinds: The types in each piece; None for a column without a value there.
        told: Whether a piece says anything: one without rows does not.

    Raises:
        BadInput: If a column holds text in one piece and numbers in another.
    """
    said = [each for each, says in zip(kinds, told, strict=True) if says]
    return {name: _common(name, [each[name] for each in said]) for name in (said or kinds)[0]}


def _common(name: str, found: Sequence[Any]) -> Any:
    kinds = list(dict.fromkeys(kind for kind in found if kind is not None))
    missing = None in found
    if not kinds:
        return np.dtype(float)
    if len(kinds) == 1:
        kind = kinds[0]
        if missing and isinstance(kind, np.dtype) and kind.kind in "iub":
            return np.dtype(object) if kind.kind == "b" else np.dtype(float)
        return kind
    if all(isinstance(kind, np.dtype) and kind.kind in "iuf" for kind in kinds):
        return np.result_type(*kinds)
    raise BadInput(
        f"The column {name!r} holds {' here and '.join(map(str, kinds))} there.",
        "Read in one go, it would be one of them throughout, and another answer.",
        "Give it one type: write the table as Parquet, or pass a DataFrame.",
    )
