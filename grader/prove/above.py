"""What stands above a task: the statements that it needs, or all of the lesson."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grader.judge.reading.dependencies import Unit, names_in, needed_units
from grader.judge.reading.magics import as_python
from grader.judge.reading.source import SourceCell, SourceNotebook, is_learners


def needed_above(
    notebook: SourceNotebook, answer: SourceCell, check: SourceCell, texts: Iterable[str] = ()
) -> list[Unit]:
    """Return the statements above a task that its check, or one of some answers, may need.

    Args:
        notebook: The lesson.
        answer: The cell of the author's own answer.
        check: The cell of its check.
        texts: Answers of learners.
    """
    codes = [check.code, answer.code, *map(as_python, texts)]
    wanted = {name for code in codes for name in names_in(code, notebook.modules).needs}
    units = [one for one in notebook.course_units if one.cell < check.index]
    units += [
        Unit(cell.index, cell.code, notebook.names(cell))
        for cell in notebook.cells
        if is_learners(cell) and cell.index < answer.index
    ]
    units.sort(key=lambda unit: unit.cell)
    return needed_units(units, wanted)


def all_above(notebook: SourceNotebook, answer: SourceCell) -> Iterator[str]:
    """Yield every code cell above a task, with the author's own answers."""
    for cell in notebook.cells[: answer.index]:
        if cell.is_code and cell.kind != "check":
            yield cell.text
