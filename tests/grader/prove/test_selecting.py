"""Facts about which answers are tried, and what is refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_course import ADD, DOUBLE, LESSON, RIGHT, WRONG, write_bank

from grader.__main__ import main
from grader.core.paths import find_paths
from grader.prove.selecting import choose_tasks, under_methods

SUM = "# %% right: sum\ndef add(x, y):\n    return x + y\n"


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run the command on something that it refuses, and return the sentence."""
    assert main(["prove", *map(str, arguments)]) == 2
    shown = capsys.readouterr()
    lines = [line for line in shown.err.splitlines() if line]
    assert len(lines) == 1
    return lines[0]


@pytest.fixture
def copied(small_course: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_course, tmp_path / "course"))


def test_another_folder_gives_only_the_tasks_that_it_holds(
    small_course: Path, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text("answers")
    (task,) = choose_tasks(find_paths(small_course), answers=write_bank(tmp_path, DOUBLE, RIGHT))
    assert (task.lesson, task.name, task.check) == (LESSON, DOUBLE, f"{DOUBLE}-test")
    assert [answer.name for answer in task.answers] == ["sum"]


def test_a_course_has_banks_of_its_own(copied: Path) -> None:
    folder = copied / "solutions" / LESSON / "answers"
    folder.mkdir()
    for name, text in ((DOUBLE, RIGHT + WRONG), (ADD, SUM)):
        (folder / f"{name}.py").write_text(text)
    tasks = choose_tasks(find_paths(copied), LESSON)
    assert [(task.name, len(task.answers)) for task in tasks] == [(DOUBLE, 2), (ADD, 1)]


def test_every_task_is_tried_under_every_start_method(small_course: Path, tmp_path: Path) -> None:
    tasks = choose_tasks(find_paths(small_course), answers=write_bank(tmp_path, DOUBLE, RIGHT))
    assert [task.method for task in under_methods(tasks, ["spawn", "spawn"])] == ["spawn"] * 2


def test_a_task_without_a_bank_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied / "solutions" / LESSON / "answers"
    folder.mkdir()
    (folder / f"{DOUBLE}.py").write_text(RIGHT)
    said = told(capsys, "--root", copied)
    assert said.startswith(f"grader: {LESSON}: {ADD} has no bank of answers.")


@pytest.mark.parametrize(
    ("task", "text", "said"),
    [
        (
            "m0-dubble",
            RIGHT,
            "m0-dubble.py is the bank of no task. 00_small has m0-double, m0-add.",
        ),
        (DOUBLE, "# %% write: sum\n", "m0-double.py, line 1: The label 'write' is unknown."),
        (DOUBLE, "def double(x): ...\n", "line 1: Text stands before the first answer."),
        (DOUBLE, "\n", "m0-double.py holds no answer."),
    ],
)
def test_a_bank_that_is_not_understood_is_named(
    small_course: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    task: str,
    text: str,
    said: str,
) -> None:
    folder = write_bank(tmp_path, task, text)
    assert said in told(capsys, "--root", small_course, "--answers", folder)


def test_what_does_not_exist_is_named(
    small_course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--root", small_course)
    bank = write_bank(tmp_path / "bank", DOUBLE, RIGHT)
    assert "There is no assignment '01_other'." in told(capsys, *here, "01_other")
    assert "There is no folder" in told(capsys, *here, "--answers", tmp_path / "none")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "There is no answer to try." in told(capsys, *here, "--answers", empty)
    words = ("--answers", bank, "--start-methods", "fork,thread")
    assert "There is no start method 'thread'." in told(capsys, *here, *words)
    (bank / LESSON).rename(bank / "00_smal")
    assert "belongs to no lesson." in told(capsys, *here, "--answers", bank)


def test_a_lesson_that_was_changed_since_its_build_is_not_tried(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = copied / "solutions" / LESSON / f"{LESSON}.py"
    script.write_text(script.read_text() + "\n# %%\nprint(1)\n")
    folder = write_bank(tmp_path / "bank", DOUBLE, RIGHT)
    said = told(capsys, "--root", copied, "--answers", folder)
    assert f"{LESSON} is not built. Its script was changed since." in said
