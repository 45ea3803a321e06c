"""Small instances for the tests of the routes: made here, none taken from a published set."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from speedlab.cases.logistics.instances.instance import About, Instance

needs_pyvrp = pytest.mark.skipif(find_spec("pyvrp") is None, reason="PyVRP has no wheel here")
NODES = ["1 0 0", "2 3 4", "3 6 8", "4 0 5", "5 0 5"]
DEMANDS = ["1 0", "2 4", "3 3", "4 2", "5 1"]


def vrp_text(**changes: str) -> str:
    """Return a file of a depot and four stops; two of them lie at one place."""
    parts = {
        "TYPE": "CVRP",
        "DIMENSION": "5",
        "EDGE_WEIGHT_TYPE": "EUC_2D",
        "CAPACITY": "7",
        "NODE_COORD_SECTION": "\n".join(NODES),
        "DEMAND_SECTION": "\n".join(DEMANDS),
        "DEPOT_SECTION": "1\n-1",
    } | changes
    lines = ["NAME : small"]
    for name, value in sorted(parts.items(), key=lambda part: part[0].endswith("_SECTION")):
        joined = f"{name}\n{value}" if name.endswith("_SECTION") else f"{name} : {value}"
        lines += [joined] if value else []
    return "\n".join([*lines, "EOF", ""])


def write_vrp(folder: Path, *, sol: str = "", **changes: str) -> Path:
    path = folder / "small.vrp"
    path.write_text(vrp_text(**changes))
    if sol:
        path.with_suffix(".sol").write_text(sol)
    return path


def small_depot(stops: int = 30, *, seed: int = 1, capacity: int = 40, km: bool = True) -> Instance:
    """Return a depot in the middle of stops that lie at random."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 50, size=(stops + 1, 2)).round(3)
    demand = rng.integers(1, 11, size=stops + 1)
    demand[0] = 0
    return Instance(About(f"depot of {stops}", capacity, km=km), demand, places)
