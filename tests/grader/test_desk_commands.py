"""The command line: each command does its work, and bad input is one sentence and code 2."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from desk_course import RIGHT, WRONG_TOTAL, hand_in, notebook
from example_course import LESSON

from grader import commands
from grader.__main__ import main
from grader.certificates import marks_of
from grader.marks import Mark, Sheet
from grader.merged import write_text
from grader.places import Places
from grader.roster import Student
from speedlab.course.signing import make_key

COURSE = f"""
title = "Halves and sums"
subtitle = "For everybody"
[[awards]]
name = "Pass"
shares = {{ executive = 0.6 }}
[[lessons]]
name = "{LESSON}"
title = "Halves"
question = "Why?"
after_this_you_can = ["say why"]
steps = [
    {{ id = "m0-halve", kind = "code", track = "practitioner", minutes = 1, title = "Halve" }},
    {{ id = "m0-total", kind = "code", track = "executive", minutes = 1, title = "Total" }},
    {{ id = "m0-memo", kind = "memo", track = "executive", minutes = 1, title = "Memo" }},
]
"""


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRADING", "desk_course")


def run(places: Places, *words: str) -> int:
    return main([words[0], "--root", str(places.root), *words[1:]])


def mark_memos(places: Places) -> None:
    import sqlite3

    assert places.gradebook is not None
    opened = sqlite3.connect(places.gradebook)
    with opened:
        opened.execute(
            "update grade set manual_score = 5, needs_manual_grade = 0 where auto_score is null"
        )
    opened.close()


def test_from_an_archive_to_the_report(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "canvas.zip"
    with zipfile.ZipFile(source, "w") as packed:
        for number, (name, answers) in enumerate({"ada": RIGHT, "bob": WRONG_TOTAL}.items()):
            text = json.dumps(notebook(places.root, answers))
            packed.writestr(f"{name}_{number}_9_{LESSON}.ipynb", text)
    assert run(places, "collect", str(source)) == 2
    assert "Not in the class: ada, bob. Check the names" in capsys.readouterr().err
    assert run(places, "collect", str(source), "--add") == 0
    assert run(places, "autograde", "--workers", "1") == 0
    told = capsys.readouterr()
    assert "Graded 2, unchanged 0; 2 answers for a person to mark." in told.out
    assert f"bob, {LESSON}: 2 of 11 points, 1 to mark." in told.err
    for command in ("feedback", "report", "export"):
        assert run(places, command) == 0
    assert "2 answers are not marked yet" in capsys.readouterr().err
    made = {path.name for path in (places.desk / "export").iterdir()}
    assert made == {"results.json", "grades.csv", "canvas.csv", "moodle.csv", "marks"}
    assert (places.desk / "report.html").is_file()
    assert (places.feedback / "bob" / LESSON / f"{LESSON}.html").is_file()


def test_certificates_for_the_class_are_valid(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from speedlab.cli import main as speedlab

    write_text(places.root / "course.toml", COURSE)
    for name, answers in {"ada": RIGHT, "bob": WRONG_TOTAL}.items():
        hand_in(places.root, name, answers)
    run(places, "autograde", "--workers", "1")
    mark_memos(places)
    public = make_key(tmp_path / "key.pem")
    words = ("--key", str(tmp_path / "key.pem"), "--instructor", "Grace Hopper")
    assert run(places, "certificates", *words) == 0
    paper = places.desk / "certificates" / "ada.html"
    assert not (paper.parent / "bob.html").exists()
    assert "bob: No certificate yet." in capsys.readouterr().out
    assert speedlab(["certificate", "--verify", str(paper), "--public-key", str(public)]) == 0


def test_one_learners_marks_make_a_certificate(places: Places, tmp_path: Path) -> None:
    from speedlab.cli import main as speedlab

    write_text(places.root / "course.toml", COURSE)
    hand_in(places.root, "ada", RIGHT)
    run(places, "autograde", "--workers", "1")
    mark_memos(places)
    assert run(places, "export", "--learner", "ada", "--form", "marks") == 0
    marks = places.desk / "export" / "marks" / "ada.json"
    steps = {"m0-halve": 2, "m0-total": 3, "m0-memo": 5}
    assert json.loads(marks.read_text("utf-8"))["lessons"] == {LESSON: steps}
    make_key(tmp_path / "key.pem")
    words = ["certificate", "--grades", str(marks), "--key", str(tmp_path / "key.pem")]
    words += ["--instructor", "G. Hopper", "--course", str(places.root)]
    assert speedlab([*words, "--out", str(tmp_path / "ada.html")]) == 0


def test_a_second_notebook_with_the_same_grade_ids_changes_no_certificate() -> None:
    own, other = (LESSON, "m0-total-test"), ("more", "m0-total-test")
    marks = {own: Mark(3, auto=2), other: Mark(3, auto=0)}
    sheets = {("ada", LESSON): Sheet("ada", LESSON, marks)}
    found = marks_of(Student("ada"), sheets)
    assert found["lessons"] == {LESSON: {"m0-total": 2}}


def test_a_key_that_is_none_is_told(places: Places, tmp_path: Path) -> None:
    words = ("--key", str(tmp_path / "none.pem"), "--instructor", "Grace Hopper")
    assert run(places, "certificates", *words) == 2


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
    places: Places, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert run(places, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line


def test_an_assignment_that_is_not_built_is_told(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.source / LESSON / f"{LESSON}.ipynb").unlink()
    assert run(places, "autograde", LESSON) == 2
    assert "is not built" in capsys.readouterr().err


def test_a_folder_without_a_course_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--root", str(tmp_path)]) == 2
    assert "holds no course" in capsys.readouterr().err


def test_a_full_disk_is_a_sentence_and_leaves_the_gradebook(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import errno

    from grader import running

    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    hand_in(places.root, "ada", RIGHT)
    monkeypatch.setattr(running, "write_text", full)
    assert run(places, "autograde", "--workers", "1") == 2
    assert "ada.json cannot be written: No space left on device." in capsys.readouterr().err
    assert places.gradebook is not None and not places.gradebook.exists()


def test_a_gradebook_that_cannot_grow_is_a_sentence(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from grader import locks

    hand_in(places.root, "ada", RIGHT)
    run(places, "autograde", "--workers", "1")
    assert places.gradebook is not None
    before = places.gradebook.read_bytes()
    begin = locks._begin

    def limited(connection: object) -> None:
        begin(connection)
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    monkeypatch.setattr(locks, "_begin", limited)
    for number in range(60):
        hand_in(places.root, f"learner{number}", RIGHT)
    assert run(places, "autograde", "--workers", "1") == 2
    assert "disk is full. It is as it was before. Free some space" in capsys.readouterr().err
    assert places.gradebook.read_bytes() == before


def test_an_interrupt_says_how_to_go_on(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "autograde", stop)
    assert run(places, "autograde") == 130
    assert "the same command goes on from there" in capsys.readouterr().err
