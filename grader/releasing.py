"""Hand out the course: build it, and pack what learners need and nothing else.

    solutions/ --build--> modules/ --pack--> <desk>/speedlab-course.zip
                                             start.py, speedlab/, modules/, datasets/, ...

Only what is named here is packed: a new folder stays at home until somebody adds it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from grader.build import LEARNERS, UNTRACKED, build, find_lessons
from grader.errors import GraderError
from grader.leaks import SEARCHED_SIZE, find_leaks
from grader.originals import WHEN
from grader.places import Places
from grader.regions import MARKERS, split_regions
from grader.stock import course_config, run_step
from speedlab.course.progress import FILE as PROGRESS

NAME = "speedlab-course"
FILES = ("start.py", "pyproject.toml", "requirements.txt", "course.toml")
TEXTS = ("README.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md")
FOLDERS = ("speedlab", "datasets", "modules")
PAGES = ("docs/*.md", "docs/images/*")
AT_HOME = {"docs/authoring.md"}  # it shows how hidden tests are marked
LONG = 20  # signs: a shorter line of a hidden test may stand anywhere by chance

Files = dict[str, bytes]


def release(places: Places) -> list[str]:
    """Build what learners get, and return the assignments.

    Raises:
        BuildError: If a lesson breaks a rule, or something would leak.
    """
    if find_lessons(places.root):
        return [lesson.name for lesson in build(places.root)]
    from nbgrader.converters import GenerateAssignment

    config = course_config(places.root)
    config.CourseDirectory.root = str(places.root)
    config.CourseDirectory.ignore.append(PROGRESS)  # an author's own answers
    for name in places.assignments():
        run_step(GenerateAssignment, name, config)
    return places.assignments()


def pack(places: Places, target: Path) -> int:
    """Write the learners' copy of the course as a zip, and return how many files it holds.

    Raises:
        GraderError: If the copy would tell what learners must not know; no zip is written.
    """
    files = learners_files(places)
    refuse_leaks(places, files)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.tmp")
    try:
        with zipfile.ZipFile(draft, "w") as packed:
            for name in sorted(files):
                info = zipfile.ZipInfo(f"{NAME}/{name}", date_time=WHEN)
                info.create_system, info.external_attr = 3, 0o644 << 16
                packed.writestr(info, files[name], zipfile.ZIP_DEFLATED)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return len(files)


def learners_files(places: Places) -> Files:
    """Return the files of the learners' copy by name."""
    root = places.root
    release_folder = places.release.relative_to(root).as_posix()
    found = [root / name for name in (*FILES, *TEXTS)]
    for folder in {*FOLDERS, release_folder}:
        found += (root / folder).rglob("*")
    for pattern in PAGES:
        found += root.glob(pattern)
    names = {path.relative_to(root): path for path in found if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in names.items()
        if not UNTRACKED & set(name.parts)
        and not (name.as_posix().startswith(release_folder) and path.name.startswith(LEARNERS))
        and path.suffix not in (".pyc", ".tmp")
        and name.as_posix() not in AT_HOME
    }


def refuse_leaks(places: Places, files: Mapping[str, bytes]) -> None:
    """Raise GraderError if a file is from the wrong place, or holds a line of a hidden test."""
    kept = {places.source.name, "grader", "tests"}
    lines = list(_hidden_lines(places))
    for name, content in files.items():
        why = "lies in a folder that stays at home" if PurePosixPath(name).parts[0] in kept else ""
        if not why and len(content) <= SEARCHED_SIZE:
            text = content.decode("utf-8", "ignore")
            secret = next((one for one in (*MARKERS, *lines) if one in text), "")
            why = f"holds {secret!r}" if secret else ""
        if why:
            what, reason = f"{name} {why}.", "Learners must not get solutions or hidden tests."
            raise GraderError(what, reason, "Take it out; nothing was packed.")
    for lesson in find_lessons(places.root):
        for leak in find_leaks(lesson, places.release / lesson.name):
            what = f"{leak.path} holds {leak.what}."
            raise GraderError(what, "Learners must not get it.", "Run python -m grader build.")


def _hidden_lines(places: Places) -> Iterator[str]:
    for lesson in find_lessons(places.root):
        for cell in lesson.cells:
            for line in split_regions(cell.source).hidden_tests:
                if len(line.strip()) >= LONG:
                    yield line.strip()


def shows_solutions(places: Places) -> bool:
    """Say whether learners may read solutions after two tries: unwise in a graded class."""
    from speedlab.course.description import FILE, read_course

    return (places.root / FILE).is_file() and read_course(places.root).show_solutions
