"""The lines of a bank's card business: what they earn, and what fraud costs them in a year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from speedlab.core.errors import BadInput

COLUMNS = ["TX_DATETIME", "CUSTOMER_ID", "TX_AMOUNT", "TX_FRAUD", "CATEGORY"]
"""What segments_of reads."""
DAYS_A_YEAR = 365.0


@dataclass(frozen=True)
class Segment:
    """One line of business. A case is all the fraud of one card in it.

    Attributes:
        name: What the line of business is called.
        cards: How many cards pay there; each of them may be hit.
        chance: Cases a card in a usual year.
        mu: Mean of the logarithm of what a case costs, in €: the cost is exp(mu + sigma Z).
        sigma: Standard deviation of that logarithm.
        exposure: What is paid there in a year, in €.
    """

    name: str
    cards: int
    chance: float
    mu: float
    sigma: float
    exposure: float

    @property
    def cases(self) -> float:
        """Return how many cases a usual year has."""
        return self.cards * self.chance

    @property
    def cost(self) -> float:
        """Return the mean cost of a case in €: exp(mu + sigma^2 / 2)."""
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def expected_loss(self) -> float:
        """Return the loss of a usual year in €: cases times their mean cost."""
        return self.cases * self.cost


def segments_of(payments: pd.DataFrame, *, by: str = "CATEGORY") -> tuple[Segment, ...]:
    """Estimate the segments of a bank from its payments, one for each value of a column.

    The lognormal has the mean m and the standard deviation s of what the cases cost:
    sigma^2 = ln(1 + (s / m)^2), mu = ln m - sigma^2 / 2. So the expected loss is the observed one.
    A segment with fewer than two cases borrows m and s from all of them.

    Args:
        payments: TX_DATETIME, CUSTOMER_ID, TX_AMOUNT in €, TX_FRAUD, and the column named by.
        by: Which column tells the segments apart.

    Raises:
        BadInput: If a column is missing, or no fraud has cost anything.
    """
    _check_columns(payments, {*COLUMNS[:4], by})
    frauds = payments[payments["TX_FRAUD"] == 1]
    cases = frauds.groupby([by, "CUSTOMER_ID"], observed=True)["TX_AMOUNT"].sum()
    if not cases.sum() > 0:
        raise BadInput(
            "The payments hold no fraud that cost anything.",
            "A loss cannot be estimated from none.",
            "Use more payments, or labelled ones.",
        )
    table = _counted(payments, cases, by)
    few = (table["cases"] < 2) | (table["mean"] <= 0)
    table.loc[few, ["mean", "spread"]] = cases.mean(), cases.std(ddof=0)
    scale = DAYS_A_YEAR / _days(payments["TX_DATETIME"])
    return tuple(_segment(row, scale) for row in table.itertuples())


def margins(segments: Sequence[Segment], *, fee: float) -> pd.Series:
    """Return what each segment earns in a usual year in €: its fees less its expected loss.

    Args:
        segments: The lines of business.
        fee: What the bank earns on each euro paid, in €.

    >>> float(margins([Segment("fuel", 100, 0.1, 0.0, 0.0, 1000.0)], fee=0.03)["fuel"])
    20.0
    """
    return pd.Series({s.name: fee * s.exposure - s.expected_loss for s in segments})


def _check_columns(payments: pd.DataFrame, needed: set[str]) -> None:
    missing = sorted(needed - set(payments.columns))
    if missing:
        raise BadInput(
            f"The payments lack {', '.join(missing)}.",
            "Segments cannot be told without.",
            "Read these columns too.",
        )


def _counted(payments: pd.DataFrame, cases: pd.Series, by: str) -> pd.DataFrame:
    """Return what is paid, the cards, and the cases and their costs, one row a segment."""
    costs = cases.groupby(level=0, observed=True)
    columns = {
        "paid": payments.groupby(by, observed=True)["TX_AMOUNT"].sum(),
        "cards": payments.drop_duplicates([by, "CUSTOMER_ID"])[by].value_counts(),
        "cases": costs.size(),
        "mean": costs.mean(),
        "spread": costs.std(ddof=0),
    }
    table = pd.DataFrame(columns)
    return table[table["cards"] > 0].fillna({"cases": 0})  # counts know unused categories, too


def _days(times: pd.Series) -> int:
    return int((times.max().normalize() - times.min().normalize()).days) + 1


def _segment(row: Any, scale: float) -> Segment:
    variance = math.log1p((row.spread / row.mean) ** 2)
    return Segment(
        name=str(row.Index),
        cards=int(row.cards),
        chance=float(row.cases) * scale / int(row.cards),
        mu=math.log(row.mean) - variance / 2,
        sigma=math.sqrt(variance),
        exposure=float(row.paid) * scale,
    )
