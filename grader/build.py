"""Build solutions/*.py -> solutions/*.ipynb -> modules/, or check that this was done.

    solutions/a/a.py --read_lesson--> solutions/a/a.ipynb --nbgrader--> modules/a/

Both steps happen in a temporary folder, so that a failure leaves the course as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import BuildError
from grader.leaks import find_leaks
from grader.lessons import Lesson, notebook_text, read_lesson
from grader.originals import pack
from grader.questions import questions_text
from grader.stock import load_config, new_gradebook, run_step
from speedlab.course.description import FILE as COURSE
from speedlab.course.description import read_course
from speedlab.course.home.lessons import EARLIER, ORIGINALS
from speedlab.course.progress import FILE as PROGRESS
from speedlab.course.questions import FILE as QUESTIONS

Files = dict[str, bytes]
UNTRACKED = {".ipynb_checkpoints", "__pycache__", ".pytest_cache", EARLIER}
LEARNERS = ("progress", ".progress")  # how the names of a learner's own files begin


@dataclass(frozen=True)
class Finding:
    """One file that --check objects to, and why."""

    path: str
    why: str


def find_lessons(root: Path) -> list[Lesson]:
    """Read every solutions/<assignment>/<assignment>.py, in the order of their names."""
    lessons = []
    for folder in sorted(p for p in (root / "solutions").glob("*") if p.is_dir()):
        script = folder / f"{folder.name}.py"
        if script.is_file():
            lessons.append(read_lesson(script, shown=script.relative_to(root)))
    return lessons


def build(root: Path) -> list[Lesson]:
    """Make the notebooks and modules, and record the assignments in the gradebook.

    Returns:
        The lessons built; empty when there is no script.

    Raises:
        BuildError: When a script breaks a rule, nbgrader fails, or a solution would leak.
    """
    root = root.resolve()
    lessons = find_lessons(root)
    if not lessons:
        return []
    with _stage(root, lessons) as stage:
        _release(stage, lessons, gradebook=root / "grader" / "course" / "gradebook.db")
        _refuse_leaks(stage, lessons)
        _install(stage, root, lessons)
    return lessons


def check(root: Path) -> list[Finding]:
    """Compare the course with a fresh build in a temporary folder, and look for leaks."""
    root = root.resolve()
    lessons = find_lessons(root)
    findings = [_objection(text) for lesson in lessons for text in lesson.warnings]
    with _stage(root, lessons) as stage:
        _release(stage, lessons, gradebook=stage / "gradebook.db")
        findings += _differences(_derived(stage), _derived(root))
    for lesson in lessons:
        for leak in find_leaks(lesson, root / "modules" / lesson.name):
            findings.append(Finding(_relative(leak.path, root), f"holds {leak.what}"))
    return findings


def _objection(warning: str) -> Finding:
    path, _, why = warning.removesuffix(".").partition(", ")
    return Finding(path, why)


@contextmanager
def _stage(root: Path, lessons: Iterable[Lesson]) -> Iterator[Path]:
    ignore = _ignored(root)
    with tempfile.TemporaryDirectory(prefix="speedlab-build-") as name:
        stage = Path(name).resolve()
        for lesson in lessons:
            target = stage / "solutions" / lesson.name
            shutil.copytree(lesson.path.parent, target, ignore=ignore)
            text = notebook_text(lesson)
            (target / f"{lesson.name}.ipynb").write_text(text, encoding="utf-8", newline="\n")
            asked = questions_text(lesson, show_solutions=_shows_solutions(root))
            if asked:
                (target / QUESTIONS).write_text(asked, encoding="utf-8", newline="\n")
        yield stage


def _shows_solutions(root: Path) -> bool:
    return not (root / COURSE).is_file() or read_course(root).show_solutions


def _ignored(root: Path) -> Any:
    config = load_config(root)
    return shutil.ignore_patterns("*.ipynb", QUESTIONS, PROGRESS, *config.CourseDirectory.ignore)


def _release(stage: Path, lessons: Sequence[Lesson], *, gradebook: Path) -> None:
    from nbgrader.converters import GenerateAssignment

    if not gradebook.exists():
        new_gradebook(gradebook)
    config = load_config(stage, gradebook=gradebook)
    for lesson in lessons:
        run_step(GenerateAssignment, lesson.name, config)
    if lessons:
        _pack_originals(stage)


def _refuse_leaks(stage: Path, lessons: Iterable[Lesson]) -> None:
    for lesson in lessons:
        for leak in find_leaks(lesson, stage / "modules" / lesson.name):
            raise BuildError(
                f"{_relative(leak.path, stage)} would hold {leak.what}.",
                "Learners must not get solutions or hidden tests.",
                f"Change {lesson.path.name}; no notebook was written.",
            )


def _install(stage: Path, root: Path, lessons: Iterable[Lesson]) -> None:
    made = _derived(stage)
    for name, content in made.items():
        _write(root / name, content)
    for lesson in lessons:
        for path in _files(root / "modules" / lesson.name):
            if _relative(path, root) not in made:
                path.unlink()


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f"{path.name}.tmp")
    waiting.write_bytes(content)
    waiting.replace(path)


def _derived(root: Path) -> Files:
    """Return every derived file of a course by its relative name."""
    solutions = root / "solutions"
    paths = [*_files(root / "modules"), *solutions.glob("*/*.ipynb")]
    paths += solutions.glob(f"*/{QUESTIONS}")
    # An author's own record: nbgrader would put it in the place of every learner's.
    paths += solutions.glob(f"*/{PROGRESS}")
    return {_relative(path, root): _content(path) for path in sorted(paths)}


def _pack_originals(stage: Path) -> None:
    modules = stage / "modules"
    released = {_relative(path, modules): _content(path) for path in _files(modules)}
    (modules / ORIGINALS).write_bytes(pack(released))


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    # nbconvert writes the system's line ends; git and this build keep one kind
    return content.replace(b"\r\n", b"\n") if path.suffix == ".ipynb" else content


def _files(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    found = [path for path in found if not path.name.startswith(LEARNERS)]
    return [path for path in found if not UNTRACKED & set(path.relative_to(folder).parts)]


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _differences(made: Files, present: Files) -> list[Finding]:
    findings = []
    for name in sorted(made.keys() | present.keys()):
        if name not in present:
            findings.append(Finding(name, "is missing"))
        elif name not in made:
            findings.append(Finding(name, "is made by no source"))
        elif made[name] != present[name]:
            findings.append(Finding(name, "differs from a fresh build"))
    return findings
