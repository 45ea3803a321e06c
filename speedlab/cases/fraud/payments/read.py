"""Read card transactions from Parquet or CSV, part by part, in one canonical form.

The columns are those of the Fraud Detection Handbook. Ids may be whole numbers or text; times may
have any unit (they are kept in whole microseconds, a time zone is dropped, its clock time stays)
or be text that can be parsed; amounts are rounded to whole cents.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from speedlab.cases.fraud.payments.canonical import BadValue, canonical
from speedlab.core.chunks import FileRange, RowGroup, file_ranges, row_groups
from speedlab.core.errors import BadInput
from speedlab.core.text import check_columns, columns_again, nearest

if TYPE_CHECKING:
    import pyarrow as pa

REQUIRED = (
    "TRANSACTION_ID",
    "TX_DATETIME",
    "CUSTOMER_ID",
    "TERMINAL_ID",
    "TX_AMOUNT",
    "TX_FRAUD",
)
PLACE = ("LAT", "LON")
RANGE_BYTES = 6_000_000
"""Aimed-at bytes of a CSV part: about 100,000 transactions."""
SNIFF_BYTES = 1_000_000

Reference = RowGroup | FileRange


@dataclass(frozen=True)
class PaymentFile:
    """A file of transactions and the parts it is read in.

    Attributes:
        path: The file.
        chunks: References to its parts, in file order.
        columns: Names of all columns in the file.
        rows: How many transactions, or None where only reading tells (CSV).
    """

    path: str
    chunks: tuple[Reference, ...]
    columns: tuple[str, ...]
    rows: int | None

    @property
    def has_places(self) -> bool:
        """Return whether the file says where each transaction took place."""
        return set(PLACE) <= set(self.columns)


def open_source(path: str | Path) -> PaymentFile:
    """Look into a file and return its parts; no transaction is read yet.

    Raises:
        BadInput: If the file is missing, empty, of another kind, or lacks a column.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(
            f"There is no file {path}.",
            "The path may be misspelt or name a folder.",
            "Give the path of a Parquet or CSV file.",
        )
    if path.stat().st_size == 0:
        raise _empty(path)
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1" or path.suffix.lower() in {".parquet", ".pq"}
    source = _open_parquet(path) if is_parquet else _open_csv(path)
    (check_columns if is_parquet else columns_again)(source.columns, path.name)
    _require_columns(source)
    if source.rows == 0 or not source.chunks:
        raise _empty(path)
    return source


def _empty(path: Path) -> BadInput:
    return BadInput(
        f"{path.name} is empty.",
        "It holds no transactions.",
        "Check how the file was made, or choose another one.",
    )


def _open_parquet(path: Path) -> PaymentFile:
    import pyarrow.parquet as pq

    chunks = row_groups(path)
    file = pq.ParquetFile(path)
    kept = [c for c in chunks if file.metadata.row_group(c.index).num_rows]
    return PaymentFile(
        str(path), tuple(kept), tuple(file.schema_arrow.names), file.metadata.num_rows
    )


def _open_csv(path: Path) -> PaymentFile:
    parts = max(1, round(path.stat().st_size / RANGE_BYTES))
    return PaymentFile(
        str(path), tuple(file_ranges(path, parts, skip_lines=1)), _header(str(path)), None
    )


def _header(path: str) -> tuple[str, ...]:
    return _header_of(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _header_of(path: str, changed: int) -> tuple[str, ...]:
    # The time of change is part of the cache's key: a file written anew is read anew.
    import csv

    with Path(path).open("rb") as file:
        line = file.readline(SNIFF_BYTES)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{Path(path).name} is neither Parquet nor CSV.",
            "Its first line is not text in UTF-8.",
            "Save the transactions as Parquet or as CSV with commas.",
        ) from error
    return tuple(next(csv.reader([text.strip()]), []))


def _require_columns(source: PaymentFile) -> None:
    for name in REQUIRED:
        if name in source.columns:
            continue
        near = nearest(name, source.columns)
        raise BadInput(
            f"{Path(source.path).name} has no column {name}.",
            f"The nearest name in it is {near!r}."
            if near
            else f"Its columns are: {', '.join(source.columns[:12])}.",
            f"Rename the column to {name}." if near else "Add the column.",
        )


