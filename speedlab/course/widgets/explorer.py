"""A formula to play with: declared quantities become sliders over a sentence and a picture.

class Doubling(Explorer):
    rows = Quantity("Rows", 10, min=1, max=99)

    def tell(self) -> tuple[str, Chart]:
        ...  # self.rows is the slider, and self.rows.number where it stands
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from speedlab.course.widgets.slider import PARTS, Slider
from speedlab.report.charts import Chart


@dataclass(frozen=True)
class Quantity:
    """One quantity of a formula: an attribute of an explorer's class, a slider in its objects.

    Its fields are the slider's: where it stands at first, and how far it goes.
    """

    label: str
    value: int
    min: int
    max: int
    unit: str = ""
    step: int = 1

    def __get__(self, explorer: Explorer, owner: type) -> Slider:
        return explorer.sliders[self.label]

    def slider(self, measured: float | None) -> Slider:
        """Return its slider, which stands at what was measured, or as near as it can."""
        value = self.value
        if measured is not None:
            value = round(min(self.max, max(self.min, measured * PARTS.get(self.unit, 1))))
        return Slider(**vars(self) | {"value": value})


class Explorer(ABC):
    """Sliders over a sentence and a picture that follow them; plain when read as a page.

    Args:
        measured: Where a slider stands at first, by the name of its quantity; a share as a number
            from 0 to 1.
    """

    def __init__(self, **measured: float) -> None:
        quantities = {n: q for n, q in vars(type(self)).items() if isinstance(q, Quantity)}
        self.sliders = {q.label: q.slider(measured.get(n)) for n, q in quantities.items()}
        self.sentence, self.picture = widgets.HTML(), widgets.HTML()
        for slider in self.sliders.values():
            slider.observe(lambda _: self._show(), names="value")
        self._show()
        self.box = widgets.VBox([*self.sliders.values(), self.sentence, self.picture])
        self.box.add_class("speedlab-explorer")

    @abstractmethod
    def tell(self) -> tuple[str, Chart]:
        """Return the sentence and the picture for where the sliders stand."""

    def _show(self) -> None:
        self.said, chart = self.tell()
        words = f"<p role='status' class='speedlab-reply'>{escape(self.said)}</p>"
        self.sentence.value, self.picture.value = words, chart.html()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        html = f"{self.picture.value}<p>{escape(self.said)}</p>"
        return bundle | {"text/html": html, "text/plain": self.said}
