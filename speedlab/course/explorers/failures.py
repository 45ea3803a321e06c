"""The failure lab: one button for each way to fail; every failure really happens, none hurts.

    FailureLab(failing.SCENARIOS, step="m0-failures")

A click starts a thread, so that the kernel stays free; the buttons rest until the failure is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from speedlab.cases.lessons.failing import Survived
from speedlab.course.lessons import progress
from speedlab.course.quiz.ask import being_graded

READY = "Press a button. You cannot break anything here."


class FailureLab:
    """Buttons that make workers fail, and sentences that say what was left of it.

    Args:
        scenarios: What each button is called, and what it does.
        step: The step of course.toml that is done when every button was pressed.
    """

    def __init__(
        self, scenarios: Mapping[str, Callable[[], Survived]], *, step: str | None = None
    ) -> None:
        self._scenarios, self._step, self._folder = dict(scenarios), step, Path.cwd()
        self._thread: threading.Thread | None = None
        self.survived: dict[str, Survived] = {}
        """What happened at each button that was pressed, the latest last."""
        self.buttons = {name: widgets.Button(description=name) for name in self._scenarios}
        for name, button in self.buttons.items():
            button.layout = {"width": "auto"}
            button.on_click(lambda _, name=name: self._begin(name))
        self.sentence, self.record = widgets.HTML(), widgets.HTML()
        self._say(READY)
        row = widgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([row, self.sentence, self.record])
        self.box.add_class("speedlab-lab")

    def wait(self) -> None:
        """Wait until the failure that a button started is over."""
        if self._thread is not None:
            self._thread.join()

    def _begin(self, name: str) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._rest(True)
        self._say(f"{name}: it is happening now …")
        self._thread = threading.Thread(target=self._work, args=(name,), daemon=True)
        self._thread.start()

    def _work(self, name: str) -> None:
        try:
            survived = self._scenarios[name]()
            self.survived.pop(name, None)
            self.survived[name] = survived
            self._say(f"{name}: {survived.told}")
            self.record.value = _as_table(self.survived)
            if self._step and len(self.survived) == len(self.buttons) and not being_graded():
                progress.mark_done(self._folder, self._step)
        except Exception as error:  # a learner sees a sentence, whatever went wrong
            self._say(f"{name} did not fail as planned: {type(error).__name__}: {error}")
        finally:
            self._rest(False)

    def _rest(self, resting: bool) -> None:
        for button in self.buttons.values():
            button.disabled = resting

    def _say(self, text: str) -> None:
        self.said = text
        self.sentence.value = f"<p role='status' class='speedlab-reply'>{escape(text)}</p>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        words = f"The failure lab. Run this lesson (▶▶) to press: {', '.join(self.buttons)}."
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        html = f"<p>{escape(words)}</p>{self.record.value}"
        return bundle | {"text/html": html, "text/plain": words}


def _as_table(survived: Mapping[str, Survived]) -> str:
    names = ("failure", "processes left behind")
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{found.left or 'none'}</td></tr>"
        for name, found in survived.items()
    )
    caption = f"<caption>Survived so far: {len(survived)}</caption>"
    return f"<table class='speedlab-runs'>{caption}<tr>{head}</tr>{rows}</table>"
