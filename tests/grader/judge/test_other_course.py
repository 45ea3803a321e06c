"""A course that is not ours: nbgrader's own quickstart example, graded without change."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
from desk_course import content

from grader.__main__ import main
from grader.core.nbgrader import course_config, run_step

pytestmark = pytest.mark.kernel


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Two copies of the example as nbgrader ships it, with two hand-ins."""
    spec = importlib.util.find_spec("nbgrader")
    assert spec is not None and spec.origin is not None
    guide = Path(spec.origin).parent / "docs" / "source" / "user_guide"
    for copy in ("ours", "stock"):
        for folder in ("source", "release", "submitted"):
            ignore = shutil.ignore_patterns("ps1_autotest")
            shutil.copytree(guide / folder, tmp_path / copy / folder, ignore=ignore)
    return tmp_path


def test_every_row_is_the_one_that_nbgrader_writes(example: Path) -> None:
    from nbgrader.converters import Autograde, GenerateAssignment

    ours, stock = example / "ours", example / "stock"
    assert main(["autograde", "--root", str(ours), "--workers", "1"]) == 0
    config = course_config(stock)
    run_step(GenerateAssignment, "ps1", config)
    run_step(Autograde, "ps1", config)
    assert content(ours / "gradebook.db") == content(stock / "gradebook.db")
    for command in ("feedback", "report", "export"):
        assert main([command, "--root", str(ours)]) == 0
    assert (ours / "feedback" / "hacker" / "ps1" / "problem2.html").is_file()
    assert "sum_of_squares" in (ours / "report.html").read_text(encoding="utf-8")


def test_release_runs_nbgraders_own_step(example: Path) -> None:
    ours = example / "ours"
    shutil.rmtree(ours / "release")
    (ours / "source" / "ps1" / "progress.json").write_text("an author's", encoding="utf-8")
    assert main(["release", "--root", str(ours), "--pack"]) == 0
    text = (ours / "release" / "ps1" / "problem1.ipynb").read_text(encoding="utf-8")
    assert "YOUR CODE HERE" in text and "HIDDEN TESTS" not in text
    assert not (ours / "release" / "ps1" / "progress.json").exists()
    assert (ours / "speedlab-course.zip").is_file()
