"""What if? The last real run, cut and shared out anew by a model, without running anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from speedlab import predicting, profiling
from speedlab.chunks import split
from speedlab.results import Timing


@dataclass(frozen=True)
class Choice:
    """What a person chooses in the lab."""

    workers: int
    chunks: int
    percent: int = 100
    start_method: str | None = None

    def pieces(self, total: int) -> int:
        """How many pieces of the data are used."""
        return max(1, round(total * self.percent / 100))


@dataclass(frozen=True)
class Run:
    """One real run: what was chosen, and what came out."""

    choice: Choice
    timing: Timing

    @property
    def speedup(self) -> float:
        """The measured speedup."""
        return self.timing.speedup


@dataclass(frozen=True)
class Band:
    """The speedups a model thinks possible for a choice."""

    choice: Choice
    low: float
    high: float

    def miss(self, speedup: float) -> float:
        """How far a measured speedup lies outside the band, as a share of it; 0 if inside.

        >>> round(Band(Choice(2, 8), 1.5, 2.0).miss(1.2), 2)
        0.25
        """
        nearest = min(max(speedup, self.low), self.high)
        return abs(nearest - speedup) / speedup


def what_if(run: Run, choice: Choice, *, pieces: int) -> Band:
    """Return what the model says of another choice, from the chunk times of one real run.

    Each piece takes its share of the chunk it was in; pieces that the run left out take the
    mean. The band is that of `predict` (chunks as slow as measured, or slower with every worker),
    widened by as much as the measured pairs differed.

    Args:
        run: A run of the lab: one map over chunks of pieces.
        choice: What is asked.
        pieces: How many pieces the data have.
    """
    job = predicting.job_model(run.timing)
    [model] = job.maps
    piece_s = _piece_seconds(model.chunk_s, used=run.choice.pieces(pieces), pieces=pieces)
    used = choice.pieces(pieces)
    parts = split(used, choice.chunks)
    hand_out_s = sum(model.hand_out_s) / len(model.hand_out_s)
    regrouped = replace(
        model,
        chunk_s=tuple(sum(piece_s[part.start : part.stop]) for part in parts),
        hand_out_s=(hand_out_s,) * len(parts),
    )
    measured_s = sum(model.chunk_s)
    serial_s = job.serial_s * sum(piece_s[:used]) / measured_s if measured_s else job.serial_s
    asked = replace(job, serial_s=serial_s, maps=(regrouped,))
    slower = profiling.inflation(run.timing)
    a_worker = (slower - 1) / max(1, run.choice.workers - 1)
    worst = max(slower, 1 + a_worker * (choice.workers - 1))
    low, high = (serial_s / asked.wall_s(choice.workers, inflation=by) for by in (worst, slower))
    least, most = _shake(run.timing)
    return Band(choice, low * least, high * most)


def _shake(timing: Timing) -> tuple[float, float]:
    """Return how far the measured pairs lay from their median: no model is surer than that."""
    low, high = timing.interval or (timing.speedup, timing.speedup)
    return low / timing.speedup, high / timing.speedup


def _piece_seconds(chunk_s: Sequence[float], *, used: int, pieces: int) -> list[float]:
    seconds: list[float] = []
    for chunk, part in zip(chunk_s, split(used, len(chunk_s)), strict=True):
        seconds += [chunk / len(part)] * len(part)
    mean = sum(seconds) / len(seconds)
    return seconds + [mean] * (pieces - len(seconds))
