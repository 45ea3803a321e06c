"""What a learner added to a notebook besides the answers: for the person who marks, not for checks.

Working notes, tries and pictures of their own, and the text that a task asks for, stand in cells
that no source notebook has. They are shown where they stood, as plain cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.merging import Handed, Unreadable, read_cells
from grader.skeletons import Skeleton
from grader.verdicts import full_name

MOST = 200  # cells: nobody marks more


@dataclass(frozen=True)
class Extra:
    """A cell of the learner's own, and the place of the released cell before it; -1 at the top."""

    after: int
    is_code: bool
    text: str


def read_extras(skeleton: Skeleton, folder: Path) -> list[Extra]:
    """Return the cells that a learner added; none where the hand-in cannot be read."""
    cells = _read(folder / f"{skeleton.name}.ipynb")
    return list(_extras(skeleton.released.cells, cells))[:MOST]


def read_answers(skeletons: Sequence[Skeleton], folder: Path) -> dict[str, str]:
    """Return what stands in the cells to write in, by full name, as far as it can be read."""
    found: dict[str, str] = {}
    for one in skeletons:
        known = {row.name for row in one.rows if "solution" in row.kinds}
        for cell in _read(folder / f"{one.name}.ipynb"):
            if cell["grade_id"] in known:
                found[full_name(one.name, cell["grade_id"])] = cell["text"]
    return found


def _read(path: Path) -> list[Handed]:
    try:
        return read_cells(path)
    except Unreadable:
        return []


def _extras(released: Sequence[Any], cells: Sequence[Handed]) -> Iterator[Extra]:
    by_id = {cell.get("id"): n for n, cell in enumerate(released) if cell.get("id")}
    by_name = {
        cell.metadata.get("nbgrader", {}).get("grade_id"): n for n, cell in enumerate(released)
    }
    by_text = {cell.source.strip(): n for n, cell in enumerate(released)}
    here = -1
    for cell in cells:
        name = cell["grade_id"] or None
        found = by_name.get(name) if name else None
        found = by_id.get(cell["cell_id"]) if found is None else found
        found = by_text.get(cell["text"].strip()) if found is None else found
        if found is not None:
            here = found
        elif cell["text"].strip():
            yield Extra(here, cell["is_code"], cell["text"])
