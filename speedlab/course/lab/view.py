"""What the speedup lab looks like: its controls, buttons, words and pictures."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from speedlab.core.cpus import default_start_method, usable_cpus
from speedlab.course.widgets.slider import Slider
from speedlab.model.whatif import Choice, Run

AS_WIDE_AS_ITS_WORDS = {"width": "auto", "min_width": "9em"}
READY = "Choose, then press Run."
METHODS = {
    "fork": "copies this program",
    "forkserver": "from a clean helper program",
    "spawn": "a fresh program each",
}
THREADS = "threads"


class LabView:
    """The widgets of a lab; what happens on a click is the lab's affair.

    Args:
        pieces: How many pieces the data have.
    """

    def __init__(self, pieces: int) -> None:
        self._pieces = pieces
        most = max(2, min(8, 2 * usable_cpus(), pieces))
        self.workers = Slider(label="Workers", value=2, min=1, max=most)
        self.chunks = Slider(label="Chunks", value=min(8, pieces), min=1, max=pieces)
        self.percent = Slider(label="Data used", value=100, min=25, max=100, step=25, unit=" %")
        self.method = _method_list()
        self.mode = _mode_buttons()
        self.run = widgets.Button(
            description="Run", button_style="primary", icon="play", layout=AS_WIDE_AS_ITS_WORDS
        )
        self.cancel = widgets.Button(description="Cancel", icon="stop", disabled=True)
        self.bar = widgets.FloatProgress(value=0.0, min=0.0, max=1.0, layout={"width": "20em"})
        self.doing = widgets.Label()
        self.sentence = widgets.HTML()
        self.pictures = widgets.HTML()
        self.size = widgets.Label()
        for control in self.controls:
            control.observe(self._tell_size, names="value")
        self._tell_size()
        self.say(READY)
        self.box = self._laid_out()

    @property
    def controls(self) -> tuple[widgets.Widget, ...]:
        """What a person chooses with."""
        return self.workers, self.chunks, self.percent, self.method

    @property
    def choice(self) -> Choice:
        """What is chosen now."""
        numbers = self.workers.value, self.chunks.value, self.percent.value
        if self.method.value == THREADS:
            return Choice(*numbers, engine=THREADS)
        return Choice(*numbers, self.method.value or None)

    def start(self) -> None:
        """Show that a run is going on."""
        self.run.disabled, self.cancel.disabled = True, False
        self.bar.value, self.bar.layout.visibility = 0.0, "visible"
        self.say("Running. You can go on reading meanwhile.")

    def stop(self, *, what_if: bool) -> None:
        """Show that nothing is going on.

        Args:
            what_if: Whether there is a run that a model can start from.
        """
        self.run.disabled, self.cancel.disabled = False, True
        self.bar.layout.visibility, self.doing.value = "hidden", ""
        self.mode.disabled = not what_if

    def step(self, doing: str, share: float) -> None:
        """Show how far a run is."""
        self.doing.value, self.bar.value = doing, share

    def say(self, text: str, notes: Sequence[str] = ()) -> None:
        """Show a sentence, and have a screen reader say it; below it what else is to be known."""
        said = f"<p role='status' class='speedlab-reply'>{escape(text)}</p>"
        items = "".join(f"<li>{escape(note)}</li>" for note in notes)
        self.sentence.value = said + (f"<ul class='speedlab-notes'>{items}</ul>" if items else "")

    def _tell_size(self, _: Any = None) -> None:
        choice = self.choice
        pieces = choice.pieces(self._pieces)
        each = pieces / min(choice.chunks, pieces)
        words = f"{each:.0f}" if each == round(each) else f"{int(each)} or {int(each) + 1}"
        self.size.value = f"{pieces} of {self._pieces} pieces of data; {words} in each chunk."

    def _unfold(self, shown: bool) -> None:
        self.method.layout.display = "" if shown else "none"

    def _laid_out(self) -> widgets.VBox:
        more = widgets.ToggleButton(description="More choices", icon="ellipsis-h")
        more.observe(lambda change: self._unfold(change["new"]), names="value")
        self._unfold(False)
        progress = widgets.HBox([self.bar, self.doing])
        progress.add_class("speedlab-progress")
        self.sentence.add_class("speedlab-said")
        self.bar.layout.visibility = "hidden"
        parts = [
            *(self.workers, self.chunks, self.percent, self.size, more, self.method, self.mode),
            *(widgets.HBox([self.run, self.cancel]), progress, self.sentence, self.pictures),
        ]
        box = widgets.VBox(parts)
        box.add_class("speedlab-lab")
        return box


def _mode_buttons() -> widgets.ToggleButtons:
    return widgets.ToggleButtons(
        options=[("Measure", False), ("What if?", True)],
        description="Mode",
        disabled=True,
        style={"description_width": "auto"},
    )


def _method_list() -> widgets.Dropdown:
    here = [name for name in METHODS if name in multiprocessing.get_all_start_methods()]
    options = [(f"{name}: {METHODS[name]}", name) for name in here]
    options.append((f"{THREADS}: in this program", THREADS))
    return widgets.Dropdown(
        options=options,
        value=default_start_method(),
        description="Workers are",
        style={"description_width": "auto"},
        layout={"width": "26em", "max_width": "100%"},
    )


def as_table(runs: Sequence[Run]) -> str:
    """Return the learner's runs as an HTML table."""
    names = ("run", "workers", "chunks", "data, %", "times faster")
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{n}</td><td>{run.choice.workers}</td><td>{run.choice.chunks}</td>"
        f"<td>{run.choice.percent}</td><td>{run.speedup:.2f}</td></tr>"
        for n, run in enumerate(runs, 1)
    )
    caption = "<caption>Your runs so far</caption>"
    return f"<table class='speedlab-runs'>{caption}<tr>{head}</tr>{rows}</table>"
