"""Amdahl's law to play with: two sliders, a picture and a sentence."""

from __future__ import annotations

from speedlab import plotting, theory
from speedlab.course.explorer import Explorer
from speedlab.course.slider import Slider


class AmdahlExplorer(Explorer):
    """The most that workers can give, for a serial share and a number of workers."""

    def __init__(self) -> None:
        self.share = Slider(label="Serial part", value=20, min=0, max=50, unit=" %")
        self.workers = Slider(label="Workers", value=8, min=2, max=64)
        super().__init__(self.share, self.workers)

    def tell(self) -> tuple[str, plotting.Chart]:
        """Return Amdahl's bound in words and as a curve."""
        fraction, count = self.share.value / 100, self.workers.value
        most = theory.amdahl_speedup(fraction, workers=count)
        limit = f"{1 / fraction:.0f}" if fraction else "no limit"
        said = (
            f"{count} workers make the job at most {most:.1f} times faster. "
            f"With any number of workers: {limit}."
        )
        return said, plotting.amdahl(fraction, most_workers=count)
