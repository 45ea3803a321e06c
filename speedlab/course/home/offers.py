"""What the home page offers besides the lessons: the questions before and after, and the review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from speedlab.core.errors import BadInput
from speedlab.course.home.forms import is_open
from speedlab.course.home.review import Mistake, due
from speedlab.course.home.state import CourseState
from speedlab.course.quiz.ideas import FORMS, course_ideas, lesson_of, noted


@dataclass(frozen=True)
class Offers:
    """What may be done now: a form or none, and the questions of a review."""

    form: str = ""
    questions: int = 0
    review: tuple[Mistake, ...] = ()


def offers(state: CourseState, root: Path, now: datetime) -> Offers:
    """Return what a learner is offered now.

    Args:
        state: Where the learner stands.
        root: The folder of the course.
        now: The time, with its zone.
    """
    review = due(state.course, root, now)
    try:
        ideas = course_ideas(root)
    except BadInput:  # said on its own page: the home page has more to show
        ideas = None
    if ideas is None:
        return Offers(review=review)
    open_ones = [
        form
        for form in FORMS
        if is_open(form, state)
        and lesson_of(state.course, form).folder(root).is_dir()
        and not ideas.whole(form, noted(state.course, root, form))
    ]
    return Offers(next(iter(open_ones), ""), len(ideas.ideas), review)
