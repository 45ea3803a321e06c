"""Facts about lesson scripts and the notebooks made from them."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from example_course import LESSON, SCRIPT, make_course

from grader.build.scripts import LessonScript, notebook_text, read_lesson
from grader.core.errors import BuildError

ANSWER = "# %% answer m1-one\n### BEGIN SOLUTION\none = 1\n### END SOLUTION\n\n"


def lesson_of(folder: Path, script: str) -> LessonScript:
    make_course(folder, script)
    return read_lesson(folder / "solutions" / LESSON / f"{LESSON}.py", shown=Path("a/a.py"))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("# %% quiz m1-one\n1\n", "line 1: Unknown kind 'quiz'"),
        (ANSWER + "# %% check m1-test\nassert one\n", "line 6: The points are missing"),
        (ANSWER + ANSWER, "line 6: The grade id m1-one is a duplicate. .* line 1"),
        ("# %% check m1-test 2\nassert True\n", "line 1: The check m1-test has no answer"),
        ("# %% answer m1-one\none = 1\n", "line 1: The answer m1-one has no ### BEGIN"),
        ("# %%\n### BEGIN SOLUTION\n1\n### END SOLUTION\n", "line 1: A solution region"),
        ("# %%\n### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS\n", "line 1: A hidden-tests"),
        ("# %% answer m1-one\n### BEGIN SOLUTION\n1\n", "line 1: ### BEGIN SOLUTION is never"),
        ("# %% answer m1-one\n1\n### END SOLUTION\n", "line 1: ### END SOLUTION closes nothing"),
        ("# %% folded\nx = 1\n", "line 1: A folded cell must start with a comment"),
        ("# %% [markdown]\n# # A\n\n# %% [markdown]\n# # B\n", "line 4: A lesson has one H1"),
        ("# %% [raw]\n# x\n", "line 1: Raw cells"),
        ('# %% {"nbgrader": {}}\n1\n', "line 1: Headers carry no nbgrader metadata"),
        ("import os\n\n# %%\n1\n", "line 1: The script has 1 lines with # %% and 2 cells"),
    ],
)
def test_a_broken_rule_names_file_and_line(tmp_path: Path, script: str, said: str) -> None:
    with pytest.raises(BuildError, match=f"a/a.py, {said}"):
        lesson_of(tmp_path, script)


def test_a_comment_in_fenced_code_is_no_title(tmp_path: Path) -> None:
    script = "# %% [markdown]\n# # A\n# ```\n# # no title\n# ```\n"
    assert not lesson_of(tmp_path, script).warnings


def test_a_long_code_cell_is_warned_about(tmp_path: Path) -> None:
    lines = "".join(f"x{n} = {n}\n" for n in range(16))
    (warning,) = lesson_of(tmp_path, f"# %%\n{lines}").warnings
    assert warning == "a/a.py, line 1: The code cell has 16 lines, more than 15."


def test_comments_and_blank_lines_do_not_make_a_cell_long(tmp_path: Path) -> None:
    lines = "".join(f"# why\nx{n} = {n}\n\n" for n in range(15))
    assert not lesson_of(tmp_path, f"# %%\n{lines}").warnings


def test_the_notebook_is_valid_and_bare(tmp_path: Path) -> None:
    text = notebook_text(lesson_of(tmp_path, SCRIPT))
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert text.endswith("}\n")


def test_cell_ids_are_grade_ids_or_counted_hashes(tmp_path: Path) -> None:
    text = notebook_text(lesson_of(tmp_path, ANSWER + "# %%\nx = 1\n\n# %%\nx = 1\n"))
    graded, first, second = (cell["id"] for cell in json.loads(text)["cells"])
    assert graded == "m1-one"
    assert second == f"{first}_2"


def test_the_same_script_makes_the_same_notebook(tmp_path: Path) -> None:
    texts = {notebook_text(lesson_of(tmp_path / name, SCRIPT)) for name in ("a", "b")}
    assert len(texts) == 1


def test_tags_survive_and_jupytexts_own_keys_do_not(tmp_path: Path) -> None:
    text = notebook_text(lesson_of(tmp_path, '# %% tags=["slow"]\nx = 1\n'))
    assert json.loads(text)["cells"][0]["metadata"] == {"tags": ["slow"]}


def test_points_add_up(tmp_path: Path) -> None:
    assert lesson_of(tmp_path, SCRIPT).points == 11
