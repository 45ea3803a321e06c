"""What an author is told before a class sees an assignment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_cells import answer, check, code, course

from grader.__main__ import main
from grader.judge.grading.author import prepare
from grader.judge.grading.equivalence import annotate, authors_report
from grader.judge.grading.second_run import author_shows
from grader.sandbox.limits import Limits

ROOT = Path(__file__).resolve().parents[4]


def test_an_assignment_that_holds_is_said_to_hold(tmp_path, capsys):
    cells = (
        code("import typing"),
        answer("a", "def f(x): return 2 * x"),
        check("t", "assert f(2) == 4"),
    )
    root = course(tmp_path, *cells)
    assert main(["check-course", "--root", str(root)]) == 0
    said = capsys.readouterr().out
    assert "ps1: 1 checks, 1 of them sealed" in said
    assert "a slice gives what the whole notebook gives" in said


def test_what_differs_is_said_and_the_exit_code_tells(tmp_path, capsys):
    root = course(tmp_path, answer("a", "x = 1"), check("t", "assert x == 2"))
    assert main(["check-course", "--root", str(root), "--json"]) == 2
    (report,) = json.loads(capsys.readouterr().out)
    assert report["holds"] is False
    (found,) = report["checks"]
    assert (found["grade_id"], found["sliced"], found["whole"]) == ("t", "wrong", "wrong")
    assert "does not pass the check t" in report["notes"][0]


def test_an_assignment_that_is_refused_does_not_hide_the_others(tmp_path, capsys):
    root = course(tmp_path, answer("a", "x = 1"), check("t", "assert x == 1"))
    (root / "source" / "broken").mkdir()
    (root / "source" / "broken" / "nb.ipynb").write_text("{}")
    assert main(["check-course", "--root", str(root)]) == 2
    said = capsys.readouterr()
    assert "ps1: 1 checks" in said.out and "broken" in said.err


def test_what_the_author_showed_is_kept_until_the_assignment_changes(tmp_path, monkeypatch):
    root = course(tmp_path, answer("a", "x = 1"), check("t", "assert x == 1"))
    authors_report(root, "ps1")
    prepared = prepare(root, "ps1")
    assert json.loads(prepared.record.read_text())["shown"] == {"nb": "same"}
    monkeypatch.setattr("grader.judge.grading.second_run._try_whole", None)
    assert author_shows(prepared, prepared.notebooks[0], Limits()) == "same"
    course(tmp_path, answer("a", "x = 2"), check("t", "assert x == 2"))
    changed = prepare(root, "ps1")
    with pytest.raises(TypeError):  # it would have to run
        author_shows(changed, changed.notebooks[0], Limits())


def test_annotations_are_put_everywhere():
    text = "def f(a, /, b=1, *c, d, **e):\n    return lambda x: x"
    assert annotate(text, "pd") == (
        "def f(a: pd, /, b: pd=1, *c: pd, d: pd, **e: pd) -> pd:\n    return lambda x: x"
    )
