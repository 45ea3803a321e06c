"""What if? The last real run, cut and shared out anew by a model, without running anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from speedlab.core.chunks import split
from speedlab.core.records import Timing
from speedlab.model import replay


@dataclass(frozen=True)
class Choice:
    """What a person chooses in the lab."""

    workers: int
    chunks: int
    percent: int = 100
    start_method: str | None = None
    engine: str = "processes"

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
    mean. The band is that of `predict`, of the work cut anew.

    Args:
        run: A run of the lab: one map over chunks of pieces.
        choice: What is asked.
        pieces: How many pieces the data have.
    """
    job = replay.job_model(run.timing)
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
    return Band(choice, *replay.band(asked, replay.evidence(run.timing), choice.workers))


def _piece_seconds(chunk_s: Sequence[float], *, used: int, pieces: int) -> list[float]:
    seconds: list[float] = []
    for chunk, part in zip(chunk_s, split(used, len(chunk_s)), strict=True):
        seconds += [chunk / len(part)] * len(part)
    mean = sum(seconds) / len(seconds)
    return seconds + [mean] * (pieces - len(seconds))
