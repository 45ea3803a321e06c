"""One depot on one day: where its stops are, what they want, what a vehicle carries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.core.errors import BadInput

Array = npt.NDArray[Any]
Routes = tuple[tuple[int, ...], ...]
"""Each route is the stops in order, without the depot at both ends."""
MOST_STOPS = 2_000
"""The search holds all distances between stops: 2,000 stops are 130 MB in each worker."""
FARTHEST = 1e9
NEAREST, REAL, UP, DOWN = "EUC_2D", "real", "CEIL_2D", "FLOOR_2D"
ROUNDED: dict[str, Callable[[Array], Array]] = {
    NEAREST: lambda exact: np.asarray(np.floor(exact + 0.5)),
    REAL: lambda exact: exact,
    UP: np.ceil,
    DOWN: np.floor,
}
"""How distances are made from coordinates; CVRPLIB's names where it has one."""


@dataclass(frozen=True)
class About:
    """What is known of an instance beside its stops.

    Attributes:
        name: What it is called; unique within a job.
        capacity: What one vehicle carries.
        rounding: How distances are made from coordinates, a key of ROUNDED.
        best_known: The lowest cost that anybody has published, if it was given.
        km: Whether a distance of 1 is a kilometre.
    """

    name: str
    capacity: int
    rounding: str = REAL
    best_known: float | None = None
    km: bool = False


@dataclass(frozen=True, eq=False)
class Instance:
    """A depot (number 0) and its stops (from 1 on).

    Attributes:
        about: Name, capacity and so on.
        demand: What each stop wants, the depot nothing: shape (stops + 1,).
        places: Where they are: shape (stops + 1, 2), or None where only distances are known.
        given: The distances, where there are no coordinates for them.
    """

    about: About
    demand: Array
    places: Array | None = None
    given: Array | None = field(default=None, repr=False)

    @property
    def stops(self) -> int:
        """How many stops there are."""
        return len(self.demand) - 1

    def distances(self) -> Array:
        """Return the distance between any two: shape (stops + 1, stops + 1)."""
        if self.given is not None:
            return self.given
        assert self.places is not None, "an instance has coordinates or distances"
        apart = self.places[:, None, :] - self.places[None, :, :]
        return np.asarray(ROUNDED[self.about.rounding](np.hypot(apart[..., 0], apart[..., 1])))

    def save(self, path: Path) -> str:
        """Write the instance down for the workers and return the name of the file."""
        arrays: dict[str, Any] = {"places": self.places, "given": self.given}
        there = {name: array for name, array in arrays.items() if array is not None}
        np.savez(path, about=json.dumps(asdict(self.about)), demand=self.demand, **there)
        return str(path)

    @classmethod
    def open(cls, path: str) -> Instance:
        """Read what save() wrote."""
        with np.load(path) as file:
            about = About(**json.loads(str(file["about"])))
            return cls(about, file["demand"], file.get("places"), file.get("given"))


def check_instance(instance: Instance) -> Instance:
    """Return the instance if its routes can be planned.

    Two stops at one place, or a stop at the depot, are fine: they are 0 apart.

    Raises:
        BadInput: If there are no stops or too many, a demand is none, or a stop is too heavy.
    """
    name, capacity = instance.about.name, instance.about.capacity
    if not 1 <= instance.stops <= MOST_STOPS:
        raise BadInput(
            f"{name} has {instance.stops:,} stops.",
            f"It takes 1 to {MOST_STOPS:,}: the search holds all distances between them.",
            "Cut it into smaller areas." if instance.stops else "Check that the file is whole.",
        )
    if capacity < 1:
        raise BadInput(f"{name} has a vehicle that carries {capacity}.", "", "Give 1 or more.")
    if instance.demand[0] != 0:
        raise BadInput(f"The depot of {name} has a demand.", "", "Only stops may have one.")
    _check_demand(name, instance.demand, capacity)
    _check_distances(instance)
    return instance


def _check_demand(name: str, demand: Array, capacity: int) -> None:
    low, heavy = int(demand.argmin()), int(demand.argmax())
    if demand[low] < 0:
        raise BadInput(
            f"Stop {low} of {name} has a demand of {demand[low]}.",
            "Goods are only brought; picking up is not supported.",
            "Give demands of 0 or more.",
        )
    if demand[heavy] > capacity:
        raise BadInput(
            f"Stop {heavy} of {name} wants {demand[heavy]}, but a vehicle carries {capacity}.",
            "A stop is served by one vehicle in one visit.",
            "Split the stop in two, or take a larger vehicle.",
        )


def _are_numbers(instance: Instance) -> bool:
    """Return whether all places, and then all distances, can be computed with."""
    places = instance.places
    if places is not None and not (np.abs(places) <= FARTHEST).all():
        return False
    far = instance.distances()
    return bool(((far >= 0) & (far <= FARTHEST)).all())


def _check_distances(instance: Instance) -> None:
    name = instance.about.name
    if not _are_numbers(instance):
        raise BadInput(
            f"{name} has a place or distance that is no number, below 0 or very large.",
            f"Coordinates must be numbers, and distances 0 to {FARTHEST:,.0f}.",
            "Look for empty or odd values.",
        )
    far = instance.distances()
    if not (far == far.T).all() or far.diagonal().any():
        raise BadInput(
            f"The distances of {name} cannot be used.",
            "They must be the same in both directions, and 0 from a place to itself.",
            "Instances with one-way distances (ACVRP) are not supported.",
        )
