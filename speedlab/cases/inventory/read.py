"""Read what was asked for, item by period, and what the items cost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.inventory.periods import YEAR_WEEKS, Calendar, arrange
from speedlab.cases.inventory.tables import ALIASES, is_long, read_table
from speedlab.cases.inventory.world.warehouse import HOLDING_RATE
from speedlab.core.errors import BadInput

Array = npt.NDArray[Any]
TERMS = tuple(name for name in ALIASES if name not in ("item", "period", "quantity"))
MAY_BE_ZERO = ("order_cost", "lead_time", "lead_time_sd")
UNIT_COST, ORDER_COST, LEAD_TIME, LEAD_TIME_SD = 10.0, 25.0, 2.0, 0.0
PENALTY_TIMES = 10.0
"""What is taken where the table does not say: a unit owed costs ten times a unit held."""
LONGEST_LEAD_TIME, LARGEST = 104.0, 1e9
FILL = "table.pivot(index='item', columns='period', values='quantity').fillna(0)"


@dataclass(frozen=True, eq=False)
class Demand:
    """What was asked for.

    Attributes:
        items: The names of the items, in order.
        periods: The names of the periods, in order.
        quantity: Units: shape (items, periods), none below 0.
        terms: By the names in TERMS, a value for each item: unit_cost; holding_cost of a unit
            and period; order_cost of an order; penalty for a unit owed and period; lead_time and
            its standard deviation, in periods.
        periods_a_year: How many periods make a year.
    """

    items: Array
    periods: tuple[str, ...]
    quantity: Array
    terms: dict[str, Array]
    periods_a_year: float

    @property
    def rows(self) -> int:
        """How many values of demand there are."""
        return int(self.quantity.size)


def read_demand(path: str | Path, *, periods_a_year: float | None = None) -> Demand:
    """Read a table of demand, long or wide, Parquet or CSV.

    Args:
        path: The file.
        periods_a_year: How many periods make a year; by default their names say so, and where
            they do not, they are weeks.

    Raises:
        BadInput: If the file, a column, a period or a value cannot be used.
    """
    file = Path(path)
    if periods_a_year is not None and not 0 < periods_a_year <= 10_000:
        raise BadInput(f"{periods_a_year:g} periods do not make a year.", "", "Try 52 or 12.")
    frame = read_table(file)
    items, calendar, quantity, rows = (_long if is_long(frame) else _wide)(frame, file.name)
    if len(calendar.names) < 2:
        raise BadInput(
            f"{file.name} has one period only.",
            "One period does not tell how demand varies.",
            "Give at least two, better fifty.",
        )
    if not quantity.any():
        raise BadInput(f"{file.name}: every demand is 0.", "", "Choose another file.")
    a_year = periods_a_year or calendar.a_year or YEAR_WEEKS
    terms = _terms(frame, rows, items, a_year, file.name)
    return Demand(items, calendar.names, quantity, terms, float(a_year))


def _long(frame: pd.DataFrame, file: str) -> tuple[Array, Calendar, Array, Array]:
    item, items = _coded(frame["item"], file)
    period, labels = pd.factorize(frame["period"])
    if (period < 0).any():
        row = int((period < 0).argmax()) + 1
        raise BadInput(f"{file}, row {row}: the period is missing.", "", "Mend the row.")
    calendar = arrange(list(labels), file)
    place = calendar.places[period]

    def where(row: int) -> tuple[str, str]:
        return str(items[item[row]]), calendar.names[place[row]]

    numbers = _numbers(frame["quantity"], where, file)
    _refuse_twice(item * len(labels) + place, where, file)
    _refuse_gaps(item, place, items, calendar, file)
    quantity = np.empty((len(items), len(labels)))
    quantity[item, place] = numbers
    return items, calendar, quantity, item


def _wide(frame: pd.DataFrame, file: str) -> tuple[Array, Calendar, Array, Array]:
    item, items = _coded(frame["item"], file)
    if len(items) < len(frame):
        twice = frame["item"][frame["item"].duplicated()].iloc[0]
        raise BadInput(f"{file}: the item {twice} has two rows.", "", "Add them up, or keep one.")
    columns = [name for name in frame.columns if name not in ("item", *TERMS)]
    if not columns:
        raise BadInput(
            f"{file} has no periods.",
            f"Its columns are: {', '.join(map(str, frame.columns[:12]))}.",
            "Give it the columns item, period and quantity; or item and one for each period.",
        )
    calendar = arrange(columns, file, as_given=True)
    quantity = np.empty((len(items), len(columns)))
    for column, place in zip(columns, calendar.places, strict=True):
        period = calendar.names[place]

        def where(row: int, period: str = period) -> tuple[str, str]:
            return str(items[item[row]]), period

        quantity[item, place] = _numbers(frame[column], where, file)
    return items, calendar, quantity, item


def _coded(column: pd.Series, file: str) -> tuple[Array, Array]:
    """Return for each row the place of its item, and the items in order."""
    missing = column.isna().to_numpy()
    if missing.any():
        row = int(missing.argmax()) + 1
        raise BadInput(f"{file}, row {row}: the item is missing.", "", "Mend the row.")
    names = column if pd.api.types.is_numeric_dtype(column) else column.astype(str)
    codes, items = pd.factorize(names)
    labels = np.asarray(items)
    if all(str(name).isdecimal() and str(int(name)) == str(name) for name in labels):
        labels = labels.astype(np.int64)
    order = np.argsort(labels, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[codes], labels[order]


def _numbers(column: pd.Series, where: Any, file: str) -> Array:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(values >= 0) | (values > LARGEST)
    if not wrong.any():
        return values
    row = int(wrong.argmax())
    item, period = where(row)
    if column.isna().iloc[row]:
        raise _gap(file, item, period)
    told = f"{file}: item {item} has the demand {column.iloc[row]} in period {period}."
    if values[row] < 0:
        raise BadInput(told, "Demand is never below 0.", "Keep returns apart, and write 0.")
    raise BadInput(told, f"That is no number from 0 to {LARGEST:g}.", "Mend it.")


def _gap(file: str, item: str, period: str) -> BadInput:
    return BadInput(
        f"{file}: item {item} has no demand for period {period}.",
        "A gap may mean that nothing was sold, or that nobody took note.",
        f"Where nothing was sold, write 0; all gaps at once: {FILL}.",
    )


def _refuse_twice(key: Array, where: Any, file: str) -> None:
    again = pd.Series(key).duplicated().to_numpy()
    if again.any():
        item, period = where(int(again.argmax()))
        raise BadInput(
            f"{file}: item {item} has two rows for period {period}.",
            "It is not clear whether they add up.",
            "Add them up, or keep one.",
        )


def _refuse_gaps(item: Array, place: Array, items: Array, calendar: Calendar, file: str) -> None:
    counts = np.bincount(item, minlength=len(items))
    if (counts == len(calendar.names)).all():
        return
    first = int((counts < len(calendar.names)).argmax())
    missing = np.setdiff1d(np.arange(len(calendar.names)), place[item == first])[0]
    raise _gap(file, str(items[first]), calendar.names[missing])


def _terms(
    frame: pd.DataFrame, rows: Array, items: Array, a_year: float, file: str
) -> dict[str, Array]:
    given = {name: _term(frame, name, rows, items, file) for name in TERMS if name in frame}
    unit_cost = given.get("unit_cost", np.full(len(items), UNIT_COST))
    holding = given.get("holding_cost", unit_cost * HOLDING_RATE / a_year)
    usual = {
        "unit_cost": unit_cost,
        "holding_cost": holding,
        "order_cost": np.full(len(items), ORDER_COST),
        "penalty": PENALTY_TIMES * holding,
        "lead_time": np.full(len(items), LEAD_TIME),
        "lead_time_sd": np.full(len(items), LEAD_TIME_SD),
    }
    return usual | given


def _term(frame: pd.DataFrame, name: str, rows: Array, items: Array, file: str) -> Array:
    """Return a value for each item; every row of an item must have the same."""
    column = frame[name]
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    most = LONGEST_LEAD_TIME if name.startswith("lead") else LARGEST
    wrong = ~(values >= 0) | (values > most)
    wrong |= (values == 0) & (name not in MAY_BE_ZERO)
    by_item = np.empty(len(items))
    by_item[rows] = values
    uneven = ~wrong & (values != by_item[rows])
    for bad, why in (
        (wrong, f"It must be {'0' if name in MAY_BE_ZERO else 'above 0'} to {most:g}."),
        (uneven, "Its rows say different things."),
    ):
        if bad.any():
            row = int(bad.argmax())
            told = f"{file}: item {items[rows[row]]} has the {name} {column.iloc[row]}."
            raise BadInput(told, why, "Mend it, or take the column out.")
    return by_item
