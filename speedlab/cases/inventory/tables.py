"""Read a file as a table with known names: Parquet, or text with , ; | or tab between columns."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd

from speedlab.core.errors import BadInput
from speedlab.core.text import check_columns, columns_again

ALIASES = {
    "item": ("item", "item_id", "sku", "sku_id", "product", "product_id", "article", "id"),
    "period": ("period", "date", "week", "month", "quarter", "day", "time", "timestamp", "ds"),
    "quantity": ("quantity", "qty", "demand", "sales", "units", "units_sold", "sold", "y"),
    "unit_cost": ("unit_cost",),
    "holding_cost": ("holding_cost", "holding"),
    "order_cost": ("order_cost", "ordering_cost", "setup_cost", "fixed_cost"),
    "penalty": ("penalty", "stockout_cost", "backorder_cost"),
    "lead_time": ("lead_time", "leadtime"),
    "lead_time_sd": ("lead_time_sd", "lead_time_std"),
}
INDEX = "unnamed: 0"
"""What pandas calls a column without a name, such as an index that was saved with the table."""
LINE_BYTES = 10_000_000


def read_table(file: Path) -> pd.DataFrame:
    """Return a table with known names where its columns have usual ones.

    A long table has a row for each item and period, and the columns item, period and quantity. A
    wide one has a row for each item, and a column for each period.

    Raises:
        BadInput: If it cannot be read, is empty, or says nothing of items.
    """
    try:
        with file.open("rb") as opened:
            start = opened.read(4)
        frame = _read_parquet(file) if start == b"PAR1" else _read_text(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).splitlines()[0].rstrip(".")
        raise BadInput(
            f"{file.name} cannot be read.",
            f"The reader said: {why}.",
            "Check the path, and that it is Parquet, or CSV in UTF-8.",
        ) from error
    if not len(frame):
        raise _empty(file)
    return frame


def is_long(frame: pd.DataFrame) -> bool:
    """Return whether a table has a row for each item and period."""
    return {"period", "quantity"} <= set(frame.columns)


def _empty(file: Path) -> BadInput:
    return BadInput(f"{file.name} is empty.", "It has no rows.", "Choose another file.")


def _read_parquet(file: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    given = [str(name) for name in pq.read_schema(file).names]
    check_columns(given, file.name)
    meanings = _known(given, file.name)
    chosen = list(meanings) if {"period", "quantity"} <= set(meanings.values()) else given
    frame: pd.DataFrame = pq.read_table(file, columns=chosen).to_pandas()
    # A frame that was saved with its items as an index gets them back as a column.
    frame = frame if frame.index.name is None else frame.reset_index()
    return frame.rename(columns=meanings)


def _read_text(file: Path) -> pd.DataFrame:
    with file.open("rb") as opened:
        first = opened.readline(LINE_BYTES).decode("utf-8-sig")
    if not first.strip():
        raise _empty(file)
    separator = max(",;\t|", key=first.count)
    layout: dict[str, Any] = {"sep": separator, "encoding": "utf-8-sig"}
    names = next(csv.reader([first], delimiter=separator))
    again = columns_again(names, file.name, exact=False)
    columns = pd.read_csv(file, nrows=0, **layout).columns
    dropped = columns[again]
    given = [str(name) for name in columns if name not in dropped]
    meanings = _known(given, file.name)
    # As text: the item 007 keeps its zeros, the period 2024-10 its last one.
    texts = {name: str for name, meaning in meanings.items() if meaning in ("item", "period")}
    decimal = "," if separator == ";" else "."
    frame: pd.DataFrame = pd.read_csv(file, dtype=texts, decimal=decimal, **layout)
    if not isinstance(frame.index, pd.RangeIndex):
        raise BadInput(
            f"{file.name}: its rows have more fields than its first line has names.",
            f"Columns are told apart by {separator!r}; a decimal comma would be taken for one.",
            "Name every column, or write decimal points.",
        )
    frame = frame.drop(columns=dropped).rename(columns=meanings)
    return frame.drop(columns=[name for name in frame.columns if str(name).lower() == INDEX])


def _known(given: list[str], file: str) -> dict[str, str]:
    """Return the known name of each column that has one."""
    by_lower = {name.strip().lower(): name for name in reversed(given)}
    meanings: dict[str, str] = {}
    for name, usual in ALIASES.items():
        first = next((by_lower[alias] for alias in usual if alias in by_lower), None)
        if first is not None:
            meanings[first] = name
    if "item" not in meanings.values() and INDEX in by_lower:
        meanings[by_lower[INDEX]] = "item"
    names = set(meanings.values())
    lacks = {"item"} - names or ({"period", "quantity"} - names if _half_long(names) else set())
    if lacks:
        raise BadInput(
            f"{file} has no column for the {sorted(lacks)[0]}.",
            f"Its columns are: {', '.join(given[:12])}.",
            "Give it the columns item, period and quantity; or item and one for each period.",
        )
    return meanings


def _half_long(names: set[str]) -> bool:
    return len({"period", "quantity"} & names) == 1
