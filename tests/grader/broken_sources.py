"""Source notebooks with a fault, by kind: fields of the metadata × wrong values, and more.

As a module it stands in for the grader: it reads an assignment as the real one does, and runs
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from grader.core.records import Graded, Verdict
from grader.judge.reading.assignment import Prepared, read_assignment

GOOD = "good"
Notebook = dict[str, Any]
Fault = Callable[[Path], None]


def cell(source: str, /, kind: str = "code", **marks: Any) -> Notebook:
    """Return a cell; marks are nbgrader's."""
    metadata = {"nbgrader": {"schema_version": 3, "locked": False, "grade": False} | marks}
    made = {"cell_type": kind, "metadata": metadata if marks else {}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def source_notebook() -> Notebook:
    """Return a small assignment: text, an answer, its check."""
    answer = "### BEGIN SOLUTION\ndef f(x):\n    return x + 1\n### END SOLUTION"
    cells = [
        cell("Read this.", "markdown"),
        cell("a = 1"),
        cell(answer, grade_id="f", solution=True),
        cell("assert f(1) == 2", grade_id="f-test", grade=True, solution=False, points=2),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def write(path: Path, notebook: Any) -> None:
    """Write a notebook, whatever it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def make_assignment(root: Path, name: str = GOOD) -> Path:
    """Add an assignment to a course, which ada has handed in; return its source folder."""
    write(root / "source" / name / "task.ipynb", source_notebook())
    write(root / "submitted" / "ada" / name / "task.ipynb", source_notebook())
    return root / "source" / name


def changed(change: Callable[[Notebook], None]) -> Fault:
    """Return what changes the notebook of an assignment."""

    def fault(folder: Path) -> None:
        notebook = source_notebook()
        change(notebook)
        write(folder / "task.ipynb", notebook)

    return fault


def beside(name: str, content: bytes = b"\x00\x05\x16\x07") -> Fault:
    """Return what leaves another program's file beside the notebook, or in its place."""

    def fault(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return fault


def holding(content: bytes) -> Fault:
    """Return what puts other bytes in the place of the notebook."""
    return beside("task.ipynb", content)


def marked(number: int, **marks: Any) -> Fault:
    """Return what sets fields of nbgrader's metadata of one cell; ... takes one away."""

    def change(notebook: Notebook) -> None:
        metadata = notebook["cells"][number]["metadata"]["nbgrader"]
        metadata.update(marks)
        for name in [name for name, value in marks.items() if value is ...]:
            del metadata[name]

    return changed(change)


def other_kernel(name: str, language: str, code: str) -> Fault:
    """Return what makes the notebook one of another language; without a name it does not say so."""

    def change(notebook: Notebook) -> None:
        notebook["cells"][2]["source"] = code
        notebook["metadata"] = {}
        if name:
            spec = {"name": name, "display_name": name, "language": language or None}
            notebook["metadata"] = {"kernelspec": spec}

    return changed(change)


def with_marks(value: Any, notebook: Notebook) -> None:
    """Put anything in the place of nbgrader's metadata of the check."""
    notebook["cells"][3]["metadata"]["nbgrader"] = value


WRONG_VALUES = {
    "nothing": None,
    "text": "two",
    "a list": [1],
    "a table": {"a": 1},
    "a flag": True,
    "negative": -1,
    "NaN": float("nan"),
    "endless": float("inf"),
    "huge": 10**400,
}
R = "f <- function(x) x + 1"
KINDS: dict[str, Fault] = {
    f"{name} is {what}": marked(3, **{name: value})
    for name in ("grade", "points", "schema_version", "grade_id", "locked", "task")
    for what, value in WRONG_VALUES.items()
    if (name, what) not in {("grade", "a flag"), ("locked", "a flag"), ("grade_id", "text")}
}
KINDS |= {
    f"the marks are {what}": changed(partial(with_marks, value))
    for what, value in WRONG_VALUES.items()
}
KINDS |= {
    f"{name} is missing": marked(3, **{name: ...})
    for name in ("grade", "grade_id", "points", "schema_version", "solution")
}
KINDS |= {f"schema {n}": marked(3, schema_version=n) for n in (0, 1, 2, 4, 99, "3")}
KINDS |= {
    "no grade id": marked(3, grade_id=""),
    "a grade id twice": marked(3, grade_id="f"),
    "a grade id with signs": marked(3, grade_id="../f"),
    "a task without a name": changed(
        lambda notebook: notebook["cells"].append(
            cell("x", "markdown", task=True, solution=False, points=1)
        )
    ),
    "a solution in a check": changed(
        lambda notebook: notebook["cells"][3].update(source="### BEGIN SOLUTION\n1")
    ),
    "a marker that is not closed": changed(
        lambda notebook: notebook["cells"][3].update(source="### BEGIN HIDDEN TESTS\n1")
    ),
    "R": other_kernel("ir", "R", R),
    "R by its name": other_kernel("ir", "", R),
    "R that does not say so": other_kernel("", "", R),
    "Julia": other_kernel("julia-1.9", "julia", "f(x) = x + 1"),
    "Julia that does not say so": other_kernel("", "", "f(x) = x + 1"),
    "bash": other_kernel("bash", "bash", "f() { echo 1; }"),
    "no cells": changed(lambda notebook: notebook.update(cells=[])),
    "cells that are none": changed(lambda notebook: notebook.update(cells=[1, 2])),
    "cells in a table": changed(lambda notebook: notebook.update(cells={"a": 1})),
    "a cell without a type": changed(lambda notebook: notebook["cells"][0].pop("cell_type")),
    "a cell without a text": changed(lambda notebook: notebook["cells"][0].pop("source")),
    "a cell without metadata": changed(lambda notebook: notebook["cells"][3].pop("metadata")),
    "a source that is a number": changed(lambda notebook: notebook["cells"][0].update(source=1)),
    "nbformat 99": changed(lambda notebook: notebook.update(nbformat=99)),
    "nbformat is a text": changed(lambda notebook: notebook.update(nbformat="4")),
    "no nbformat": changed(lambda notebook: notebook.pop("nbformat")),
    "metadata that are a list": changed(lambda notebook: notebook.update(metadata=[1])),
    "an empty file": holding(b""),
    "half a file": holding(b'{"cells": ['),
    "a list": holding(b"[]"),
    "bytes": holding(bytes(range(256))),
    "deep brackets": holding(b"[" * 100_000),
    "autotests without templates": changed(
        lambda notebook: notebook["cells"][3].update(source="### AUTOTEST f(1)")
    ),
}


def folder_as_notebook(folder: Path) -> None:
    """Put a folder beside the notebook that is called like one."""
    (folder / "more.ipynb").mkdir()


def no_notebook(folder: Path) -> None:
    """Take the notebook away."""
    (folder / "task.ipynb").unlink()


KINDS |= {"a folder": folder_as_notebook, "no notebook": no_notebook}


def as_nbformat_3(folder: Path) -> None:
    """Save the notebook as Jupyter did ten years ago."""
    path = folder / "task.ipynb"
    old: Any = nbformat.reads(path.read_text(encoding="utf-8"), as_version=3)  # type: ignore[no-untyped-call]
    path.write_text(nbformat.writes(old, version=3), encoding="utf-8")  # type: ignore[no-untyped-call]


def added(*cells: Notebook) -> Fault:
    """Return what adds cells before the answer."""

    def change(notebook: Notebook) -> None:
        notebook["cells"][1:1] = cells

    return changed(change)


PLAIN: Notebook = {"grade": False, "locked": False, "solution": False}
TAKEN: dict[str, Fault] = {
    "marks without a name, as in nbgrader's demo": added(cell("b = 1", **PLAIN)),
    "a plain cell's name twice": added(*2 * [cell("b = 1", grade_id="same", **PLAIN)]),
    "a plain cell that is no Python": added(cell("print 'so it was in Python 2'")),
    "no kernel noted": changed(lambda notebook: notebook.update(metadata={})),
    "a kernel of one's own": changed(
        lambda notebook: notebook.update(metadata={"kernelspec": {"name": "our-env"}})
    ),
    "nbformat 3": as_nbformat_3,
    "a mark of byte order": holding(b"\xef\xbb\xbf" + json.dumps(source_notebook()).encode()),
    "an answer that is no Python yet": changed(
        lambda notebook: notebook["cells"][2].update(source="f = # write it here")
    ),
    "macOS' own file beside it": beside("._task.ipynb"),
    "an editor's own file beside it": beside(".~task.ipynb"),
}


def prepare(root: Path, assignment: str, /) -> Prepared:
    """Read an assignment as the grader does; run nothing."""
    return read_assignment(root, assignment)


def key_of(prepared: Prepared, folder: Path, /) -> str:
    """Return the same for every hand-in."""
    return prepared.key


def grade_one(prepared: Prepared, folder: Path, /, *, learner: str) -> Graded:
    """Give every point that there is."""
    verdicts = tuple(
        Verdict(found.grade_id, found.points, found.points, "right", notebook=one.name)
        for one, found in prepared.cells
        if found.kind == "check"
    )
    return Graded(learner, prepared.assignment, prepared.key, verdicts)
