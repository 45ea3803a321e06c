"""Hand out the course: build it, and pack what learners need and nothing else.

    solutions/ --build--> modules/ --pack--> <class>/speedlab-course.zip
                                             start.py, speedlab/, modules/, datasets/, ...

Only what is named here is packed: a new folder stays at home until somebody adds it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path, PurePosixPath

from grader.build.build import LEARNERS, UNTRACKED, Files, build, read_lessons, write_zip
from grader.build.leaks import SEARCHED_SIZE, find_leaks
from grader.build.learners_texts import for_learners
from grader.core.autotests import with_templates
from grader.core.errors import GraderError, Refusal, refusing
from grader.core.markers import USUAL, course_markers
from grader.core.nbgrader import course_config, run_step
from grader.core.notebooks import read_cells
from grader.core.paths import CoursePaths
from grader.core.sources import read_sources
from speedlab.core.files import draft
from speedlab.course.lessons.progress import FILE as PROGRESS

NAME = "speedlab-course"
FILES = ("start.py", "pyproject.toml", "requirements.txt", "course.toml")
TEXTS = ("README.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md")
FOLDERS = ("speedlab", "datasets", "modules")
PAGES = ("docs/*.md", "docs/images/*")
AT_HOME = {
    "docs/authoring.md",  # it shows how hidden tests are marked
    "docs/instructors.md",
    "docs/grading.md",
    "docs/grading-speed.md",
}
LONG = 20  # signs: a shorter line of a hidden test may stand anywhere by chance


def release(paths: CoursePaths, refused: list[Refusal] | None = None) -> list[str]:
    """Build what learners get, and return the assignments.

    Lessons that are built from scripts are released together, or not at all.

    Args:
        paths: The course.
        refused: Gets the assignments that cannot be released; without it, the first is raised.

    Raises:
        BuildError: If a lesson breaks a rule, or something would leak.
    """
    if read_lessons(paths.root):
        return [lesson.name for lesson in build(paths.root)]
    from nbgrader.converters import GenerateAssignment

    config = course_config(paths.root)
    config.CourseDirectory.root = str(paths.root)
    config.CourseDirectory.ignore.append(PROGRESS)  # an author's own answers
    released = list[str]()
    for name in paths.assignments():
        with nullcontext() if refused is None else refusing(name, refused):
            read_sources(paths, name)  # it says more than nbgrader does of what is wrong
            run_step(GenerateAssignment, name, with_templates(config, paths, name))
            released.append(name)
    return released


def pack(paths: CoursePaths, target: Path) -> int:
    """Write the learners' copy of the course as a zip, and return how many files it holds.

    Raises:
        GraderError: If the copy would tell what learners must not know; no zip is written.
    """
    files = learners_files(paths)
    refuse_leaks(paths, files)
    target.parent.mkdir(parents=True, exist_ok=True)
    named = {f"{NAME}/{name}": content for name, content in files.items()}
    with draft(target) as place:
        write_zip(place, named, compression=zipfile.ZIP_DEFLATED)
    return len(files)


def learners_files(paths: CoursePaths) -> Files:
    """Return the files of the learners' copy by name."""
    root = paths.root
    release_folder = paths.release.relative_to(root).as_posix()
    candidates = [root / name for name in (*FILES, *TEXTS)]
    for folder in {*FOLDERS, release_folder}:
        candidates += (root / folder).rglob("*")
    for pattern in PAGES:
        candidates += root.glob(pattern)
    names = {path.relative_to(root): path for path in candidates if path.is_file()}
    files = {
        name.as_posix(): path.read_bytes()
        for name, path in names.items()
        if not UNTRACKED & set(name.parts)
        and not (name.as_posix().startswith(release_folder) and path.name.startswith(LEARNERS))
        and path.suffix not in (".pyc", ".tmp")
        and name.as_posix() not in AT_HOME
    }
    for name, content in files.items():
        if name.endswith(".md") and not name.startswith(release_folder):
            text = content.decode("utf-8", "surrogateescape")
            files[name] = for_learners(name, text, files).encode("utf-8", "surrogateescape")
    return files


def refuse_leaks(paths: CoursePaths, files: Mapping[str, bytes]) -> None:
    """Raise GraderError if a file is from the wrong place, or holds a line of a hidden test."""
    kept = {paths.source.name, "grader", "tests"}
    lines = {*USUAL.all, *course_markers(paths.root).all, *_hidden_lines(paths)}
    for name, content in files.items():
        why = "lies in a folder that stays at home" if PurePosixPath(name).parts[0] in kept else ""
        if not why and len(content) <= SEARCHED_SIZE:
            text = content.decode("utf-8", "ignore")
            secret = next((line for line in sorted(lines) if line in text), "")
            why = f"holds {secret!r}" if secret else ""
        if why:
            what, reason = f"{name} {why}.", "Learners must not get solutions or hidden tests."
            raise GraderError(what, reason, "Take it out; nothing was packed.")
    for lesson in read_lessons(paths.root):
        for leak in find_leaks(lesson, paths.release / lesson.name):
            what = f"{leak.path} holds {leak.what}."
            raise GraderError(what, "Learners must not get it.", "Run python -m grader build.")


def _hidden_lines(paths: CoursePaths) -> Iterator[str]:
    markers = course_markers(paths.root)
    for notebook in paths.source.glob("*/*.ipynb"):
        for cell in read_cells(notebook):
            hidden = markers.hidden_lines(cell.source)
            for number, line in enumerate(cell.source.split("\n"), 1):
                if number in hidden and len(line.strip()) >= LONG:
                    yield line.strip()


def shows_solutions(paths: CoursePaths) -> bool:
    """Say whether learners may read solutions after two tries: unwise in a graded class."""
    from speedlab.course.lessons.description import FILE, read_course

    return (paths.root / FILE).is_file() and read_course(paths.root).show_solutions
