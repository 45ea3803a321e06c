"""A formula to play with: sliders, a sentence and a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Any

import ipywidgets as widgets

from speedlab.course.slider import Slider
from speedlab.plotting import Chart


class Explorer(ABC):
    """Sliders over a sentence and a picture that follow them; plain when read as a page."""

    def __init__(self, *sliders: Slider) -> None:
        self.sentence, self.picture = widgets.HTML(), widgets.HTML()
        for slider in sliders:
            slider.observe(lambda _: self._show(), names="value")
        self._show()
        self.box = widgets.VBox([*sliders, self.sentence, self.picture])
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
