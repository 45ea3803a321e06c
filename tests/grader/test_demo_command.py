"""What `python -m grader demo` says at its end."""

from __future__ import annotations

import argparse
import random
import tomllib
from pathlib import Path

import pytest

from grader import demo
from grader.build.figures import filled_tables
from grader.build.questions import questions_text
from grader.build.scripts import read_lesson
from grader.cli import publishing
from grader.core.records import Verdict
from grader.judge.questions import judge_question, noted
from grader.judge.reading.source import SourceCell

LESSON = Path(__file__).parents[2] / "solutions" / "01_fraud_detection"
SHARES = (1.0, 0.5)


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


def judged(folder: Path, skill: float, seed: int) -> list[Verdict]:
    """Make what a learner of some skill notes in a lesson, and judge it."""
    text = (LESSON / "questions.toml").read_text(encoding="utf-8")
    asked = {n: filled_tables(t) for n, t in tomllib.loads(text).items() if "text" in t}
    lesson = demo.SolvedLesson(None, {}, asked)  # type: ignore[arg-type]
    own_id = f"{seed:016x}"
    (folder / "progress.json").write_text(
        demo._progress(lesson, own_id, random.Random(seed), skill), encoding="utf-8"
    )
    progress = noted(folder)
    assert progress.learner == own_id
    cells = [
        SourceCell(0, "question", True, name, 1.0, f'ask("{name}")', "", frozenset(), "c")
        for name in progress.answers
    ]
    return [judge_question(cell, progress, folder, notebook="nb") for cell in cells]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """The built questions of a lesson whose numbers have figures of each learner's own."""
    script = read_lesson(LESSON / f"{LESSON.name}.py")
    text = questions_text(script, shares=SHARES)
    (tmp_path / "questions.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_who_knows_everything_is_right_at_once_with_their_own_figures(questions: Path) -> None:
    for seed in range(20):
        verdicts = judged(questions, 1.0, seed)
        assert {verdict.outcome for verdict in verdicts} == {"right"}
        assert not any(verdict.figures for verdict in verdicts)


def test_others_try_again_and_earn_less(questions: Path) -> None:
    verdicts = [one for seed in range(20) for one in judged(questions, 0.5, seed)]
    assert {len(one.tried) for one in verdicts} >= {1, 2, 3}
    assert {one.score for one in verdicts} == {0.0, 0.5, 1.0}
