"""Findings in sentences, with the picture that shows the same: in a notebook, in a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from speedlab.core.errors import BadInput
from speedlab.core.records import Footprint, Prediction, Timing
from speedlab.model import causes, loss_budget, replay, sharing
from speedlab.model.causes import Cause
from speedlab.report import charts


@dataclass(frozen=True, repr=False)
class Explanation:
    """Where the workers' time went, the largest loss first."""

    sentences: tuple[str, ...]
    causes: tuple[Cause, ...]
    """Every kind of loss of the warm run; empty where the workers could not be looked into."""
    chart: charts.Chart | None

    @property
    def largest(self) -> Cause | None:
        """The largest loss, if the workers could be looked into."""
        return self.causes[0] if self.causes else None

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _bundle(repr(self), self.sentences, self.chart)


@dataclass(frozen=True, repr=False)
class Forecast:
    """What a model says of more workers: a band for each number, and a ceiling."""

    predictions: tuple[Prediction, ...]
    ceiling: float
    """The speedup that no number of workers passes."""
    sentences: tuple[str, ...]
    chart: charts.Chart

    def __repr__(self) -> str:
        head = f"{'workers':>8}{'model':>14}{'Amdahl':>9}{'Gustafson':>11}"
        rows = [
            f"{p.workers:>8}{f'{p.low:.2f}-{p.high:.2f}':>14}"
            f"{_or_dash(p.amdahl):>9}{_or_dash(p.gustafson):>11}"
            for p in self.predictions
        ]
        return "\n".join([head, *rows, *self.sentences])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _bundle(repr(self), self.sentences, self.chart)


def explain(timing: Timing, footprint: Footprint | None) -> Explanation:
    """Return the loss budget of a comparison in words and as a picture.

    Without traces, as after race(), only the view from outside is told.
    """
    profile = loss_budget.warm(timing)
    if profile is None:
        return Explanation(_from_outside(timing, footprint), (), None)
    return Explanation(
        tuple(causes.sentences(timing, profile, loss_budget.cold(timing))),
        tuple(causes.causes(timing, profile)),
        charts.losses({causes.WORDS[k]: v for k, v in profile.shares.items()}),
    )


def forecast(timing: Timing, workers: list[int]) -> Forecast:
    """Return what the model says of numbers of workers that were not measured.

    Raises:
        BadInput: If there is nothing to replay, or no number is asked for.
    """
    if not workers:
        raise BadInput("No number of workers is given.", next_step="Try c.predict([4, 8, 16]).")
    predictions = replay.predict(timing, workers)
    ceiling = max(replay.ceiling(timing), *(one.high for one in predictions))
    return Forecast(
        predictions,
        ceiling,
        tuple(_remarks(timing, max(workers), ceiling)),
        charts.forecast(timing, predictions, ceiling),
    )


def _remarks(timing: Timing, most: int, ceiling: float) -> list[str]:
    sentences = [
        *causes.remembering(timing),
        "A model, not a measurement: the measured chunks, replayed on more workers. "
        + _ends(timing),
        f"Ceiling: {ceiling:.1f}. No number of workers passes it, because of the longest chunk "
        "and of what the parent does alone.",
    ]
    if timing.interval is None:
        sentences.append(
            f"One pair shows no spread of its own: the band is {replay.ONE_PAIR:.0%} wider on "
            "either side."
        )
    amdahl = replay.amdahl_range(timing, most)
    if amdahl:
        sentences.append(
            f"Amdahl from one measured number of workers tells little: at {most} workers, the "
            f"measured interval alone allows {amdahl[0]:.1f} to {amdahl[1]:.1f}."
        )
    if timing.contended:
        sentences.append(
            "The cores were too few, or busy, while this was measured: do not trust it."
        )
    return sentences


def _ends(timing: Timing) -> str:
    """Say what the two ends of the band suppose."""
    if timing.workers == 1:
        return (
            "From one worker it is known what handing over costs, not what several do to one "
            "another (memory, a lock, the parent): at the lower end the others bring nothing, at "
            "the upper end they disturb nobody. Measure with two."
        )
    said = (
        "The band's lower end lets chunks get slower with every worker, its upper end as slow as "
        "now."
    )
    if sharing.wait_for_one_another(timing):
        said += (
            " They wait for one another, and that grows with every busy worker: at the upper end "
            "as it did so far, at the lower end as before a single counter."
        )
    return said


def _from_outside(timing: Timing, footprint: Footprint | None) -> tuple[str, ...]:
    sentences = [f"{causes.finding(timing)}."]
    if footprint:
        busy = footprint.cpu_s / (footprint.wall_s * timing.workers)
        sentences.append(
            f"Seen from outside: {footprint.processes} processes worked, busy for {busy:.0%} of "
            f"the time of {timing.workers} cores; {footprint.peak_bytes / 1e6:,.0f} MB at most."
        )
    sentences.append("To see where the rest went, wrap the function: record = sl.Recorder().")
    return tuple(sentences)


def _bundle(plain: str, sentences: tuple[str, ...], chart: charts.Chart | None) -> dict[str, str]:
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in sentences)
    return {"text/plain": plain, "text/html": (chart.html() if chart else "") + paragraphs}


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
