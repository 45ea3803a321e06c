"""Questions of a lesson: the noted answer is judged anew, and no code is run for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.core.records import Verdict
from grader.judge.reading.source import SourceCell, asked
from speedlab.course.lessons.progress import FILE
from speedlab.course.quiz.questions import load_question

LARGEST_BYTES = 1_000_000
LONGEST_ANSWER = 1_000
Noted = str | int | float


def noted_answers(folder: Path) -> dict[str, Noted]:
    """Return the answers that a hand-in's progress.json notes, and nothing else of it.

    Whether an answer is right, and how often it was tried, is what the learner's file claims; it
    is not even read.
    """
    try:
        with (folder / FILE).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        progress = json.loads(content) if len(content) <= LARGEST_BYTES else {}
        answers = progress["answers"]
        values = {name: answer["value"] for name, answer in answers.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: value for name, value in values.items() if _is_answer(value)}


def _is_answer(value: Any) -> bool:
    return type(value) in (int, float) or (type(value) is str and len(value) <= LONGEST_ANSWER)


def judge_question(
    cell: SourceCell, answers: Mapping[str, Noted], folder: Path, *, notebook: str
) -> Verdict:
    """Judge the noted answer to one question.

    Args:
        cell: The cell that asks.
        answers: What the hand-in notes.
        folder: Where the lesson's own questions lie.
        notebook: The notebook's name.
    """
    name = asked(cell.text)
    value = answers.get(name)
    try:
        reply = load_question(name, folder).reply(value)
        right, text = reply.right, reply.text
    except (ArithmeticError, TypeError, ValueError):  # such as a number without end
        right, text = False, "This is no answer."
    return Verdict(
        grade_id=cell.grade_id,
        points=cell.points,
        score=cell.points if right else 0.0,
        outcome="unanswered" if value is None else "right" if right else "wrong",
        message=text,
        seal="question",
        answer="" if value is None else str(value),
        notebook=notebook,
    )
