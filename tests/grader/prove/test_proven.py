"""Facts about what was proven, and what tests prove of it in a few minutes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from made_course import ADD, DOUBLE, LESSON, OPEN, RIGHT, WRONG

from grader.core.paths import CoursePaths, find_paths
from grader.prove import proven
from grader.prove.records import Proof, Said
from grader.prove.selecting import choose_tasks

SUM = "# %% right: sum\ndef add(x, y):\n    return x + y\n"


@pytest.fixture
def paths(small_course: Path, tmp_path: Path) -> CoursePaths:
    """A course with banks of its own."""
    root = Path(shutil.copytree(small_course, tmp_path / "course"))
    folder = root / "solutions" / LESSON / "answers"
    folder.mkdir()
    (folder / f"{DOUBLE}.py").write_text(OPEN + RIGHT + RIGHT.replace("sum", "again") + WRONG)
    (folder / f"{ADD}.py").write_text(SUM)
    return find_paths(root)


def proofs(paths: CoursePaths, **wrong: bool) -> list[Proof]:
    """Return proofs of all answers; those of the named tasks are at fault."""
    return [
        Proof(task, answer, "right", Said(task.name.replace("-", "_") not in wrong), Said(True))
        for task in choose_tasks(paths)
        for answer in task.answers
    ]


def new(paths: CoursePaths) -> list[str]:
    return [task.name for task in proven.unproven(paths, choose_tasks(paths))]


def test_what_was_proven_is_noted_and_what_was_not_is_not(paths: CoursePaths) -> None:
    assert new(paths) == [DOUBLE, ADD]
    proven.note(paths, proofs(paths, m0_add=True))
    assert new(paths) == [ADD]
    proven.note(paths, proofs(paths))
    assert new(paths) == []
    proven.note(paths, proofs(paths, m0_double=True))
    assert new(paths) == [DOUBLE]


def test_a_change_of_bank_check_or_what_stands_above_is_new(paths: CoursePaths) -> None:
    proven.note(paths, proofs(paths))
    (paths.source / LESSON / "answers" / f"{DOUBLE}.py").write_text(RIGHT + WRONG)
    assert new(paths) == [DOUBLE]
    proven.note(paths, proofs(paths))
    (paths.source / LESSON / f"{LESSON}.py").unlink()  # then nothing must be built from it
    notebook = paths.source / LESSON / f"{LESSON}.ipynb"
    text = notebook.read_text()
    notebook.write_text(text.replace("Add both.", "Add the two."))
    assert new(paths) == [ADD]
    notebook.write_text(text.replace("OFFSET = double(0)", "OFFSET = double(1)"))
    assert new(paths) == [ADD]


def test_a_file_that_is_damaged_proves_nothing(paths: CoursePaths) -> None:
    for text in ("", "[]", '{"00_small": 3}'):
        (paths.source / proven.FILE).write_text(text)
        assert new(paths) == [DOUBLE, ADD]


def test_tests_prove_what_is_new_and_a_sample_of_the_rest(paths: CoursePaths) -> None:
    proven.note(paths, proofs(paths, m0_add=True))
    due = proven.due(paths, choose_tasks(paths))
    assert [(task.name, [answer.name for answer in task.answers]) for task in due.tasks] == [
        (ADD, ["sum"]),
        (DOUBLE, ["sum", "three", "float"]),
    ]
    assert due.unproven == ()


def test_of_more_than_there_is_time_for_a_sample_is_proven_and_the_rest_named(
    paths: CoursePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proven, "MOST_NEW", 1)
    due = proven.due(paths, choose_tasks(paths))
    assert [(task.name, [answer.name for answer in task.answers]) for task in due.tasks] == [
        (DOUBLE, ["float", "sum", "again", "three"]),
        (ADD, ["sum"]),
    ]
    assert [task.name for task in due.unproven] == [ADD]


def test_verdicts_depend_on_the_modules_that_judge_code() -> None:
    names = {path.name for path in proven.judging({"check", "Rendezvous", "of the lesson"})}
    assert {"check.py", "rendezvous.py", "evidence.py", "callbacks.py"} <= names
    assert not {"ask.py", "questions.py", "numbers.py"} & names
    assert [path.name for path in proven.judging({"near", "pd"})] == ["values.py"]


def test_words_for_readers_prove_nothing_anew(
    paths: CoursePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "check.py"
    monkeypatch.setattr(proven, "judging", lambda names: [module])
    module.write_text('"""Some words."""\n\ndef check():\n    """More."""\n    return 1\n')
    proven.note(paths, proofs(paths))
    module.write_text('"""Other words."""\n# why\n\n\ndef check():\n    return 1\n')
    assert new(paths) == []
    module.write_text("def check():\n    return 2\n")
    assert new(paths) == [DOUBLE, ADD]
