"""A course in nbgrader's own layout, without a release folder: two notebooks, no check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ASSIGNMENT = "ps1"
NOTEBOOKS = ("first", "second")
AUTHORS = "Because both halves add up."
CODE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"


def cell(name: str, text: str, *, kind: str = "markdown", **marks: Any) -> dict[str, Any]:
    """Return a cell with nbgrader's marks."""
    usual = {"grade": True, "solution": True, "task": False, "locked": False, "points": 2}
    nbgrader = {"grade_id": name, "schema_version": 3} | usual | marks
    made = {"cell_type": kind, "id": name, "source": text, "metadata": {"nbgrader": nbgrader}}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def cells(texts: dict[str, str]) -> list[dict[str, Any]]:
    """Return the cells of either notebook with these texts: an essay, code, a task."""
    return [
        cell("why", texts["why"]),
        cell("double", texts["double"], kind="code"),
        cell("plan", texts["plan"], grade=False, solution=False, task=True, locked=True),
    ]


SOURCE = {"why": AUTHORS, "double": CODE, "plan": "Draw a plan below."}


def write_notebook(path: Path, found: list[dict[str, Any]]) -> None:
    """Write cells as a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = {"cells": found, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(made), encoding="utf-8")


def make_plain_course(root: Path) -> Path:
    """Write the course; return its folder."""
    for name in NOTEBOOKS:
        write_notebook(root / "source" / ASSIGNMENT / f"{name}.ipynb", cells(SOURCE))
    return root


def hand_in(root: Path, learner: str, texts: dict[str, dict[str, str]]) -> Path:
    """Hand in both notebooks with these texts in them, and the stubs in all other cells."""
    from grader.core.paths import find_paths
    from grader.core.released import read_released

    folder = root / "submitted" / learner / ASSIGNMENT
    for one in read_released(find_paths(root), ASSIGNMENT):
        stubs = {row.name: row.source for row in one.rows}
        write_notebook(folder / f"{one.name}.ipynb", cells(stubs | texts.get(one.name, {})))
    return folder
