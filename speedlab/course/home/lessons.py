"""Start a lesson over, or put a lost one back, from the originals that the build packed."""

from __future__ import annotations

import shutil
import zipfile
from datetime import datetime
from pathlib import Path

from speedlab.core.errors import BadInput
from speedlab.core.files import write_bytes
from speedlab.course.home.forms import carry_over
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import Lesson

ORIGINALS = "originals.zip"
EARLIER = "earlier-work"


def start_over(lesson: Lesson, root: Path) -> Path:
    """Put the original of a lesson in the place of the learner's, and keep the learner's work.

    Answers to the questions before and after the course stay where they are handed in: they are
    none of the lesson's, and nobody can answer twice.

    Returns:
        The folder, with the date in its name, that now holds the work.

    Raises:
        BadInput: If the originals are missing or damaged; nothing was moved.
    """
    original = read_original(lesson, root)
    folder = lesson.folder(root)
    kept = _dated(folder / EARLIER)
    kept.mkdir(parents=True)
    for path in (lesson.notebook(root), folder / progress.FILE):
        if path.is_file():
            shutil.move(path, kept / path.name)
    _write(original, root)
    carry_over(kept, folder)
    return kept


def restore(lesson: Lesson, root: Path) -> None:
    """Put the missing files of a lesson back; files that are there stay as they are.

    Raises:
        BadInput: If the originals are missing or damaged.
    """
    missing = {
        name: content
        for name, content in read_original(lesson, root).items()
        if not (root / "modules" / name).exists()
    }
    _write(missing, root)


def read_original(lesson: Lesson, root: Path) -> dict[str, bytes]:
    """Return the files of a lesson as it was released, by their names inside modules/."""
    path = root / "modules" / ORIGINALS
    try:
        with zipfile.ZipFile(path) as packed:
            names = [name for name in packed.namelist() if name.startswith(f"{lesson.name}/")]
            if names:
                return {name: packed.read(name) for name in names}
            why = f"It does not hold {lesson.name}."
    except (OSError, zipfile.BadZipFile) as error:
        why = f"{path} cannot be read: {error}."
    what = "The originals of the lessons are missing or damaged."
    raise BadInput(what, why, "Download the course again; your own work stays where it is.")


def _dated(folder: Path) -> Path:
    now = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    names = [folder / now, *(folder / f"{now}-{n}" for n in range(2, 100))]
    return next(path for path in names if not path.exists())


def _write(files: dict[str, bytes], root: Path) -> None:
    for name, content in files.items():
        path = root / "modules" / name
        write_bytes(path, content, parents=True)
