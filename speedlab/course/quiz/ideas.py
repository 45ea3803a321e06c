"""Twelve ideas of the course, each asked twice in another scene, and what was gained in between.

    solutions/before_and_after.toml --build--> modules/before_and_after.json

    before the first lesson:         before-1 … before-12, in progress.json of the first lesson
    when the last one is under way:  after-1 … after-12,   in progress.json of the last lesson

So the answers are handed in with these lessons. Each form is answered once, as a whole. Question n
of either form asks for idea n, with the same choices in the words of another scene.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import Course, Lesson
from speedlab.course.quiz.questions import Question, understand

FILE = "before_and_after.json"
FORMS = ("before", "after")


@dataclass(frozen=True)
class Idea:
    """One idea: what it is called, and the lesson that teaches it, by its name."""

    name: str
    title: str
    lesson: str


@dataclass(frozen=True)
class Ideas:
    """The ideas in order, and the questions by their ids."""

    ideas: tuple[Idea, ...]
    questions: Mapping[str, Question]

    def form(self, name: str) -> tuple[Question, ...]:
        """Return the questions of one form, "before" or "after", in the order of the ideas."""
        return tuple(self.questions[f"{name}-{n}"] for n in range(1, len(self.ideas) + 1))

    def whole(self, name: str, answers: Iterable[str]) -> bool:
        """Say whether all questions of a form are among those answered."""
        return {question.id for question in self.form(name)} <= {*answers}

    def right(self, name: str, answers: Mapping[str, Any]) -> tuple[bool, ...] | None:
        """Say for each idea whether it was answered rightly in one form.

        Returns:
            None where the form was not answered as a whole, or holds no keys to judge by.
        """
        form = self.form(name)
        if not self.whole(name, answers) or not all(question.key for question in form):
            return None
        return tuple(_chosen_rightly(question, answers[question.id]) for question in form)


@dataclass(frozen=True)
class Gain:
    """What somebody knew of so many ideas, before and after; None where it is not known."""

    before: tuple[bool, ...] | None
    after: tuple[bool, ...] | None
    of: int

    @property
    def share(self) -> float | None:
        """The share of what was not known before that is known after.

        None where one of both is not known, or nothing was left to gain.

        >>> Gain((True, False, False), (True, True, False), 3).share
        0.5

        Source: the normalised gain, (after - before) / (1 - before), of R. R. Hake,
            Interactive-engagement versus traditional methods, Am. J. Phys. 66, 64 (1998).
        """
        if self.before is None or self.after is None:
            return None
        return normalised(sum(self.before), sum(self.after), self.of)

    @property
    def counts(self) -> str:
        """How many were right, before and after, in words; "" where nothing is known."""
        told = [(self.before, "before"), (self.after, "after")]
        known = [(right, when) for right, when in told if right is not None]
        return ", ".join(f"{sum(right)} of {self.of} {when}" for right, when in known)


def normalised(before: float, after: float, possible: float) -> float | None:
    """Return the share of what was missing before that is there after; None if nothing was missing.

    >>> normalised(5, 10, 12), normalised(12, 12, 12)
    (0.7142857142857143, None)
    """
    return (after - before) / (possible - before) if before < possible else None


def read_ideas(path: Path) -> Ideas | None:
    """Read the questions of the beginning and the end; None in a course that has none.

    Raises:
        BadInput: If the file is damaged.
    """
    try:
        return understand_ideas(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what, why = "The questions of the beginning and the end cannot be read.", f"{error}."
        raise BadInput(what, why, "Download the course again; your own work stays.") from error


def understand_ideas(content: Mapping[str, Any]) -> Ideas:
    """Return what the content of the file holds.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: If it holds something else.
    """
    ideas = tuple(Idea(**idea) for idea in content["ideas"])
    questions = {str(name): understand(one) for name, one in content["questions"].items()}
    found = Ideas(ideas, questions)
    asked = [question for form in FORMS for question in found.form(form)]
    if not asked or any(question.kind != "choice" for question in asked):
        raise ValueError("it needs a choice before and after for each idea")
    return found


def course_ideas(root: Path) -> Ideas | None:
    """Return the questions of the beginning and the end of the course that lies in a folder."""
    return read_ideas(root / "modules" / FILE)


def lesson_of(course: Course, form: str) -> Lesson:
    """Return the lesson with which the answers of a form are handed in."""
    return course.lessons[0 if form == "before" else -1]


def noted(course: Course, root: Path, form: str) -> dict[str, Any]:
    """Return what a learner's own record notes with the lesson of a form, by question."""
    record = progress.load(lesson_of(course, form).folder(root))
    return {name: answer.value for name, answer in record.answers.items()}


def own_gain(course: Course, root: Path) -> Gain | None:
    """Return the gain of the learner whose lessons lie in a folder.

    None in a course without such questions or without keys, where their file is damaged, and until
    the questions at the end are answered: what was right before is not told sooner.
    """
    try:
        ideas = course_ideas(root)
    except BadInput:  # said on the page that asks: no certificate depends on it
        ideas = None
    if ideas is None or not course.lessons:
        return None
    before, after = (ideas.right(form, noted(course, root, form)) for form in FORMS)
    return None if after is None else Gain(before, after, len(ideas.ideas))


def commonest_mistake(question: Question, values: Iterable[Any]) -> tuple[str, int]:
    """Return the wrong choice that was made most often, in words, and how often; "", 0 if none."""
    wrong = [value for value in values if _is_choice(question, value)]
    wrong = [value for value in wrong if not question.reply(value).right]
    ((name, count), *_) = [*Counter(wrong).most_common(1), ("", 0)]
    return question.choices.get(name, ""), count


def _chosen_rightly(question: Question, value: Any) -> bool:
    return _is_choice(question, value) and question.reply(value).right


def _is_choice(question: Question, value: Any) -> bool:
    """Say whether a value is a choice at all: files of learners may hold anything."""
    return isinstance(value, str) and value in question.choices
