"""An assignment that is ready to be graded, and what its judge must know of it."""

from __future__ import annotations

import ast
import fnmatch
import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from grader.errors import BuildError
from grader.places import Places, find_places
from grader.skeletons import read_skeletons
from grader.slicing import Unit, needed_units
from grader.source import SourceCell, SourceNotebook, fingerprint, is_learners, read_sources
from speedlab.processes import PRELOAD

VERSION = "2"
"""Raised when the grader judges otherwise than before: every key changes with it."""
NOT_SHOWN = ("*.ipynb", "*.toml", "*.pyc", "*.tmp", "progress*", ".*", "__pycache__")
POOLS = ("multiprocessing.pool", "concurrent.futures.process")
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
        notes: What the instructor should know of the assignment itself.
        environment: The versions of what runs the code.
    """

    assignment: str
    folder: Path
    notebooks: tuple[SourceNotebook, ...]
    files: Mapping[str, Path]
    released: Mapping[str, Mapping[str, str]]
    unsealed: frozenset[tuple[str, str]] = frozenset()
    notes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Return a hash of all that a verdict depends on, apart from the hand-in."""
        parts = [json.dumps(brief(self), sort_keys=True), json.dumps(dict(self.environment))]
        parts += [f"{one.name} {c.grade_id} {c.points} {c.text}" for one, c in self.cells]
        parts += [f"{notebook} {name}" for notebook, name in sorted(self.unsealed)]
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
    places = find_places(root)
    folder = (places.source / assignment).resolve()
    if not folder.is_dir() or Path(assignment).name != assignment:
        raise BuildError(
            f"There is no assignment {assignment}.",
            f"{places.root} has no folder {places.source.name}/{assignment}.",
            "Write its name as the folder has it.",
        )
    notebooks = read_sources(folder)
    released = {one.name: _released(places, assignment, one.name) for one in notebooks}
    if not all(released.values()):
        released = _stubs(places, assignment) | {n: one for n, one in released.items() if one}
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    return Prepared(assignment, folder, notebooks, files, released, environment=_environment())


def _released(places: Places, assignment: str, notebook: str) -> dict[str, str]:
    """Return what learners got, by grade id; nothing where it was not released from here."""
    try:
        text = (places.release / assignment / f"{notebook}.ipynb").read_text(encoding="utf-8")
        cells = json.loads(text)["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    marked = [cell for cell in cells if "nbgrader" in cell.get("metadata", {})]
    return {c["metadata"]["nbgrader"]["grade_id"]: "".join(c["source"]) for c in marked}


def _stubs(places: Places, assignment: str) -> dict[str, dict[str, str]]:
    """Return what nbgrader would release: in a cell without markers, all of it is the answer."""
    skeletons = read_skeletons(places, assignment)
    return {one.name: {row.name: row.source for row in one.rows} for one in skeletons}


def _files(folder: Path) -> Iterator[Path]:
    own = f"{folder.name}.py"  # the script from which the notebook is built
    for path in sorted(folder.rglob("*")):
        names = path.relative_to(folder).parts
        shown = not any(fnmatch.fnmatch(name, p) for name in names for p in NOT_SHOWN)
        if path.is_file() and shown and path.name != own:
            yield path.resolve()


def _environment() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def brief(prepared: Prepared) -> dict[str, Any]:
    """Return what the judge must know, as JSON."""
    return {
        "notebooks": [_of_notebook(notebook) for notebook in prepared.notebooks],
        "preload": sorted({name for one in prepared.notebooks for name in _libraries(one)}),
    }


def _libraries(notebook: SourceNotebook) -> set[str]:
    """Return the modules that answers most probably need: loading them early saves time."""
    answers = [cell for cell in notebook.cells if is_learners(cell)]
    needs = {name for cell in answers for name in notebook.names(cell).needs}
    texts = [unit.source for unit in needed_units(notebook.course_units, needs)]
    nodes = [
        node
        for text in texts + [cell.code for cell in answers]
        for node in ast.walk(ast.parse(text))
    ]
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    pools = set(POOLS) if found & {"multiprocessing", "concurrent.futures", "speedlab"} else set()
    return (found | pools | (set(PRELOAD) if "speedlab" in found else set())) - {""}


def _of_notebook(notebook: SourceNotebook) -> dict[str, Any]:
    """Sort the statements that checks need.

    static: loaded once for all hand-ins. dynamic: they need the learner's code, or give a name
    another value than it had for an earlier check; they run for each hand-in.
    """
    seen: set[int] = set()
    timed: set[int] = set()
    bound: set[str] = set()
    checks = []
    numbers = {id(unit): number for number, unit in enumerate(notebook.course_units)}
    for cell in notebook.checks:
        units = _needed(notebook, cell)
        moving = set(notebook.learners_names)
        for unit in units:
            number = numbers[id(unit)]
            if (number not in seen and bound & unit.names.touches) or unit.names.needs & moving:
                timed.add(number)
            if number in timed:
                moving |= unit.names.touches
        seen |= {numbers[id(unit)] for unit in units}
        bound |= {name for unit in units for name in unit.names.touches}
        bound |= notebook.names(cell).touches
        checks.append(
            _of_check(notebook, cell, [u for u in units if numbers[id(u)] in timed], numbers)
        )
    static = [u.source for n, u in enumerate(notebook.course_units) if n in seen - timed]
    return {"static": static, "checks": checks}


def _needed(notebook: SourceNotebook, cell: SourceCell) -> list[Unit]:
    earlier = [unit for unit in notebook.course_units if unit.cell < cell.index]
    return needed_units(earlier, notebook.names(cell).needs - notebook.learners_names)


def _of_check(
    notebook: SourceNotebook, cell: SourceCell, dynamic: list[Unit], numbers: Mapping[int, int]
) -> dict[str, Any]:
    needs = set(notebook.names(cell).needs).union(*(unit.names.needs for unit in dynamic))
    return {
        "grade_id": cell.grade_id,
        "points": cell.points,
        "place": [cell.index, 0],
        "code": cell.code,
        "hidden": sorted(cell.hidden),
        "names": sorted(needs & notebook.learners_names),
        "dynamic": [[numbers[id(unit)], unit.source] for unit in dynamic],
    }
