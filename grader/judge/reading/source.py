"""nbgrader's source notebook: what is asked, what is checked, what stays hidden."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from grader.core.errors import BuildError
from grader.core.markers import Markers, course_markers
from grader.core.notebooks import Cell, as_cell
from grader.core.paths import CoursePaths
from grader.core.sources import language_of, read_sources
from grader.judge.reading.dependencies import (
    EVERYTHING,
    Names,
    Unit,
    imported,
    names_in,
    units_of,
)
from grader.judge.reading.magics import as_python
from speedlab.course.quiz.questions import FILE as QUESTIONS

BOUND = re.compile(r"^[ \t]*(?:def |class )?([A-Za-z_]\w*)[ \t]*[=(:]", re.M)
"""What code that cannot be parsed seems to give a value to."""
Kind = Literal["text", "code", "answer", "check", "question", "manual"]


@dataclass(frozen=True)
class SourceCell:
    """One cell of a source notebook.

    Attributes:
        index: Its place.
        kind: manual: a person marks it, prose or code. answer: code that is checked elsewhere.
        is_code: Whether it is a code cell.
        grade_id: nbgrader's name for it, "" without one.
        points: The most it can earn.
        text: Its source as the author wrote it, without the lines of markers.
        stub: What the learner got: without solution and hidden tests.
        hidden: Numbers of the lines of `text` that are hidden, from 1.
        cell_id: The notebook's own id of it.
        is_task: Whether it only sets a task, whose answer may stand anywhere below.
    """

    index: int
    kind: Kind
    is_code: bool
    grade_id: str
    points: float
    text: str
    stub: str
    hidden: frozenset[int]
    cell_id: str
    is_task: bool = False

    @cached_property
    def code(self) -> str:
        """The source as plain Python: magics become calls."""
        return as_python(self.text)

    @cached_property
    def is_python(self) -> bool:
        """Whether it is code that Python can read; a lesson may show how an error looks."""
        return self.is_code and _parses(self.code)


@dataclass(frozen=True)
class SourceNotebook:
    """A source notebook, and what its code does with names."""

    name: str
    cells: tuple[SourceCell, ...]

    @cached_property
    def modules(self) -> frozenset[str]:
        """The names that stand for modules."""
        trees = [ast.parse(cell.code) for cell in self.cells if cell.is_python]
        return frozenset(name for tree in trees for name in imported(tree))

    @cached_property
    def course_units(self) -> list[Unit]:
        """The statements that are neither answer nor check."""
        plain = [cell for cell in self.cells if cell.kind == "code" and cell.is_python]
        return [one for cell in plain for one in units_of(cell.code, cell.index, self.modules)]

    @cached_property
    def learners_names(self) -> frozenset[str]:
        """The names to which the author's own answers give a value, or whose value they change."""
        answers = [self.names(cell) for cell in self.cells if is_learners(cell)]
        return frozenset(name for names in answers for name in names.touches)

    def names(self, cell: SourceCell) -> Names:
        """Return what the author's version of a cell does with names."""
        if cell.is_code and not cell.is_python:  # such as `total = ???`: learners write the rest
            return Names(frozenset(BOUND.findall(cell.code)))
        return names_in(cell.code, self.modules) if cell.is_code else Names()

    def answers_for(self, check: SourceCell) -> set[str]:
        """Return the grade ids of the answers whose names a check asks for."""
        needs = self.names(check).needs
        own = [cell for cell in self.cells if is_learners(cell)]
        every = EVERYTHING in needs
        return {cell.grade_id for cell in own if every or self.names(cell).touches & needs}

    @property
    def checks(self) -> list[SourceCell]:
        """The cells that are checked by running code."""
        return [cell for cell in self.cells if cell.kind == "check"]


def is_learners(cell: SourceCell) -> bool:
    """Tell whether a cell holds code that learners write."""
    return cell.is_code and cell.kind in ("answer", "manual")


