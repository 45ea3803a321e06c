"""Before the morning round: what more workers and more frequent runs mean for a ward."""

from __future__ import annotations

from datetime import time

from speedlab import plotting
from speedlab.cases.ehr import kpi
from speedlab.course.explorer import Explorer
from speedlab.course.slider import Slider
from speedlab.explaining import workers_in_words

ROUND = time(7)


class WaitExplorer(Explorer):
    """How long a record waits, and how many are ready at 07:00, on one core and with workers.

    Args:
        efficiency: Where the slider of the efficiency stands at first: what was measured.
    """

    def __init__(self, efficiency: float) -> None:
        measured = round(100 * min(1.0, max(0.1, efficiency)))
        self.run = Slider(label="One run, one core", value=120, min=5, max=720, step=5, unit=" min")
        self.cadence = Slider(
            label="A run starts every", value=120, min=15, max=720, step=15, unit=" min"
        )
        self.workers = Slider(label="Workers", value=8, min=1, max=64)
        self.efficiency = Slider(label="Efficiency", value=measured, min=10, max=100, unit=" %")
        super().__init__(self.run, self.cadence, self.workers, self.efficiency)

    def tell(self) -> tuple[str, plotting.Chart]:
        """Return the waits and the records ready at 07:00, with the workers and without."""
        count, share = self.workers.value, self.efficiency.value / 100
        together = kpi.runtime_minutes(self.run.value, workers=count, efficiency=share)
        runs = {"one core": float(self.run.value), workers_in_words(count): together}
        said = [f"A run takes {together:.1f} minutes instead of {self.run.value}."]
        said += [self._side(who, run_min) for who, run_min in runs.items()]
        said.append(
            f"Half the time between two starts, {self.cadence.value / 2:.1f} minutes, remains "
            "however many workers there are."
        )
        return " ".join(said), self._picture(runs)

    def _side(self, who: str, run_min: float) -> str:
        cadence = self.cadence.value
        if run_min > cadence:
            return (
                f"With {who} a run is longer than the {cadence} minutes until the next one starts: "
                "runs pile up, and the wait grows without end."
            )
        wait = kpi.mean_wait_minutes(cadence, run_min)
        ready = kpi.ready_before(ROUND, cadence_min=cadence, runtime_min=run_min)
        earlier = _earlier(self.run.value - run_min) if self.run.value <= cadence else ""
        return (
            f"With {who} a record is ready after {wait:.1f} minutes on average{earlier}, and "
            f"{ready:.0%} of the last 24 hours' records are ready at {ROUND:%H:%M}."
        )

    def _picture(self, runs: dict[str, float]) -> plotting.Chart:
        """Draw the mean waits, or the runs themselves where one does not end in time."""
        cadence = self.cadence.value
        if max(runs.values()) > cadence:
            return plotting.bars(
                runs,
                finding=f"A run must end within {cadence} minutes, before the next one starts",
                x_label="minutes that a run takes",
                digits=1,
            )
        waits = {who: kpi.mean_wait_minutes(cadence, run_min) for who, run_min in runs.items()}
        alone, together = waits.values()
        return plotting.bars(
            waits,
            finding=f"A record waits {together:.1f} minutes instead of {alone:.1f}",
            x_label="minutes from the arrival of a record until it is ready, on average",
            digits=1,
        )


def _earlier(saved_min: float) -> str:
    if round(saved_min, 1) == 0:
        return ""
    return f", {abs(saved_min):.1f} minutes {'earlier' if saved_min > 0 else 'later'}"
