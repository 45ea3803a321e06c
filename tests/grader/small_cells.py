"""Courses of a few cells: course code, answers, checks."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import plain_course


def code(text: str) -> dict[str, Any]:
    """Return a cell of the course."""
    made = plain_course.cell("", text, kind="code")
    return made | {"metadata": {}, "id": "c" + hashlib.md5(text.encode()).hexdigest()[:8]}


def answer(name: str, text: str) -> dict[str, Any]:
    """Return a cell that learners write."""
    return plain_course.cell(name, text, kind="code", grade=False)


def check(name: str, text: str) -> dict[str, Any]:
    """Return a check of 2 points."""
    return plain_course.cell(name, text, kind="code", solution=False, locked=True)


def course(root: Path, *cells: dict[str, Any]) -> Path:
    """Write an assignment of these cells; return the course's folder."""
    plain_course.write_notebook(root / "source" / "ps1" / "nb.ipynb", list(cells))
    return root
