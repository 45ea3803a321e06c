"""Six fields and a button: the memo of the capstone, for people who do not write code."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab.core.errors import SpeedlabError
from speedlab.course.capstone.memo import RUBRIC
from speedlab.course.capstone.project import Project
from speedlab.course.explorers.cores import WorthExplorer
from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import being_graded

FILE = "memo.html"


class MemoForm:
    """Makes a page of a measured project and of what a person writes into six fields.

    Args:
        plan: The project; measured before the button is pressed.
        worth: The sliders that hold the assumptions.
        step: The step of course.toml that is done by a page with all six points.
    """

    def __init__(self, plan: Project, worth: WorthExplorer, *, step: str | None = None) -> None:
        self._plan, self._worth, self._step = plan, worth, step
        self._folder = progress.place(Path.cwd())
        self.fields = {
            point: widgets.Textarea(
                description=f"{number}. {heading}",
                placeholder="a sentence or two",
                layout={"width": "100%"},
                style={"description_width": "18em"},
            )
            for number, (point, heading) in enumerate(RUBRIC.items(), 1)
        }
        self.button = widgets.Button(description="Make my page", layout={"width": "auto"})
        self.button.on_click(lambda _: self.make())
        self.said = widgets.HTML()
        self.box = widgets.VBox([*self.fields.values(), self.button, self.said])
        self.box.add_class("speedlab-ask")

    def make(self) -> Path | None:
        """Write the page and say where it is; return its path, or None if it was refused."""
        answers = {point: field.value.strip() for point, field in self.fields.items()}
        try:
            path = self._plan.memo(answers, case=self._worth.case, path=self._folder / FILE)
        except SpeedlabError as error:
            self._say(str(error))
            return None
        self._tell(answers)
        return path

    def _tell(self, answers: dict[str, str]) -> None:
        missing = [RUBRIC[point].lower() for point, text in answers.items() if not text]
        if self._step and not missing and not being_graded():
            progress.mark_done(self._folder, self._step)
        lacks = f" It still lacks: {', '.join(missing)}." if missing else ""
        self._say(
            f"Your page is {FILE}, in the folder of this lesson.{lacks} Copy this text into the "
            "memo below, where a person marks it:",
            " ".join(filter(None, answers.values())),
        )

    def _say(self, text: str, memo: str = "") -> None:
        quoted = f"<blockquote>{escape(memo)}</blockquote>" if memo else ""
        self.said.value = f"<p role='status' class='speedlab-reply'>{escape(text)}</p>{quoted}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        words = f"A form with six fields: {'; '.join(RUBRIC.values())}."
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        return bundle | {"text/html": f"<p>{escape(words)}</p>", "text/plain": words}
