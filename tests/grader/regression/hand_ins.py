"""Kinds of hand-in and what each must earn: honest ones, broken ones, and attacks.

A kind says only where it differs from the right hand-in: its code and the points that it loses.
Code that attacks in `double` gives the wrong answer besides, so that only the attack could earn
its points; where the attack must find nothing, the right answer comes only if it did find nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from small_assignment import NAME, POINTS, RIGHT, Cell, answered, notebook, progress

Change = Callable[[list[Cell]], None]


@dataclass(frozen=True)
class Kind:
    """One kind of hand-in.

    Attributes:
        answers: Code of the answer cells that differ from the right ones.
        lost: Points that are not earned, by check.
        outcomes: The outcome of some checks.
        change: What is done to the cells afterwards.
        value: The noted answer to the question.
        raw: The file as it is, in the place of a notebook.
        unreadable: Whether nothing can be graded.
        isolated: Whether it makes sense only in a box of the system.
        free: Checks whose points do not matter.
        memo: The text of the memo.
        never_told: What no learner may be told.
        never_kept: What no notebook to be marked may hold: it would run in a browser.
    """

    answers: dict[str, str] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    change: Change | None = None
    value: Any = 15
    raw: bytes | None = None
    unreadable: bool = False
    isolated: bool = False
    free: tuple[str, ...] = ()
    memo: str = "Our memo."
    never_told: tuple[str, ...] = ("41, 0, -7", "82, 0, -14")
    never_kept: tuple[str, ...] = ()

    @property
    def scores(self) -> dict[str, float]:
        """What each automatic cell must earn."""
        if self.unreadable:
            kept = {"s-question": 0.0}
            return dict.fromkeys(POINTS, 0.0) | kept
        return {name: points - self.lost.get(name, 0.0) for name, points in POINTS.items()}

    def write(self, folder: Path, *, victim: Path | None = None) -> None:
        """Write the hand-in into a folder; `{victim}` in it is a folder that must stay as it is."""
        folder.mkdir(parents=True)
        (folder / "progress.json").write_text(progress(self.value))
        answers = {n: code.replace("{victim}", str(victim)) for n, code in self.answers.items()}
        cells = answered(answers | {"s-memo": self.memo})
        if self.change is not None:
            self.change(cells)
        content = self.raw if self.raw is not None else json.dumps(notebook(cells)).encode()
        if content:
            (folder / f"{NAME}.ipynb").write_bytes(content)


def double(code: str, *, outcome: str = "", right: bool = False, **more: Any) -> Kind:
    """Return a kind that differs in `double`, and loses its points unless it is right."""
    lost = {} if right else {"s-double-test": 2.0}
    outcomes = {"s-double-test": outcome} if outcome else {}
    return Kind({"s-double": code}, lost, outcomes, **more)


def spread(code: str, *, outcome: str = "", right: bool = False, **more: Any) -> Kind:
    """Return a kind that differs in `spread`, and loses its points unless it is right."""
    lost = {} if right else {"s-spread-test": 3.0}
    outcomes = {"s-spread-test": outcome} if outcome else {}
    return Kind({"s-spread": code}, lost, outcomes, **more)


def write(code: str, **more: Any) -> Kind:
    """Return a kind whose `write` does not leave the text in the file."""
    return Kind({"s-write": code}, {"s-write-test": 1.0}, **more)


def part(code: str, **more: Any) -> Kind:
    """Return a kind whose `squares` earns nothing."""
    return Kind({"s-part": code}, {"s-part-test": 2.0}, **more)


def alone(kind: Kind, *more: str) -> Kind:
    """Return a kind of attack that harms the attacker's own other checks as well."""
    return replace(kind, lost=kind.lost | {name: POINTS[name] for name in more})


def blind(looks: str, **more: Any) -> Kind:
    """Return a kind that is right only if it cannot see something."""
    lines = "\n".join(f"    {line}" for line in looks.strip().split("\n"))
    return double(BLIND.replace("{looks}", lines), right=True, isolated=True, **more)


def before(*cells: Cell) -> Change:
    """Put cells before the first answer."""

    def change(found: list[Cell]) -> None:
        found[2:2] = cells

    return change


def marks(**changes: Any) -> Change:
    """Change nbgrader's metadata of every check."""

    def change(found: list[Cell]) -> None:
        for one in found:
            held = one["metadata"].get("nbgrader", {})
            if held.get("grade_id", "").endswith("-test"):
                held.update(changes)

    return change


def in_checks(edit: Change) -> Change:
    """Do something to the check cells only."""
    return lambda found: edit(
        [
            c
            for c in found
            if c["metadata"].get("nbgrader", {}).get("grade_id", "").endswith("-test")
        ]
    )


def set_source(text: str) -> Change:
    """Write the same text into cells."""

    def change(found: list[Cell]) -> None:
        for one in found:
            one["source"] = text

    return change


def set_tags(found: list[Cell]) -> None:
    """Tag cells as not to be run."""
    for one in found:
        one["metadata"]["tags"] = ["skip-execution"]


def without_checks(found: list[Cell]) -> None:
    """Delete the check cells."""
    found[:] = [
        c
        for c in found
        if not c["metadata"].get("nbgrader", {}).get("grade_id", "").endswith("-test")
    ]


def twice(found: list[Cell]) -> None:
    """Copy the answer cell, with its grade id; the copy is right."""
    place = next(
        n
        for n, c in enumerate(found)
        if c["metadata"].get("nbgrader", {}).get("grade_id") == "s-double"
    )
    copy = json.loads(json.dumps(found[place]))
    copy["source"] = RIGHT["s-double"]
    found.insert(place + 1, copy)


BLIND = """
import os, socket, subprocess
from pathlib import Path
def seen():
{looks}
def double(items):
    found = seen()
    assert not found, found
    return [2 * item for item in items]
"""
WRONG = "def double(items):\n    return items"
