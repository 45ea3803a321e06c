"""From days to hours: what a measured efficiency means for a week's work."""

from __future__ import annotations

from speedlab import plotting
from speedlab.cases.ml import kpi
from speedlab.course.explorer import Explorer
from speedlab.course.slider import Slider


class WeekExplorer(Explorer):
    """Rounds of search and review a week, for a job that is too long for this lesson.

    Args:
        efficiency: Where the slider of the efficiency stands at first: what was measured.
    """

    def __init__(self, efficiency: float) -> None:
        measured = round(100 * min(1.0, max(0.1, efficiency)))
        self.hours = Slider(label="Search, one core", value=60, min=2, max=240, unit=" h")
        self.workers = Slider(label="Workers", value=8, min=1, max=64)
        self.efficiency = Slider(label="Efficiency", value=measured, min=10, max=100, unit=" %")
        self.review = Slider(label="Review by people", value=6, min=1, max=40, unit=" h")
        super().__init__(self.hours, self.workers, self.efficiency, self.review)

    def tell(self) -> tuple[str, plotting.Chart]:
        """Return the hours and the rounds a week, with the workers and without."""
        hours, workers, share = self.hours.value, self.workers.value, self.efficiency.value / 100
        search_h = kpi.search_hours(hours, workers=workers, efficiency=share)
        alone, together = (
            kpi.rounds_a_week(hours, workers=n, efficiency=e, review_h=self.review.value)
            for n, e in ((1, 1.0), (workers, share))
        )
        who = "1 worker" if workers == 1 else f"{workers} workers"
        said = (
            f"The search takes {search_h:.1f} hours instead of {hours}. People see "
            f"{together:.1f} results a week instead of {alone:.1f}. "
            f"With any number of workers: {kpi.WEEK_H / self.review.value:.0f} at most."
        )
        return said, plotting.bars(
            {"one core": alone, who: together},
            finding=f"{together:.1f} rounds a week instead of {alone:.1f}",
            x_label="rounds of search and review in a week of 168 hours",
            digits=1,
        )
