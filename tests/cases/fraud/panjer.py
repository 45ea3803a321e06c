"""An exact oracle of simulated losses: Panjer's recursion for a discretised severity.

The number of cases is Poisson, or negative binomial where a gamma factor moves the year. With
p_n = p_{n-1} (a + b / n) the chance of a loss of k steps is
g_k = sum_{j=1..k} (a + b j / k) f_j g_{k-j} / (1 - a f_0). Source: Panjer (1981).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import lognorm

from speedlab.cases.fraud.risk.business import Segment

Floats = npt.NDArray[np.float64]


def severity(segments: Sequence[Segment], *, step: float, steps: int) -> Floats:
    """Return the chance that a case costs k steps, to the nearest one, whoever's case it is."""
    edges = (np.arange(steps + 1) - 0.5) * step
    weights = np.array([s.cases for s in segments]) / sum(s.cases for s in segments)
    parts = [
        w * np.diff(lognorm.cdf(edges, s.sigma, scale=np.exp(s.mu)))
        for w, s in zip(weights, segments, strict=True)
    ]
    return np.asarray(np.sum(parts, axis=0))


def panjer(cases: float, spread: float, costs: Floats) -> Floats:
    """Return the chance of a yearly loss of 0, 1, 2, ... steps.

    Args:
        cases: Mean number of cases.
        spread: Standard deviation of the gamma factor of the year, whose mean is 1.
        costs: Chance of each cost of a case, in steps.
    """
    if spread == 0:
        a, b, nothing = 0.0, cases, np.exp(cases * (costs[0] - 1))
    else:
        size, odds = spread**-2, cases * spread**2
        a = odds / (1 + odds)
        b = (size - 1) * a
        nothing = ((1 - a) / (1 - a * costs[0])) ** size
    chances = np.zeros(len(costs))
    chances[0] = nothing
    for k in range(1, len(costs)):
        j = np.arange(1, k + 1)
        chances[k] = ((a + b * j / k) * costs[1 : k + 1]) @ chances[k - 1 :: -1]
        chances[k] /= 1 - a * costs[0]
    return chances


def quantile_and_shortfall(chances: Floats, step: float, level: float) -> tuple[float, float]:
    """Return value at risk and expected shortfall of a discretised loss."""
    losses = np.arange(len(chances)) * step
    quantile = losses[np.searchsorted(np.cumsum(chances), level)]
    excess = chances @ np.maximum(losses - quantile, 0)
    return float(quantile), float(quantile + excess / (1 - level))
