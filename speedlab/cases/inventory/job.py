"""Stock the shelves for less: for each item the cheapest policy that serves well enough.

prepare() reads the demand and writes it down once, as arrays. stock_shelves() is the job that is
timed: one task for each range of items, which reads its rows, plays thousands of weeks for every
candidate, and judges what it found with new random numbers. Each item has a random stream of its
own, so the answer is the same to the last bit, whoever did the work and however it was cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.inventory.demand_classes import CLASSES
from speedlab.cases.inventory.read import Demand, read_demand
from speedlab.cases.inventory.search import FILL_RATE, Target, check_replications
from speedlab.cases.inventory.stocking import SUMS, StockPlan, StockTask, save, stock
from speedlab.cases.shared.folder import KeepsFolder
from speedlab.core.chunks import Mapper, serial_map, split
from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary

Array = npt.NDArray[Any]
SERVICE_LEVEL, REPLICATIONS, SEED = 0.95, 100, 7
ITEMS_A_TASK, FEWEST_TASKS = 25, 8


@dataclass(frozen=True, eq=False)
class StockJob(KeepsFolder):
    """Shelves to stock, as often as one likes; close it, or use it with `with`.

    Attributes:
        plan: What is wanted.
        items: The names of the items.
        rows: How many values of demand there are.
        parts: Into how many tasks the items are cut.
    """

    plan: StockPlan
    items: Array
    rows: int
    parts: int

    def tasks(self) -> list[StockTask]:
        """Return the tasks: ranges of items."""
        return [StockTask(self.plan, items) for items in split(len(self.items), self.parts)]


@dataclass(frozen=True, eq=False)
class Stocked:
    """A policy for each item.

    Attributes:
        table: A row for each item: item, demand_class, kind, reorder_point (s or r), order_size
            (S - s or Q); holding, stockout and ordering cost a year, their sum as cost; demand
            and what of it was served at once, a year; order cycles and how many of them were
            clean, a year; fill_rate and cycle_service.
    """

    table: pd.DataFrame

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same values to the last bit."""
        if not isinstance(other, Stocked):
            return NotImplemented
        return bool(self.table.equals(other.table))

    __hash__ = None  # type: ignore[assignment]


def prepare(
    source: str | Path | Demand,
    *,
    service_level: float = SERVICE_LEVEL,
    measure: str = FILL_RATE,
    replications: int = REPLICATIONS,
    periods_a_year: float | None = None,
    seed: int = SEED,
    chunks: int | None = None,
    map_: Mapper = serial_map,
) -> StockJob:
    """Read the demand and write it down, so that each task finds its items.

    Args:
        source: A table of demand, long or wide, Parquet or CSV; or what was read from it.
        service_level: How well each item is to be served, above 0 and below 1.
        measure: Of what that is the share: "fill_rate" or "cycle_service".
        replications: How often each scenario is played.
        periods_a_year: How many periods make a year, where their names do not tell; what was read
            already knows.
        seed: Where all randomness comes from.
        chunks: Into how many tasks the items are cut; the answer does not depend on it.
        map_: Not used: reading is a small part of this job.

    Raises:
        BadInput: If the table or an option cannot be used.
    """
    del map_
    target, replications = Target(service_level, measure), check_replications(replications)
    if chunks is not None and chunks < 1:
        raise BadInput(f"{chunks} chunks are no way to cut.", "", "Choose 1 or more.")
    if isinstance(source, Demand):
        demand = source
    else:
        demand = read_demand(source, periods_a_year=periods_a_year)
    folder = Temporary("inventory")
    save(demand, Path(folder.name))
    n_items = len(demand.items)
    parts = chunks or max(FEWEST_TASKS, -(-n_items // ITEMS_A_TASK))
    plan = StockPlan(folder.name, target, replications, seed, demand.periods_a_year)
    return StockJob(plan, demand.items, demand.rows, parts, _folder=folder)


def stock_shelves(job: StockJob, *, map_: Mapper = serial_map) -> Stocked:
    """Find the cheapest policy of every item, and judge it with new random numbers.

    Args:
        job: What prepare() returned.
        map_: Who does the work; the answer does not depend on it.
    """
    found = map_(stock, job.tasks())
    columns = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    return Stocked(pd.DataFrame({"item": job.items, **columns}))


def quality(job: StockJob, answer: Stocked) -> dict[str, float]:
    """Return cost and service of all items together, and how many items are of which kind.

    The fill rate is that of all units asked for, the cycle service that of all order cycles. Both
    were judged with random numbers that the search had not seen.
    """
    table = answer.table
    total = {name: float(table[name].sum()) for name in SUMS}
    target = job.plan.target
    below = table[target.measure] < target.level
    counts = {name: float((table["demand_class"] == name).sum()) for name in CLASSES}
    return {
        "cost": total["cost"],
        "fill_rate": total["served"] / total["demand"],
        "cycle_service": total["clean"] / total["cycles"] if total["cycles"] else float("nan"),
        "holding": total["holding"],
        "stockout": total["stockout"],
        "ordering": total["ordering"],
        "items": float(len(table)),
        "items_below": float(below.sum()),
        **{f"items_{name}": count for name, count in counts.items() if count},
    }


MEANINGS: dict[str, str] = {
    "cost": "holding, stockout and ordering cost of all items together, a year",
    "fill_rate": "share of the units asked for that were served at once",
    "cycle_service": "share of the order cycles in which nobody had to wait",
    "holding": "what keeping stock costs a year",
    "stockout": "what units owed cost a year",
    "ordering": "what orders cost a year",
    "items": "items with a policy of their own",
    "items_below": "items that served less than asked when judged anew, by chance of the draws",
}
