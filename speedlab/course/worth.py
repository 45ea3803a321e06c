"""What a speedup is worth: the business case with a slider for each assumption."""

from __future__ import annotations

from speedlab import plotting
from speedlab.business import BusinessCase
from speedlab.course.explorer import Explorer
from speedlab.course.slider import Slider


class WorthExplorer(Explorer):
    """Hours earlier and core-hours paid, for a job that is too long for a lesson.

    Args:
        efficiency: Where the slider of the efficiency stands at first: what was measured.
    """

    def __init__(self, efficiency: float) -> None:
        measured = round(100 * min(1.0, max(0.1, efficiency)))
        self.hours = Slider(label="One run, one core", value=6, min=1, max=48, unit=" h")
        self.workers = Slider(label="Workers", value=4, min=1, max=64)
        self.efficiency = Slider(label="Efficiency", value=measured, min=10, max=100, unit=" %")
        self.runs = Slider(label="Runs a day", value=1, min=1, max=24)
        self.price = Slider(label="A core for an hour", value=5, min=1, max=100, unit=" cents")
        self.value = Slider(label="An hour is worth", value=20, min=0, max=500, unit=" €")
        super().__init__(
            self.hours, self.workers, self.efficiency, self.runs, self.price, self.value
        )

    @property
    def case(self) -> BusinessCase:
        """The business case for where the sliders stand."""
        return BusinessCase(
            speedup=self.workers.value * self.efficiency.value / 100,
            workers=self.workers.value,
            one_core_h=self.hours.value,
            runs_per_day=self.runs.value,
            price_per_core_hour=self.price.value / 100,
            value_per_hour=self.value.value,
        )

    def tell(self) -> tuple[str, plotting.Chart]:
        """Return the case in words, and how far each assumption moves it."""
        case = self.case
        return " ".join(case.sentences), case.chart()
