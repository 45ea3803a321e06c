"""Does a slice of an assignment give what its whole notebook gives? The author's report.

The author's own solution is judged with the code that its checks need, with the whole notebook, and
with every function annotated, as a learner may write it.
"""

from __future__ import annotations

import ast
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from grader.core.notebooks import Cell
from grader.judge.grading.author import prepare, wanted_inside
from grader.judge.grading.grading_run import GradingRun, Results
from grader.judge.grading.second_run import keep_shown, shown_by, whole_run
from grader.judge.reading.assignment import Prepared
from grader.judge.reading.handin import authors_cells, merge_cells
from grader.judge.reading.source import SourceNotebook
from grader.sandbox.limits import Limits

LIMITS = Limits(cell_s=120.0, check_s=60.0, total_s=600.0)
"""An author waits longer than a class: some cells of a lesson only measure."""


@dataclass(frozen=True)
class AuthorsCheck:
    """One check, and what the author's own solution gets, as an outcome in one word."""

    notebook: str
    grade_id: str
    points: float
    sealed: bool
    sliced: str
    whole: str
    annotated: str

    @property
    def holds(self) -> bool:
        """Whether the author passes it in every way."""
        return {self.sliced, self.whole, self.annotated} == {"right"}


@dataclass(frozen=True)
class AuthorsReport:
    """An assignment: its checks, what is odd, and the seconds that each way took."""

    assignment: str
    checks: tuple[AuthorsCheck, ...]
    notes: tuple[str, ...]
    seconds: dict[str, float]

    @property
    def holds(self) -> bool:
        """Whether slice and whole are the same, and the author passes."""
        return not self.notes and all(check.holds for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"holds": self.holds}


def authors_report(root: Path, assignment: str, *, limits: Limits = LIMITS) -> AuthorsReport:
    """Judge an author's solution in every way, and keep what that shows for whoever grades.

    Raises:
        BuildError: If the assignment is not built, or the course's own code fails.
    """
    seconds, began_s = dict[str, float](), time.monotonic()
    prepared = prepare(root, assignment)
    seconds["prepare"] = time.monotonic() - began_s
    ways: dict[str, Results] = {}
    for way in ("sliced", "whole", "annotated"):
        began_s = time.monotonic()
        ways[way] = {}
        for notebook in prepared.notebooks:
            ways[way] |= _judged(prepared, notebook, way, limits)
        seconds[way] = time.monotonic() - began_s
    shown = {one.name: shown_by(prepared, one, ways["whole"]) for one in prepared.notebooks}
    keep_shown(prepared, shown)
    rounded = {way: round(spent_s, 2) for way, spent_s in seconds.items()}
    return AuthorsReport(assignment, _checks(prepared, ways), prepared.notes, rounded)


def _judged(prepared: Prepared, notebook: SourceNotebook, way: str, limits: Limits) -> Results:
    if not notebook.checks:
        return {}
    if way == "whole":
        return whole_run(prepared, notebook, limits)
    cells = authors_cells(notebook)
    merged = merge_cells(
        notebook,
        _annotated(notebook, cells) if way == "annotated" else cells,
        released={},
        wanted=wanted_inside(prepared, notebook),
        runs="whole" if notebook.name in prepared.whole else "needed",
    )
    names = [cell.grade_id for cell in notebook.checks]
    return GradingRun(prepared, limits).judge_notebook(notebook, merged, names)


def _checks(prepared: Prepared, ways: dict[str, Results]) -> tuple[AuthorsCheck, ...]:
    return tuple(
        AuthorsCheck(
            notebook=notebook.name,
            grade_id=cell.grade_id,
            points=cell.points,
            sealed=(notebook.name, cell.grade_id) not in prepared.unsealed,
            **{
                way: str(found.get((notebook.name, cell.grade_id), {}).get("outcome", "look"))
                for way, found in ways.items()
            },
        )
        for notebook, cell in prepared.cells
        if cell.kind == "check"
    )


def _annotated(notebook: SourceNotebook, cells: list[Cell]) -> list[Cell]:
    """Return the author's cells with a name of the course at every argument and result."""
    found = []
    for source, cell in zip(notebook.cells, cells, strict=True):
        earlier = [unit for unit in notebook.course_units if unit.cell < source.index]
        bound = [name for unit in earlier for name in sorted(unit.names.binds)]
        if source.kind == "answer" and bound:
            found.append(replace(cell, source=annotate(source.code, bound[0])))
        else:
            found.append(cell)
    return found


def annotate(code: str, name: str) -> str:
    """Return code in which each argument and result of each function is annotated.

    >>> annotate("def f(x, *y): return x", "pd")
    'def f(x: pd, *y: pd) -> pd:\\n    return x'
    """
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = node.returns or ast.Name(name, ast.Load())
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            for one in [*given, node.args.vararg, node.args.kwarg]:
                if one is not None:
                    one.annotation = one.annotation or ast.Name(name, ast.Load())
    return ast.unparse(ast.fix_missing_locations(tree))
