"""Build solutions/*.py -> solutions/*.ipynb -> modules/, or check that this was done.

    solutions/a/a.py --read_lesson--> solutions/a/a.ipynb --nbgrader--> modules/a/

Both steps happen in a temporary folder, so that a failure leaves the course as it was.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.build.answers import FOLDER as ANSWERS
from grader.build.answers import unfinished_banks
from grader.build.ideas import ideas_text
from grader.build.leaks import find_leaks
from grader.build.questions import questions_text, released_text
from grader.build.scripts import LessonScript, notebook_text, read_lesson
from grader.core.errors import BuildError
from grader.core.nbgrader import load_config, new_gradebook, run_step
from speedlab.core.files import write_bytes, write_text
from speedlab.course.home.lessons import EARLIER, ORIGINALS
from speedlab.course.lessons.description import FILE as COURSE
from speedlab.course.lessons.description import read_course
from speedlab.course.lessons.progress import FILE as PROGRESS
from speedlab.course.quiz.ideas import FILE as IDEAS
from speedlab.course.quiz.questions import FILE as QUESTIONS

Files = dict[str, bytes]
UNTRACKED = {".ipynb_checkpoints", "__pycache__", ".pytest_cache", EARLIER}
LEARNERS = ("progress", ".progress")  # how the names of a learner's own files begin


@dataclass(frozen=True)
class Objection:
    """One file that --check objects to, and why."""

    path: str
    why: str


def read_lessons(root: Path) -> list[LessonScript]:
    """Read every solutions/<assignment>/<assignment>.py, in the order of their names."""
    lessons = []
    for folder in sorted(p for p in (root / "solutions").glob("*") if p.is_dir()):
        script = folder / f"{folder.name}.py"
        if script.is_file():
            lessons.append(read_lesson(script, shown=script.relative_to(root)))
    return lessons


def build(root: Path) -> list[LessonScript]:
    """Make the notebooks and modules, and record the assignments in the gradebook.

    Returns:
        The lessons built; empty when there is no script.

    Raises:
        BuildError: When a script breaks a rule, nbgrader fails, or a solution would leak.
    """
    root = root.resolve()
    lessons = read_lessons(root)
    if not lessons:
        return []
    for objection in _unfinished(root, lessons):
        then = "docs/authoring.md says how a bank is written; no notebook was written."
        raise BuildError(f"{objection.path} {objection.why}.", "", then)
    with _stage(root, lessons) as stage:
        _release(root, stage, lessons, gradebook=root / "grader" / "course" / "gradebook.db")
        _refuse_leaks(stage, lessons)
        _install(stage, root, lessons)
    return lessons


def check(root: Path) -> list[Objection]:
    """Compare the course with a fresh build in a temporary folder, and look for leaks."""
    root = root.resolve()
    lessons = read_lessons(root)
    objections = [_as_objection(text) for lesson in lessons for text in lesson.warnings]
    objections += _unfinished(root, lessons)
    with _stage(root, lessons) as stage:
        _release(root, stage, lessons, gradebook=stage / "gradebook.db")
        objections += _differences(_derived(stage), _derived(root))
    for lesson in lessons:
        for leak in find_leaks(lesson, root / "modules" / lesson.name):
            objections.append(Objection(_relative(leak.path, root), f"holds {leak.what}"))
    return objections


def _as_objection(warning: str) -> Objection:
    path, _, why = warning.removesuffix(".").partition(", ")
    return Objection(path, why)


def _unfinished(root: Path, lessons: Iterable[LessonScript]) -> list[Objection]:
    """Return what the banks lack, in a course that says that its tasks have some."""
    if not ((root / COURSE).is_file() and read_course(root).answers):
        return []
    found = [one for lesson in lessons for one in unfinished_banks(lesson)]
    return [Objection(_relative(path, root), why) for path, why in found]


def is_built(root: Path, name: str) -> bool:
    """Tell whether a lesson's notebook and questions are what its script makes.

    A lesson without a script has nothing to be built from.
    """
    script = root / "solutions" / name / f"{name}.py"
    if not script.is_file():
        return True
    texts = _made(root, read_lesson(script, shown=script.relative_to(root)))
    paths = {script.parent / name: text for name, text in texts.items()}
    return all(path.is_file() and _content(path) == text.encode() for path, text in paths.items())


def _made(root: Path, lesson: LessonScript) -> dict[str, str]:
    """Return the files that a script makes beside itself, by name."""
    made = {f"{lesson.name}.ipynb": notebook_text(lesson)}
    shown, shares = _shows_solutions(root), _shares(root)
    asked = questions_text(lesson, show_solutions=shown, shares=shares)
    return made | ({QUESTIONS: asked} if asked else {})


@contextmanager
def _stage(root: Path, lessons: Iterable[LessonScript]) -> Iterator[Path]:
    ignore = _ignored(root)
    with tempfile.TemporaryDirectory(prefix="speedlab-build-") as name:
        stage = Path(name).resolve()
        for lesson in lessons:
            target = stage / "solutions" / lesson.name
            shutil.copytree(lesson.path.parent, target, ignore=ignore)
            for file, text in _made(root, lesson).items():
                (target / file).write_text(text, encoding="utf-8", newline="\n")
        yield stage


def _shows_solutions(root: Path) -> bool:
    return not (root / COURSE).is_file() or read_course(root).show_solutions


def _shares(root: Path) -> tuple[float, ...]:
    return read_course(root).tries if (root / COURSE).is_file() else ()


def _ignored(root: Path) -> Any:
    config = load_config(root)
    ours = ("*.ipynb", QUESTIONS, PROGRESS, ANSWERS)
    return shutil.ignore_patterns(*ours, *config.CourseDirectory.ignore)


def _ships_keys(root: Path) -> bool:
    return not (root / COURSE).is_file() or read_course(root).keys


def _release(root: Path, stage: Path, lessons: Sequence[LessonScript], *, gradebook: Path) -> None:
    from nbgrader.converters import GenerateAssignment

    if not gradebook.exists():
        new_gradebook(gradebook)
    config = load_config(stage, gradebook=gradebook)
    for lesson in lessons:
        run_step(GenerateAssignment, lesson.name, config)
        released = stage / "modules" / lesson.name / QUESTIONS
        if released.is_file() and not _ships_keys(root):
            write_text(released, released_text(released.read_text(encoding="utf-8")))
    if lessons:
        _ask_before_and_after(root, stage, lessons)
        _pack_originals(stage)


def _ask_before_and_after(root: Path, stage: Path, lessons: Iterable[LessonScript]) -> None:
    names, show, keys = [each.name for each in lessons], _shows_solutions(root), _ships_keys(root)
    asked = ideas_text(root / "solutions", names, show_solutions=show, keys=keys)
    if asked:
        write_text(stage / "modules" / IDEAS, asked)


def _refuse_leaks(stage: Path, lessons: Iterable[LessonScript]) -> None:
    for lesson in lessons:
        for leak in find_leaks(lesson, stage / "modules" / lesson.name):
            raise BuildError(
                f"{_relative(leak.path, stage)} would hold {leak.what}.",
                "Learners must not get solutions or hidden tests.",
                f"Change {lesson.path.name}; no notebook was written.",
            )


def _install(stage: Path, root: Path, lessons: Iterable[LessonScript]) -> None:
    derived = _derived(stage)
    for name, content in derived.items():
        _write(root / name, content)
    for lesson in lessons:
        for path in _files(root / "modules" / lesson.name):
            if _relative(path, root) not in derived:
                path.unlink()


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    write_bytes(path, content, parents=True)


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
    write_zip(modules / ORIGINALS, released, compression=zipfile.ZIP_STORED)


def write_zip(target: Path, files: Files, *, compression: int) -> None:
    """Write a zip of files by name: the same files, uncompressed, give the same bytes anywhere."""
    with zipfile.ZipFile(target, "w", compression) as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            packed.writestr(info, files[name], compression)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    # nbconvert writes the system's line ends; git and this build keep one kind
    return content.replace(b"\r\n", b"\n") if path.suffix == ".ipynb" else content


def _files(folder: Path) -> list[Path]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    paths = [path for path in paths if not path.name.startswith(LEARNERS)]
    return [path for path in paths if not UNTRACKED & set(path.relative_to(folder).parts)]


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _differences(fresh: Files, present: Files) -> list[Objection]:
    objections = []
    for name in sorted(fresh.keys() | present.keys()):
        if name not in present:
            objections.append(Objection(name, "is missing"))
        elif name not in fresh:
            objections.append(Objection(name, "is made by no source"))
        elif fresh[name] != present[name]:
            objections.append(Objection(name, "differs from a fresh build"))
    return objections
