"""The command line: each command does its work, and bad input is one sentence and code 2."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from desk_course import COURSE, RIGHT, WRONG_TOTAL, enter, hand_in, notebook
from example_course import LESSON

from grader import commands
from grader.__main__ import main
from grader.core.paths import CoursePaths
from grader.gradebook.queries import Mark, Sheet
from grader.gradebook.roster import Student
from grader.report.certificates import marks_of
from speedlab.core.files import write_text
from speedlab.course.certificate.sign import make_key


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRADING", "desk_course")


def run(paths: CoursePaths, *words: str) -> int:
    return main([words[0], "--root", str(paths.root), *words[1:]])


def mark_memos(paths: CoursePaths) -> None:
    enter(
        paths, "update grade set manual_score = 5, needs_manual_grade = 0 where auto_score is null"
    )


def test_from_an_archive_to_the_report(
    paths: CoursePaths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "canvas.zip"
    with zipfile.ZipFile(source, "w") as packed:
        for number, (name, answers) in enumerate({"ada": RIGHT, "bob": WRONG_TOTAL}.items()):
            text = json.dumps(notebook(paths.root, answers))
            packed.writestr(f"{name}_{number}_9_{LESSON}.ipynb", text)
    assert run(paths, "collect", str(source)) == 2
    assert "Not in the class: ada, bob. Check the names" in capsys.readouterr().err
    assert run(paths, "collect", str(source), "--add") == 0
    assert run(paths, "autograde", "--workers", "1") == 0
    told = capsys.readouterr()
    assert "Graded 2, unchanged 0; 2 answers for a person to mark." in told.out
    assert f"bob, {LESSON}: 2 of 11 points, 1 to mark." in told.err
    for command in ("feedback", "report", "export"):
        assert run(paths, command) == 0
    assert "2 answers are not marked yet" in capsys.readouterr().err
    made = {path.name for path in (paths.class_folder / "export").iterdir()}
    assert made == {"results.json", "grades.csv", "canvas.csv", "moodle.csv", "items.csv", "marks"}
    assert (paths.class_folder / "report.html").is_file()
    assert (paths.feedback / "bob" / LESSON / f"{LESSON}.html").is_file()


def test_certificates_for_the_class_are_valid(
    paths: CoursePaths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from speedlab.cli.main import main as speedlab

    write_text(paths.root / "course.toml", COURSE, parents=True)
    for name, answers in {"ada": RIGHT, "bob": WRONG_TOTAL}.items():
        hand_in(paths.root, name, answers)
    run(paths, "autograde", "--workers", "1")
    mark_memos(paths)
    public = make_key(tmp_path / "key.pem")
    words = ("--key", str(tmp_path / "key.pem"), "--instructor", "Grace Hopper")
    assert run(paths, "certificates", *words) == 0
    paper = paths.class_folder / "certificates" / "ada.html"
    assert not (paper.parent / "bob.html").exists()
    assert "bob: No certificate yet." in capsys.readouterr().out
    assert speedlab(["certificate", "--verify", str(paper), "--public-key", str(public)]) == 0


def test_one_learners_marks_make_a_certificate(paths: CoursePaths, tmp_path: Path) -> None:
    from speedlab.cli.main import main as speedlab

    write_text(paths.root / "course.toml", COURSE, parents=True)
    hand_in(paths.root, "ada", RIGHT)
    run(paths, "autograde", "--workers", "1")
    mark_memos(paths)
    assert run(paths, "export", "--learner", "ada", "--form", "marks") == 0
    marks = paths.class_folder / "export" / "marks" / "ada.json"
    steps = {"m0-halve": 2, "m0-total": 3, "m0-memo": 5}
    assert json.loads(marks.read_text("utf-8"))["lessons"] == {LESSON: steps}
    make_key(tmp_path / "key.pem")
    words = ["certificate", "--grades", str(marks), "--key", str(tmp_path / "key.pem")]
    words += ["--instructor", "G. Hopper", "--course", str(paths.root)]
    assert speedlab([*words, "--out", str(tmp_path / "ada.html")]) == 0


def test_a_second_notebook_with_the_same_grade_ids_changes_no_certificate() -> None:
    own, other = (LESSON, "m0-total-test"), ("more", "m0-total-test")
    marks = {own: Mark(3, auto=2), other: Mark(3, auto=0)}
    sheets = {("ada", LESSON): Sheet("ada", LESSON, marks)}
    found = marks_of(Student("ada"), sheets)
    assert found["lessons"] == {LESSON: {"m0-total": 2}}


def test_a_key_that_is_none_is_told(paths: CoursePaths, tmp_path: Path) -> None:
    words = ("--key", str(tmp_path / "none.pem"), "--instructor", "Grace Hopper")
    assert run(paths, "certificates", *words) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["autograde"], "There is nothing to grade."),
        (["autograde", "00_exampel"], "Did you mean 00_example?"),
        (["autograde", "--workers", "0"], "0 workers cannot do any work."),
        (["feedback"], "There is nothing to give feedback on."),
        (["export"], "There is nothing to export."),
        (["export", "--learner", "zoe"], "zoe is not in the class."),
        (["collect", "nowhere.zip"], "neither a folder nor a zip"),
    ],
)
def test_bad_input_is_one_sentence(
    paths: CoursePaths, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert run(paths, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line


def test_an_assignment_that_is_not_built_is_told(
    paths: CoursePaths, capsys: pytest.CaptureFixture[str]
) -> None:
    (paths.source / LESSON / f"{LESSON}.ipynb").unlink()
    assert run(paths, "autograde", LESSON) == 2
    assert "is not built" in capsys.readouterr().err


def test_a_folder_without_a_course_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--root", str(tmp_path)]) == 2
    assert "holds no course" in capsys.readouterr().err


def test_a_full_disk_is_a_sentence_and_leaves_the_gradebook(
    paths: CoursePaths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import errno

    from grader.run import results

    def full(path: Path, text: str, *, parents: bool, private: bool = False) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    hand_in(paths.root, "ada", RIGHT)
    monkeypatch.setattr(results, "write_text", full)
    assert run(paths, "autograde", "--workers", "1") == 2
    assert "ada.json cannot be written: No space left on device." in capsys.readouterr().err
    assert paths.gradebook is not None and not paths.gradebook.exists()


def test_a_gradebook_that_cannot_grow_is_a_sentence(
    paths: CoursePaths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from grader.gradebook import connection

    hand_in(paths.root, "ada", RIGHT)
    run(paths, "autograde", "--workers", "1")
    assert paths.gradebook is not None
    before = paths.gradebook.read_bytes()
    begin = connection._begin

    def limited(opened: object) -> None:
        begin(opened)
        opened.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    monkeypatch.setattr(connection, "_begin", limited)
    for number in range(60):
        hand_in(paths.root, f"learner{number}", RIGHT)
    assert run(paths, "autograde", "--workers", "1") == 2
    assert "disk is full. It is as it was before. Free some space" in capsys.readouterr().err
    assert paths.gradebook.read_bytes() == before


def test_an_interrupt_says_how_to_go_on(
    paths: CoursePaths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "autograde", stop)
    assert run(paths, "autograde") == 130
    assert "the same command goes on from there" in capsys.readouterr().err
