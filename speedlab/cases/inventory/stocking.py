"""One task of the job: a range of items, named by where they lie, each with its own policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.cases.inventory.demand_classes import classify
from speedlab.cases.inventory.read import TERMS, Demand
from speedlab.cases.inventory.search import Found, Target, cheapest, order_sizes
from speedlab.cases.inventory.simulate import (
    Costs,
    Outcome,
    Scenario,
    draw,
    item_stream,
    simulate,
)

Array = npt.NDArray[Any]
Columns = dict[str, Array]
SUMS = ("holding", "stockout", "ordering", "cost", "demand", "served", "cycles", "clean")
"""The columns that may be added up over items: cost, units and order cycles a year."""
NO_ORDERS = np.ones(1)
"""Order sizes of an item that nobody asked for: any will do."""


@dataclass(frozen=True)
class StockPlan:
    """What is wanted, and where the demand lies.

    Attributes:
        folder: The folder with the demand and the terms, an array of a row for each item each.
        target: How well each item is to be served.
        replications: How many times each scenario is played.
        seed: Where all randomness comes from.
        periods_a_year: How many periods make a year.
    """

    folder: str
    target: Target
    replications: int
    seed: int
    periods_a_year: float


@dataclass(frozen=True)
class StockTask:
    """A range of items: a reference of a few bytes, however long their history is."""

    plan: StockPlan
    items: range


@dataclass(frozen=True, eq=False)
class Shelf:
    """An item, counted in whole units.

    Attributes:
        number: Its place among all items; its random stream hangs on it.
        unit: How much a unit is, in what the table counts.
        history: Units asked for in each past period.
        costs: Of a unit and an order.
        lead_time: Mean, in periods.
        lead_time_sd: Standard deviation, in periods.
    """

    number: int
    unit: float
    history: Array
    costs: Costs
    lead_time: float
    lead_time_sd: float

    def scenario(self, plan: StockPlan, *, judging: bool) -> Scenario:
        """Draw what happens: once for the search, and anew to judge what it found."""
        streams = item_stream(plan.seed, self.number).spawn(2)
        return draw(
            self.history,
            self.lead_time,
            self.lead_time_sd,
            stream=streams[judging],
            replications=plan.replications,
        )


def save(demand: Demand, folder: Path) -> None:
    """Write demand and terms where every task finds its rows."""
    np.save(folder / "quantity.npy", demand.quantity)
    np.save(folder / "terms.npy", np.column_stack([demand.terms[name] for name in TERMS]))


def shelves(task: StockTask) -> Iterator[Shelf]:
    """Read the items of a task, and no others."""
    quantity, terms = (
        np.load(Path(task.plan.folder) / name, mmap_mode="r")[task.items.start : task.items.stop]
        for name in ("quantity.npy", "terms.npy")
    )
    for number, history, values in zip(task.items, quantity, terms, strict=True):
        term = dict(zip(TERMS, values.tolist(), strict=True))
        unit = unit_of(history)
        holding, penalty = term["holding_cost"] * unit, term["penalty"] * unit
        yield Shelf(
            number,
            unit,
            np.rint(history / unit),
            Costs(holding, penalty, term["order_cost"]),
            term["lead_time"],
            term["lead_time_sd"],
        )


def unit_of(history: Array) -> float:
    """Return how much is counted as a unit: 1, or about a hundredth of the usual fraction.

    >>> unit_of(np.array([0.0, 3.0])), unit_of(np.array([0.0, 3.5])), unit_of(np.array([0.02]))
    (1.0, 0.01, 0.0001)
    """
    if (history == np.rint(history)).all():
        return 1.0
    usual = float(history[history > 0].mean())
    return float(10.0 ** (np.floor(np.log10(usual)) - 2))


def stock(task: StockTask) -> Columns:
    """Return the policies of a range of items, and how they did: an array for each column."""
    found = [_stocked(shelf, task.plan) for shelf in shelves(task)]
    columns = {name: np.array([row[name] for row in found]) for name in found[0]}
    history = np.load(Path(task.plan.folder) / "quantity.npy", mmap_mode="r")
    kinds = classify(history[task.items.start : task.items.stop])
    return {"demand_class": kinds, **columns}


def _stocked(shelf: Shelf, plan: StockPlan) -> dict[str, Any]:
    policy = search(shelf, plan).policy
    outcome = simulate(policy, shelf.scenario(plan, judging=True))
    return {
        "kind": policy.kind,
        "reorder_point": policy.reorder_point * shelf.unit,
        "order_size": policy.order_size * shelf.unit,
        **a_year(outcome, shelf, plan),
        "fill_rate": outcome.fill_rate,
        "cycle_service": outcome.cycle_service,
    }


def search(shelf: Shelf, plan: StockPlan) -> Found:
    """Return the cheapest policy of an item that serves as well as planned."""
    mean = float(shelf.history.mean())
    sizes = order_sizes(shelf.costs, mean) if mean else NO_ORDERS
    scenario = shelf.scenario(plan, judging=False)
    return cheapest(scenario, shelf.costs, plan.target, sizes=sizes)


def a_year(outcome: Outcome, shelf: Shelf, plan: StockPlan) -> dict[str, float]:
    """Return the cost of an average year by kind, and what was asked for, served and ordered."""
    costs, units = shelf.costs, plan.periods_a_year * shelf.unit
    mean = {field.name: float(getattr(outcome, field.name).mean()) for field in fields(outcome)}
    parts = {
        "holding": plan.periods_a_year * costs.holding * mean["left"],
        "stockout": plan.periods_a_year * costs.penalty * mean["owed"],
        "ordering": plan.periods_a_year * costs.order_cost * mean["orders"],
    }
    return {
        **parts,
        "cost": sum(parts.values()),
        "demand": units * mean["demand"],
        "served": units * mean["served"],
        "cycles": plan.periods_a_year * mean["cycles"],
        "clean": plan.periods_a_year * mean["clean"],
    }
