"""A sealed envelope: the cell has measured, and the result is shown once a guess is noted.

    counted = sl.compare(...)
    envelope("m0-predict", counted)     # the last line of the cell

On the page the envelope asks the lesson's question, and opens when a guess is noted, here or in the
question's own cell, or when "Show me" is pressed. The guess stays in the picture as a ghost. What
does not run our widgets waits for nothing: nbgrader, tests, the static site and a notebook saved as
a page show the result at once, because they show the cell's HTML. It is a seal against reading by
accident, not a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import Asked, being_graded, on_page
from speedlab.course.quiz.questions import load_question
from speedlab.course.widgets.distance import distance, with_unit
from speedlab.course.widgets.opened import Opened, opened
from speedlab.measure.comparison import Comparison

Show = Callable[[float | None], Any]
SEALED = (
    "<p class='speedlab-reply'><strong>Measured, and sealed.</strong> Note your guess, and the "
    "envelope opens. Whoever looks first can still note one, but it earns no point.</p>"
)


class Envelope:
    """A result that waits for a guess; show it by leaving it as the last line of a cell.

    Args:
        asked: The question on the page.
        draw: Returns what the envelope holds, for a guess or without one.
        folder: Where progress.json lies.
    """

    def __init__(self, asked: Asked, draw: Callable[[float | None, bool], Opened], folder: Path) -> None:
        self._name, self._draw, self._folder = asked.question.id, draw, folder
        self.is_open = False
        self.reveal = widgets.Button(description="Show me", layout={"width": "auto"})
        self.reveal.on_click(lambda _: self.open())
        self.said, self.result = widgets.HTML(), widgets.HTML()
        self.sealed = widgets.VBox([widgets.HTML(SEALED), asked.box, self.reveal])
        self.box = widgets.VBox([self.sealed, self.said, self.result])
        self.box.add_class("speedlab-envelope")
        asked.heard.append(self.open)
        before = progress.load(folder)
        self.page = draw(*self._guess(before))  # what cannot be drawn is an error of the cell
        if self._name in before.answers or self._name in before.shown:
            self.open()
