"""Amdahl's law to play with: two sliders, a picture and a sentence."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from speedlab import plotting, theory
from speedlab.course.slider import Slider


class AmdahlExplorer:
    """The most that workers can give, for a serial share and a number of workers."""

    def __init__(self) -> None:
        self.share = Slider(label="Serial part", value=20, min=0, max=50, unit=" %")
        self.workers = Slider(label="Workers", value=8, min=2, max=64)
        self.sentence, self.picture = widgets.HTML(), widgets.HTML()
        for control in (self.share, self.workers):
            control.observe(lambda _: self._show(), names="value")
        self._show()
        self.box = widgets.VBox([self.share, self.workers, self.sentence, self.picture])

    def _show(self) -> None:
        fraction, count = self.share.value / 100, self.workers.value
        most = theory.amdahl_speedup(fraction, workers=count)
        limit = f"{1 / fraction:.0f}" if fraction else "no limit"
        self.said = (
            f"{count} workers make the job at most {most:.1f} times faster. "
            f"With any number of workers: {limit}."
        )
        words = f"<p role='status' class='speedlab-reply'>{escape(self.said)}</p>"
        self.sentence.value = words
        self.picture.value = plotting.amdahl(fraction, most_workers=count).html()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(self.box._repr_mimebundle_(**kwargs))
        html = f"{self.picture.value}<p>{escape(self.said)}</p>"
        return bundle | {"text/html": html, "text/plain": self.said}
