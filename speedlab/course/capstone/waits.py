"""Does a job compute, or does it wait: for a disk or a service, or for the other workers?

Told from the clocks of the trial, before anything is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from speedlab.core.records import ChunkRun

MOSTLY = 0.6
"""From this share of its time on a job is said to wait."""
MORE = 0.25
"""Who waits longer beside another worker, by this share of a piece's time, waits for that one."""
SHORTEST_S = 0.002
"""What is over sooner says nothing about waiting."""


@dataclass(frozen=True)
class Waiting:
    """How a job waits.

    Attributes:
        share: The share of its time in which it waits when nobody else is at work.
        piece_s: Seconds of a piece then.
        alone_s: Seconds in which it waits for each piece then.
        together_s: The same, while a second worker is at it.
    """

    share: float
    piece_s: float
    alone_s: float
    together_s: float

    @property
    def for_others(self) -> bool:
        """Whether the workers wait for one another."""
        return self.together_s > self.alone_s + MORE * self.piece_s

    @property
    def mostly(self) -> bool:
        """Whether it does little else but wait."""
        return self.share >= MOSTLY


def waiting(alone: Sequence[ChunkRun], together: Sequence[ChunkRun] = ()) -> Waiting | None:
    """Return how a job waits; None if it is too short to tell, or waits for its own threads.

    Args:
        alone: Pieces that one worker had, one after the other.
        together: The same pieces, which two workers had at the same time.
    """
    elapsed_s = sum(run.elapsed_s for run in alone)
    if elapsed_s < SHORTEST_S * len(alone) or not alone:
        return None
    # A thread that waits for threads of a library, which compute, is no job that waits.
    if sum(run.helpers_s for run in alone) > 0.2 * elapsed_s:
        return None
    alone_s = mean(run.off_core_s for run in alone)
    together_s = mean(run.off_core_s for run in together) if together else alone_s
    piece_s = elapsed_s / len(alone)
    return Waiting(alone_s / piece_s, piece_s, alone_s, together_s)


def remembers(first_s: Sequence[float], again_s: float) -> bool:
    """Return whether a piece that was seen before is answered from memory.

    Args:
        first_s: Seconds of pieces that were new.
        again_s: Seconds of one that was not.

    >>> remembers([0.3, 0.3, 0.4], 0.00001), remembers([0.3, 0.3, 0.4], 0.2)
    (True, False)
    """
    return min(first_s) > SHORTEST_S and again_s < 0.05 * min(first_s)
