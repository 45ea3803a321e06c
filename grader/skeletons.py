"""An assignment as nbgrader knows it: what learners got, and the rows of the gradebook.

nbgrader's own steps do the work, in this process and without its database, so that the result is
nbgrader's, whatever its settings:

    source notebook --lock, clear solutions, checksums--> cells as the gradebook records them
                    --clear hidden tests, marks---------> the notebook without what is hidden
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.places import Places
from grader.stock import quiet

KINDS = ("grade", "solution", "task")


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
class Skeleton:
    """One notebook of an assignment, as released, and its cells of interest."""

    name: str
    kernelspec: str
    rows: tuple[CellRow, ...]
    released: Any

    def fresh(self) -> Any:
        """Return a copy of the released notebook to write on."""
        return copy.deepcopy(self.released)

    @property
    def graded(self) -> tuple[CellRow, ...]:
        """The cells with points, in the order of the notebook."""
        return tuple(row for row in self.rows if row.graded)


def read_skeletons(places: Places, assignment: str) -> tuple[Skeleton, ...]:
    """Return the notebooks of an assignment, by name.

    Raises:
        GraderError: If the assignment is not built, or a notebook cannot be read.
    """
    places.check_assignment(assignment)
    folder = places.source / assignment
    with quiet():
        steps = _steps(places)
        return tuple(
            _skeleton(folder / f"{name}.ipynb", steps) for name in places.notebooks(assignment)
        )


def _steps(places: Places) -> tuple[list[Any], list[Any]]:
    """Return nbgrader's steps before and after it would save the cells."""
    from nbgrader import preprocessors as known
    from nbgrader.converters import GenerateAssignment

    from grader.stock import course_config

    config = course_config(places.root)
    names = [step.__name__ for step in GenerateAssignment(config=config).preprocessors]
    at = names.index("SaveCells") if "SaveCells" in names else len(names)
    made = [getattr(known, name)(config=config) for name in names if name != "SaveCells"]
    return made[:at], made[at:]


def _skeleton(path: Path, steps: tuple[list[Any], list[Any]]) -> Skeleton:
    import nbformat

    try:
        notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        _run(steps[0], notebook)
        rows = tuple(_row(cell) for cell in notebook.cells if _of_interest(cell))
        _run(steps[1], notebook)
    except Exception as error:  # nbformat and nbgrader raise many kinds
        why = str(error).partition("\n")[0]
        raise GraderError(f"{path} cannot be read.", f"{why}.", "Build it anew.") from error
    kernelspec = json.dumps(notebook.metadata.get("kernelspec", {}))
    return Skeleton(path.stem, kernelspec, rows, notebook)


def _run(steps: list[Any], notebook: Any) -> None:
    for step in steps:
        if getattr(step, "enabled", True):
            step.preprocess(notebook, {"nbgrader": {}, "metadata": {"path": "."}})


def _of_interest(cell: Any) -> bool:
    said = cell.metadata.get("nbgrader", {})
    return bool(said.get("grade_id")) and any(said.get(name) for name in (*KINDS, "locked"))


def _row(cell: Any) -> CellRow:
    from nbgrader.utils import is_locked

    said = cell.metadata.nbgrader
    return CellRow(
        name=said.grade_id,
        cell_type=cell.cell_type,
        kinds=tuple(kind for kind in KINDS if said.get(kind)),
        points=float(said.get("points", 0)),
        locked=bool(is_locked(cell)),
        source=cell.source,
        checksum=said.get("checksum") or "",
    )
