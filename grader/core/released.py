"""An assignment as nbgrader knows it: what learners got, and the rows of the gradebook.

nbgrader's own steps do the work, in this process and without its database, so that the result is
nbgrader's, whatever its settings:

    source notebook --lock, clear solutions, checksums--> cells as the gradebook records them
                    --clear hidden tests, marks---------> the notebook without what is hidden
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.core.errors import BuildError, first_line
from grader.core.nbgrader import quiet
from grader.core.notebooks import as_cell
from grader.core.paths import CoursePaths
from grader.core.sources import is_first, read_sources, steps_of


@dataclass(frozen=True)
class CellRow:
    """One cell as the gradebook records it.

    Attributes:
        name: Its grade id.
        cell_type: "code" or "markdown".
        kinds: Which of "grade", "solution" and "task" it is.
        points: What it is worth; 0 where it is not graded.
        locked: Whether learners may not change it.
        source: Its text with hidden tests and without solutions.
        checksum: nbgrader's, of exactly this text.
    """

    name: str
    cell_type: str
    kinds: tuple[str, ...]
    points: float
    locked: bool
    source: str
    checksum: str

    @property
    def graded(self) -> bool:
        """Whether it carries points."""
        return "grade" in self.kinds or "task" in self.kinds


@dataclass(frozen=True)
class ReleasedNotebook:
    """One notebook of an assignment, as released, and its cells of interest."""

    name: str
    kernelspec: str
    rows: tuple[CellRow, ...]
    node: Any  # nbformat's

    def new_copy(self) -> Any:
        """Return a copy of the released notebook to write on."""
        return copy.deepcopy(self.node)

    @property
    def graded(self) -> tuple[CellRow, ...]:
        """The cells with points, in the order of the notebook."""
        return tuple(row for row in self.rows if row.graded)


def read_released(paths: CoursePaths, assignment: str) -> tuple[ReleasedNotebook, ...]:
    """Return the notebooks of an assignment, by name.

    Raises:
        GraderError: If the assignment is not built.
        BuildError: If a notebook cannot be graded.
    """
    paths.check_assignment(assignment)
    with quiet():
        steps = [step for step in steps_of(paths) if not is_first(step)]
        sources = read_sources(paths, assignment)
        return tuple(_read_notebook(name, node, steps) for name, node in sources.items())


def _read_notebook(name: str, notebook: Any, steps: Sequence[Any]) -> ReleasedNotebook:
    saved = [type(step).__name__ for step in steps]
    at = saved.index("SaveCells") if "SaveCells" in saved else len(saved)
    try:
        _run(steps[:at], notebook)
        rows = tuple(_row(node) for node in notebook.cells if as_cell(node).of_interest)
        _run(steps[at + 1 :], notebook)
    except Exception as error:  # nbgrader raises many kinds
        what = f"nbgrader cannot release the notebook {name}."
        then = "Mend it in JupyterLab, or build it anew if a script makes it."
        raise BuildError(what, f"{first_line(error)}.", then) from error
    kernelspec = json.dumps(notebook.metadata.get("kernelspec", {}))
    return ReleasedNotebook(name, kernelspec, rows, notebook)


def _run(steps: Sequence[Any], notebook: Any) -> None:
    for step in steps:
        if getattr(step, "enabled", True):
            step.preprocess(notebook, {"nbgrader": {}, "metadata": {"path": "."}})


def _row(node: Any) -> CellRow:
    from nbgrader.utils import is_locked

    cell = as_cell(node)
    return CellRow(
        name=cell.grade_id,
        cell_type=cell.cell_type,
        kinds=cell.kinds,
        points=cell.points,
        locked=bool(is_locked(node)),  # nbgrader locks more than the metadata say
        source=cell.source,
        checksum=cell.marks.get("checksum") or "",
    )
