"""The twelve questions before the first lesson and after the last: when, and what is noted.

A form is answered once, as a whole, and nobody is told before the end what was right: else the end
could not be compared with the beginning. Until then its choices are a draft.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from speedlab.core.errors import BadInput
from speedlab.course.home import kept
from speedlab.course.home.state import CourseState
from speedlab.course.lessons import progress
from speedlab.course.quiz.ideas import FORMS, Ideas, lesson_of, noted
from speedlab.course.quiz.questions import Question


@dataclass(frozen=True)
class Form:
    """One form as one learner gets it.

    Attributes:
        name: "before" or "after".
        questions: Its questions, the choices in the learner's own order.
        chosen: The choices of a draft.
        noted: Whether it is answered already.
        open: Whether it may be answered now.
    """

    name: str
    questions: tuple[Question, ...]
    chosen: Mapping[str, str]
    noted: bool
    open: bool


def is_open(form: str, state: CourseState) -> bool:
    """Say whether this is the time for a form: before any step, or from the last lesson on."""
    if form == "before":
        return not state.steps_done
    last = state.lessons[-1]
    return bool(last.done) or state.steps_done == state.steps


def read_form(name: str, ideas: Ideas, state: CourseState, root: Path) -> Form:
    """Return a form as the learner of a course gets it."""
    folder = lesson_of(state.course, name).folder(root)
    learner = progress.learner_id(folder) if folder.is_dir() else ""
    questions = tuple(question.for_learner(learner) for question in ideas.form(name))
    drafts = kept.load(root).drafts
    chosen = {q.id: drafts[q.id] for q in questions if drafts.get(q.id) in q.choices}
    whole = ideas.whole(name, noted(state.course, root, name))
    return Form(name, questions, chosen, whole, is_open(name, state))


def missing(form: Form, chosen: Mapping[str, str]) -> list[int]:
    """Return the numbers of the questions that are still open."""
    return [n for n, question in enumerate(form.questions, 1) if question.id not in chosen]


def note(form: Form, chosen: Mapping[str, str], state: CourseState, root: Path) -> None:
    """Note the answers to a whole form in its lesson, for good.

    Raises:
        BadInput: If the folder of that lesson is not there.
    """
    lesson = lesson_of(state.course, form.name)
    folder = lesson.folder(root)
    if not folder.is_dir():
        what, why = "Your answers were not noted.", f"The folder of {lesson.title} is not there."
        raise BadInput(what, why, "Bring it back on the course home; your choices are kept.")
    for question in form.questions:
        value = chosen[question.id]
        progress.record_answer(folder, question.id, value, right=question.reply(value).right)
    kept.keep_draft(root, form.name, {})


def carry_over(earlier: Path, folder: Path) -> None:
    """Note the answers to the forms again in a lesson whose record was moved to a folder."""
    for name, answer in progress.load(earlier).answers.items():
        if re.fullmatch(rf"({'|'.join(FORMS)})-\d+", name):
            progress.record_answer(folder, name, answer.value, right=answer.right)
