"""solutions/proven.json: which tasks were proven, each with a digest of all that it depends on.

The whole command writes it, and it is committed; tests prove what has changed since.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from grader.build.answers import bank_path
from grader.core.paths import CoursePaths
from grader.judge.reading.source import fingerprint, read_notebooks
from grader.prove.records import Proof, Task
from speedlab.core.files import write_text

FILE = "proven.json"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PACKAGES = Path(__file__).resolve().parents[2]
JUDGING = (
    "speedlab/course/quiz/check.py",
    "speedlab/course/quiz/rendezvous.py",
    "grader/judge/rendezvous.py",
    "grader/sandbox/callbacks.py",
)
"""What checks judge with, and so what every verdict depends on."""


def note(paths: CoursePaths, proofs: Sequence[Proof]) -> None:
    """Note which tasks were proven, in the place of what was noted of them before."""
    tasks = {(one.task.lesson, one.task.name): one.task for one in proofs}
    at_fault = {(p.task.lesson, p.task.name) for p in proofs if p.faults or p.disagree}
    noted = read(paths)
    for (lesson, name), task in tasks.items():
        noted.setdefault(lesson, {}).pop(name, None)
        if (lesson, name) not in at_fault:
            noted[lesson][name] = digest(paths, task)
    there = {name: found for name, found in sorted(noted.items()) if found}
    text = json.dumps(there, indent=1, sort_keys=True) + "\n"
    write_text(paths.source / FILE, text)


def read(paths: CoursePaths) -> dict[str, dict[str, str]]:
    """Return the digests of the tasks that were proven, by lesson and task."""
    try:
        found = json.loads((paths.source / FILE).read_text(encoding="utf-8"))
        return {lesson: dict(tasks) for lesson, tasks in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def unproven(paths: CoursePaths, tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks that were never proven, or not as they are now."""
    noted = read(paths)
    return [one for one in tasks if noted.get(one.lesson, {}).get(one.name) != digest(paths, one)]


def digest(paths: CoursePaths, task: Task) -> str:
    """Return a hash of all that the verdicts on a task depend on."""
    [notebook] = [n for n in read_notebooks(paths, task.lesson) if n.name == task.notebook]
    cells = [cell.text for cell in notebook.cells if cell.grade_id in (task.name, task.check)]
    bank = bank_path(paths.source / task.lesson, task.name).read_text(encoding="utf-8")
    return fingerprint(bank, *cells, *map(_essence, JUDGING))


def _essence(name: str) -> str:
    """Return what a module does, without its comments, its texts for readers and its layout."""
    tree = ast.parse((PACKAGES / name).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        documented = isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None
        if isinstance(node, DOCUMENTED) and documented:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
