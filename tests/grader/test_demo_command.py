"""What `python -m grader demo` says at its end."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from grader import demo
from grader.cli import publishing


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (6, "A made-up class of 6 was graded, but claude handed nothing in. Its report: page"),
        (1, "A made-up class of 1 was graded. Its report: page"),
    ],
)
def test_the_demo_says_who_hands_nothing_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], size: int, said: str
) -> None:
    monkeypatch.setattr(demo, "demo", lambda *_, **__: Path("page"))
    monkeypatch.setattr(publishing, "course_of", lambda options: None)
    options = argparse.Namespace(
        size=size, out=Path("x"), assignment="", workers=1, no_open=True, grading="json"
    )
    assert publishing.demo(options) == 0
    assert said in capsys.readouterr().out
