"""A course of one notebook with many small answers, each with its check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "many"


@dataclass(frozen=True)
class Pair:
    """An answer and its check, as the author wrote them.

    Attributes:
        answer: Code of the answer cell.
        check: Code of the check.
    """

    answer: str
    check: str


def _cell(source: str, **marks: Any) -> dict[str, Any]:
    usual = {"grade": False, "solution": False, "locked": False, "task": False}
    held = {"nbgrader": usual | {"schema_version": 3} | marks}
    made = {"cell_type": "code", "metadata": held, "source": source}
    return made | {"outputs": [], "execution_count": None}


def _write(path: Path, pairs: Mapping[str, Pair], answers: Mapping[str, str]) -> None:
    cells = []
    for name, pair in pairs.items():
        cells.append(_cell(answers[name], grade_id=name, solution=True))
        marks = {"grade": True, "locked": True, "points": 1}
        cells.append(_cell(pair.check, grade_id=f"{name}-test", **marks))
    path.parent.mkdir(parents=True, exist_ok=True)
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(book), encoding="utf-8")


def make_course(root: Path, pairs: Mapping[str, Pair]) -> Path:
    """Write the course; return its root."""
    marked = {
        name: f"### BEGIN SOLUTION\n{pair.answer}\n### END SOLUTION" for name, pair in pairs.items()
    }
    _write(root / "source" / NAME / f"{NAME}.ipynb", pairs, marked)
    _write(root / "release" / NAME / f"{NAME}.ipynb", pairs, dict.fromkeys(pairs, "pass"))
    return root


def hand_in(folder: Path, pairs: Mapping[str, Pair], answers: Mapping[str, str]) -> Path:
    """Write a hand-in in which some answers differ from the author's; return its folder."""
    right = {name: pair.answer for name, pair in pairs.items()}
    _write(folder / f"{NAME}.ipynb", pairs, right | dict(answers))
    return folder
