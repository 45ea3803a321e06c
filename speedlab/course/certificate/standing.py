"""Where a learner stands: points by lesson and track, the award, and what the next one needs.

A prediction is left out: it is right whatever it says. It earns its point in a graded class; for
an award only what somebody knows or wrote counts.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from speedlab.core.errors import BadInput
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import Award, Course, Lesson, Step, points
from speedlab.course.lessons.progress import Progress
from speedlab.course.quiz import scoring
from speedlab.course.quiz.questions import Question, load_question

ROUNDING = 1e-9  # 0.6 * 15 points must not need a hair more than 9
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NAMED = 3  # as many steps are told by name


@dataclass(frozen=True)
class Points:
    """What was earned of what is possible."""

    earned: float = 0
    possible: float = 0

    @property
    def share(self) -> float:
        """The earned part of the possible points; zero where none are possible."""
        return self.earned / self.possible if self.possible else 0.0

    @property
    def percent(self) -> int:
        """The share in whole per cent, rounded down: 59.9 is not 60.

        >>> Points(3, 5).percent, Points(599, 1000).percent
        (60, 59)
        """
        return math.floor(100 * self.share + ROUNDING)

    def reaches(self, share: float) -> bool:
        """Say whether the share is earned; nothing is earned where nothing is possible."""
        return self.possible > 0 and self.earned >= share * self.possible - ROUNDING


def total(parts: Iterable[Points]) -> Points:
    """Add points up.

    >>> total([Points(1, 2), Points(3, 3)])
    Points(earned=4, possible=5)
    """
    parts = tuple(parts)
    return Points(sum(part.earned for part in parts), sum(part.possible for part in parts))


@dataclass(frozen=True)
class StepResult:
    """One step that counts, its points, and how many more can still be earned."""

    step: Step
    points: Points
    left: float


@dataclass(frozen=True)
class LessonResult:
    """One lesson; known is false where the notebook does not say what its steps are worth."""

    title: str
    steps: tuple[StepResult, ...]
    known: bool = True
    notes: tuple[str, ...] = ()

    def points(self, track: str) -> Points:
        """Return the points of one track."""
        return total(result.points for result in self.steps if result.step.track == track)


@dataclass(frozen=True)
class Standing:
    """All lessons, and what follows from them; graded where an instructor gave the points."""

    course: Course
    lessons: tuple[LessonResult, ...]
    graded: bool = False

    def points(self, track: str) -> Points:
        """Return the points of one track over all lessons."""
        return total(lesson.points(track) for lesson in self.lessons)

    def reached(self, award: Award) -> bool:
        """Say whether an award is reached; none is while the points of a lesson are unknown."""
        known = all(lesson.known for lesson in self.lessons)
        return known and all(self.points(t).reaches(s) for t, s in award.shares.items())

    @property
    def award(self) -> Award | None:
        """The best award reached: the last of them in course.toml."""
        reached = [award for award in self.course.awards if self.reached(award)]
        return reached[-1] if reached else None

    @property
    def missing(self) -> tuple[str, ...]:
        """What the next award needs, a sentence for each track that is short of it."""
        best = self.course.awards.index(self.award) + 1 if self.award else 0
        above = self.course.awards[best : best + 1]
        return tuple(self._lack(a, t) for a in above for t in a.shares if self._short(a, t))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was unusual about the lessons, a sentence each."""
        return tuple(note for lesson in self.lessons for note in lesson.notes)

    def _short(self, award: Award, track: str) -> bool:
        return not self.points(track).reaches(award.shares[track])

    def _lack(self, award: Award, track: str) -> str:
        share, have = award.shares[track], self.points(track)
        needs = f"{award.name} needs {100 * share:g} % of the {track} points"
        return f"{needs}; {have.percent} % are earned.{self._enough(track, share)}"

    def _enough(self, track: str, share: float) -> str:
        """Name the fewest steps that would reach a share."""
        steps = [r for lesson in self.lessons for r in lesson.steps if r.step.track == track]
        have, names = self.points(track), list[str]()
        for result in sorted((r for r in steps if r.left), key=lambda r: -r.left):
            if have.reaches(share):
                break
            have = Points(have.earned + result.left, have.possible)
            names.append(f"“{result.step.title}”")
        if not have.reaches(share):
            return " What is left is not enough: start a lesson over, and it counts anew."
        return f" {_many(names)} would be enough." if names else ""


def _many(names: list[str]) -> str:
    number = NUMBERS[len(names)] if len(names) < len(NUMBERS) else str(len(names))
    steps = f"{number.capitalize()} {'step' if len(names) == 1 else 'steps'} more"
    return f"{steps}, {' and '.join(names)}," if len(names) <= NAMED else steps


def standing(course: Course, root: Path) -> Standing:
    """Return where the learner stands whose lessons lie in a folder, by their own record.

    A memo counts neither as earned nor as possible: a person marks it. A question that took more
    than one try earns what the course gives for that.

    Raises:
        BadInput: If the record of a lesson may not be read.
    """
    lessons = tuple(_self_reported(lesson, root, course.tries) for lesson in course.lessons)
    return Standing(course, lessons)