def read_chunk(ref: Reference, columns: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Read one part of a file in canonical types.

    Args:
        ref: One of Source.chunks.
        columns: Which columns; by default the six required ones and, where present, the place.

    Raises:
        BadInput: If a value cannot be used; the row is counted within the part.
    """
    try:
        return canonical(read_raw(ref, columns))
    except BadValue as error:
        raise error.as_bad_input(Path(ref.path).name, "a part of the file") from error


def read_raw(ref: Reference, columns: tuple[str, ...] | None = None) -> pa.Table:
    """Read one part of a file as it is, in one thread.

    Raises:
        BadInput: If the part is damaged.
        BadValue: If a CSV field does not fit the type of its column.
    """
    import pyarrow as pa

    try:
        if isinstance(ref, RowGroup):
            return _read_row_group(ref, columns)
        return _read_range(ref, columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInput(
            f"A part of {Path(ref.path).name} cannot be read.",
            f"The reader said: {str(error).splitlines()[0].rstrip('.')}.",
            "Check that the file was copied whole.",
        ) from error


def _read_row_group(ref: RowGroup, columns: tuple[str, ...] | None) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(ref.path) as file:
        names = columns or _default_columns(tuple(file.schema_arrow.names))
        return file.read_row_group(ref.index, columns=list(names), use_threads=False)


def _read_range(ref: FileRange, columns: tuple[str, ...] | None) -> pa.Table:
    import pyarrow as pa

    names = columns or _default_columns(_header(ref.path))
    types = _csv_types(ref.path)
    text = ref.read()
    try:
        return _parse(text, ref.path, names, types)
    except pa.ArrowInvalid as error:
        raw = _parse(text, ref.path, names, dict.fromkeys(names, pa.string()))
        raise _misfit(raw, types) or error from error


def _default_columns(present: tuple[str, ...]) -> tuple[str, ...]:
    return REQUIRED + (PLACE if set(PLACE) <= set(present) else ())


def _parse(text: bytes, path: str, names: tuple[str, ...], types: dict[str, Any]) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    return csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(
            column_names=list(_header(path)), use_threads=False, block_size=max(len(text), 1)
        ),
        convert_options=csv.ConvertOptions(
            include_columns=list(names),
            column_types={name: types[name] for name in names if name in types},
            strings_can_be_null=True,
        ),
    )


def _csv_types(path: str) -> dict[str, Any]:
    return _csv_types_of(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _csv_types_of(path: str, changed: int) -> dict[str, Any]:
    # Every part must get the same types, so the beginning of the file decides for all of them.
    import pyarrow as pa

    with Path(path).open("rb") as file:
        file.readline()
        text = file.read(SNIFF_BYTES)
    whole = text[: text.rfind(b"\n") + 1] or text
    schema = _parse(whole, path, _header(path), {"TX_DATETIME": pa.string()}).schema
    return {
        # An amount that looks whole at first may have cents later; an empty column may be text.
        field.name: pa.float64()
        if field.name == "TX_AMOUNT" and pa.types.is_integer(field.type)
        else (pa.string() if pa.types.is_null(field.type) else field.type)
        for field in schema
    }


def _misfit(raw: pa.Table, types: dict[str, Any]) -> BadValue | None:
    # Find the first field that is not of its column's type, to name its row and value.
    import pyarrow as pa

    for name in raw.column_names:
        wanted = types.get(name, pa.string())
        if not (pa.types.is_integer(wanted) or pa.types.is_floating(wanted)):
            continue
        texts = raw[name].to_pandas()
        numbers = pd.to_numeric(texts, errors="coerce")
        wrong = texts.notna() & numbers.isna()
        if pa.types.is_integer(wanted):
            wrong |= numbers.notna() & (numbers % 1 != 0)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            why = "a number is expected, as in the first rows"
            return BadValue(name, row, texts.iloc[row], why)
    return None
