"""A sealed envelope: the cell has measured, and the result is shown once a guess is noted.

    counted = sl.compare(...)
    envelope("m0-predict", counted)     # the last line of the cell

On the page the envelope asks the question, and opens when a guess is noted, here or in the cell of
the question, or when "Show me" is pressed. The guess stays in the picture as a ghost. It is a seal
against reading by accident, not a lock.

Whatever does not run our widgets waits for nothing: nbgrader, tests, the static site and a notebook
saved as a page show the HTML of the cell, and that is the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import Asked, being_graded, on_page
from speedlab.course.quiz.questions import load_question
from speedlab.course.widgets.distance import CameOut
from speedlab.course.widgets.opened import Opened, opened
from speedlab.measure.comparison import Comparison

SEALED = (
    "<p class='speedlab-reply'><strong>Measured, and sealed.</strong> Note your guess, and the "
    "result is shown. You may look without one; a guess that is noted afterwards earns no "
    "point.</p>"
)


def envelope(
    name: str,
    measured: Comparison[Any] | float | tuple[float, float],
    draw: Callable[..., Any] | None = None,
    *also: Any,
    says: str = "measured",
    folder: Path | None = None,
) -> Envelope | Opened:
    """Keep a result until a guess is noted; while being graded, show it at once.

    Args:
        name: The grade id of the prediction that the result answers.
        measured: What came out: a number, the two ends of a band, or a comparison, of which the
            speedup was asked.
        draw: Draws the result when called with ``guess=``, a number or None. By default it is the
            picture of a comparison, and all that belongs to it is shown.
        also: What is shown below the picture.
        says: Who says what came out, such as "a model of this run says".
        folder: Where questions.json and progress.json lie; the current folder by default.

    Raises:
        BadInput: If there is no such question.
    """
    place = folder or Path.cwd()
    if isinstance(measured, Comparison):
        also = also if draw else _all_of(measured)
        draw, measured = draw or measured.plot, measured.speedup
    low, high = measured if isinstance(measured, tuple) else (measured, measured)
    held = Held(CameOut(low, high, load_question(name, place).unit, says), draw, also)
    if being_graded():
        return held.drawn()
    return Envelope(on_page(name, folder=place), held)


@dataclass(frozen=True)
class Held:
    """What an envelope holds: what came out, how to draw it beside a guess, what goes with it."""

    came: CameOut
    draw: Callable[..., Any] | None
    also: Sequence[Any]

    def drawn(self, guess: float | None = None, *, late: bool = False) -> Opened:
        """Draw it, under a sentence that says what came out, and how far from it a guess was."""
        pictures = [self.draw(guess=guess)] if self.draw else []
        return opened(self.came.in_words(guess, late=late), [*pictures, *self.also])


class Envelope:
    """A result that waits for a guess; show it by leaving it as the last line of a cell.

    Args:
        asked: The question, where it stands on the page.
        held: What the envelope holds.
    """

    def __init__(self, asked: Asked, held: Held) -> None:
        self._held, (self._folder, self._name) = held, asked.place
        self.reveal = widgets.Button(description="Show me", layout={"width": "auto"})
        self.reveal.on_click(lambda _: self.open())
        self.shown = widgets.HTML()
        self.sealed = widgets.VBox([widgets.HTML(SEALED), asked.box, widgets.HBox([self.reveal])])
        self.box = widgets.VBox([self.sealed, self.shown])
        self.box.add_class("speedlab-envelope")
        asked.heard.append(self.open)  # before looking: an answer may come at any moment
        before = progress.load(self._folder)
        self.page = self._drawn(before)  # an error here is the cell's, as anywhere
        if self._name in before.answers or self._name in before.shown:
            progress.mark_shown(self._folder, self._name)
            self._unseal()

    @property
    def is_open(self) -> bool:
        """Whether the result is shown."""
        return bool(self.shown.value)

    def open(self) -> None:
        """Show the result, beside the guess if one was noted, and note that it was shown."""
        try:
            self.page = self._drawn(progress.mark_shown(self._folder, self._name))
        except Exception as error:  # a learner sees a sentence, whatever went wrong
            self.page = opened(f"The result cannot be shown: {type(error).__name__}: {error}", [])
        self._unseal()

    def _drawn(self, noted: progress.Progress) -> Opened:
        answer = noted.answers.get(self._name)
        if answer is None or not isinstance(answer.value, (int, float)):
            return self._held.drawn()
        return self._held.drawn(float(answer.value), late=answer.late)

    def _unseal(self) -> None:
        self.shown.value, self.sealed.layout.display = self.page.html, "none"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        return bundle | self.page._repr_mimebundle_()


def _all_of(comparison: Comparison[Any]) -> tuple[Any, ...]:
    """Return what a comparison has to show besides its picture."""
    timeline = [comparison.timeline()] if comparison.timing.traces else []
    return (*comparison.remarks(), *timeline, comparison.explain())
