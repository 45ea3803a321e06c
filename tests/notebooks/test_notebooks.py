"""Every lesson runs from top to bottom, and keeps to the shape of a lesson."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.notebook

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.parent.name for path in ROOT.glob("solutions/*/*.ipynb"))


@pytest.fixture(params=LESSONS)
def lesson(request):
    return request.param


def test_there_is_a_lesson():
    assert LESSONS


def test_the_solved_lesson_runs_without_an_error(lesson, small_course):
    notebook = small_course / "solutions" / lesson / f"{lesson}.ipynb"
    flags = ["--nbval-lax", "--nbval-cell-timeout=120", "-q"]
    ini = ["-c", "/dev/null", "--rootdir", str(small_course)]
    command = [sys.executable, "-m", "pytest", *flags, *ini, str(notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=small_course)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_the_lesson_has_the_common_shape(lesson):
    notebook = nbformat.read(ROOT / "modules" / lesson / f"{lesson}.ipynb", as_version=4)
    assert 25 <= len(notebook.cells) <= 40
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    titles = [line for text in prose for line in text.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    graded = [c.metadata["nbgrader"] for c in notebook.cells if "nbgrader" in c.metadata]
    assert sum(cell["grade"] for cell in graded) >= 8


def test_pictures_named_in_the_lesson_are_there(lesson):
    import re

    folder = ROOT / "modules" / lesson
    notebook = nbformat.read(folder / f"{lesson}.ipynb", as_version=4)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures and all((folder / name).is_file() for name in pictures)
