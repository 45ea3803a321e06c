"""The pages that ask: twelve questions before, twelve after, and a review of two minutes.

Plain forms: without any script they can be answered, left half-done with a button, and printed.
With the script of this server each choice is kept at once.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from speedlab.core.errors import BadInput
from speedlab.course.home import forms, kept, review
from speedlab.course.home.forms import Form
from speedlab.course.home.page import POLICY, Page
from speedlab.course.home.review import Mistake, Reviewed
from speedlab.course.home.state import CourseState, course_state, lesson_url
from speedlab.course.lessons.description import Lesson, read_course
from speedlab.course.lessons.record import Value
from speedlab.course.quiz.ideas import FORMS, Gain, Idea, Ideas, course_ideas, noted
from speedlab.course.quiz.numbers import read_number
from speedlab.course.quiz.questions import Question

HEADING = re.compile(r"Question \d+[^.]*?\(\d+ points?\)\. ")
"""How a question of a lesson begins: there it has a number and points."""


@dataclass(frozen=True)
class Asked:
    """One question on a page, what was chosen or typed, and what is wrong with that."""

    question: Question
    value: str = ""
    problem: str = ""

    @property
    def text(self) -> str:
        """What is asked."""
        return asked_text(self.question)


@dataclass(frozen=True)
class IdeaRow:
    """One idea on the page of results: right before (None if not asked) and after, and why."""

    idea: Idea
    lesson: Lesson
    before: bool | None
    after: bool
    said: str
    because: str

    @property
    def url(self) -> str:
        """The lesson to read again."""
        return lesson_url(self.lesson)


@dataclass(frozen=True)
class AnswerRow:
    """One answer on the page of a review."""

    found: Reviewed

    @property
    def text(self) -> str:
        """What was asked."""
        return asked_text(self.found.mistake.question)

    @property
    def words(self) -> str:
        """What was answered: the words of a choice, or the number that was read, with its unit."""
        value, question = self.found.value, self.found.mistake.question
        number = f"{value:,.10g}" if isinstance(value, int | float) else str(value)
        return question.choices.get(str(value), f"{number} {question.unit}".strip())

    @property
    def url(self) -> str:
        """The lesson that asks it."""
        return lesson_url(self.found.mistake.lesson)


def asked_text(question: Question) -> str:
    """Return what is asked, without the number that a question has in its lesson."""
    return HEADING.sub("", question.text, count=1)


class FormPage(Page):
    """/course/before and /course/after: the questions, or what became of them."""

    @property
    def content_security_policy(self) -> str:
        """Let the script of this server keep a choice, here and nowhere else."""
        return f"{POLICY}; connect-src 'self'"

    @web.authenticated
    @authorized
    async def get(self, form: str) -> None:
        """Show the questions, or what was gained."""
        ideas, state, found = await asyncio.to_thread(self._read, form)
        if found.noted:
            self._show_noted(form, ideas, state)
        elif not found.open:
            self.show("not_now.html", form=form, state=state)
        else:
            self._ask(found, found.chosen)

    @web.authenticated
    @authorized
    async def post(self, form: str) -> None:
        """Keep a draft, or note the answers if all are there."""
        _, state, found = await asyncio.to_thread(self._read, form)
        if found.noted or not found.open:
            self.redirect(url_path_join(self.base_url, "course", form), status=303)
            return
        given = {q.id: self.get_body_argument(q.id, "") for q in found.questions}
        chosen = {q.id: given[q.id] for q in found.questions if given[q.id] in q.choices}
        await asyncio.to_thread(kept.keep_draft, self.course_root, form, chosen)
        if self.get_body_argument("keep", ""):
            self._say_kept(state)
        elif forms.missing(found, chosen):
            self._ask(found, chosen, checked=True)
        else:
            await asyncio.to_thread(forms.note, found, chosen, state, self.course_root)
            self.redirect(url_path_join(self.base_url, "course", form), status=303)

    def _read(self, form: str) -> tuple[Ideas, CourseState, Form]:
        ideas, course = course_ideas(self.course_root), read_course(self.course_root)
        if ideas is None:
            raise web.HTTPError(404)
        state = course_state(course, self.course_root)
        return ideas, state, forms.read_form(form, ideas, state, self.course_root)

    def _ask(self, form: Form, chosen: Mapping[str, str], *, checked: bool = False) -> None:
        asked = [
            Asked(q, chosen.get(q.id, ""), q.missing(chosen.get(q.id)) if checked else "")
            for q in form.questions
        ]
        self.show("form.html", form=form.name, asked=asked)

    def _say_kept(self, state: CourseState) -> None:
        if self.get_body_argument("keep") == "quietly":
            self.set_status(204)
            return
        self.go_home("kept", state.course.lessons[0])

    def _show_noted(self, form: str, ideas: Ideas, state: CourseState) -> None:
        answers = {name: noted(state.course, self.course_root, name) for name in FORMS}
        before, after = (ideas.right(name, answers[name]) for name in FORMS)
        if form == "before" or after is None:
            self.show("form_noted.html", form=form)
            return
        rows = [
            IdeaRow(
                idea,
                state.course.lesson(idea.lesson),
                before[n] if before else None,
                after[n],
                question.reply(answers["after"][question.id]).text,
                question.because,
            )
            for n, (idea, question) in enumerate(zip(ideas.ideas, ideas.form("after"), strict=True))
        ]
        self.show("gained.html", gain=Gain(before, after, len(rows)), rows=rows)


class ReviewPage(Page):
    """/course/review: a few of the learner's own mistakes, asked once more."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Ask what is due, else show the last review."""
        course = read_course(self.course_root)
        due = await asyncio.to_thread(review.due, course, self.course_root, datetime.now(UTC))
        if due:
            self.show("review.html", asked=[Asked(one.question) for one in due], due=due)
            return
        latest = await asyncio.to_thread(review.latest, course, self.course_root)
        last, answers = latest or (None, ())
        self.show("reviewed.html", review=last, answers=[AnswerRow(one) for one in answers])

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Note the answers if all are there, else say what is missing."""
        course, now = read_course(self.course_root), datetime.now(UTC)
        due = await asyncio.to_thread(review.due, course, self.course_root, now)
        asked, answers = self._answers(due)
        if any(one.problem for one in asked):
            self.show("review.html", asked=asked, due=due)
            return
        if due:
            await asyncio.to_thread(review.note, due, answers, self.course_root, now)
        self.redirect(url_path_join(self.base_url, "course", "review"), status=303)

    def _answers(self, due: tuple[Mistake, ...]) -> tuple[list[Asked], dict[str, Value]]:
        asked, answers = list[Asked](), dict[str, Value]()
        for one in due:
            typed = self.get_body_argument(one.question.id, "")
            value, problem = _read(one.question, typed)
            answers[one.question.id] = value
            asked.append(Asked(one.question, typed, problem))
        return asked, answers


def _read(question: Question, typed: str) -> tuple[Value, str]:
    """Return the answer that was chosen or typed, and what is wrong with it; "" if nothing."""
    if question.kind == "choice":
        return typed, question.missing(typed)
    low, high = (end if math.isfinite(end) else None for end in (question.low, question.high))
    try:
        value = read_number(typed, question.unit, low=low, high=high)
    except BadInput as error:
        return None, str(error)
    return value, question.missing(value)
