"""The graders that benchmarks/grading.py compares: each grades one class and returns the scores.

Every call begins without gradebook and results. What a course does once, whoever grades (register
the assignment, pack the tests), is not timed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import ROOT
from grader.core.nbgrader import load_config, run_step
from grader.core.paths import find_paths
from grader.judge.reading.source import SourceCell, read_notebooks

Scores = dict[str, dict[str, float]]
"""Automatic points by learner and graded cell."""
LIMIT_S = 3600.0
TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case(points={points!r}, hidden=False)
def test(env):
    exec({code!r}, env)
"""


@dataclass(frozen=True)
class Class:
    """Hand-ins to grade.

    Attributes:
        course: A course folder of nbgrader that holds them.
        lesson: The assignment.
        learners: Who handed in.
    """

    course: Path
    lesson: str
    learners: tuple[str, ...]


def missing(name: str) -> bool:
    """Tell whether a grader is not installed."""
    return name.startswith("otter") and importlib.util.find_spec("otter") is None


def ours(workers: int) -> Callable[[Class], tuple[float, Scores]]:
    """Return this grader with a number of workers."""

    def grade(group: Class) -> tuple[float, Scores]:
        folder = find_paths(group.course).class_folder
        for name in ("results", "logs", "autograded"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "gradebook.db").unlink(missing_ok=True)
        command = ["grader", "autograde", "--root", str(group.course), "--workers", str(workers)]
        began_s = time.perf_counter()
        _python("-m", *command, cwd=ROOT)
        return time.perf_counter() - began_s, _from_gradebook(group.course, group)

    return grade


def nbgrader(processes: int) -> Callable[[Class], tuple[float, Scores]]:
    """Return stock nbgrader in one process, or a class split by hand over several courses."""

    def grade(group: Class) -> tuple[float, Scores]:
        shares = [group.learners[number::processes] for number in range(processes)]
        with contextlib.ExitStack() as stack, ThreadPoolExecutor(processes) as pool:
            courses = [stack.enter_context(_stock_course(group, share)) for share in shares]
            began_s = time.perf_counter()
            list(pool.map(lambda course: _autograde(course, group.lesson), courses))
            took_s = time.perf_counter() - began_s
            scores = [_from_gradebook(course, group) for course in courses]
        return took_s, {learner: cells for part in scores for learner, cells in part.items()}

    return grade


@contextlib.contextmanager
def _stock_course(group: Class, learners: Iterable[str]) -> Iterator[Path]:
    """Make a course with a share of the class, its assignment known to a new gradebook."""
    from nbgrader.converters import GenerateAssignment

    with tempfile.TemporaryDirectory(prefix="stock-", dir=group.course.parent) as folder:
        course = Path(folder)
        for part in ("solutions", "modules"):
            shutil.copytree(group.course / part, course / part)
        for file in ("nbgrader_config.py", "course.toml"):
            shutil.copy(group.course / file, course)
        here, there = find_paths(course).submitted, find_paths(group.course).submitted
        for learner in learners:
            shutil.copytree(there / learner, here / learner)
        run_step(GenerateAssignment, group.lesson, load_config(course))
        yield course


def _autograde(course: Path, lesson: str) -> None:
    _python("-m", "nbgrader", "autograde", lesson, cwd=course)


def _from_gradebook(course: Path, group: Class) -> Scores:
    from nbgrader.api import Gradebook

    with Gradebook(load_config(course).CourseDirectory.db_url) as book:
        return {
            handin.student.id: {
                grade.name: float(grade.auto_score or 0.0)
                for notebook in handin.notebooks
                for grade in notebook.grades
                if grade.cell.cell_type == "code"
            }
            for handin in book.assignment_submissions(group.lesson)
        }


def otter(processes: int) -> Callable[[Class], tuple[float, Scores]]:
    """Return `otter run`, one hand-in a process, so many processes at a time."""

    def grade(group: Class) -> tuple[float, Scores]:
        with tempfile.TemporaryDirectory(prefix="otter-", dir=group.course.parent) as folder:
            packed = _pack_tests(group, Path(folder))
            zips = {learner: _zip(group, learner, Path(folder)) for learner in group.learners}
            with ThreadPoolExecutor(processes) as pool:
                began_s = time.perf_counter()
                list(pool.map(lambda path: _otter_run(packed, path), zips.values()))
                took_s = time.perf_counter() - began_s
            return took_s, {learner: _from_otter(path) for learner, path in zips.items()}

    return grade


def _pack_tests(group: Class, folder: Path) -> Path:
    """Write the lesson's checks and questions, hidden parts included, as tests of otter."""
    tests = folder / "tests"
    tests.mkdir()
    for cell in _checked(group):
        text = TEST.format(name=cell.grade_id, points=cell.points, code=cell.code)
        (tests / f"{cell.grade_id.replace('-', '_')}.py").write_text(text, encoding="utf-8")
    source = group.course / "modules" / group.lesson
    files = [path.name for path in source.iterdir() if path.suffix == ".json"]  # the questions
    target = folder / "autograder.zip"
    options = ["--no-requirements", "--no-environment", "--no-config"]
    command = ["otter", "generate", "-t", str(tests), "-o", str(target), *options, *files]
    _python("-m", *command, cwd=source)
    return target


def _checked(group: Class) -> list[SourceCell]:
    (notebook,) = read_notebooks(find_paths(group.course), group.lesson)
    return [cell for cell in notebook.cells if cell.kind in ("check", "question")]


def _zip(group: Class, learner: str, folder: Path) -> Path:
    """Pack a hand-in with what its learner answered, as a form of a learning system would."""
    handed_in = find_paths(group.course).submitted / learner / group.lesson
    return Path(shutil.make_archive(str(folder / learner), "zip", handed_in))


def _otter_run(packed: Path, handed_in: Path) -> None:
    target = handed_in.with_suffix("")
    target.mkdir()
    _python(
        "-m", "otter", "run", "--no-logo", "-a", str(packed), "-o", str(target), str(handed_in),
        cwd=target,
    )  # fmt: skip


def _from_otter(handed_in: Path) -> dict[str, float]:
    path = handed_in.with_suffix("") / "results.json"
    tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
    return {one["name"].split(" - ")[0]: float(one["score"]) for one in tests if "score" in one}


def _python(*arguments: str, cwd: Path) -> None:
    """Run a module of Python as a command would, and give up loudly.

    Raises:
        RuntimeError: If it fails; quotes its last words.
    """
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    variables = {"PATH": programs, "PYTHONPATH": str(ROOT), "SPEEDLAB_SIZE": "small"}
    variables["NBGRADER_EXECUTION"] = "autograde"  # otter does not set it: checks would only talk
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed: {(done.stdout + done.stderr)[-2000:]}")


GRADERS: dict[str, Callable[[Class], tuple[float, Scores]]] = {
    "this grader, two boxes": ours(2),
    "this grader, one box": ours(1),
    "nbgrader, one process": nbgrader(1),
    "nbgrader, split by hand over two": nbgrader(2),
    "otter run, two at a time": otter(2),
}
