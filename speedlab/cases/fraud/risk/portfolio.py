"""Which business to keep where the board bears only so much expected shortfall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from speedlab.cases.fraud.risk.tail import expected_shortfall
from speedlab.core.errors import BadInput
from speedlab.report import charts


@dataclass(frozen=True)
class PortfolioChoice:
    """How much of each segment to keep.

    Attributes:
        shares: Of today's business, 0 to 1, by the name of the segment.
        margin: What the choice earns in a usual year, in €.
        margin_today: What all of today's business earns.
        shortfall: Expected shortfall of the choice, in €.
        shortfall_today: Expected shortfall of all of today's business.
        price: What one more euro of shortfall would earn; 0 where the limit does not bind.
    """

    shares: Mapping[str, float]
    margin: float
    margin_today: float
    shortfall: float
    shortfall_today: float
    price: float


def choose(
    losses: pd.DataFrame, margins: pd.Series, *, limit: float, level: float = 0.99
) -> PortfolioChoice:
    """Return the shares that earn most while the expected shortfall stays within a limit.

    A linear program over the K simulated years, in the shares x_i, a threshold t and the excess u_k
    of each year: maximise sum m_i x_i, where u_k >= sum L_ki x_i - t, u_k >= 0, 0 <= x_i <= 1 and
    t + sum u_k / ((1 - level) K) <= limit. Losses are taken to shrink with the business.

    Args:
        losses: One row a year, one column a segment, in €.
        margins: What each segment earns in a usual year, in €, by its name.
        limit: The largest expected shortfall, in €.
        level: As for expected_shortfall.

    Raises:
        BadInput: If the limit is negative or missing, or names do not match.

    Source: Rockafellar and Uryasev, Optimization of conditional value-at-risk (2000).
    """
    if not limit >= 0 or set(margins.index) != set(losses.columns):
        raise BadInput(
            "No business can be chosen.",
            f"The limit is {limit}; losses and margins are of {len(losses.columns)} and "
            f"{len(margins)} segments.",
            "Use a limit of 0 or more, and a margin for each segment.",
        )
    earned = margins[losses.columns].to_numpy(dtype=np.float64)
    lost = losses.to_numpy(dtype=np.float64)
    today = expected_shortfall(lost.sum(axis=1), level)
    shares, price = _solve(lost, earned, limit, level)
    return PortfolioChoice(
        shares=dict(zip(losses.columns, shares.tolist(), strict=True)),
        margin=float(earned @ shares),
        margin_today=float(earned.sum()),
        shortfall=expected_shortfall(lost @ shares, level),
        shortfall_today=today,
        price=price,
    )


def chart(choice: PortfolioChoice) -> charts.Chart:
    """Draw how much of each segment is kept."""
    less = 1 - choice.shortfall / choice.shortfall_today
    change = choice.margin / choice.margin_today - 1
    word = "less" if change < 0 else "more"
    return charts.bars(
        {name: 100 * share for name, share in choice.shares.items()},
        finding=f"{less:.0%} less shortfall, {abs(change):.0%} {word} margin: what is kept",
        x_label="% of today's business",
    )


def _solve(lost: Any, earned: Any, limit: float, level: float) -> tuple[Any, float]:
    """Solve the linear program; return the shares, and the price of the limit."""
    from scipy import sparse
    from scipy.optimize import linprog

    years, segments = lost.shape
    # In units near 1, since the solver's tolerance is absolute.
    unit, gain = max(float(lost.sum(axis=1).mean()), 1e-300), max(float(abs(earned).max()), 1e-300)
    above = [sparse.csr_matrix(lost / unit), -np.ones((years, 1)), -sparse.eye(years)]
    tail = np.concatenate([np.zeros(segments), [1.0], np.full(years, 1 / ((1 - level) * years))])
    solution = linprog(
        np.concatenate([-earned / gain, np.zeros(1 + years)]),
        A_ub=sparse.vstack([sparse.hstack(above), sparse.csr_matrix(tail)]).tocsr(),
        b_ub=np.append(np.zeros(years), limit / unit),
        bounds=[(0, 1)] * segments + [(None, None)] + [(0, None)] * years,
        method="highs",
    )
    if not solution.success:
        raise BadInput("The linear program has no answer.", solution.message, "Check the losses.")
    return solution.x[:segments].clip(0, 1), float(-solution.ineqlin.marginals[-1] * gain / unit)
