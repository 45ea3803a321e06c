"""The trial of a box: what holds is found by trying, and what does not is said."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli.doctor import doctor
from grader.inside import confine
from grader.sandbox import box as boxes
from grader.sandbox import self_test
from grader.sandbox.self_test import WALLS, Findings, isolation_text

HOLDS = Findings(holds=dict.fromkeys(WALLS, True), size_bytes=200_003_584, names=10_000)
LINE = (
    "bubblewrap · memory: watched · processes: watched · keyring: closed · "
    "files: 200 MB, 10,000 names · network: none · system calls: filtered"
)


@pytest.fixture(scope="module")
def alone() -> Findings:
    if not boxes.isolation().capable:
        assert not os.environ.get("CI"), boxes.isolation().text
        pytest.skip("Boxes cannot be closed from inside here.")
    return self_test.tried()


def test_every_wall_stands_here(alone: Findings) -> None:
    assert alone.failed == "" and [n for n, holds in alone.holds.items() if not holds] == []
    assert alone.text == isolation_text() == LINE


def test_nothing_is_tried_outside_a_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine, "_fails", pytest.fail)
    monkeypatch.setattr(confine, "_writable", pytest.fail)
    for pid in (os.getpid(), 2):  # in a container a test may be the second process
        monkeypatch.setattr(confine.os, "getpid", lambda pid=pid: pid)
        with pytest.raises(RuntimeError, match="no box"):
            confine.found({})


@pytest.mark.parametrize("name", WALLS)
def test_a_wall_that_is_missing_is_said_in_capitals(name: str) -> None:
    open_wall = replace(HOLDS, holds=HOLDS.holds | {name: False})
    assert open_wall.text != LINE and WALLS[name][1] in open_wall.sentences
    loud = ("OPEN", "NOT FILTERED", "IN PART", WALLS[name][1])
    assert any(said in open_wall.text for said in loud)


@pytest.mark.parametrize("open_files", [{"size_bytes": 10**12}, {"names": 10**6}, {"names": 0}])
def test_folders_without_limits_are_said(open_files: dict[str, int]) -> None:
    assert "files: NOT LIMITED" in replace(HOLDS, **open_files).text


def test_a_box_that_does_not_answer_is_no_box_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    if not boxes.isolation().real:
        pytest.skip(boxes.isolation().text)
    monkeypatch.setattr(boxes, "PYTHON", ("/nowhere/python",))
    found = self_test.tried.__wrapped__()
    assert "NOT TESTED" in found.text and found.sentences != HOLDS.sentences


def test_without_walls_a_result_says_what_that_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "isolation", lambda: boxes.Isolation("", "NOT ISOLATED: why."))
    assert isolation_text() == f"NOT ISOLATED: why. {self_test.ALONE}"


def test_the_doctor_says_what_holds_line_by_line(
    alone: Findings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(None) == 0  # type: ignore[arg-type]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == LINE and lines[-1] == "  The same holds."
    assert lines[2:-2] == [f"  {sentence}" for sentence in alone.sentences]


def test_the_doctor_says_that_there_are_no_walls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boxes, "isolation", lambda: boxes.Isolation("", "NOT ISOLATED: why."))
    assert doctor(None) == 0  # type: ignore[arg-type]
    assert capsys.readouterr().out.startswith("NOT ISOLATED: why. ")


@pytest.mark.skipif(not boxes.isolation().real, reason="no bubblewrap")
def test_a_python_that_was_started_by_a_way_with_dots_works_in_a_box() -> None:
    program = Path(sys.executable)
    dotted = program.parent / ".." / program.parent.name / program.name
    code = "from grader.sandbox.self_test import isolation_text; print(isolation_text())"
    done = subprocess.run([dotted, "-c", code], capture_output=True, text=True, check=True)
    assert "network: none" in done.stdout
