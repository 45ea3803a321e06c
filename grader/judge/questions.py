"""Questions of a lesson: the noted answers are judged anew, and no code is run for it.

    progress.json ─noted()─► id, answers in the order they were tried ─┐
    the author's questions.json ─for_learner(id)─► figures, key ───────┴─► share of the points

What the file claims, that an answer is right or how often it was tried, is not believed beyond the
list of answers; with which figures a question was asked follows from the learner's id.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.core.records import Outcome, Verdict
from grader.judge.reading.source import SourceCell, asked
from speedlab.course.lessons.progress import FILE
from speedlab.course.lessons.record import DAMAGED, Answer, Progress, understand
from speedlab.course.quiz.questions import Question, load_question
from speedlab.course.quiz.scoring import first_right, right_in_words, share_of, tries_of

LARGEST_BYTES = 1_000_000
LONGEST_ANSWER = 1_000
MOST_FIGURES = 20
SHOWN = 5  # questions named in a sentence
TOO_LARGE = f"progress.json is larger than {LARGEST_BYTES:,} bytes, so no answer in it counts."
NOT_READ = "progress.json cannot be understood, so no answer in it counts."
LATE = "Noted after the result was shown, so it earns no point."
Noted = str | int | float


def noted(folder: Path) -> Progress:
    """Return what a hand-in's progress.json notes; its note says why nothing in it counts."""
    try:
        with (folder / FILE).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            return Progress(note=TOO_LARGE)
        found = understand(json.loads(content))
    except OSError:
        return Progress()
    except DAMAGED:
        return Progress(note=NOT_READ)
    kept = {name: _kept(answer) for name, answer in found.answers.items() if _usable(answer.value)}
    return replace(found, answers=kept)


def noted_answers(folder: Path) -> dict[str, Noted]:
    """Return the last answers that a hand-in notes, by their questions, and nothing else of it."""
    answers = noted(folder).answers
    return {name: answer.value for name, answer in answers.items() if answer.value is not None}


def _kept(answer: Answer) -> Answer:
    usable = len(answer.figures) <= MOST_FIGURES and all(map(_usable, answer.figures.values()))
    named = usable and all(map(_usable, answer.figures))
    tried = tuple(value for value in answer.tried if _usable(value))
    return replace(answer, tried=tried, figures=answer.figures if named else {})


def _usable(value: Any) -> bool:
    if type(value) is str:
        return len(value) <= LONGEST_ANSWER and value.isprintable()
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def fingerprints(progress: Progress) -> list[str]:
    """Return texts that differ if anything differs on which a verdict on an answer depends."""
    answers = sorted(progress.answers.items())
    return [
        f"learner {progress.learner}",
        *(f"{name} {one.value!r} {one.tried!r} {one.late} {_sorted(one)}" for name, one in answers),
    ]


def _sorted(answer: Answer) -> list[tuple[str, float]]:
    return sorted(answer.figures.items())


def judge_question(cell: SourceCell, progress: Progress, folder: Path, *, notebook: str) -> Verdict:
    """Judge the noted answers to one question.

    Args:
        cell: The cell that asks.
        progress: What the hand-in notes.
        folder: Where the lesson's own questions lie.
        notebook: The notebook's name.
    """
    name = asked(cell.text)
    question = load_question(name, folder, progress.learner)
    answer = progress.answers.get(name)
    blank = Verdict(cell.grade_id, cell.points, 0.0, "unanswered", seal="question")
    blank = replace(blank, notebook=notebook)
    if answer is None:
        return replace(blank, message=question.reply(None).text)
    share = share_of(question, answer, question.shares)
    return replace(
        blank,
        score=cell.points * share,
        outcome=_outcome(share),
        message=_message(question, answer, share),
        answer=str(answer.value),
        tried=_tried(question, answer),
        figures={} if _is_own(question, answer) else dict(answer.figures),
    )


def _outcome(share: float) -> Outcome:
    return "right" if share >= 1 else "partly" if share > 0 else "wrong"


def _message(question: Question, answer: Answer, share: float) -> str:
    """Return what is said to the last answer, and which try the points are for."""
    if question.kind == "prediction":
        return LATE if answer.late else question.reply(answer.value).text
    honest = _tried(question, answer)
    place = first_right(question, honest)
    if not question.shares or place is None or share == 1:
        return question.reply(answer.value if place is None else honest[place]).text
    return f"{right_in_words(place, question.shares)} {question.because}".strip()


def _tried(question: Question, answer: Answer) -> tuple[Noted, ...]:
    """Return the answers that count as tries, in order; a prediction is no try."""
    if question.kind == "prediction":
        return ()
    values = tries_of(answer) if question.shares else [answer.value]
    return tuple(v for v in dict.fromkeys(values) if v is not None and not question.missing(v))


def _is_own(question: Question, answer: Answer) -> bool:
    """Tell whether an answer was given to the figures that belong to the learner's id."""
    return not answer.figures or _same(question.figures, answer.figures)


def _same(ours: Mapping[str, float], theirs: Mapping[str, float]) -> bool:
    return ours.keys() == theirs.keys() and all(
        math.isclose(ours[name], theirs[name], rel_tol=1e-9) for name in ours
    )


def notes_on(progress: Progress, verdicts: Sequence[Verdict]) -> list[str]:
    """Return what the instructor should know of a progress.json; it costs nobody a point."""
    foreign = [verdict.grade_id for verdict in verdicts if verdict.figures]
    notes = [progress.note] if progress.note else []
    if foreign:
        names = f"{', '.join(foreign[:SHOWN])}{' …' if len(foreign) > SHOWN else ''}"
        notes.append(
            f"The answers to {names} were given to other figures than those that belong to the "
            "learner's id; they are judged by the id's."
        )
    return notes
