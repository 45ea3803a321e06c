"""The command speedlab certificate: what it writes, says and refuses."""

import io
import json

import pytest
from small_course import FULL, do, lay_out

from speedlab.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A course in which the learner has reached a pass, as the current folder."""
    lay_out(tmp_path)
    do(tmp_path, "a-say", "b-say")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(here, capsys):
    """Run the command and return its exit code and what it says."""

    def run(*arguments):
        code = main.main(["certificate", *map(str, arguments)])
        seen = capsys.readouterr()
        return code, (seen.out if code == 0 else seen.err)

    return run


@pytest.fixture
def grading(here, command):
    """The options of an instructor who grades."""
    command("--make-key", "grace.pem")
    grades = {"learner": "Ada", "lessons": FULL, "marked": "today"}
    (here / "ada.json").write_text(json.dumps(grades), encoding="utf-8")
    return ["--grades", "ada.json", "--key", "grace.pem", "--instructor", "Grace Hopper"]


def test_a_learner_gets_a_page_and_is_told_what_is_next(here, command):
    code, text = command("--name", "Ada Lovelace")
    assert code == 0
    assert "certificate.html: Pass for Ada Lovelace, self-reported." in text
    assert "Distinction needs 90 % of the practitioner points" in text
    assert "Ada Lovelace" in (here / "certificate.html").read_text(encoding="utf-8")
    assert not list(here.glob(".certificate*"))


def test_the_course_is_found_from_inside_a_lesson(here, command, monkeypatch):
    monkeypatch.chdir(here / "modules" / "a")
    assert command("--name", "Ada", "--out", "ada.svg")[0] == 0
    assert (here / "modules" / "a" / "ada.svg").read_text(encoding="utf-8").startswith("<svg")
    assert command("--name", "Ada", "--course", here / "modules")[0] == 2


def test_a_second_certificate_of_the_same_kind_takes_the_place_of_the_first(here, command):
    command("--name", "Ada")
    assert command("--name", "Eve")[0] == 0
    assert "Eve" in (here / "certificate.html").read_text(encoding="utf-8")


def test_nothing_else_is_overwritten(here, command, grading):
    assert command(*grading)[0] == 0
    before = (here / "certificate.html").read_bytes()
    assert command("--name", "Ada")[0] == 2
    assert (here / "certificate.html").read_bytes() == before
    (here / "thesis.html").write_text("dear")
    assert command("--name", "Ada", "--out", "thesis.html")[0] == 2
    assert (here / "thesis.html").read_text() == "dear"


@pytest.mark.parametrize("kind", ["html", "svg"])
def test_a_graded_certificate_is_verified(command, grading, kind):
    code, text = command(*grading, "--out", f"ada.{kind}")
    assert code == 0
    assert "graded and signed by Grace Hopper" in text
    assert "counted as zero: a-write" in text
    number = text.split("Its number is ")[1].split(".")[0]
    code, text = command("--verify", f"ada.{kind}", "--public-key", "grace.pub.pem")
    assert code == 0
    assert "Valid: Ada, Pass" in text and f"number {number}, " in text
    assert "this instructor's key" in text


def test_a_signature_by_nobody_knows_whom_is_not_taken_for_valid(grading, capsys):
    assert main.main(["certificate", *grading]) == 0
    assert main.main(["certificate", "--verify", "certificate.html"]) == 3
    seen = capsys.readouterr()
    assert "Signed was: Ada, Pass" in seen.out and "Valid" not in seen.out
    assert "Anybody can make a key in any name." in seen.err


def test_a_changed_one_and_another_key_exit_with_two(here, command, grading):
    command(*grading)
    command("--make-key", "other.pem")
    code, text = command("--verify", "certificate.html", "--public-key", "other.pub.pem")
    assert code == 2 and "not signed with this instructor's key" in text
    path = here / "certificate.html"
    path.write_text(path.read_text(encoding="utf-8").replace(">Ada<", ">Eve<"), encoding="utf-8")
    code, text = command("--verify", "certificate.html")
    assert code == 2 and "was changed" in text


def test_another_version_shows_what_was_signed_but_is_not_taken_for_valid(
    here, grading, monkeypatch, capsys
):
    assert main.main(["certificate", *grading]) == 0
    monkeypatch.setattr("speedlab.course.certificate.verify.TEMPLATES", {True: 3})
    words = ["--verify", "certificate.html", "--public-key", "grace.pub.pem"]
    assert main.main(["certificate", *words]) == 3
    seen = capsys.readouterr()
    assert "Signed was: Ada, Pass" in seen.out
    assert "the text on it was not compared" in seen.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Whose certificate"),
        (["--name", " "], "cannot be printed"),
        (["--name", "Ada", "--out", "ada.pdf"], ".html or .svg"),
        (["--name", "Ada", "--out", "no/such/ada.svg"], "cannot be written"),
        (["--name", "Ada", "--out", "modules"], ".html or .svg"),
        (["--name", "Ada", "--course", "modules"], "no course.toml"),
        (["--name", "Ada", "--key", "x.pem"], "--key does not go with --name"),
        (["--name", "Ada", "--verify", "x.html"], "--name does not go with --verify"),
        (["--key", "x.pem"], "--key does not go with --name"),
        (["--grades", "ada.json"], "Who graded this?"),
        (["--grades", "gone.json", "--key", "k", "--instructor", "G"], "gone.json cannot be read"),
        (["--verify", "gone.html"], "gone.html cannot be read"),
        (["--verify", "course.toml"], "is no certificate"),
        (["--verify", "course.toml", "--public-key", "course.toml"], "Ed25519"),
        (["--public-key", "course.toml"], "does not go with"),
        (["--make-key", "no/such/x.pem"], "cannot be written"),
        (["--make-key", ""], "is there already"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(command, monkeypatch, arguments, says):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, text = command(*arguments)
    assert code == 2
    assert text.startswith("speedlab: ") and says in text and text.count("\n") == 1


@pytest.mark.parametrize(
    "grades",
    [
        "",
        "[]",
        "{}",
        '{"learner": 1, "lessons": {}}',
        '{"learner": "Ada", "lessons": []}',
        '{"learner": "Ada", "lessons": {"a": 1}}',
        '{"learner": "Ada", "lessons": {"a": {"a-ask": "1"}}}',
        '{"learner": "Ada", "lessons": {"a": {"a-ask": true}}}',
        '{"learner": "Ada", "lessons": {"a": {"a-ask": -1}}}',
        '{"learner": "Ada", "lessons": {"a": {"a-ask": NaN}}}',
        "[" * 100_000,
    ],
)
def test_grades_that_are_none_are_refused(here, command, grading, grades):
    (here / "ada.json").write_text(grades)
    code, text = command(*grading)
    assert code == 2 and "ada.json holds no grades" in text


def test_a_terminal_is_asked_for_the_name(here, command, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "Ada Lovelace")
    assert "Pass for Ada Lovelace" in command()[1]


def test_no_award_is_said_with_what_is_missing(here, command):
    (here / "modules" / "a" / "progress.json").unlink()
    code, text = command("--name", "Ada")
    assert code == 2
    assert "No certificate yet. Pass needs 60 %" in text
    assert not (here / "certificate.html").exists()
