"""A question on the page: choices or a field, a button, and a reply that helps.

    ask("m1-split")        # in a lesson's cell: shows the question, notes the answer
    answered("m1-predict") # what the learner answered, for the cells below

The answer is noted in progress.json beside the notebook. When nbgrader runs the cell, nothing is
shown; the noted answer is judged anew, and the cell fails unless it is right.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab.course.lessons import progress
from speedlab.course.quiz.questions import HONEST_TRIES, Question, Reply, load_question


class NotYet(AssertionError):
    """An answer is missing or wrong; the text is for the learner."""

    def _render_traceback_(self) -> list[str]:
        return [f"Not yet: {self}"]


def being_graded() -> bool:
    """Tell whether nbgrader runs this notebook: it sets this variable."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def ask(name: str, *, folder: Path | None = None) -> Asked | None:
    """Show a question of the lesson, or judge its answer when nbgrader runs the cell.

    Args:
        name: The grade id.
        folder: Where questions.json and progress.json lie; the current folder by default.

    Raises:
        BadInput: If there is no such question.
        NotYet: While being graded, if the noted answer is missing or wrong.
    """
    place = folder or Path.cwd()
    question = load_question(name, place)
    if not being_graded():
        return _put_on_page(Asked(question, place))
    noted = progress.load(place).answers.get(name)
    reply = question.reply(noted.value if noted else None)
    if not reply.right:
        raise NotYet(reply.text)
    return None


def answered(name: str, otherwise: Any = None, *, folder: Path | None = None) -> Any:
    """Return what the learner answered to a question, or otherwise if nothing yet."""
    noted = progress.load(folder or Path.cwd()).answers.get(name)
    return noted.value if noted else otherwise


_ON_PAGE: dict[tuple[Path, str], Asked] = {}


def on_page(name: str, *, folder: Path) -> Asked:
    """Return a question as it stands on the page already; made anew if its cell was not run."""
    found = _ON_PAGE.get((folder, name))
    return found or _put_on_page(Asked(load_question(name, folder), folder))


def _put_on_page(asked: Asked) -> Asked:
    before = _ON_PAGE.get(asked.place)
    if before:  # its cell was run once more: whoever listens goes on listening
        asked.heard = before.heard
    _ON_PAGE[asked.place] = asked
    return asked


class Asked:
    """One question on the page; show it by leaving it as the last line of a cell."""

    def __init__(self, question: Question, folder: Path) -> None:
        self._question, self._folder = question, folder
        self.place = folder, question.id
        self.heard: list[Callable[[], None]] = []
        """Called after an answer was noted."""
        before = progress.load(folder)
        noted = before.answers.get(question.id)
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
                self.field,
                widgets.HBox([self.button, self.reveal]),
                self.said,
            ]
        )
        self.box.add_class("speedlab-ask")
        self._offer_solution(noted)
        if before.note:
            self._say(before.note)
        elif noted:
            self._show(question.reply(noted.value))

    def answer(self) -> Reply:
        """Judge what the learner chose or wrote, note it, and show the reply."""
        value = read_number(self.field.value) if self._typed else self.field.value
        reply = self._question.reply(value)
        self._show(reply)
        if not self._question.missing(value):
            after = progress.record_answer(
                self._folder, self._question.id, value, right=reply.right
            )
            self._offer_solution(after.answers[self._question.id])
            for tell in self.heard:
                tell()
        return reply

    @property
    def _typed(self) -> bool:
        return self._question.kind != "choice"

    def _offer_solution(self, noted: progress.Answer | None) -> None:
        tried = noted is not None and not noted.right and noted.tries >= HONEST_TRIES
        self.reveal.layout.display = "" if tried and self._question.solution else "none"

    def _tell_solution(self) -> None:
        self._say(f"{self._question.solution} {self._question.because}")

    def _show(self, reply: Reply) -> None:
        sign = "○" if reply.noted else "✓" if reply.right else "✗"
        self._say(f"{sign} {reply.text}")

    def _say(self, text: str) -> None:
        self.said.value = f"<p role='status' class='speedlab-reply'>{escape(text)}</p>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        plain = self._question.text
        choices = "".join(f"<li>{escape(text)}</li>" for text in self._question.choices.values())
        html = f"<p><strong>{escape(plain)}</strong></p>" + (choices and f"<ul>{choices}</ul>")
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        return bundle | {"text/html": html, "text/plain": plain}


def read_number(text: str) -> float | None:
    """Return the number that a person wrote, or None.

    >>> read_number("15,4"), read_number("2.8 hours"), read_number("many")
    (15.4, 2.8, None)
    """
    word = (text.split() or [""])[0].replace(",", ".").strip("×x%")
    try:
        return float(word)
    except ValueError:
        return None


def _field(question: Question, value: str | float | None) -> widgets.Widget:
    if question.kind == "choice":
        options = [(text, name) for name, text in question.choices.items()]
        chosen = value if value in question.choices else None
        return widgets.RadioButtons(options=options, value=chosen, layout={"width": "100%"})
    written = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return widgets.Text(
        value=written,
        description="Your answer",
        placeholder="a number",
        style={"description_width": "auto"},
        layout={"width": "16em"},
    )
