"""Find and read instances: CVRPLIB files, folders of them, tables of depots and stops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from speedlab.cases.logistics.instances.cvrplib import read_vrp
from speedlab.cases.logistics.instances.instance import About, Instance, check_instance
from speedlab.core.errors import BadInput

COLUMNS = ("depot", "day", "stop", "x_km", "y_km", "demand", "capacity")
NUMBERS = COLUMNS[2:]


def read(path: str | Path) -> list[Instance]:
    """Return the instances of a .vrp file, of a folder of them, or of a Parquet table.

    Raises:
        BadInput: If there are none, or one of them cannot be used.
    """
    source = Path(path)
    if source.is_dir():
        paths = sorted(p for p in source.rglob("*.vrp") if not p.name.startswith("."))
        if not paths:
            raise BadInput(
                f"{source.name} holds no .vrp file.",
                "A folder is read for instances in the format of CVRPLIB.",
                "Name another folder, or a file.",
            )
        return [read_vrp(p, p.relative_to(source).with_suffix("").as_posix()) for p in paths]
    if not source.is_file():
        raise BadInput(f"There is no file {source.name}.", "", "Check the path.")
    readers = {".vrp": lambda: [read_vrp(source, source.stem)], ".parquet": lambda: _table(source)}
    if source.suffix.lower() not in readers:
        raise BadInput(
            f"{source.name} cannot be read.",
            "Instances are .vrp files as in CVRPLIB, or a .parquet table. Time windows, as in "
            "Solomon's .txt files, are not supported.",
            "Give one of those.",
        )
    return readers[source.suffix.lower()]()


def _table(path: Path) -> list[Instance]:
    """Return one instance for each depot and day of a table, in the order of the table."""
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path.name} cannot be read as Parquet.",
            f"The reader said: {' '.join(str(error).split())[:120]}.",
            "Check that the file was copied whole.",
        ) from error
    missing = [name for name in COLUMNS if name not in frame]
    if missing or frame.empty:
        raise BadInput(
            f"{path.name} has no " + (", ".join(missing) if missing else "rows") + ".",
            f"It needs the columns {', '.join(COLUMNS)}.",
            "Stop 0 is the depot itself; its demand is 0.",
        )
    _check_numbers(path.name, frame)
    groups = frame.groupby(["depot", "day"], sort=False)
    return [_depot_day(rows, f"depot {depot}, {day}") for (depot, day), rows in groups]


def _check_numbers(name: str, frame: pd.DataFrame) -> None:
    for column in COLUMNS:
        values = frame[column]
        wrong = values.isna()
        if column in NUMBERS and not pd.api.types.is_numeric_dtype(values):
            wrong = wrong | True
        elif column in NUMBERS:
            wrong = wrong | ~np.isfinite(values.astype(float))
            wrong = wrong | ((values % 1 != 0) & (not column.endswith("_km")))
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise BadInput(
                f"{name} has {values.iloc[row]!s:.40} as {column} in row {row + 1}.",
                "Places are numbers; stop, demand and capacity are whole numbers.",
                "Mend the value, or use a smaller unit.",
            )


def _depot_day(rows: pd.DataFrame, name: str) -> Instance:
    """Return one instance with the depot first and the stops in order of their numbers."""
    rows = rows.sort_values("stop", kind="stable")
    if (rows["stop"] == 0).sum() != 1:
        raise BadInput(
            f"{name}: there is no one row for the depot.",
            "The row with stop 0 says where the depot is.",
            "Give each depot and day one such row.",
        )
    if list(rows["stop"]) != list(range(len(rows))):
        raise BadInput(
            f"{name}: the stops are not numbered 1, 2, 3 and so on.",
            "A number is missing, or there twice.",
            "Number the stops of each depot and day anew.",
        )
    if rows["capacity"].nunique() != 1:
        raise BadInput(
            f"{name}: the vehicles carry different loads.",
            "Only vehicles of one size are supported.",
            "Give one capacity for each depot and day.",
        )
    about = About(name, int(rows["capacity"].iloc[0]), km=True)
    demand, places = rows["demand"].to_numpy(np.int64), rows[["x_km", "y_km"]].to_numpy(float)
    return check_instance(Instance(about, demand, places))
