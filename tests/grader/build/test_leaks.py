"""Facts about what may not reach learners."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from example_course import LESSON, SCRIPT, make_course

from grader.build.leaks import find_leaks
from grader.build.scripts import LessonScript, read_lesson


@pytest.fixture
def lesson(tmp_path: Path) -> LessonScript:
    make_course(tmp_path)
    return read_lesson(tmp_path / "solutions" / LESSON / f"{LESSON}.py")


def leaks_of(lesson: LessonScript, folder: Path, **cell: Any) -> list[str]:
    """Return the leaks of a released notebook with one cell."""
    folder.mkdir(exist_ok=True)
    whole = {"cell_type": "code", "id": "a-b", "source": [], "metadata": {}, "outputs": []} | cell
    (folder / "a.ipynb").write_text(json.dumps({"cells": [whole]}), encoding="utf-8")
    return [leak.what for leak in find_leaks(lesson, folder)]


def test_a_clean_notebook_leaks_nothing(lesson: LessonScript, tmp_path: Path) -> None:
    source = ["def halve(items):\n", "    raise NotImplementedError()"]
    assert leaks_of(lesson, tmp_path / "m", source=source, execution_count=None) == []


def test_a_solution_line_is_found(lesson: LessonScript, tmp_path: Path) -> None:
    found = leaks_of(lesson, tmp_path / "m", source=["x = 1\n", "  middle = len(items) // 2\n"])
    assert found == ["the secret line 'middle = len(items) // 2'"]


def test_a_commented_solution_line_is_found(lesson: LessonScript, tmp_path: Path) -> None:
    assert leaks_of(lesson, tmp_path / "m", source="# middle = len(items) // 2")


def test_a_hidden_test_is_found(lesson: LessonScript, tmp_path: Path) -> None:
    source = "assert halve([1, 2, 3, 4]) == [[1, 2], [3, 4]]"
    assert leaks_of(lesson, tmp_path / "m", source=source) == [f"the secret line {source!r}"]


def test_a_model_memo_is_found(lesson: LessonScript, tmp_path: Path) -> None:
    text = "That halves add up to the whole, every time."
    assert leaks_of(lesson, tmp_path / "m", cell_type="markdown", source=text)


def test_a_memo_without_a_region_is_secret_as_a_whole(tmp_path: Path) -> None:
    make_course(tmp_path, "# %% memo m1-memo 2 [markdown]\n# Because chunks are cheap.\n")
    lesson = read_lesson(tmp_path / "solutions" / LESSON / f"{LESSON}.py")
    assert leaks_of(lesson, tmp_path / "m", source="Because chunks are cheap.")


def test_a_secret_in_metadata_is_found(lesson: LessonScript, tmp_path: Path) -> None:
    hidden = {"note": ["# middle = len(items) // 2"]}
    assert leaks_of(lesson, tmp_path / "m", metadata=hidden)


def test_outputs_and_execution_counts_are_found(lesson: LessonScript, tmp_path: Path) -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": "3"}]
    found = leaks_of(lesson, tmp_path / "m", outputs=outputs, execution_count=1)
    assert found == ["an output of cell a-b", "an execution count of cell a-b"]


def test_a_marker_is_found(lesson: LessonScript, tmp_path: Path) -> None:
    assert "the marker BEGIN SOLUTION" in leaks_of(
        lesson, tmp_path / "m", source="### BEGIN SOLUTION"
    )


def test_a_script_and_a_text_with_secrets_are_found(lesson: LessonScript, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "lesson.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "m" / "notes.txt").write_text("middle = len(items) // 2", encoding="utf-8")
    leaks = find_leaks(lesson, tmp_path / "m")
    assert {leak.path.name for leak in leaks} == {"lesson.py", "notes.txt"}
    assert "a script" in {leak.what for leak in leaks}


def test_a_secret_line_that_is_also_visible_is_no_leak(tmp_path: Path) -> None:
    script = (
        "# %%\nresult = sum(items)\n\n# %% answer m1-one\n"
        "### BEGIN SOLUTION\nresult = sum(items)\n### END SOLUTION\n"
    )
    make_course(tmp_path, script)
    lesson = read_lesson(tmp_path / "solutions" / LESSON / f"{LESSON}.py")
    assert leaks_of(lesson, tmp_path / "m", source="result = sum(items)") == []


def test_a_short_secret_counts_only_as_a_whole_line(tmp_path: Path) -> None:
    make_course(tmp_path, "# %% answer m1-one\n### BEGIN SOLUTION\nrows = 1\n### END SOLUTION\n")
    lesson = read_lesson(tmp_path / "solutions" / LESSON / f"{LESSON}.py")
    assert leaks_of(lesson, tmp_path / "m", source="arrows = 1") == []
    assert leaks_of(lesson, tmp_path / "m", source="rows = 1")
