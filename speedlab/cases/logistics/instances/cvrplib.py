"""Read instances in the format of CVRPLIB, with the library vrplib, and the .sol beside each.

vrplib reads what it finds and leaves out what it does not know, so the file is looked at first: an
instance with time windows, say, would otherwise be planned as if it had none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from speedlab.cases.logistics.instances.check import driven, faults
from speedlab.cases.logistics.instances.instance import (
    DOWN,
    MOST_STOPS,
    NEAREST,
    REAL,
    UP,
    About,
    Array,
    Instance,
    Routes,
    check_instance,
)
from speedlab.core.errors import BadInput

KNOWN = {"NODE_COORD", "DEMAND", "DEPOT", "EDGE_WEIGHT", "DISPLAY_DATA"}
"""The sections that are understood; all others say something that would be left out."""
LIMITS = {
    "DISTANCE": "a longest way for each vehicle",
    "SERVICE_TIME": "service times",
    "VEHICLES": "a number of vehicles",
    "SALESMEN": "a number of vehicles",
    "TIME_WINDOW": "time windows",
}
SUPPORTED = "One depot, vehicles of one size, demands and distances are supported, nothing else."
TYPES = "EUC_2D, CEIL_2D, FLOOR_2D, and EXPLICIT with LOWER_ROW or FULL_MATRIX"
MOST_BYTES = 2**26
CLOSE = 0.011
"""Costs are published with two digits after the point."""


def read_vrp(path: Path, name: str) -> Instance:
    """Read one instance and the cost in the .sol file beside it, if there is one.

    Args:
        path: A file in the format of CVRPLIB.
        name: What to call the instance.

    Raises:
        BadInput: If it is no such file, asks for more than capacities, or does not fit its .sol.
    """
    _check_text(path)
    import vrplib

    try:
        raw = vrplib.read_instance(path, compute_edge_weights=False)
        instance = _instance(raw, name, path)
    except (ValueError, RuntimeError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path.name} cannot be read as a CVRPLIB file.",
            f"The reader said: {' '.join(str(error).split())[:120]}.",
            f"Check that it is whole. Distances may be {TYPES}.",
        ) from error
    check_instance(instance)
    best = path.with_suffix(".sol")
    return _with_best_known(instance, best) if best.exists() else instance


def _check_text(path: Path) -> None:
    """Refuse what vrplib would read without a word, before anything large is made of it."""
    try:
        size = path.stat().st_size
        text = path.read_text(encoding="utf-8", errors="replace") if size <= MOST_BYTES else ""
    except OSError as error:
        raise BadInput(
            f"{path.name} cannot be opened.", f"The system said: {error.strerror}.", "Check it."
        ) from error
    if not text.strip():
        why = "It is empty." if size <= MOST_BYTES else f"It has {size:,} bytes."
        raise BadInput(
            f"{path.name} holds no instance.", why, f"Up to {MOST_BYTES:,} bytes are read."
        )
    sections = re.findall(r"^\s*(\w+)_SECTION", text, re.MULTILINE)
    values = dict(re.findall(r"^[ \t]*(\w+)[ \t]*:[ \t]*(.*?)\s*$", text, re.MULTILINE))
    _check_kind(path.name, sections, values)
    _check_size(path.name, values.get("DIMENSION", ""))
    for section in ("NODE_COORD", "DEMAND"):
        if section in sections:
            _check_numbering(path.name, section, text)


def _check_kind(name: str, sections: list[str], values: dict[str, str]) -> None:
    foreign = [word for word in (*sections, *values) if word in LIMITS]
    foreign += [section for section in sections if section not in KNOWN | LIMITS.keys()]
    if foreign or values.get("TYPE", "CVRP") != "CVRP":
        what = LIMITS.get(foreign[0], foreign[0]) if foreign else f"TYPE {values['TYPE']}"
        raise BadInput(f"{name} has {what}: not supported.", SUPPORTED, "Use a CVRP instance.")
    if "DEPOT" not in sections:
        raise BadInput(
            f"{name} has no depot.", "There is no DEPOT_SECTION.", "Add it with the depot's number."
        )
    for section in ("DEMAND", "CAPACITY", "EDGE_WEIGHT_TYPE"):
        if section not in sections and section not in values:
            raise BadInput(f"{name} has no {section}.", "A CVRP instance needs it.", "Add it.")


def _check_size(name: str, dimension: str) -> None:
    if not dimension.isdigit() or not 2 <= int(dimension) <= MOST_STOPS + 1:
        raise BadInput(
            f"{name} has the DIMENSION {dimension or 'nothing'}.",
            f"It counts the depot and 1 to {MOST_STOPS:,} stops, as all distances are held.",
            "Check the number, or cut the instance into smaller areas.",
        )


def _check_numbering(name: str, section: str, text: str) -> None:
    """Refuse rows in another order: vrplib takes them as they come, whatever their numbers."""
    body = re.split(rf"{section}_SECTION[ \t:]*\r?\n", text)[-1]
    rows = re.match(r"(?:[ \t]*[-+.\d][^\n]*\n?|[ \t\r]*\n)*", body)
    numbers = [line.split()[0] for line in (rows[0] if rows else "").splitlines() if line.split()]
    if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        raise BadInput(
            f"The rows of {section}_SECTION in {name} are not numbered 1, 2, 3 and so on.",
            "They are read in the order of the file.",
            "Sort them by number, each number once.",
        )


def _instance(raw: dict[str, Any], name: str, path: Path) -> Instance:
    """Return the instance with its depot as number 0."""
    depots = np.unique(raw["depot"])
    count = int(raw["dimension"])
    if len(depots) != 1 or not 0 <= depots[0] < count:
        raise BadInput(
            f"{path.name} has {len(depots)} depots.", SUPPORTED, "Name one, by its number."
        )
    order = [int(depots[0]), *(node for node in range(count) if node != depots[0])]
    rounding, given = _way_of_measuring(raw)
    seen = raw.get("node_coord", raw.get("display_data"))
    places = None if seen is None else np.asarray(seen, dtype=float)
    for part in (raw["demand"], places, given):
        if part is not None and len(part) != count:
            raise ValueError(f"DIMENSION is {count}, but a section has {len(part)} rows")
    demand = _whole(np.asarray(raw["demand"]), f"The demands of {path.name}")
    capacity = _whole(np.array([raw["capacity"]]), f"The capacity of {path.name}")
    return Instance(
        About(name, int(capacity[0]), rounding),
        demand[order],
        None if places is None else places[order],
        None if given is None else given[np.ix_(order, order)],
    )


def _way_of_measuring(raw: dict[str, Any]) -> tuple[str, Array | None]:
    """Return how distances are rounded, and the distances themselves if the file holds them."""
    kind = raw["edge_weight_type"]
    if kind == "EXPLICIT":
        return REAL, np.asarray(raw["edge_weight"], dtype=float)
    if kind not in (NEAREST, UP, DOWN):
        raise ValueError(f"EDGE_WEIGHT_TYPE {kind} is unknown")
    if "node_coord" not in raw:
        raise ValueError(f"{kind} needs a NODE_COORD_SECTION")
    return kind, None


def _whole(values: Array, what: str) -> Array:
    """Return whole numbers as such; sums of others would depend on the order of the stops."""
    if (
        values.dtype.kind not in "iuf"
        or not (np.isfinite(values) & (values == np.rint(values))).all()
    ):
        raise BadInput(f"{what} are no whole numbers.", "", "Use a smaller unit, such as grams.")
    return values.astype(np.int64)


def _with_best_known(instance: Instance, path: Path) -> Instance:
    """Return the instance with the cost of a .sol file, if its routes and cost fit together.

    Most sets of CVRPLIB round distances to whole numbers, but some old ones (CMT, Golden) do not,
    and the files do not say which. The routes in the .sol tell: their cost is only right in one.
    """
    cost, routes = _read_sol(path)
    ways = [instance.about.rounding]
    if ways == [NEAREST]:
        ways = [NEAREST, REAL] if routes or cost % 1 == 0 else [REAL]
    if routes:
        sound = not faults(instance, routes)
        ways = [w for w in ways if sound and abs(driven(instance, routes, w) - cost) < CLOSE]
    if not ways:
        raise BadInput(
            f"{path.name} does not fit its instance.",
            "Its routes leave stops out, overload a vehicle, or do not cost what it says.",
            "Get the right file, or remove it.",
        )
    return replace(instance, about=replace(instance.about, best_known=cost, rounding=ways[0]))


def _read_sol(path: Path) -> tuple[float, Routes]:
    import vrplib

    try:
        raw = vrplib.read_solution(path)
        cost = float(raw["cost"])
        if not 0 < cost < float("inf"):
            raise ValueError(f"a cost of {cost}")
        return cost, tuple(tuple(route) for route in raw["routes"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BadInput(
            f"{path.name} cannot be read as a solution.",
            "It needs a line such as: Cost 784.",
            "Mend or remove it.",
        ) from error
