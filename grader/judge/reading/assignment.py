"""An assignment that is ready to be graded, and what its judge must know of it."""

from __future__ import annotations

import ast
import fnmatch
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from grader.core.errors import BuildError
from grader.core.nbgrader import ignored_files
from grader.core.notebooks import read_cells
from grader.core.paths import CoursePaths, find_paths
from grader.core.released import read_released
from grader.judge.reading.dependencies import EVERYTHING, Unit, needed_units
from grader.judge.reading.source import (
    SourceCell,
    SourceNotebook,
    fingerprint,
    is_learners,
    read_notebooks,
)
from speedlab.course.lessons.progress import FILE as PROGRESS
from speedlab.course.quiz.questions import FILE as QUESTIONS
from speedlab.pool.local.processes import PRELOAD

VERSION = "3"
"""Raised when the grader judges otherwise than before: every key changes with it."""
POOLS = ("multiprocessing.pool", "concurrent.futures.process")
CheckName = tuple[str, str]
"""A notebook, and the grade id of one of its checks."""
LIBRARIES = ("speedlab", "numpy", "pandas")


@dataclass(frozen=True)
class Prepared:
    """An assignment that is ready to be graded; it can be sent to other processes.

    Attributes:
        assignment: Its name.
        folder: The folder of its source notebooks.
        notebooks: The source notebooks.
        files: The other files of the lesson, by the name they have beside the notebook.
        released: What learners got in the cells they write, by notebook and grade id.
        unsealed: Checks that must run in the box, by notebook and grade id.
        whole: Notebooks of which all code must run for the author's own solution to pass.
        doubtful: Checks that the author's own solution does not pass in any way.
        notes: What the instructor should know of the assignment itself.
        environment: The versions of what runs the code.
        record: The file that keeps what the author's solution showed, where there is one.
        contracts: By notebook and check, what lay where when the author's own solution was checked
            (see grader.judge.contract). It follows from the rest, so no key depends on it.
    """

    assignment: str
    folder: Path
    notebooks: tuple[SourceNotebook, ...]
    files: Mapping[str, Path]
    released: Mapping[str, Mapping[str, str]]
    unsealed: frozenset[CheckName] = frozenset()
    whole: frozenset[str] = frozenset()
    doubtful: frozenset[CheckName] = frozenset()
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    record: Path | None = None
    contracts: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Return a hash of all that a verdict depends on, apart from the hand-in."""
        parts = [json.dumps(brief(self), sort_keys=True), json.dumps(dict(self.environment))]
        parts += [f"{one.name} {c.grade_id} {c.points} {c.text}" for one, c in self.cells]
        for names in (self.unsealed, self.doubtful):
            parts += ["", *(f"{notebook} {name}" for notebook, name in sorted(names))]
        parts += [f"{name} {_digest(path)}" for name, path in sorted(self.files.items())]
        return fingerprint(VERSION, *parts)

    @property
    def cells(self) -> Iterator[tuple[SourceNotebook, SourceCell]]:
        """Yield every cell of every notebook."""
        return ((notebook, cell) for notebook in self.notebooks for cell in notebook.cells)


def read_assignment(root: Path, assignment: str) -> Prepared:
    """Read an assignment from a course; nothing of it has been run yet.

    Raises:
        BuildError: If it is not built, or cannot be graded.
        GraderError: If root holds no course, or nbgrader cannot read a notebook.
    """
    paths = find_paths(root)
    folder = (paths.source / assignment).resolve()
    if not folder.is_dir() or Path(assignment).name != assignment:
        raise BuildError(
            f"There is no assignment {assignment}.",
            f"{paths.root} has no folder {paths.source.name}/{assignment}.",
            "Write its name as the folder has it.",
        )
    notebooks = read_notebooks(paths, assignment)
    released = {one.name: _released(paths, assignment, one.name) for one in notebooks}
    if not all(released.values()):
        released = _stubs(paths, assignment) | {n: one for n, one in released.items() if one}
    files = _files(folder, ignored_files(root))
    return Prepared(
        assignment,
        folder,
        notebooks,
        files,
        released,
        environment=_environment(),
        record=paths.class_folder / "author" / f"{assignment}.json",
    )


def _released(paths: CoursePaths, assignment: str, notebook: str) -> dict[str, str]:
    """Return what learners got, by grade id; nothing where it was not released from here."""
    cells = read_cells(paths.release / assignment / f"{notebook}.ipynb")
    return {cell.grade_id: cell.source for cell in cells if cell.grade_id}


def _stubs(paths: CoursePaths, assignment: str) -> dict[str, dict[str, str]]:
    """Return what nbgrader would release: in a cell without markers, all of it is the answer."""
    notebooks = read_released(paths, assignment)
    return {one.name: {row.name: row.source for row in one.rows} for one in notebooks}


def _files(folder: Path, ignored: Iterable[str]) -> dict[str, Path]:
    """Return what lies beside the notebooks: what nbgrader would copy, and this user can read."""
    asks = (folder / QUESTIONS).is_file()  # then what an author answered lies there as well
    patterns = [*ignored, "*.ipynb", *([PROGRESS] if asks else [])]
    found = {}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        shown = not any(fnmatch.fnmatch(part, one) for part in place.parts for one in patterns)
        if shown and path.is_file() and os.access(path, os.R_OK):
            found[place.as_posix()] = path.resolve()
    return found


def _environment() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def brief(prepared: Prepared) -> dict[str, Any]:
    """Return what the judge must know, as JSON."""
    return {
        "notebooks": [
            _of_notebook(notebook, whole=notebook.name in prepared.whole)
            for notebook in prepared.notebooks
        ],
        "preload": sorted(
            {name for notebook in prepared.notebooks for name in _libraries(notebook)}
        ),
    }


def _libraries(notebook: SourceNotebook) -> set[str]:
    """Return the modules that answers most probably need: loading them early saves time."""
    answers = [cell for cell in notebook.cells if is_learners(cell)]
    needs = {name for cell in answers for name in notebook.names(cell).needs}
    texts = [unit.source for unit in needed_units(notebook.course_units, needs)]
    nodes = [
        node
        for text in texts + [cell.code for cell in answers if cell.is_python]
        for node in ast.walk(ast.parse(text))
    ]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    pools = set(POOLS) if modules & {"multiprocessing", "concurrent.futures", "speedlab"} else set()
    return (modules | pools | (set(PRELOAD) if "speedlab" in modules else set())) - {""}


def _of_notebook(notebook: SourceNotebook, *, whole: bool) -> dict[str, Any]:
    """Sort the statements that checks need.

    static: loaded once for all hand-ins. dynamic: they need the learner's code, or give a name
    another value than it had for an earlier check; they run for each hand-in.
    """
    seen, timed, bound, checks = set[int](), set[int](), set[str](), []
    course = _may_fail(notebook) if whole else notebook.course_units
    numbers = {id(unit): number for number, unit in enumerate(course)}
    for cell in notebook.checks:
        earlier = [unit for unit in course if unit.cell < cell.index]
        units = earlier if whole else _needed(notebook, cell)
        moving = {*notebook.learners_names, EVERYTHING}
        for unit in units:
            number = numbers[id(unit)]
            if (number not in seen and bound & unit.names.touches) or unit.names.needs & moving:
                timed.add(number)
            if number in timed:
                moving |= unit.names.touches
        seen |= {numbers[id(unit)] for unit in units}
        bound |= {name for unit in units for name in unit.names.touches}
        bound |= notebook.names(cell).touches
        dynamic = {n: u for u in units if (n := numbers[id(u)]) in timed}
        checks.append(_of_check(notebook, cell, dynamic))
    static = [unit.source for n, unit in enumerate(course) if n in seen - timed]
    return {"static": static, "checks": checks}


def _needed(notebook: SourceNotebook, cell: SourceCell) -> list[Unit]:
    earlier = [unit for unit in notebook.course_units if unit.cell < cell.index]
    return needed_units(earlier, notebook.names(cell).needs - notebook.learners_names)


def _may_fail(notebook: SourceNotebook) -> list[Unit]:
    """Return the whole course; what no check is known to need may fail: it may draw or measure."""
    needed = {id(unit) for cell in notebook.checks for unit in _needed(notebook, cell)}
    return [unit if id(unit) in needed else _guarded(unit) for unit in notebook.course_units]


def _guarded(unit: Unit) -> Unit:
    """Return a statement that goes on where it fails."""
    body = ast.parse(unit.source).body
    first = [one for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    error = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    tried = ast.Try(body[len(first) :], [error], [], [])
    tree = ast.Module([*first, tried], [])
    return replace(unit, source=ast.unparse(ast.fix_missing_locations(tree)))


def _of_check(
    notebook: SourceNotebook, cell: SourceCell, dynamic: Mapping[int, Unit]
) -> dict[str, Any]:
    needs = notebook.names(cell).needs.union(*(unit.names.needs for unit in dynamic.values()))
    if EVERYTHING in needs:
        needs |= notebook.learners_names
    return {
        "grade_id": cell.grade_id,
        "points": cell.points,
        "place": [cell.index, 0],
        "code": cell.code,
        "hidden": sorted(cell.hidden),
        "names": sorted(needs & notebook.learners_names),
        "dynamic": [[number, unit.source] for number, unit in dynamic.items()],
    }
