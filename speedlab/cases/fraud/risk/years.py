"""What fraud may cost in a year: thousands of years are drawn, good ones and bad ones.

Every task draws a block of years with a random stream of its own::

    seed --spawn--> stream 0 --> years 0..124       any worker
               |--> stream 1 --> years 125..249     any worker
               ...
               `--> stream 39 --> the last years    any worker

How many tasks there are does not depend on the workers, so the years are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.fraud.risk.business import Segment
from speedlab.core.chunks import Mapper, serial_map, split
from speedlab.core.errors import BadInput

Floats = npt.NDArray[np.float64]

TASKS = 40


@dataclass(frozen=True)
class Factors:
    """How good and bad years differ, and how much of that all segments have in common.

    In a year segment i has Poisson(n_i (c F + (1 - c) F_i)) cases, where n_i is its usual number,
    F is the factor of the year for all, F_i that of the segment, all of them gamma with mean 1.

    Attributes:
        spread: Standard deviation of each factor; with 0 no year is better than another.
        shared: The share c, from 0 (every segment has its own good and bad years) to 1.

    Source: Credit Suisse First Boston, CreditRisk+ (1997): Poisson cases, gamma factors.
    """

    spread: float = 0.4
    shared: float = 0.5

    def __post_init__(self) -> None:
        if not (0 <= self.spread < np.inf and 0 <= self.shared <= 1):
            raise BadInput(
                f"A spread of {self.spread} and a shared part of {self.shared} cannot be used.",
                "The spread is a standard deviation, the shared part a share.",
                "Use a spread from 0 up, and a shared part from 0 to 1.",
            )


USUAL = Factors()
"""Assumed, not estimated: a single year of data cannot tell how far years lie apart."""


@dataclass(frozen=True)
class YearsTask:
    """A block of years to draw, and the stream that draws it."""

    segments: tuple[Segment, ...]
    factors: Factors
    years: int
    stream: np.random.SeedSequence


def losses(
    segments: Sequence[Segment],
    *,
    years: int,
    seed: int,
    factors: Factors = USUAL,
    map_: Mapper = serial_map,
) -> pd.DataFrame:
    """Draw what fraud costs each segment in many years that might be: one row a year, in €.

    Args:
        segments: The lines of business.
        years: How many years to draw.
        seed: Equal seeds give equal years, bit for bit, whoever does the work.
        factors: How good and bad years differ.
        map_: Who does the work: serial_map or the map of a pool.

    Raises:
        BadInput: If there is no segment, fewer than one year, or the seed is negative.
    """
    if not segments or years < 1 or seed < 0:
        raise BadInput(
            "No years can be drawn.",
            f"Given: {len(segments)} segments, {years} years, seed {seed}.",
            "Use at least one segment, one year and a seed of 0 or more.",
        )
    blocks = split(years, TASKS)
    streams = np.random.SeedSequence(seed).spawn(len(blocks))
    tasks = [
        YearsTask(tuple(segments), factors, len(block), stream)
        for block, stream in zip(blocks, streams, strict=True)
    ]
    drawn = map_(simulate, tasks)
    return pd.DataFrame(np.concatenate(drawn), columns=[s.name for s in segments])


def simulate(task: YearsTask) -> Floats:
    """Return what fraud costs in each year of a block: years x segments, in €."""
    rng = np.random.default_rng(task.stream)
    usual = np.array([segment.cases for segment in task.segments])
    counts = rng.poisson(usual * _weather(rng, task))
    costs = [_costs(rng, segment, counts[:, n]) for n, segment in enumerate(task.segments)]
    return np.stack(costs, axis=1)


def expected(segments: Sequence[Segment]) -> pd.Series:
    """Return the mean loss of each segment in a year by formula, in €: cases times cost."""
    return pd.Series({segment.name: segment.expected_loss for segment in segments})


def _weather(rng: np.random.Generator, task: YearsTask) -> Floats:
    """Return the factor of each year for each segment; its mean is 1."""
    spread, shared = task.factors.spread, task.factors.shared
    if spread == 0:
        return np.ones((task.years, 1))
    drawn = rng.gamma(spread**-2, spread**2, (task.years, 1 + len(task.segments)))
    weather: Floats = shared * drawn[:, :1] + (1 - shared) * drawn[:, 1:]
    return weather


def _costs(rng: np.random.Generator, segment: Segment, counts: npt.NDArray[np.int64]) -> Floats:
    # Normal numbers of single precision are drawn four times as fast. Sums are of double.
    costs = rng.standard_normal(int(counts.sum()), dtype=np.float32)
    costs *= np.float32(segment.sigma)
    costs += np.float32(segment.mu)
    np.exp(costs, out=costs)
    running = np.concatenate([[0.0], np.cumsum(costs, dtype=np.float64)])
    ends = np.cumsum(counts)
    return np.asarray(running[ends] - running[ends - counts])
