"""nbgrader's source notebook: what is asked, what is checked, what stays hidden."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from grader.errors import BuildError
from grader.regions import MARKERS, split_regions
from grader.slicing import Names, Unit, imported, names_in, units_of

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


@dataclass(frozen=True)
class SourceNotebook:
    """A source notebook, and what its code does with names."""

    name: str
    cells: tuple[SourceCell, ...]

    @cached_property
    def modules(self) -> frozenset[str]:
        """The names that stand for modules."""
        trees = [ast.parse(cell.code) for cell in self.cells if cell.is_code]
        return frozenset(name for tree in trees for name in imported(tree))

    @cached_property
    def course_units(self) -> list[Unit]:
        """The statements that are neither answer nor check."""
        plain = [cell for cell in self.cells if cell.kind == "code"]
        return [one for cell in plain for one in units_of(cell.code, cell.index, self.modules)]

    @cached_property
    def learners_names(self) -> frozenset[str]:
        """The names to which the author's own answers give a value, or whose value they change."""
        answers = [self.names(cell) for cell in self.cells if is_learners(cell)]
        return frozenset(name for names in answers for name in names.touches)

    def names(self, cell: SourceCell) -> Names:
        """Return what the author's version of a cell does with names."""
        return names_in(cell.code, self.modules) if cell.is_code else Names()

    @property
    def checks(self) -> list[SourceCell]:
        """The cells that are checked by running code."""
        return [cell for cell in self.cells if cell.kind == "check"]


def is_learners(cell: SourceCell) -> bool:
    """Tell whether a cell holds code that learners write."""
    return cell.is_code and cell.kind in ("answer", "manual")


def read_sources(folder: Path) -> tuple[SourceNotebook, ...]:
    """Read every notebook of an assignment's source folder.

    Raises:
        BuildError: If there is none, or one of them cannot be used.
    """
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise BuildError(
            f"The assignment {folder.name} is not built.",
            f"There is no notebook in {folder.parent.name}/{folder.name}.",
            "Run python -m grader build, or write the name as the folder has it.",
        )
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> SourceNotebook:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        cells = tuple(
            _cells(found["cells"], has_questions=(path.parent / "questions.json").exists())
        )
        notebook = SourceNotebook(path.stem, cells)
        _check_ids(notebook)
        assert notebook.course_units is not None  # read now, so that a mistake is told now
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
        why = f"{type(error).__name__}: {error}."
        raise BuildError(f"{path.name} is no source notebook that can be graded.", why) from error
    return notebook


def _check_ids(notebook: SourceNotebook) -> None:
    names = [cell.grade_id for cell in notebook.cells if cell.grade_id]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the grade id {name} is used twice")


def _cells(found: list[dict[str, Any]], *, has_questions: bool) -> Iterator[SourceCell]:
    for index, cell in enumerate(found):
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        marks = cell.get("metadata", {}).get("nbgrader", {})
        is_code = cell["cell_type"] == "code"
        text, hidden = _without_markers(source)
        kind = _kind(marks, is_code=is_code)
        if kind == "check" and has_questions and asked(text):
            kind = "question"
        yield SourceCell(
            index=index,
            kind=kind,
            is_code=is_code,
            grade_id=str(marks.get("grade_id", "")),
            points=float(marks.get("points", 0) or 0) if kind in GRADED else 0.0,
            text=text,
            stub="\n".join(split_regions(source).visible),
            hidden=hidden,
            cell_id=str(cell.get("id", "")),
            is_task=bool(marks.get("task")),
        )


GRADED = ("check", "question", "manual")


def _kind(marks: dict[str, Any], *, is_code: bool) -> Kind:
    if marks.get("task"):
        return "manual"
    if marks.get("grade"):
        return "check" if is_code and not marks.get("solution") else "manual"
    if marks.get("solution") and is_code:
        return "answer"
    return "code" if is_code else "text"


def _without_markers(source: str) -> tuple[str, frozenset[int]]:
    """Return a source whose markers are empty lines, and the numbers of its hidden lines."""
    lines, hidden, inside = [], set(), False
    for number, line in enumerate(source.split("\n"), 1):
        marker = next((mark for mark in MARKERS if mark in line), "")
        inside = (inside or "BEGIN HIDDEN" in marker) and "END HIDDEN" not in marker
        lines.append("" if marker else line)
        if inside:
            hidden.add(number)
    return "\n".join(lines), frozenset(hidden)


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


def as_python(source: str) -> str:
    """Return a cell's code with magics written as calls; code of another kind as it is."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if not re.search(r"(?m)^\s*[%!?]|\?\s*$|=\s*[%!]", source):
            return source
    else:
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]
    except Exception:  # whatever a learner wrote; the box will say that it is no Python
        return source


def fingerprint(*parts: str) -> str:
    """Return a hash of texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]
