"""solutions/proven.json: which tasks were proven, each with a digest of all that it depends on.

The whole command writes it, and it is committed; tests prove what has changed since.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.build.answers import LABELS, bank_path
from grader.core.paths import CoursePaths
from grader.judge.reading.source import fingerprint, read_notebooks
from grader.prove.above import needed_above
from grader.prove.records import Proof, Task
from speedlab import course
from speedlab.core.files import write_text

FILE = "proven.json"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PACKAGES = Path(__file__).resolve().parents[2]
COURSE = "speedlab.course."
JUDGE_NO_CODE = {"ask", "lessons", "questions", "widgets"}
"""Modules and rooms of the course that have no say in whether code is right."""
EVIDENCE = ("grader/judge/rendezvous.py", "grader/sandbox/callbacks.py")
"""What stands in the grader for the lesson's own evidence."""
MOST_NEW = 3
"""Changed tasks that tests prove whole; where there are more, the command has to."""


@dataclass(frozen=True)
class Due:
    """What a test proves: what has changed, and a fixed sample of the rest.

    Attributes:
        tasks: What it proves.
        unproven: Tasks that have changed and are more than there is time for, but for the sample.
    """

    tasks: tuple[Task, ...]
    unproven: tuple[Task, ...]


def note(paths: CoursePaths, proofs: Sequence[Proof]) -> None:
    """Note which tasks were proven, in the place of what was noted of them before."""
    tasks = {(one.task.lesson, one.task.name): one.task for one in proofs}
    at_fault = {(p.task.lesson, p.task.name) for p in proofs if p.at_fault}
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


def due(paths: CoursePaths, tasks: Sequence[Task]) -> Due:
    """Choose what can be proven in a few minutes.

    Args:
        paths: The course.
        tasks: All of it.

    Returns:
        The tasks that are new, as far as there is time; and of each lesson the first of its other
        tasks, with one answer of each label.
    """
    new = unproven(paths, tasks)
    whole = new[:MOST_NEW]
    first = {task.lesson: task for task in reversed(tasks) if task not in whole}
    sample = [_sampled(first[name]) for name in sorted(first)]
    return Due((*whole, *sample), tuple(new[MOST_NEW:]))


def _sampled(task: Task) -> Task:
    found = {answer.label: answer for answer in reversed(task.answers)}
    return task.only(tuple(found[label] for label in LABELS if label in found))


def digest(paths: CoursePaths, task: Task) -> str:
    """Return a hash of all that the verdicts on a task depend on."""
    [notebook] = [n for n in read_notebooks(paths, task.lesson) if n.name == task.notebook]
    cells = {cell.grade_id: cell for cell in notebook.cells}
    answer, check = cells[task.name], cells[task.check]
    above = dict.fromkeys(unit.cell for unit in needed_above(notebook, answer, check))
    texts = [answer.text, check.text, *(notebook.cells[number].text for number in above)]
    modules = judging(notebook.names(check).needs)
    bank = bank_path(paths.source / task.lesson, task.name).read_text(encoding="utf-8")
    return fingerprint(bank, *texts, *map(_essence, modules))


def judging(names: Iterable[str]) -> list[Path]:
    """Return the modules of the course by which a check judges that uses some names.

    >>> [path.name for path in judging({"near"})]
    ['values.py']
    """
    names = {name for name in names if hasattr(course, name)}
    waiting = [getattr(course, name).__module__ for name in sorted(names)]
    found = set[str]()
    while waiting:
        module = waiting.pop()
        if module not in found and _judges(module):
            found.add(module)
            waiting += _imported(_path(module))
    evidence = EVIDENCE if "Rendezvous" in names else ()
    return [*map(_path, sorted(found)), *(PACKAGES / name for name in evidence)]


def _judges(module: str) -> bool:
    ours = module.startswith(COURSE) and not JUDGE_NO_CODE & set(module.split("."))
    return ours and _path(module).is_file()


def _path(module: str) -> Path:
    return PACKAGES / f"{module.replace('.', '/')}.py"


def _imported(path: Path) -> list[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
    return sorted(names | {str(node.module) for node in froms})


def _essence(path: Path) -> str:
    """Return what a module does, without its docstrings and the lines of comments."""
    text = path.read_text(encoding="utf-8")
    told = set[int]()  # by lines: what ast itself writes differs from one Python to the next
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            told |= {*range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}
    lines = (line for number, line in enumerate(text.split("\n"), 1) if number not in told)
    return "\n".join(line for line in lines if line.strip() and not line.strip().startswith("#"))
