"""Shorter routes, all year: what a few per cent mean for a fleet."""

from __future__ import annotations

from speedlab import plotting
from speedlab.cases.logistics import kpi
from speedlab.course.explorer import Explorer
from speedlab.course.slider import Slider

PERMILLE = 1000


class FleetExplorer(Explorer):
    """Kilometres and euros a year that shorter routes save.

    Args:
        shorter: By which share routes are shorter, at first: what was measured.
    """

    def __init__(self, shorter: float) -> None:
        measured = round(PERMILLE * min(0.1, max(0.0, shorter)))
        self.km = Slider(label="Fleet drives a day", value=10, min=1, max=100, unit=" thousand km")
        self.shorter = Slider(label="Routes shorter by", value=measured, min=0, max=100, unit=" ‰")
        self.days = Slider(label="Days a year", value=250, min=100, max=365)
        self.cents = Slider(
            label="A kilometre costs", value=110, min=20, max=300, step=5, unit=" cents"
        )
        super().__init__(self.km, self.shorter, self.days, self.cents)

    def tell(self) -> tuple[str, plotting.Chart]:
        """Return what the shorter routes save in a year, in words and as bars."""
        before_km = 1000.0 * self.km.value
        after_km = before_km * (1 - self.shorter.value / PERMILLE)
        found = kpi.saving_a_year(
            before_km, after_km, working_days=self.days.value, euros_a_km=self.cents.value / 100
        )
        said = (
            f"Routes that are {self.shorter.value / 10:.1f} % shorter save {found.km:,.0f} km a "
            f"year, which is {found.euros:,.0f} €. Nobody drives faster, and nothing is delivered "
            "later."
        )
        year = self.days.value * self.cents.value / 100 / 1000
        costs = {"routes as before": before_km * year, "shorter routes": after_km * year}
        return said, plotting.bars(
            costs,
            finding=f"{found.euros:,.0f} € less a year",
            x_label="cost of driving in a year, thousand €",
        )
