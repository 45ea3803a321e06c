"""What a class gained: the twelve questions before the course and the twelve at its end.

    hand-ins of the first lesson:  before-1 … before-12  |  judged by the author's own file,
    hand-ins of the last lesson:   after-1 … after-12    |  whatever a progress.json claims

These questions have no points: nothing here changes a mark.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from grader.build.ideas import read_author_ideas
from grader.core.errors import BuildError
from grader.core.paths import CoursePaths
from grader.judge.questions import noted_answers
from speedlab.course.lessons.description import FILE, read_course
from speedlab.course.quiz.ideas import (
    FORMS,
    Gain,
    Ideas,
    commonest_mistake,
    lesson_of,
    normalised,
)

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Spread:
    """The middle of some counts, and between which two the middle half of them lies."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class IdeaGain:
    """How many had one idea right before and after, and the commonest mistake at the end."""

    title: str
    before: int
    after: int
    mistake: str = ""
    mistaken: int = 0


@dataclass(frozen=True)
class ClassGain:
    """What a class gained.

    Attributes:
        of: How many questions each form has.
        began: How many learners answered those before.
        ended: How many answered those after.
        both: The gain of each learner who answered both.
        ideas: The ideas in order, counted over those learners.
    """

    of: int
    began: int
    ended: int
    both: Mapping[str, Gain]
    ideas: tuple[IdeaGain, ...]

    @property
    def before(self) -> Spread | None:
        """What those who answered both knew before; None if nobody did."""
        return _spread([sum(gain.before or ()) for gain in self.both.values()])

    @property
    def after(self) -> Spread | None:
        """What they know after."""
        return _spread([sum(gain.after or ()) for gain in self.both.values()])

    @property
    def share(self) -> float | None:
        """The share of what the class did not know before that it knows after."""
        if not self.both:
            return None
        before = statistics.mean(sum(gain.before or ()) for gain in self.both.values())
        after = statistics.mean(sum(gain.after or ()) for gain in self.both.values())
        return normalised(before, after, self.of)


def read_gain(paths: CoursePaths) -> ClassGain | None:
    """Return what the class gained; None where the course does not ask, or nobody answered."""
    ideas = _ideas(paths)
    if ideas is None:
        return None
    before, after = (_answered(paths, ideas, form) for form in FORMS)
    if not before and not after:
        return None
    both = {
        learner: _gain(ideas, before[learner], after[learner])
        for learner in before
        if learner in after
    }
    told = [
        _idea(ideas, n, both.values(), [after[learner] for learner in both])
        for n in range(len(ideas.ideas))
    ]
    return ClassGain(len(ideas.ideas), len(before), len(after), both, tuple(told))


def section(paths: CoursePaths) -> Markup | None:
    """Return the part of the instructor's page that says what the class gained.

    None where the course asks no such questions, or nobody answered them. An author's file that
    breaks a rule is named there; the rest of the page is none the worse for it.
    """
    from grader.report.html import render  # that page may name this part

    try:
        found, why = read_gain(paths), ""
    except BuildError as error:
        found, why = None, str(error)
    return Markup(render("gain.html", gain=found, why=why)) if found or why else None


def columns(paths: CoursePaths) -> dict[str, dict[str, int]]:
    """Return for each learner what an export tells: how many were right, before and after.

    Who answered one form only has one of both.
    """
    ideas, told = _ideas(paths), dict[str, dict[str, int]]()
    if ideas is None:
        return told
    for form in FORMS:
        for learner, answers in _answered(paths, ideas, form).items():
            told.setdefault(learner, {})[form] = sum(ideas.right(form, answers) or ())
    return told


def _ideas(paths: CoursePaths) -> Ideas | None:
    """Return the author's own file; what learners got may hold no keys."""
    return read_author_ideas(paths.source) if (paths.root / FILE).is_file() else None


def _answered(paths: CoursePaths, ideas: Ideas, form: str) -> dict[str, Answers]:
    """Return the answers of everybody who handed a whole form in."""
    assignment = lesson_of(read_course(paths.root), form).name
    found = {
        learner: noted_answers(paths.handed_in(learner, assignment))
        for learner in paths.learners(assignment)
    }
    return {learner: given for learner, given in found.items() if ideas.whole(form, given)}


def _gain(ideas: Ideas, before: Answers, after: Answers) -> Gain:
    return Gain(ideas.right("before", before), ideas.right("after", after), len(ideas.ideas))


def _idea(ideas: Ideas, place: int, gains: Iterable[Gain], ends: Sequence[Answers]) -> IdeaGain:
    known = list(gains)
    question = ideas.form("after")[place]
    mistake, count = commonest_mistake(question, (answers[question.id] for answers in ends))
    before = sum(gain.before[place] for gain in known if gain.before)
    after = sum(gain.after[place] for gain in known if gain.after)
    return IdeaGain(ideas.ideas[place].title, before, after, mistake, count)


def _spread(counts: Sequence[int]) -> Spread | None:
    if not counts:
        return None
    if len(counts) == 1:
        return Spread(counts[0], counts[0], counts[0])
    low, median, high = statistics.quantiles(counts, n=4, method="inclusive")
    return Spread(median, low, high)
