"""Start over and restore: the original comes back, and the learner's work is never lost."""

import shutil
from pathlib import Path

import pytest

from speedlab.core.errors import BadInput
from speedlab.course.home import lessons
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import read_course

ROOT = Path(__file__).resolve().parents[3]
LESSON = read_course(ROOT).lessons[0]


@pytest.fixture
def root(tmp_path):
    """A course whose originals are those of this one, and whose notebook was changed."""
    (tmp_path / "modules").mkdir()
    shutil.copy(ROOT / "modules" / lessons.ORIGINALS, tmp_path / "modules")
    lessons.restore(LESSON, tmp_path)
    LESSON.notebook(tmp_path).write_text("my work")
    progress.mark_done(LESSON.folder(tmp_path), "m1-lab")
    return tmp_path


def test_the_original_is_the_released_lesson(root):
    files = lessons.read_original(LESSON, root)
    name = f"{LESSON.name}/{LESSON.name}.ipynb"
    assert files[name].startswith(b"{") and b"nbgrader" in files[name]
    assert all(Path(name).parts[0] == LESSON.name for name in files)


def test_starting_over_keeps_the_work_under_its_date(root):
    kept = lessons.start_over(LESSON, root)
    assert (kept / f"{LESSON.name}.ipynb").read_text() == "my work"
    assert list(progress.load(kept).done) == ["m1-lab"]
    assert LESSON.notebook(root).read_bytes().startswith(b"{")
    assert progress.load(LESSON.folder(root)).done == {}


def test_starting_over_twice_keeps_both(root):
    first = lessons.start_over(LESSON, root)
    LESSON.notebook(root).write_text("more work")
    second = lessons.start_over(LESSON, root)
    texts = [(kept / f"{LESSON.name}.ipynb").read_text() for kept in (first, second)]
    assert texts == ["my work", "more work"]


def test_a_deleted_folder_comes_back(root):
    shutil.rmtree(LESSON.folder(root))
    lessons.restore(LESSON, root)
    assert LESSON.notebook(root).is_file()


def test_restoring_overwrites_nothing(root):
    picture = next(LESSON.folder(root).rglob("*.png"))
    picture.unlink()
    lessons.restore(LESSON, root)
    assert picture.is_file()
    assert LESSON.notebook(root).read_text() == "my work"


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PK")])
def test_without_originals_nothing_is_moved(root, damage):
    damage(root / "modules" / lessons.ORIGINALS)
    with pytest.raises(BadInput, match="missing or damaged"):
        lessons.start_over(LESSON, root)
    assert LESSON.notebook(root).read_text() == "my work"
