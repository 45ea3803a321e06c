"""What more workers mean for three cases: a week of searches, a ward's morning, a fleet's year."""

from __future__ import annotations

from datetime import time

from speedlab.cases.ehr import kpi as ehr_kpi
from speedlab.cases.logistics import kpi as logistics_kpi
from speedlab.cases.ml import kpi as ml_kpi
from speedlab.core import laws
from speedlab.course.widgets.explorer import Explorer, Quantity
from speedlab.model.causes import workers_in_words
from speedlab.report import charts

ROUND = time(7)


class WeekExplorer(Explorer):
    """Rounds of search and review a week, for a job that is too long for this lesson.

    Args:
        efficiency: Where the slider of the efficiency stands at first: what was measured.
    """

    hours = Quantity("Search, one core", 60, 2, 240, " h")
    workers = Quantity("Workers", 8, 1, 64)
    efficiency = Quantity("Efficiency", 75, 10, 100, " %")
    review = Quantity("Review by people", 6, 1, 40, " h")

    def __init__(self, efficiency: float) -> None:
        super().__init__(efficiency=efficiency)

    def tell(self) -> tuple[str, charts.Chart]:
        """Return the hours and the rounds a week, with the workers and without."""
        hours, review_h = self.hours.value, self.review.value
        workers, share = self.workers.value, self.efficiency.number
        search_h = laws.runtime(hours, speedup=workers * share)
        alone, together = (
            ml_kpi.rounds_a_week(hours, workers=n, efficiency=e, review_h=review_h)
            for n, e in ((1, 1.0), (workers, share))
        )
        words = (
            f"The search takes {search_h:.1f} hours instead of {hours}. People see "
            f"{together:.1f} results a week instead of {alone:.1f}. "
            f"With any number of workers: {ml_kpi.WEEK_H / review_h:.0f} at most."
        )
        return words, charts.bars(
            {"one core": alone, workers_in_words(workers): together},
            finding=f"{together:.1f} rounds a week instead of {alone:.1f}",
            x_label="rounds of search and review in a week of 168 hours",
            digits=1,
        )


class FleetExplorer(Explorer):
    """Kilometres and euros a year that shorter routes save.

    Args:
        shorter: By which share routes are shorter, at first: what was measured.
    """

    km = Quantity("Fleet drives a day", 10, 1, 100, " thousand km")
    shorter = Quantity("Routes shorter by", 0, 0, 100, " ‰")
    days = Quantity("Days a year", 250, 100, 365)
    cents = Quantity("A kilometre costs", 110, 20, 300, " cents", step=5)

    def __init__(self, shorter: float) -> None:
        super().__init__(shorter=shorter)

    def tell(self) -> tuple[str, charts.Chart]:
        """Return what the shorter routes save in a year, in words and as bars."""
        before_km = 1000.0 * self.km.value
        after_km = before_km * (1 - self.shorter.number)
        days, euros_a_km = self.days.value, self.cents.number
        saving = logistics_kpi.saving_a_year(
            before_km, after_km, working_days=days, euros_a_km=euros_a_km
        )
        words = (
            f"Routes that are {self.shorter.value / 10:.1f} % shorter save {saving.km:,.0f} km a "
            f"year, which is {saving.euros:,.0f} €. Nobody drives faster, and nothing is "
            "delivered later."
        )
        year = days * euros_a_km / 1000
        return words, charts.bars(
            {"routes as before": before_km * year, "shorter routes": after_km * year},
            finding=f"{saving.euros:,.0f} € less a year",
            x_label="cost of driving in a year, thousand €",
        )


class WaitExplorer(Explorer):
    """How long a record waits, and how many are ready at 07:00, on one core and with workers.

    Args:
        efficiency: Where the slider of the efficiency stands at first: what was measured.
    """

    run = Quantity("One run, one core", 120, 5, 720, " min", step=5)
    cadence = Quantity("A run starts every", 120, 15, 720, " min", step=15)
    workers = Quantity("Workers", 8, 1, 64)
    efficiency = Quantity("Efficiency", 75, 10, 100, " %")

    def __init__(self, efficiency: float) -> None:
        super().__init__(efficiency=efficiency)

    def tell(self) -> tuple[str, charts.Chart]:
        """Return the waits and the records ready at 07:00, with the workers and without."""
        count, share = self.workers.value, self.efficiency.number
        together = laws.runtime(self.run.value, speedup=count * share)
        runs = {"one core": float(self.run.value), workers_in_words(count): together}
        sentences = [
            f"A run takes {together:.1f} minutes instead of {self.run.value}.",
            *(self._side(who, run_min) for who, run_min in runs.items()),
            f"Half the time between two starts, {self.cadence.value / 2:.1f} minutes, remains "
            "however many workers there are.",
        ]
        return " ".join(sentences), self._picture(runs)

    def _side(self, who: str, run_min: float) -> str:
        cadence = self.cadence.value
        if run_min > cadence:
            return (
                f"With {who} a run is longer than the {cadence} minutes until the next one starts: "
                "runs pile up, and the wait grows without end."
            )
        wait = ehr_kpi.mean_wait_minutes(cadence, run_min)
        ready = ehr_kpi.ready_before(ROUND, cadence_min=cadence, runtime_min=run_min)
        earlier = _earlier(self.run.value - run_min) if self.run.value <= cadence else ""
        return (
            f"With {who} a record is ready after {wait:.1f} minutes on average{earlier}, and "
            f"{ready:.0%} of the last 24 hours' records are ready at {ROUND:%H:%M}."
        )

    def _picture(self, runs: dict[str, float]) -> charts.Chart:
        """Draw the mean waits, or the runs themselves where one does not end in time."""
        cadence = self.cadence.value
        if max(runs.values()) > cadence:
            return charts.bars(
                runs,
                finding=f"A run must end within {cadence} minutes, before the next one starts",
                x_label="minutes that a run takes",
                digits=1,
            )
        waits = {who: ehr_kpi.mean_wait_minutes(cadence, run_min) for who, run_min in runs.items()}
        alone, together = waits.values()
        return charts.bars(
            waits,
            finding=f"A record waits {together:.1f} minutes instead of {alone:.1f}",
            x_label="minutes from the arrival of a record until it is ready, on average",
            digits=1,
        )


def _earlier(saved_min: float) -> str:
    if round(saved_min, 1) == 0:
        return ""
    return f", {abs(saved_min):.1f} minutes {'earlier' if saved_min > 0 else 'later'}"
