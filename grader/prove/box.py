"""The grader: each answer in an otherwise solved hand-in, graded as a hand-in is.

Only the check of the task is asked, so that a judge loads what it needs and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.core.errors import BuildError, sentence
from grader.core.records import Verdict
from grader.judge.cache import close_supervisors
from grader.judge.grade import grade_one
from grader.judge.grading.author import measured
from grader.judge.reading.assignment import Prepared, read_assignment
from grader.judge.reading.source import SourceCell, SourceNotebook
from grader.prove.records import Said, Task
from speedlab.core.folders import Temporary

OTHERS = ("check", "question", "manual")
NO_VERDICT = ("timeout", "died", "look", "manual")


def judge_in_box(task: Task) -> list[Said]:
    """Return what the grader says of each answer to a task."""
    try:
        prepared = measured(_only(read_assignment(task.root, task.lesson), task))
        with Temporary("prove") as folder:
            return [_judged(prepared, task, answer.text, Path(folder)) for answer in task.answers]
    except BuildError as error:
        return [Said(None, sentence(error), failed=True) for _ in task.answers]
    finally:
        close_supervisors()  # the next task needs another judge


def _only(prepared: Prepared, task: Task) -> Prepared:
    """Return an assignment in which nothing is graded but one check."""
    [notebook] = [one for one in prepared.notebooks if one.name == task.notebook]
    cells = tuple(
        _without_text(cell) if cell.kind in OTHERS and cell.grade_id != task.check else cell
        for cell in notebook.cells
    )
    # What is shown of the author here says nothing about the whole assignment: it is not kept.
    return replace(prepared, notebooks=(replace(notebook, cells=cells),), record=None)


def _without_text(cell: SourceCell) -> SourceCell:
    kind: Any = "code" if cell.is_code else "text"
    return replace(cell, kind=kind, text="", stub="", hidden=frozenset(), points=0.0)


def _judged(prepared: Prepared, task: Task, text: str, folder: Path) -> Said:
    [notebook] = prepared.notebooks
    path = folder / f"{notebook.name}.ipynb"
    path.write_text(json.dumps(_hand_in(notebook, task, text)), encoding="utf-8")
    graded = grade_one(prepared, folder, learner="prove")
    [verdict] = [one for one in graded.verdicts if one.grade_id == task.check]
    return _said(verdict)


def _said(verdict: Verdict) -> Said:
    accepted = None if verdict.outcome in NO_VERDICT else verdict.score == verdict.points
    failed = verdict.outcome == "look"
    return Said(accepted, verdict.message, verdict.score, failed=failed)


def _hand_in(notebook: SourceNotebook, task: Task, text: str) -> dict[str, Any]:
    """Return a notebook with the author's own answers, but for one."""
    answer = f"{text}\n{_method_line(task.method)}" if task.method else text
    texts = {cell.index: cell.text for cell in notebook.cells}
    texts |= {cell.index: answer for cell in notebook.cells if cell.grade_id == task.name}
    cells = [_node(cell, texts[cell.index]) for cell in notebook.cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _method_line(method: str) -> str:
    return f"__import__('multiprocessing').set_start_method({method!r}, force=True)"


def _node(cell: SourceCell, text: str) -> dict[str, Any]:
    marks = {"schema_version": 3, "grade_id": cell.grade_id, "solution": cell.kind == "answer"}
    marks |= {"grade": cell.kind == "check", "locked": cell.kind == "check", "task": False}
    node: dict[str, Any] = {
        "cell_type": "code" if cell.is_code else "markdown",
        "id": cell.cell_id,
        "source": text,
        "metadata": {"nbgrader": marks} if cell.grade_id else {},
    }
    return node | ({"outputs": [], "execution_count": None} if cell.is_code else {})
