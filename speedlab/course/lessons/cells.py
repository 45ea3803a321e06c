"""The cells of a notebook, and what nbgrader's metadata says of each.

Learners write these files, so anything may stand in the place of anything: a reader gets plain
records, in which a name that is none is "".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("grade", "solution", "task")
NO_NOTEBOOK = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading raises where a file is no notebook."""


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Attributes:
        source: Its text.
        cell_type: "code", "markdown" or "raw".
        cell_id: The notebook's own id of it.
        grade_id: nbgrader's name for it.
        marks: All that nbgrader's metadata says of it.
        attachments: The pictures that were pasted into it, or anything.
    """

    source: str
    cell_type: str
    cell_id: str = ""
    grade_id: str = ""
    marks: Mapping[str, Any] = field(default_factory=dict)
    attachments: Any = None

    @property
    def is_code(self) -> bool:
        """Whether it is a code cell."""
        return self.cell_type == "code"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of "grade", "solution" and "task" it is."""
        return tuple(kind for kind in KINDS if self.marks.get(kind))

    @property
    def locked(self) -> bool:
        """Whether learners may not change it."""
        return bool(self.marks.get("locked"))

    @property
    def of_interest(self) -> bool:
        """Whether nbgrader has a name for it and something to do with it."""
        return bool(self.grade_id) and (bool(self.kinds) or self.locked)

    @property
    def points(self) -> float:
        """What it is worth; raises ValueError or TypeError where the metadata hold no number."""
        return float(self.marks.get("points", 0) or 0)


def as_cell(node: Mapping[str, Any]) -> Cell:
    """Return the record of one cell, as JSON or nbformat have it.

    >>> as_cell({"cell_type": "code", "source": ["a = 1", "b = 2"], "metadata": None}).grade_id
    ''

    Raises:
        TypeError, AttributeError: If it is no cell.
    """
    source, metadata = node.get("source", ""), node.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    marks = marks if isinstance(marks, dict) else {}
    return Cell(
        source if isinstance(source, str) else "".join(source),
        _text(node.get("cell_type")),
        _text(node.get("id")),
        _text(marks.get("grade_id")),
        marks,
        node.get("attachments"),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def parse_cells(text: str | bytes) -> Iterator[Cell]:
    """Yield the cells of a notebook's JSON, one by one: there may be too many.

    Raises:
        NO_NOTEBOOK: If it is something else.
    """
    nodes = json.loads(text)["cells"]
    if not isinstance(nodes, list):
        raise TypeError("The cells are no list.")
    return map(as_cell, nodes)


def read_cells(notebook: Path) -> list[Cell]:
    """Return the cells of a notebook; none where it is missing or cannot be read."""
    try:
        return list(parse_cells(notebook.read_text(encoding="utf-8")))
    except NO_NOTEBOOK:
        return []
