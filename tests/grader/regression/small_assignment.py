"""A made-up assignment with one check of each kind, and the notebooks that answer it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from speedlab.course.quiz.questions import hash_answer

NAME = "small"
Cell = dict[str, Any]
IMPORTS = """
import multiprocessing
import tempfile
from pathlib import Path

import numpy as np

from speedlab.course.quiz.ask import ask
from speedlab.course.quiz.rendezvous import Rendezvous
"""
RIGHT = {
    "s-double": "def double(items):\n    return [2 * item for item in items]",
    "s-part": "def squares(array):\n    return array**2",
    "s-spread": """
def spread(fn, items, workers):
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return pool.map(fn, items, chunksize=1)
""",
    "s-write": "def write(path, text):\n    path.write_text(text)",
}
CHECKS = {
    "s-double": """
assert double([1, 2]) == [2, 4], "Every item twice."
### BEGIN HIDDEN TESTS
assert double([41, 0, -7]) == [82, 0, -14]
### END HIDDEN TESTS
""",
    "s-part": """
rights = [(squares(np.array([n])) == n * n).all() for n in (1, 2, 3, 4)]
print(f"{sum(rights)} of 4 are right.")
sum(rights) / 2
""",
    "s-spread": """
with Rendezvous(abs, workers=2) as seen:
    results = spread(seen.probe, [-3, 1, -2, 5], 2)
assert results == [3, 1, 2, 5], "One result for each item, in order."
seen.check([-3, 1, -2, 5])
""",
    "s-write": """
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "note.txt")
    write(path, "seven")
    assert path.read_text() == "seven", "The text must be in the file."
""",
}
POINTS = {
    "s-question": 1.0,
    "s-double-test": 2.0,
    "s-part-test": 2.0,
    "s-spread-test": 3.0,
    "s-write-test": 1.0,
}
ANSWER = 15.0


def cell(source: str, kind: str = "code", **marks: Any) -> Cell:
    """Return a notebook cell; marks are nbgrader's."""
    made: Cell = {"cell_type": kind, "metadata": {}, "source": source.strip("\n")}
    if marks:
        plain = {"grade": False, "solution": False, "locked": False, "task": False}
        made["metadata"]["nbgrader"] = plain | {"schema_version": 3} | marks
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def notebook(cells: list[Cell]) -> dict[str, Any]:
    """Return a notebook of cells."""
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def source_cells() -> list[Cell]:
    """Return the cells of the source notebook."""
    cells = [
        cell("# Small", "markdown"),
        cell(IMPORTS),
        cell('ask("s-question")', grade_id="s-question", grade=True, locked=True, points=1),
    ]
    for name, code in RIGHT.items():
        head, _, body = code.strip("\n").partition("\n")
        marked = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells.append(cell(marked, grade_id=name, solution=True))
        points = POINTS[f"{name}-test"]
        marks = {"grade": True, "locked": True, "points": points}
        cells.append(cell(CHECKS[name], grade_id=f"{name}-test", **marks))
    memo = {"grade": True, "solution": True, "points": 2}
    cells.append(cell("Write a memo.", "markdown", grade_id="s-memo", **memo))
    return cells


def make_course(root: Path) -> Path:
    """Write the course; return its root."""
    folder = root / "solutions" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook(source_cells())))
    question = {
        "id": "s-question",
        "kind": "number",
        "text": "How many?",
        "hints": {"otherwise": "Not quite."},
        "key": hash_answer("s-question", int(ANSWER)),
        "low": 0,
        "high": 100,
        "width": 1.0,
    }
    (folder / "questions.json").write_text(json.dumps({"s-question": question}))
    return root


def answered(answers: dict[str, str]) -> list[Cell]:
    """Return the cells of a hand-in, with these answers in the place of the right ones."""
    cells = [json.loads(json.dumps(one)) for one in source_cells()]
    for one in cells:
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        if name in RIGHT:
            one["source"] = (RIGHT | answers)[name].strip("\n")
        elif name == "s-memo":
            one["source"] = answers.get(name, "Our memo.")
    return cells


def progress(value: Any) -> str:
    """Return a progress.json that notes a value and claims that it is right."""
    answers = {"s-question": {"value": value, "right": True, "tries": 1}}
    return json.dumps({"version": 1, "answers": answers, "done": {}})