def graded_standing(
    course: Course, root: Path, marks: Mapping[str, Mapping[str, float]]
) -> Standing:
    """Return where a learner stands by an instructor's marks: lesson, then step, then points.

    Raises:
        BadInput: If there is no such lesson or step, or more points than the step is worth.
    """
    for name, given in marks.items():
        _check_steps(course.lesson(name), given)
    lessons = tuple(_graded(lesson, root, marks.get(lesson.name, {})) for lesson in course.lessons)
    return Standing(course, lessons, graded=True)


def _self_reported(lesson: Lesson, root: Path, tries: Sequence[float]) -> LessonResult:
    try:
        record = progress.load(lesson.folder(root))
    except OSError as error:
        what, why = f"The record of {lesson.title} cannot be read.", f"{error}."
        raise BadInput(what, why, "Ask for the right to read it, then try again.") from error
    asked = _questions(lesson, root, record.learner)
    steps = _counted(lesson, asked, "lab", "memo")
    worth, notes = _worth(lesson, steps, root)
    parts = {}
    for step in steps:
        earned, left = _shares(step, record, asked.get(step.id), tries)
        parts[step.id] = worth.get(step.id, 0) * earned, worth.get(step.id, 0) * left
    notes += (record.note,) if record.note else ()
    return _result(lesson, steps, worth, parts, notes)


def _questions(lesson: Lesson, root: Path, learner: str = "") -> dict[str, Question]:
    """Return the questions of a lesson by the id of their step; those that can be read."""
    asked = {}
    for step in lesson.steps:
        if step.kind == "question":
            with contextlib.suppress(BadInput):
                asked[step.id] = load_question(step.id, lesson.folder(root), learner)
    return asked


def _counted(lesson: Lesson, asked: Mapping[str, Question], *left_out: str) -> tuple[Step, ...]:
    """Return the steps that count, without those of some kinds and without predictions."""
    guessed = {name for name, question in asked.items() if question.kind == "prediction"}
    return tuple(s for s in lesson.steps if s.kind not in left_out and s.id not in guessed)


def _shares(
    step: Step, record: Progress, question: Question | None, tries: Sequence[float]
) -> tuple[float, float]:
    """Return which shares of its points a step has earned, and can still earn."""
    noted = record.answers.get(step.id)
    if step.id not in record.done:
        return 0.0, scoring.share_at(noted.tries, tries) if noted and question else 1.0
    if not noted or not question:
        return 1.0, 0.0
    place = scoring.first_right(question, scoring.tries_of(noted))
    # What was right when it was noted stays earned, whatever the question has become since.
    return 1.0 if place is None else scoring.share_at(place, tries), 0.0


def _graded(lesson: Lesson, root: Path, marks: Mapping[str, float]) -> LessonResult:
    steps = _counted(lesson, _questions(lesson, root), "lab")
    worth, notes = _worth(lesson, steps, root)
    for step in steps:
        if marks.get(step.id, 0) > worth.get(step.id, math.inf):
            what = f"{step.id} was given {marks[step.id]:g} points."
            raise BadInput(what, f"It is worth {worth[step.id]:g}.", "Correct the grades.")
    unmarked = [step.id for step in steps if step.id not in marks]
    if unmarked:
        notes += (f"Without a mark in {lesson.title}, so counted as zero: {', '.join(unmarked)}.",)
    parts = {name: (marks.get(name, 0), most - marks.get(name, 0)) for name, most in worth.items()}
    return _result(lesson, steps, worth, parts, notes)


def _result(
    lesson: Lesson,
    steps: tuple[Step, ...],
    worth: Mapping[str, float],
    parts: Mapping[str, tuple[float, float]],
    notes: tuple[str, ...],
) -> LessonResult:
    """Put a lesson together; parts holds the points earned, and those left, of each step."""
    results = tuple(
        StepResult(step, Points(parts[step.id][0], worth[step.id]), parts[step.id][1])
        for step in steps
        if step.id in worth
    )
    return LessonResult(lesson.title, results, len(results) == len(steps), notes)


def _worth(
    lesson: Lesson, steps: tuple[Step, ...], root: Path
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the points of the steps, and a sentence if the notebook does not tell them all."""
    notebook = lesson.notebook(root)
    worth = {n: p for n, p in points(notebook).items() if math.isfinite(p) and p >= 0}
    lost = [step.title for step in steps if step.id not in worth]
    if not notebook.is_file():
        why, remedy = "is not there", "bring it back"
    elif lost:
        why, remedy = f"has lost the points of “{lost[0]}”", "start the lesson over"
    else:
        return worth, ()
    note = f"The notebook of {lesson.title} {why}, so it cannot count: {remedy} on the course home."
    return worth, (note,)


def _check_steps(lesson: Lesson, marks: Mapping[str, float]) -> None:
    known = [step.id for step in lesson.steps if step.kind != "lab"]
    for name in marks:
        if name not in known:
            what, why = f"{lesson.name} has no graded step {name!r}.", f"It has {', '.join(known)}."
            raise BadInput(what, why, "Correct the grades.")
