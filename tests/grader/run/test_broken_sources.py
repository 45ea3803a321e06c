"""A source notebook that cannot be graded is one sentence; the other assignments are graded."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import broken_sources
import pytest
from broken_sources import GOOD, KINDS, TAKEN, make_assignment

from grader.__main__ import main
from grader.cli.course import chosen_assignments
from grader.core.errors import BuildError, Refusal
from grader.core.paths import find_paths
from grader.judge.reading.assignment import Prepared, read_assignment
from grader.run.autograde import GradingRun, autograde
from grader.run.executors import BorrowedWorkers, Executor
from grader.run.results import read_result

SAID = {
    "R": r"Its kernel runs R\. Only Python is judged here; nbgrader itself grades it",
    "R by its name": r"Its kernel runs ir\.",
    "R that does not say so": "seems to be no notebook of Python",
    "schema 1": r"of version 1, not 3\. .*run nbgrader update \.",
    "schema 99": "A newer nbgrader wrote it",
    "points is text": r"cell 4 of 4\. .*points: 'two' is not of type 'number'",
    "a grade id twice": "Duplicate grade id: f",
    "half a file": "It is no notebook: JSONDecodeError",
    "nbformat 99": "Its nbformat is 99, not 4",
    "a folder": "It is a folder",
    "no notebook": "has no notebook",
    "autotests without templates": r"there is no autotests\.yml",
}


def score(root: Path, assignment: str) -> float | None:
    found = read_result(find_paths(root), assignment, "ada")
    return None if found is None else found.score


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads, Executor(1, lambda _: BorrowedWorkers(threads)) as made:
        yield made


def grade(root: Path, executor: Executor, names: list[str] | None = None) -> GradingRun:
    paths = find_paths(root)
    chosen = names or chosen_assignments(paths, [], handed_in=True)
    return autograde(paths, chosen, grading=broken_sources, executor=executor, say=lambda _: None)


def test_each_broken_one_is_a_sentence_and_all_others_are_graded(
    tmp_path: Path, executor: Executor
) -> None:
    names = {f"{number}": kind for number, kind in enumerate(KINDS)}
    for name, kind in names.items():
        KINDS[kind](make_assignment(tmp_path, name))
    make_assignment(tmp_path)
    run = grade(tmp_path, executor)
    assert sorted(one.name for one in run.refused) == sorted(names)
    said = {names[one.name]: one.why for one in run.refused}
    assert not [kind for kind, why in said.items() if not re.fullmatch(r"[^\n]{20,600}\.", why)]
    assert {kind for kind, text in SAID.items() if not re.search(text, said[kind])} == set()
    # Each is understood: none fell through to the net below all of them.
    assert not [why for why in said.values() if "It failed with" in why]
    assert run.graded == 1 and score(tmp_path, GOOD) == 2


def test_what_nbgrader_takes_is_graded(tmp_path: Path, executor: Executor) -> None:
    for kind, change in TAKEN.items():
        change(make_assignment(tmp_path, kind.partition(",")[0]))
    run = grade(tmp_path, executor)
    assert run.refused == []
    scores = {kind: score(tmp_path, kind.partition(",")[0]) for kind in TAKEN}
    assert set(scores.values()) == {2.0}, scores


def test_an_assignment_that_changes_while_it_is_read_is_told(
    tmp_path: Path, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_assignment(tmp_path)
    folder = make_assignment(tmp_path, "moving")

    def prepare(root: Path, assignment: str) -> object:
        if assignment == folder.name:
            broken_sources.holding(b"{}")(folder)
        return read_assignment(root, GOOD)

    monkeypatch.setattr(broken_sources, "prepare", prepare)
    run = grade(tmp_path, executor)
    assert [one.name for one in run.refused] == ["moving"]
    assert "moving is being changed" in run.refused[0].why and run.graded == 1


def test_a_course_that_fails_in_a_worker_stops_its_own_assignment_only(
    tmp_path: Path, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_assignment(tmp_path)
    make_assignment(tmp_path, "failing")
    grade_one = broken_sources.grade_one

    def fail(prepared: Prepared, folder: Path, *, learner: str) -> object:
        if prepared.assignment == "failing":
            raise BuildError("The course's own code fails.")
        return grade_one(prepared, folder, learner=learner)

    monkeypatch.setattr(broken_sources, "grade_one", fail)
    run = grade(tmp_path, executor)
    assert run.refused == [Refusal("failing", "The course's own code fails.")]
    assert (score(tmp_path, GOOD), score(tmp_path, "failing")) == (2, None)


def test_what_is_doubtful_for_everybody_is_said_before_anybody_is_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_assignment(tmp_path)

    def prepare(root: Path, assignment: str) -> Prepared:
        doubtful = {"notes": ("The author fails f-test.",), "unsealed": {("task", "f-test")}}
        return replace(read_assignment(root, assignment), **doubtful)  # type: ignore[arg-type]

    monkeypatch.setattr(broken_sources, "prepare", prepare)
    said, told = list[str](), list[str]()
    with ThreadPoolExecutor(1) as threads, Executor(1, lambda _: BorrowedWorkers(threads)) as made:
        run = autograde(
            find_paths(tmp_path),
            [GOOD],
            grading=broken_sources,
            executor=made,
            say=said.append,
            watch=lambda *_: told.append(" ".join(said)),
        )
    assert (
        run.doubts
        == said
        == [
            "good: The author fails f-test.",
            "good: 1 check runs beside the learner's code, a weaker wall: f-test.",
        ]
    )
    assert told[0] == " ".join(said)


def test_a_notebook_that_may_not_be_read_is_told(
    tmp_path: Path, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_assignment(tmp_path)
    closed, read = make_assignment(tmp_path, "closed"), Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.parent == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    run = grade(tmp_path, executor)
    assert [one.name for one in run.refused] == ["closed"] and run.graded == 1
    assert "Permission denied. Ask for the right to read it." in run.refused[0].why


def test_every_command_goes_on_with_the_others(
    tmp_path: Path, executor: Executor, capsys: pytest.CaptureFixture[str]
) -> None:
    make_assignment(tmp_path)
    folder = make_assignment(tmp_path, "other")
    grade(tmp_path, executor)
    KINDS["R"](folder)
    out = tmp_path / "out"
    commands = {"feedback": "No feedback on", "report": "Not in the report"}
    commands |= {"export": "Exported without reasons", "release": "Not released"}
    for command, what in commands.items():
        words = ["--out", str(out / command)] * (command in ("report", "export"))
        assert main([command, "--root", str(tmp_path), *words]) == 2, command
        told = capsys.readouterr().err
        assert told.count("grader: ") == 1 and f"grader: {what}: other. " in told, command
    assert "other is not in this report" in (out / "report").read_text(encoding="utf-8")
    assert '"score": 2.0' in (out / "export" / "results.json").read_text(encoding="utf-8")
    assert (tmp_path / "release" / GOOD / "task.ipynb").is_file()


def test_the_command_names_what_it_left_out_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.commands.GRADING", "broken_sources")
    make_assignment(tmp_path)
    KINDS["R"](make_assignment(tmp_path, "other"))
    assert main(["autograde", "--root", str(tmp_path), "--workers", "1"]) == 2
    told = capsys.readouterr()
    assert "grader: Not graded: other. " in told.err and "Traceback" not in told.err
    assert "Graded 1," in told.out
    assert main(["autograde", "other", "--root", str(tmp_path), "--workers", "1"]) == 2
    assert capsys.readouterr().err.startswith("grader: other: ")


@pytest.mark.parametrize(
    "text", ["1 / 0", "def", "import sys; sys.exit(3)", "c.CourseDirectory.source_directory = 5"]
)
def test_settings_that_fail_are_a_sentence(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_assignment(tmp_path)
    config = f"c = get_config()\n{text}\n"
    (tmp_path / "nbgrader_config.py").write_text(config, encoding="utf-8")
    assert main(["feedback", "--root", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "nbgrader_config.py" in told and "Traceback" not in told
