"""Bring the columns of a transaction table into canonical types, naming the first bad value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.core.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa


class BadValue(Exception):
    """A value that cannot be used; row counts from 0 within its part, None is the whole column."""

    def __init__(self, column: str, row: int | None, value: Any, why: str) -> None:
        super().__init__(column, row, value, why)
        self.column, self.row, self.value, self.why = column, row, value, why

    def as_bad_input(self, file: str, where: str = "", *, rows_before: int = 0) -> BadInput:
        """Return the error for the reader, with the row counted from 1."""
        place = f" of {where}" if where else ""
        if self.row is None:
            what = f"Column {self.column} of {file} has the type {self.value}."
        else:
            row = rows_before + self.row + 1
            what = f"Row {row}{place} of {file} has {self.column} = {self.value}."
        following = "Convert the column" if self.row is None else "Correct or remove the row"
        return BadInput(
            what, f"{self.why[0].upper()}{self.why[1:]}.", f"{following} and try again."
        )


def canonical(table: pa.Table) -> pd.DataFrame:
    """Return a frame with canonical types: ids int64 or text, times in microseconds, whole cents.

    Raises:
        BadValue: If a value or a type cannot be used.
    """
    convert = {
        "TRANSACTION_ID": _ids,
        "CUSTOMER_ID": _ids,
        "TERMINAL_ID": _ids,
        "TX_DATETIME": _times,
        "TX_AMOUNT": _amounts,
        "TX_FRAUD": _labels,
        "LAT": _degrees,
        "LON": _degrees,
    }
    columns = {
        name: convert[name](name, table[name]) if name in convert else table[name].to_pandas()
        for name in table.column_names
    }
    return pd.DataFrame(columns, copy=False)


def _ids(name: str, column: pa.ChunkedArray) -> Any:
    import pyarrow as pa

    column = _decoded(column)
    _refuse_nulls(name, column, "every transaction needs one")
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64()).to_numpy()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.to_pandas()
    raise BadValue(name, None, column.type, "ids must be whole numbers or text")


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def _refuse_nulls(name: str, column: pa.ChunkedArray, why: str) -> None:
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        raise BadValue(name, row, "nothing", why)


def _times(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = _decoded(column)
    _refuse_nulls(name, column, "every transaction needs a time")
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _parsed_times(name, column)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        if pa.types.is_timestamp(kind) and kind.tz:
            column = pc.local_timestamp(column)
        return np.asarray(column.cast(pa.timestamp("us"), safe=False).to_numpy())
    raise BadValue(name, None, kind, "times must be timestamps or text such as 2025-01-31 18:05:00")


def _parsed_times(name: str, column: pa.ChunkedArray) -> npt.NDArray[Any]:
    import pyarrow as pa

    try:
        return np.asarray(column.cast(pa.timestamp("us")).to_numpy())
    except pa.ArrowInvalid:
        texts = column.to_pandas()
        times = pd.to_datetime(texts, errors="coerce", format="mixed")
        if times.isna().any():
            row = int(times.isna().to_numpy().argmax())
            raise BadValue(name, row, repr(texts.iloc[row]), "this is no date and time") from None
        zone = getattr(times.dt, "tz", None)
        plain = times.dt.tz_localize(None) if zone is not None else times
        return np.asarray(plain, dtype="datetime64[us]")


def _numbers(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    import pyarrow as pa

    kind, numeric = column.type, pa.types
    if not (
        numeric.is_integer(kind)
        or numeric.is_floating(kind)
        or numeric.is_decimal(kind)
        or numeric.is_boolean(kind)
        or numeric.is_null(kind)
    ):
        raise BadValue(name, None, kind, "a column of numbers is expected")
    wide = column.cast(pa.int8()) if numeric.is_boolean(kind) else column
    values: npt.NDArray[np.float64] = wide.cast(pa.float64(), safe=False).to_numpy()
    return values


def _amounts(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    values = _numbers(name, column)
    wrong = ~((values >= 0) & (values < 1e13))
    if wrong.any():
        row = int(wrong.argmax())
        value = values[row]
        why = "an amount is missing" if np.isnan(value) else "amounts run from 0 to 10^13"
        raise BadValue(name, row, value, f"{why}; it cannot be negative, NaN or infinite")
    return np.rint(values * 100) / 100


def _labels(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.int8]:
    values = _numbers(name, column)
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        row = int(wrong.argmax())
        raise BadValue(name, row, values[row], "the label must be 0 (genuine) or 1 (fraud)")
    return values.astype(np.int8)


def _degrees(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.float32]:
    return _numbers(name, column).astype(np.float32)
