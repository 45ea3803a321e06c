"""A question on the page: choices or a field, a button, and a reply that helps.

    ask("m1-split")        # in a lesson's cell: shows the question, notes the answer
    answered("m1-predict") # what the learner answered, for the cells below

Each learner gets figures, and an order of the choices, of their own. The answer is noted in
progress.json beside the notebook; what is no certain answer is asked about and not noted. When
nbgrader runs the cell, nothing is shown; the noted tries are judged anew. The cell fails unless
one of them earns something, and returns the points where that is not all of them: nbgrader takes
what a cell returns for its partial credit.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab.core.errors import BadInput
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import points
from speedlab.course.quiz import scoring
from speedlab.course.quiz.numbers import as_read, read_number, written
from speedlab.course.quiz.questions import HONEST_TRIES, Question, Reply, load_question

LATE = "It was noted after the result was shown, so it earns no points."
OTHER_FIGURES = "? Your answer was given to other figures than these. Answer once more."
IN_TIME = "You have seen the result by now, so your first guess stays: {}."


class NotYet(AssertionError):
    """An answer is missing or wrong; the text is for the learner."""

    def _render_traceback_(self) -> list[str]:
        return [f"Not yet: {self}"]


def being_graded() -> bool:
    """Tell whether nbgrader runs this notebook: it sets this variable."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def ask(name: str, *, folder: Path | None = None) -> Asked | float | None:
    """Show a question of the lesson, or judge its answer when nbgrader runs the cell.

    Args:
        name: The grade id.
        folder: Where questions.json and progress.json lie; the current folder by default.

    Returns:
        The question on the page. While being graded, the points if they are not all; else None.

    Raises:
        BadInput: If there is no such question.
        NotYet: While being graded, if what was noted earns nothing.
    """
    place = folder or Path.cwd()
    if not being_graded():
        return _put_on_page(_asked(name, place))
    record = progress.load(place)
    question, noted = load_question(name, place, record.learner), record.answers.get(name)
    share = scoring.share_of(question, noted, question.shares)
    if not share:
        raise NotYet(_why_nothing(question, noted))
    return None if share == 1 else share * _worth(name, place)


def answered(name: str, otherwise: Any = None, *, folder: Path | None = None) -> Any:
    """Return what the learner answered to a question, or otherwise if nothing yet."""
    noted = progress.load(folder or Path.cwd()).answers.get(name)
    return noted.value if noted else otherwise


def on_page(name: str, *, folder: Path) -> Asked:
    """Return a question as it stands on the page already; made anew if its cell was not run."""
    return _ON_PAGE.get((folder, name)) or _put_on_page(_asked(name, folder))


_ON_PAGE: dict[tuple[Path, str], Asked] = {}


def _put_on_page(asked: Asked) -> Asked:
    before = _ON_PAGE.get(asked.place)
    if before:  # its cell was run once more: whoever listens goes on listening
        asked.heard = before.heard
    _ON_PAGE[asked.place] = asked
    return asked


def _asked(name: str, folder: Path) -> Asked:
    note = progress.load(folder).note  # of a damaged record: the next look finds a new one
    return Asked(load_question(name, folder, progress.learner_id(folder)), folder, note)


