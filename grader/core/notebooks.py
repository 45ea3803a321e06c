"""Notebooks as records: what was handed in, in whatever form an editor left it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from speedlab.course.lessons.cells import Cell, as_cell, parse_cells, read_cells

__all__ = [
    "Cell",
    "Unreadable",
    "as_cell",
    "parse_cells",
    "read_cells",
    "read_hand_in",
    "read_readable",
]

LARGEST_BYTES = 25_000_000
MOST_CELLS = 2_000
LONGEST_CELL = 500_000
NO_CELL, TOO_LONG = "no cell", "too long"
LEFT_OUT = {
    NO_CELL: "is no cell that a notebook may have",
    TOO_LONG: f"is longer than {LONGEST_CELL} characters",
}
"""Why a cell is left out, by the type that it gets instead of its own."""
OLD_FORMAT = b'"worksheets"'
"""Only nbformat 3 has it; editors still write it now and then."""


class Unreadable(ValueError):
    """The hand-in is no notebook; the text says why, for the learner."""


def read_hand_in(path: Path) -> list[Cell]:
    """Read the cells of a hand-in; size and shape are checked before anything else.

    Raises:
        Unreadable: If it is missing, too large or no notebook.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise Unreadable(f"{path.name} is larger than {LARGEST_BYTES // 1_000_000} MB.")
        nodes = _nodes(content)
    except FileNotFoundError as error:
        raise Unreadable(f"The hand-in holds no {path.name}.") from error
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise Unreadable(f"{path.name} is no notebook.") from error
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(f"{path.name} is no notebook: it is damaged.") from error
    if len(nodes) > MOST_CELLS:
        raise Unreadable(f"{path.name} has more than {MOST_CELLS} cells.")
    return _as_cells(nodes, path.name)


def _as_cells(nodes: list[Any], name: str) -> list[Cell]:
    cells = [_cell(node) for node in nodes]
    left_out = {cell.cell_type for cell in cells}
    if cells and left_out <= LEFT_OUT.keys():
        long = f"a cell is longer than {LONGEST_CELL} characters"
        why = long if TOO_LONG in left_out else "no cell is one"
        raise Unreadable(f"{name} is no notebook: {why}.")
    return cells


def _nodes(content: bytes) -> list[Any]:
    """Return the cells of a notebook of either format that editors write, as they stand there."""
    document = json.loads(content)
    if "cells" in document or OLD_FORMAT not in content:
        nodes = document["cells"]
    else:
        first, *more = document["worksheets"]
        nodes = [_as_format_4(cell) for sheet in (first, *more) for cell in sheet["cells"]]
    if not isinstance(nodes, list):
        raise TypeError("The cells are no list.")
    return nodes


def _as_format_4(cell: dict[str, Any]) -> dict[str, Any]:
    kind = cell["cell_type"]
    if kind == "heading":  # not read by anybody, so its level does not matter
        return cell | {"cell_type": "markdown"}
    return cell | {"source": cell["input"]} if kind == "code" else cell


def _cell(node: Any) -> Cell:
    """Return the record of a cell; one that cannot be read costs nobody the others."""
    try:
        cell = as_cell(node)
    except (TypeError, AttributeError):
        return Cell("", NO_CELL)
    if not cell.cell_type:
        return replace(cell, source="", cell_type=NO_CELL)
    if len(cell.source) > LONGEST_CELL:
        return replace(cell, source="", cell_type=TOO_LONG)
    text = cell.source.replace("\r\n", "\n").replace("\r", "\n")
    return cell if text == cell.source else replace(cell, source=text)


def read_readable(path: Path) -> list[Cell]:
    """Read the cells of a hand-in; none where it cannot be read."""
    try:
        return read_hand_in(path)
    except Unreadable:
        return []
