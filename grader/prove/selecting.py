"""Which answers are tried: a course's own banks, or those of another folder."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.build.answers import FOLDER, METHODS, read_bank
from grader.build.build import is_built
from grader.core.errors import GraderError
from grader.core.paths import CoursePaths
from grader.judge.reading.source import SourceNotebook, read_notebooks
from grader.prove.records import Task
from speedlab.core.errors import BadInput
from speedlab.core.text import nearest_sentence

Check = tuple[str, str, str]
"""A notebook, the grade id of an answer in it, and that of its check."""


def choose_tasks(paths: CoursePaths, lesson: str = "", answers: Path | None = None) -> list[Task]:
    """Return the tasks whose checks are tried, in the order of the lessons.

    Args:
        paths: The course.
        lesson: Only this one; "" for all.
        answers: The folder FOLDER of FOLDER/<lesson>/<grade-id>.py; by default the course's own.

    Raises:
        BadInput: If it names something that does not exist, or a task has no bank.
        BuildError: If a bank is not understood.
        GraderError: If a lesson does not exist or is not built.
    """
    if answers is None:
        names = [paths.check_assignment(lesson)] if lesson else paths.assignments()
        chosen = [one for name in names for one in _own(paths, name)]
    else:
        names = _lessons_in(paths, answers, lesson)
        chosen = [one for name in names for one in _found(paths, name, answers / name)]
    if not chosen:
        where = answers or paths.source
        what, why = "There is no answer to try.", f"{where} holds no bank of a code task."
        raise BadInput(what, why, "Write <lesson>/<grade-id>.py there.")
    return chosen


def under_methods(tasks: Sequence[Task], methods: Sequence[str]) -> list[Task]:
    """Return every task under every start method.

    Raises:
        BadInput: If this system does not have one of them.
    """
    here = multiprocessing.get_all_start_methods()
    for name in methods:
        if name not in here:
            known = name in METHODS
            what = f"There is no start method {name!r}{' on this system' if known else ''}."
            raise BadInput(what, f"There are {', '.join(here)}.", nearest_sentence(name, here))
    return [replace(task, method=name) for name in methods for task in tasks]


def usual_method() -> str:
    """Return the default start method of this system and this Python."""
    return multiprocessing.get_all_start_methods()[0]


def _own(paths: CoursePaths, lesson: str) -> list[Task]:
    folder = paths.source / lesson / FOLDER
    found = _found(paths, lesson, folder)
    have = {task.name for task in found}
    missing = [name for _, name, _ in _checks(paths, lesson) if name not in have]
    if missing:
        what = f"{lesson}: {', '.join(missing)} has no bank of answers."
        raise BadInput(what, f"{folder} lacks it.", "Write it: see docs/authoring.md.")
    return found


def _found(paths: CoursePaths, lesson: str, folder: Path) -> list[Task]:
    """Return the tasks of a lesson that have a bank in a folder."""
    if not is_built(paths.root, lesson):
        why = "Its script was changed since."
        raise GraderError(f"{lesson} is not built.", why, "Run python -m grader build.")
    checks = {name: (notebook, check) for notebook, name, check in _checks(paths, lesson)}
    banks = {path.stem: path for path in sorted(folder.glob("*.py"))}
    for name, path in banks.items():
        if name not in checks:
            what = f"{path} is the bank of no task."
            why = f"{lesson} has {', '.join(checks) or 'no code task'}."
            raise BadInput(what, why, nearest_sentence(name, checks))
    return [
        Task(paths.root, lesson, notebook, name, check, read_bank(banks[name]))
        for name, (notebook, check) in checks.items()
        if name in banks
    ]


def _lessons_in(paths: CoursePaths, answers: Path, lesson: str) -> list[str]:
    """Return the lessons of which a folder holds banks."""
    if not answers.is_dir():
        raise BadInput(f"There is no folder {answers}.", "It should hold answers to try.")
    known = paths.assignments()
    folders = [path for path in answers.glob("*") if path.is_dir() and any(path.glob("*.py"))]
    names = sorted(path.name for path in folders)
    for name in names:
        if name not in known:
            what, why = f"{answers / name} belongs to no lesson.", f"The course has {known}."
            raise BadInput(what, why, nearest_sentence(name, known))
    if not lesson:
        return names
    paths.check_assignment(lesson)
    if lesson not in names:
        raise BadInput(f"{answers} holds no answer to {lesson}.", f"It holds {names}.")
    return [lesson]


def _checks(paths: CoursePaths, lesson: str) -> list[Check]:
    return [one for notebook in read_notebooks(paths, lesson) for one in tasks_of(notebook)]


def tasks_of(notebook: SourceNotebook) -> list[Check]:
    """Return the code tasks of a notebook: each answer, and the first check that follows it."""
    found = list[Check]()
    for cell in notebook.cells:
        later = (check for check in notebook.checks if check.index > cell.index)
        check = next(later, None)
        if cell.kind == "answer" and check is not None:
            found.append((notebook.name, cell.grade_id, check.grade_id))
    return found