class Asked:
    """One question on the page; show it by leaving it as the last line of a cell.

    Args:
        question: The question as this learner gets it.
        folder: Where progress.json lies.
        note: A sentence about the record, shown first.
    """

    def __init__(self, question: Question, folder: Path, note: str = "") -> None:
        self._question, self._folder = question, folder
        self.place = folder, question.id
        self.heard: list[Callable[[], None]] = []
        """Called after an answer was noted."""
        noted = progress.load(folder).answers.get(question.id)
        self.field = _field(question, noted.value if noted else None)
        verb = "Note my prediction" if question.kind == "prediction" else "Check my answer"
        self.button = widgets.Button(description=verb, layout={"width": "auto"})
        self.button.on_click(lambda _: self.answer())
        self.reveal = widgets.Button(description="Show the answer", layout={"width": "auto"})
        self.reveal.on_click(lambda _: self._tell_solution())
        self.said = widgets.HTML()
        self.box = widgets.VBox(
            [
                widgets.HTML(f"<p class='speedlab-question'>{escape(question.text)}</p>"),
                widgets.HBox([self.field, _unit(question)]) if question.unit else self.field,
                widgets.HBox([self.button, self.reveal]),
                self.said,
            ]
        )
        self.box.add_class("speedlab-ask")
        self._offer_solution(noted)
        if note:
            self._say(note)
        elif noted and noted.figures and dict(noted.figures) != dict(question.figures):
            self._say(OTHER_FIGURES)
        elif noted:
            self._show(question.reply(noted.value), noted)

    def answer(self) -> Reply:
        """Judge what the learner chose or wrote, note it, and show the reply."""
        try:
            value, as_said = self._read()
        except BadInput as unclear:
            reply = Reply(False, str(unclear), asks=True)
        else:
            reply = self._question.reply(value)
        if reply.asks:
            self._show(reply)
            return reply
        noted = self._note(value, reply)
        if noted.value != value:
            reply = replace(reply, text=IN_TIME.format(noted.value))
        self._show(reply, noted, as_said)
        self._offer_solution(noted)
        for tell in self.heard:
            tell()
        return reply

    def _read(self) -> tuple[progress.Value, str]:
        """Return the answer, and a sentence where it was read in another way than it is written."""
        asked, given = self._question, self.field.value
        if asked.kind == "choice":
            return given, ""
        value = read_number(given, asked.unit, low=_end(asked.low), high=_end(asked.high))
        return value, as_read(given, value, asked.unit)

    def _note(self, value: progress.Value, reply: Reply) -> progress.Answer:
        before, name = progress.load(self._folder), self._question.id
        last = before.answers.get(name)
        if last and not last.late and name in before.shown and self._question.kind == "prediction":
            return last  # whoever has seen the result guesses no more
        figures = self._question.figures
        after = progress.record_answer(
            self._folder, name, value, right=reply.right, figures=figures
        )
        return after.answers[name]

    def _offer_solution(self, noted: progress.Answer | None) -> None:
        tries = max(HONEST_TRIES, len(self._question.shares))
        tried = noted is not None and not noted.right and noted.tries >= tries
        self.reveal.layout.display = "" if tried and self._question.solution else "none"

    def _tell_solution(self) -> None:
        self._say(f"{self._question.solution} {self._question.because}")

    def _show(self, reply: Reply, noted: progress.Answer | None = None, as_said: str = "") -> None:
        sign = "?" if reply.asks else "○" if reply.noted else "✓" if reply.right else "✗"
        words = _in_words(self._question, reply, noted) if noted else reply.text
        self._say(" ".join(filter(None, (sign, as_said, words))))

    def _say(self, text: str) -> None:
        self.said.value = f"<p role='status' class='speedlab-reply'>{escape(text)}</p>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        plain = self._question.text
        choices = "".join(f"<li>{escape(text)}</li>" for text in self._question.choices.values())
        html = f"<p><strong>{escape(plain)}</strong></p>" + (choices and f"<ul>{choices}</ul>")
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        return bundle | {"text/html": html, "text/plain": plain}


def _in_words(question: Question, reply: Reply, noted: progress.Answer) -> str:
    """Return a reply, with what the answer earned or may still earn."""
    if question.kind == "prediction" or reply.noted:
        return f"Noted. {LATE}" if noted.late else reply.text
    shares = question.shares
    place = scoring.first_right(question, scoring.tries_of(noted))
    if reply.right and place is not None:
        return f"{scoring.right_in_words(place, shares)} {question.because}".strip()
    if place is not None:
        return f"{reply.text} Your right answer from before counts."
    return f"{reply.text} {scoring.next_in_words(noted.tries, shares)}".strip()


def _why_nothing(question: Question, noted: progress.Answer | None) -> str:
    reply = question.reply(noted.value if noted else None)
    if not noted or not reply.right:
        return reply.text
    if question.kind == "prediction":
        return LATE
    place = scoring.first_right(question, scoring.tries_of(noted))
    return scoring.right_in_words(place or 0, question.shares)


def _worth(name: str, folder: Path) -> float:
    """Return the points of a question, as the notebook beside the answers says."""
    found = (points(path).get(name) for path in sorted(folder.glob("*.ipynb")))
    return next((worth for worth in found if worth is not None), 1.0)


def _end(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


def _unit(question: Question) -> widgets.Widget:
    return widgets.HTML(f"<span class='speedlab-unit'>{escape(question.unit)}</span>")


def _field(question: Question, value: progress.Value) -> widgets.Widget:
    if question.kind == "choice":
        options = [(text, name) for name, text in question.choices.items()]
        chosen = value if value in question.choices else None
        return widgets.RadioButtons(options=options, value=chosen, layout={"width": "100%"})
    text, (low, high) = "", map(_end, (question.low, question.high))
    if isinstance(value, int | float):
        text = written(value, question.unit, low=low, high=high)
    return widgets.Text(
        value=text,
        description="Your answer",
        placeholder="a number",
        continuous_update=False,  # else a click can overtake the last digits that were typed
        style={"description_width": "auto"},
        layout={"width": "20em"},
    )
