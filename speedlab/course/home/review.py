"""Two minutes of review, a week later, from the learner's own mistakes.

progress.json of each lesson: first try wrong, at least a week ago
    --> a few of these questions, the oldest first, with other figures and choices reshuffled
    --> progress-home.json: what was right is mended, what was wrong comes again in a week
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from speedlab.core.errors import BadInput
from speedlab.course.home import kept
from speedlab.course.home.kept import Kept, Review
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import Course, Lesson
from speedlab.course.lessons.record import Answer, Progress, Value
from speedlab.course.quiz.questions import Question, Reply, load_question

WEEK = timedelta(days=7)
LENGTH_S = 120
SECONDS = {"choice": 25, "number": 40}
"""How long somebody needs for a question that they have met before; other kinds are not asked."""
DRAWS = 20  # with two variants, as many draws give the learner's own one time in a million


@dataclass(frozen=True)
class Mistake:
    """A question of a lesson whose first try was wrong, as it is asked again, and since when."""

    lesson: Lesson
    question: Question
    since: datetime


@dataclass(frozen=True)
class Reviewed:
    """One answer of a review, and what is said to it."""

    mistake: Mistake
    value: Value
    reply: Reply


def due(course: Course, root: Path, now: datetime) -> tuple[Mistake, ...]:
    """Return what is to be reviewed now, as much as two minutes hold; nothing is no reproach.

    Args:
        course: The course.
        root: The folder in which it lies.
        now: The time, with its zone.
    """
    before = kept.load(root)
    if before.reviews and now - before.reviews[-1].at < WEEK:
        return ()
    mistakes = [one for one in _mistakes(course, root, before) if now - one.since >= WEEK]
    return tuple(_two_minutes(sorted(mistakes, key=lambda one: (one.since, one.question.id))))


def note(asked: Sequence[Mistake], answers: Mapping[str, Value], root: Path, now: datetime) -> None:
    """Keep what was answered to the questions of a review, and what of it was right."""
    questions = {one.question.id: one.question for one in asked}
    right = tuple(name for name, one in questions.items() if one.reply(answers[name]).right)
    kept.add_review(root, Review(now, {name: answers[name] for name in questions}, right))


def latest(course: Course, root: Path) -> tuple[Review, tuple[Reviewed, ...]] | None:
    """Return the last review and what is said to each answer; None if there was none.

    A question that a lesson no longer asks is left out.
    """
    before = kept.load(root)
    if not before.reviews:
        return None
    *earlier, last = before.reviews
    asked = {one.question.id: one for one in _mistakes(course, root, Kept(reviews=tuple(earlier)))}
    return last, tuple(
        Reviewed(asked[name], value, asked[name].question.reply(value))
        for name, value in last.answers.items()
        if name in asked
    )


def _mistakes(course: Course, root: Path, before: Kept) -> Iterator[Mistake]:
    """Yield the questions whose first try was wrong and that no review has mended."""
    for lesson in course.lessons:
        folder = lesson.folder(root)
        record = progress.load(folder)
        for step in lesson.steps:
            if step.id in before.mended or not _first_was_wrong(record.answers.get(step.id)):
                continue
            with contextlib.suppress(BadInput):  # the lesson does not ask it any more
                question = _anew(step.id, folder, record.learner, len(before.reviews))
                if question.kind in SECONDS and question.key:
                    yield Mistake(lesson, question, _since(step.id, record, folder))


def _first_was_wrong(noted: Answer | None) -> bool:
    return noted is not None and (noted.tries > 1 or not noted.right)


def _since(name: str, record: Progress, folder: Path) -> datetime:
    """Return when a mistake was made: no later than it was mended, or anything was noted."""
    with contextlib.suppress(KeyError, ValueError):
        at = datetime.fromisoformat(record.done[name])
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    written = (progress.place(folder) / progress.FILE).stat().st_mtime
    return datetime.fromtimestamp(written, UTC)


def _anew(name: str, folder: Path, learner: str, reviews: int) -> Question:
    """Return a question with other figures than the learner's own, where it has others."""
    own = load_question(name, folder, learner).figures
    draws = (f"{learner} review {reviews}.{n}" for n in range(DRAWS if own else 1))
    for draw in draws:
        again = load_question(name, folder, draw)
        if again.figures != own:
            return again
    return again


def _two_minutes(mistakes: Sequence[Mistake]) -> Iterator[Mistake]:
    left = LENGTH_S
    for one in mistakes:
        left -= SECONDS[one.question.kind]
        if left < 0:
            return
        yield one
