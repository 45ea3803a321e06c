"""Read a file as a table: Parquet, text with columns, or lines "user item item item"."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from speedlab.core.errors import BadInput
from speedlab.core.text import check_columns, columns_again

ALIASES = {
    "user": ("user", "user_id", "userid", "household_id", "customer_id", "visitorid"),
    "item": ("item", "item_id", "itemid", "product_id", "movie_id", "movieid", "sku"),
    "value": ("value", "rating", "weight", "strength"),
    "time": ("time", "timestamp", "datetime", "date", "transaction_timestamp"),
    "event": ("event", "event_type"),
}
BY_POSITION = ("user", "item", "value", "time")


def read_table(file: Path) -> pd.DataFrame:
    """Read a Parquet file, text with columns, or lists of items, by the look of its first line.

    Raises:
        BadInput: If it cannot be read, is empty, or may be two things.
    """
    try:
        if file.suffix == ".parquet":
            return _read_parquet(file)
        text = file.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"::", b"\t")
        first = text.split(b"\n", 1)[0].decode("utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error).splitlines()[0].rstrip(".")
        raise BadInput(
            f"{file.name} cannot be read.",
            f"The reader said: {why}.",
            "Check the path, and that it is Parquet or text in UTF-8.",
        ) from error
    if not text.strip():
        raise BadInput(f"{file.name} is empty.", "", "Choose another file.")
    separator = _separator(first)
    return (
        _read_columns(text, file.name, first, separator)
        if separator
        else _read_lists(text, file.name)
    )


def _separator(first: str) -> str | None:
    """Return what stands between the columns by the look of the first line; None for lists."""
    words = set(first.lower().split())
    named = all(words & set(ALIASES[name]) for name in ("user", "item"))
    return next((mark for mark in ",\t;|" if mark in first), r"\s+" if named else None)


def _read_columns(text: bytes, name: str, first: str, separator: str) -> pd.DataFrame:
    split = first.split() if separator == r"\s+" else next(csv.reader([first], delimiter=separator))
    named = not all(map(_is_number, split))
    again = columns_again(split, name, exact=False) if named else []
    try:
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(text), sep=separator, header=0 if named else None
        )
    except ValueError as error:
        why = str(error).splitlines()[0].rstrip(".")
        raise BadInput(
            f"{name} is no table.", f"The reader said: {why}.", "Mend that line."
        ) from error
    if named:
        return frame.drop(columns=frame.columns[again])
    frame.columns = pd.Index([*BY_POSITION, *map(str, range(4, 99))][: frame.shape[1]])
    return frame


def _read_parquet(file: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    names = pq.read_schema(file).names
    check_columns(names, file.name)
    usual = {name for group in ALIASES.values() for name in group}
    wanted = [name for name in names if name.lower() in usual]
    # Without a user or an item the refusal that follows names every column.
    found = {name.lower() for name in wanted}
    enough = all(found & set(ALIASES[name]) for name in ("user", "item"))
    frame: pd.DataFrame = pq.read_table(file, columns=wanted if enough else names).to_pandas()
    return frame


def _read_lists(text: bytes, name: str) -> pd.DataFrame:
    lines = text.decode("utf-8", "replace").splitlines()
    rows = [line.split() for line in lines if line.strip()]
    if len(lines[0].split()) < 2:
        raise BadInput(
            f"{name} is neither a table nor lists of items.",
            f"Its first line is {lines[0][:40]!r}.",
            'Write user,item in each line below a header, or lines "user item item item".',
        )
    _refuse_unclear(rows, name)
    users = [row[0] for row in rows for _ in row[1:]]
    frame = pd.DataFrame({"user": users, "item": [item for row in rows for item in row[1:]]})
    whole = all(set(frame[column].str.isdigit()) == {True} for column in frame)
    return frame.astype("int64") if whole else frame


def _refuse_unclear(rows: list[list[str]], name: str) -> None:
    # A list names its user once. Users that return in lines of equal length look like a table.
    (length, *others), users = {len(row) for row in rows}, {row[0] for row in rows}
    if not others and length in (3, 4) and len(users) < len(rows):
        raise BadInput(
            f"{name} may be lists of items, or a table of user, item, value, time.",
            f"All its lines have {length} words, and a user stands in several of them.",
            "Write commas between the columns of a table, or one line for each user.",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