def read_notebooks(paths: CoursePaths, assignment: str) -> tuple[SourceNotebook, ...]:
    """Read every source notebook of an assignment.

    Raises:
        BuildError: If there is none, or one of them cannot be graded.
    """
    sources = read_sources(paths, assignment)
    if not sources:
        raise BuildError(
            f"The assignment {assignment} is not built.",
            f"There is no notebook in {paths.source.name}/{assignment}.",
            "Run python -m grader build, or write the name as the folder has it.",
        )
    has_questions = (paths.source / assignment / QUESTIONS).exists()
    markers = course_markers(paths.root)
    return tuple(
        _read(name, node, markers, has_questions=has_questions) for name, node in sources.items()
    )


def _read(name: str, node: Any, markers: Markers, *, has_questions: bool) -> SourceNotebook:
    try:
        cells = tuple(_cells(map(as_cell, node.cells), markers, has_questions=has_questions))
        notebook = SourceNotebook(name, cells)
        assert notebook.course_units is not None  # read now, so that a mistake is told now
    except Exception as error:  # authors write anything
        why = f"{type(error).__name__}: {error}."
        raise BuildError(f"{name} is no source notebook that can be graded.", why) from error
    if not language_of(node):
        _refuse_what_is_no_python(notebook)
    return notebook


def _refuse_what_is_no_python(notebook: SourceNotebook) -> None:
    """Raise BuildError if an author's answer or check is another language's, as far as one sees."""
    for cell in notebook.cells:
        if cell.is_code and cell.kind in ("answer", "check") and not cell.is_python:
            what = f"{notebook.name} seems to be no notebook of Python."
            why = f"It does not say which kernel it is for, and Python cannot read {cell.grade_id}."
            raise BuildError(what, why, "Choose its kernel in JupyterLab, and save it.")


def _cells(cells: Iterable[Cell], markers: Markers, *, has_questions: bool) -> Iterator[SourceCell]:
    for index, cell in enumerate(cells):
        text, hidden = _without_markers(cell.source, markers)
        kind = _kind(cell)
        if kind == "check" and has_questions and asked(text):
            kind = "question"
        yield SourceCell(
            index=index,
            kind=kind,
            is_code=cell.is_code,
            grade_id=cell.grade_id if cell.of_interest else "",
            points=cell.points if kind in GRADED else 0.0,
            text=text,
            stub=markers.released(cell.source),
            hidden=hidden,
            cell_id=cell.cell_id,
            is_task="task" in cell.kinds,
        )


GRADED = ("check", "question", "manual")


def _kind(cell: Cell) -> Kind:
    if "task" in cell.kinds:
        return "manual"
    if "grade" in cell.kinds:
        return "check" if cell.is_code and "solution" not in cell.kinds else "manual"
    if "solution" in cell.kinds and cell.is_code:
        return "answer"
    return "code" if cell.is_code else "text"


def _without_markers(source: str, markers: Markers) -> tuple[str, frozenset[int]]:
    """Return a source whose markers are empty lines, and the numbers of its hidden lines."""
    lines = source.split("\n")
    kept = ("" if markers.at(line) and not _runs(line) else line for line in lines)
    return "\n".join(kept), markers.hidden_lines(source)


def _runs(line: str) -> bool:
    """Tell whether a line with a marker is code besides: nbgrader hides it and runs it."""
    try:
        return bool(ast.parse(line.strip()).body)
    except (SyntaxError, ValueError):
        return False


def asked(code: str) -> str:
    """Return the name of the question that a cell asks, "" if it does something else.

    >>> asked('# Question 1\\nask("m1-split")')
    'm1-split'
    """
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return ""
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return ""
    value = call.args[0] if len(call.args) == 1 else None
    named = call.func.id == "ask" and isinstance(value, ast.Constant)
    return str(value.value) if named and isinstance(value, ast.Constant) else ""


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def fingerprint(*parts: str) -> str:
    """Return a hash of texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]
