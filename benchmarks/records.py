"""Frozen records: what one block is asked to do, and the numbers it came back with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True)
class Order:
    """What one fresh interpreter shall do.

    Attributes:
        kind: One of the measurements of blocks.py: job, memory, overhead, ready, handover.
        engine: The name of an engine, "serial" included, or of a tool for tables.
        workers: How many worker processes.
        case: The name of a case, or of the data where the measurement has no job, or its rows.
        folder: Where the prepared case and its serial answer lie; empty where none is needed.
    """

    kind: str
    engine: str
    workers: int
    case: str = ""
    folder: str = ""

    def to_json(self) -> str:
        """Return the order as text that fits on a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the order that a text describes."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Point:
    """What one block measured.

    Attributes:
        kind: As in the order; engine, workers and case too.
        round: Which interleaved round it belongs to, from 0.
        place: Its place in the order of that round, from 0.
        busy_before: The share of all cores that others used just before the block.
        values: Raw figures by name; a name's ending is its unit.
        agreement: How well its answers agreed with the serial one, such as "exact".
        failure: Why there are no figures, or "".
    """

    kind: str
    engine: str
    workers: int
    case: str
    round: int
    place: int
    busy_before: float
    values: dict[str, list[float]] = field(default_factory=dict)
    agreement: str = ""
    failure: str = ""


@dataclass(frozen=True)
class Results:
    """One run of the benchmarks on one machine.

    Attributes:
        machine: The machine described; no names of hosts, users or folders.
        date: The day, as 2026-01-31.
        settings: Size, rounds, seed: what would repeat the run.
        skipped: Engines that were not measured, and why.
        points: Every block, in the order in which they ran.
    """

    machine: dict[str, Any]
    date: str
    settings: dict[str, Any]
    skipped: dict[str, str]
    points: tuple[Point, ...]

    def with_newer(self, newer: Self) -> Self:
        """Return these results, with every part that was measured anew replaced.

        A part is a kind of measurement of one case. Runs of another size, seed or number of
        workers are not joined: the newer one stands alone.
        """
        same = ("size", "workers", "seed")
        if any(self.settings[name] != newer.settings[name] for name in same):
            return newer
        anew = {(point.kind, point.case) for point in newer.points}
        kept = tuple(point for point in self.points if (point.kind, point.case) not in anew)
        only = list(dict.fromkeys([*self.settings["only"], *newer.settings["only"]]))
        settings = self.settings | {"only": only, "complete": newer.settings["complete"]}
        return replace(newer, settings=settings, points=(*kept, *newer.points))

    def to_json(self) -> str:
        """Return the results as JSON, one point a line."""
        whole = asdict(self)
        lines = ",\n  ".join(json.dumps(point) for point in whole.pop("points"))
        head = json.dumps(whole, indent=1).removesuffix("\n}")
        return f'{head},\n "points": [\n  {lines}\n ]\n}}\n'

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the results that a text describes."""
        whole = json.loads(text)
        points = tuple(Point(**point) for point in whole.pop("points"))
        return cls(**whole, points=points)
