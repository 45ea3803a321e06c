"""The worst years: where they begin (value at risk) and what they cost (expected shortfall)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from speedlab.core.errors import BadInput
from speedlab.report import charts

Floats = npt.NDArray[np.float64]
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Tail:
    """The worst years of a sample, with what chance leaves open: 95 % intervals.

    Attributes:
        level: 0.99 for the worst year in a hundred.
        years: Size of the sample.
        mean: Of all years.
        value_at_risk: The mildest of the worst years.
        value_at_risk_interval: From order statistics; its upper end is infinite where the sample is
            too small to tell.
        expected_shortfall: The mean of the worst years.
        expected_shortfall_interval: Normal, for large samples.
    """

    level: float
    years: int
    mean: float
    value_at_risk: float
    value_at_risk_interval: tuple[float, float]
    expected_shortfall: float
    expected_shortfall_interval: tuple[float, float]


def value_at_risk(losses: Any, level: float) -> float:
    """Return the mildest of the worst years: a share of 1 - level is as bad, or worse.

    Args:
        losses: One loss a year, in any order.
        level: Share of the years that are better, for example 0.99.

    Raises:
        BadInput: If the level is not between 0 and 1, a loss is missing, or so few years are given
            that none is among the worst.

    Source: the upper quantile of Acerbi and Tasche, On the coherence of expected shortfall (2002).

    >>> value_at_risk(range(1000), 0.99)
    990.0
    """
    ordered, first = _ordered(losses, level)
    return float(ordered[first])


def expected_shortfall(losses: Any, level: float) -> float:
    """Return the mean of the losses at or beyond the value at risk q.

    ES = q + E[max(L - q, 0)] / (1 - level). Where 1 - level of the years is no whole number, the
    year at q counts in part, so that the tail is exactly as long as the level says.

    Args:
        losses: As for value_at_risk.
        level: As for value_at_risk.

    Raises:
        BadInput: As value_at_risk().

    Source: Acerbi and Tasche (2002), definition 2.6.

    >>> round(expected_shortfall(range(1000), 0.99), 9)
    994.5
    """
    ordered, first = _ordered(losses, level)
    return float(ordered[first] + _excess(ordered, first).mean() / (1 - level))


def tail(losses: Any, level: float = 0.99) -> Tail:
    """Return both figures with their intervals.

    Raises:
        BadInput: As value_at_risk().

    Source: of the shortfall's interval Manistre and Hancock, Variance of the CTE estimator (2005).
    """
    ordered, first = _ordered(losses, level)
    shortfall = expected_shortfall(ordered, level)
    error = float(_excess(ordered, first).std()) / (1 - level) / math.sqrt(len(ordered))
    return Tail(
        level=level,
        years=len(ordered),
        mean=float(ordered.mean()),
        value_at_risk=float(ordered[first]),
        value_at_risk_interval=_between(ordered, level),
        expected_shortfall=shortfall,
        expected_shortfall_interval=(shortfall - NORMAL_95 * error, shortfall + NORMAL_95 * error),
    )


def chart(losses: Any, level: float = 0.99) -> charts.Chart:
    """Draw how often a year costs how much, the worst years in another colour; losses in €."""
    worst = tail(losses, level)
    marks = {
        "mean": worst.mean,
        "value at risk": worst.value_at_risk,
        "expected shortfall": worst.expected_shortfall,
    }
    one_in = f"{1 / (1 - level):.0f}"
    times = worst.expected_shortfall / worst.mean
    return charts.histogram(
        np.asarray(losses, dtype=np.float64) / 1000,
        {name: value / 1000 for name, value in marks.items()},
        finding=f"The worst year in {one_in} costs {times:.1f} times the mean one",
        x_label="loss of a year, thousand €",
    )


def _ordered(losses: Any, level: float) -> tuple[Floats, int]:
    """Return the losses in order, and the place of the mildest of the worst."""
    if not 0 < level < 1:
        raise BadInput(
            f"A level of {level} cannot be used.",
            "It is the share of the years that are better.",
            "Choose one between 0 and 1, for example 0.99.",
        )
    ordered = np.sort(np.asarray(losses, dtype=np.float64).ravel())
    if np.isnan(ordered).any():
        raise BadInput("A loss is missing.", "Missing years have no order.", "Remove them first.")
    # A hair is added because 0.57 * 100 is 56.999..., and then a year too many would be worst.
    first = math.floor(level * len(ordered) + 1e-9)
    if first >= len(ordered):
        raise BadInput(
            f"{len(ordered)} years are too few.",
            f"None of them is among the worst {1 - level:.2%}.",
            "Use more years or a lower level.",
        )
    return ordered, first


def _excess(ordered: Floats, first: int) -> Floats:
    return np.asarray(np.maximum(ordered - ordered[first], 0.0))


def _between(ordered: Floats, level: float) -> tuple[float, float]:
    """Return two losses with the quantile between them, with a chance of at least 95 %."""
    from scipy.special import bdtr

    # How many years stay below the true quantile is binomial, whatever the losses are.
    years = len(ordered)
    chances = bdtr(np.arange(years + 1.0), years, level)
    low, high = np.searchsorted(chances, [0.025, 0.975])
    above = float(ordered[high]) if high < years else math.inf
    return float(ordered[max(low, 1) - 1]), above
