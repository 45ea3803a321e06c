"""Features of card transactions, exact whatever the order or the chunk they are computed in.

Names and definitions follow the Fraud Detection Handbook. A window of w days at time t holds the
rows of the same card (or terminal) in (t - w, t], the row itself included; of rows with equal
times only the earlier ones, in order of transaction id. Amounts are summed as whole cents in
int64, so that sums are the same for any split of the data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from speedlab.cases.fraud.baseline import card_features_obvious
from speedlab.cases.fraud.windows import (
    DAY,
    DELAY,
    HOUR,
    SECOND,
    WINDOWS,
    Floats,
    Ints,
    Ordered,
    cents,
    microseconds,
    ordered,
    running,
)
from speedlab.cases.shared.geo import kilometres

__all__ = [
    "CARD_WINDOW_COLUMNS",
    "CLOCK_COLUMNS",
    "EXTRA_COLUMNS",
    "HANDBOOK_COLUMNS",
    "TERMINAL_COLUMNS",
    "card_columns",
    "card_features",
    "card_features_obvious",
    "clock_columns",
    "terminal_columns",
    "terminal_features",
]

Columns = dict[str, npt.NDArray[Any]]

LARGEST_DEVIATION = 2**30
"""Cents; squares of larger deviations could overflow a sum over a window."""

CLOCK_COLUMNS = ("TX_DURING_WEEKEND", "TX_DURING_NIGHT")
CARD_WINDOW_COLUMNS = tuple(
    f"CUSTOMER_ID_{kind}_{days}DAY_WINDOW" for kind in ("NB_TX", "AVG_AMOUNT") for days in WINDOWS
)
TERMINAL_COLUMNS = tuple(
    f"TERMINAL_ID_{kind}_{days}DAY_WINDOW" for kind in ("NB_TX", "RISK") for days in WINDOWS
)
HANDBOOK_COLUMNS = ("TX_AMOUNT", *CLOCK_COLUMNS, *CARD_WINDOW_COLUMNS, *TERMINAL_COLUMNS)
EXTRA_COLUMNS = ("SECONDS_SINCE_PREVIOUS", "NB_TX_1HOUR", "AMOUNT_ZSCORE", "SPEED_KMH")


def clock_columns(times: Ints) -> Columns:
    """Return what the clock says: weekend (Saturday, Sunday) and night (before seven o'clock)."""
    weekday = (times // DAY + 3) % 7  # 1 January 1970 was a Thursday
    night = times % DAY < 7 * HOUR
    return dict(
        zip(CLOCK_COLUMNS, ((weekday >= 5).astype(np.int8), night.astype(np.int8)), strict=True)
    )


def card_columns(rows: Ordered, amounts: Ints, places: tuple[Any, Any] | None = None) -> Columns:
    """Compute the card features of sorted rows.

    Args:
        rows: The rows by card, time and id.
        amounts: Cents, in the order of rows.
        places: Latitude and longitude in degrees, in the order of rows, where they are known.
    """
    position = np.arange(1, len(amounts) + 1)
    total = running(amounts)
    counts, means, begin = {}, {}, position
    for days in WINDOWS:
        begin = rows.since(days * DAY)
        count = position - begin
        counts[f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"] = count.astype(np.float64)
        means[f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"] = (total[1:] - total[begin]) / (
            100.0 * count
        )
    extras = _extra_columns(rows, amounts, begin, places)
    return clock_columns(rows.times) | counts | means | extras


def _extra_columns(
    rows: Ordered, amounts: Ints, begin: npt.NDArray[np.intp], places: tuple[Any, Any] | None
) -> Columns:
    first, longest = rows.starts, max(WINDOWS) * DAY
    gap = np.diff(rows.times, prepend=rows.times[:1])
    # A card's first transaction counts as one after the longest window.
    gap = np.where(first, longest, np.minimum(gap, longest)) / SECOND
    hourly = np.arange(1, len(amounts) + 1) - rows.since(HOUR)
    columns: Columns = {
        "SECONDS_SINCE_PREVIOUS": gap,
        "NB_TX_1HOUR": hourly.astype(np.float64),
        "AMOUNT_ZSCORE": _z_scores(amounts, first, begin),
    }
    if places is not None:
        columns["SPEED_KMH"] = _speeds(places, gap, first)
    return columns


def _z_scores(amounts: Ints, first: npt.NDArray[np.bool_], begin: npt.NDArray[np.intp]) -> Floats:
    # Deviations from the card's first amount: the same variance, and equal amounts give exactly 0.
    reference = amounts[np.maximum.accumulate(np.where(first, np.arange(len(amounts)), 0))]
    deviation = np.clip(amounts - reference, -LARGEST_DEVIATION, LARGEST_DEVIATION)
    sums, squares = running(deviation), running(deviation * deviation)
    count = np.arange(1, len(amounts) + 1) - begin
    total, square = (sums[1:] - sums[begin]).astype(np.float64), squares[1:] - squares[begin]
    mean = total / count
    variance = (square - total * mean) / np.maximum(count - 1, 1)
    spread = np.sqrt(np.maximum(variance, 0.0))
    # Below a thousandth of a cent the spread is rounding, not spending.
    scores: Floats = np.zeros(len(amounts))
    np.divide(deviation - mean, spread, out=scores, where=spread > 1e-3)
    return scores


def _speeds(places: tuple[Any, Any], gap: Floats, first: npt.NDArray[np.bool_]) -> Floats:
    lat, lon = (np.asarray(place, dtype=np.float64) for place in places)
    distance = np.zeros(len(gap))
    distance[1:] = kilometres(lat[:-1], lon[:-1], lat[1:], lon[1:])
    # Two transactions in the same second count as one second apart; no place means no speed.
    speed: Floats = distance * 3600 / np.maximum(gap, 1.0)
    speed[first | np.isnan(speed)] = 0.0
    return speed


def terminal_columns(rows: Ordered, frauds: npt.NDArray[Any]) -> Columns:
    """Compute counts and fraud shares of sorted rows in (t - DELAY - w, t - DELAY]."""
    total = running(np.asarray(frauds, dtype=np.int64))
    end = rows.since(DELAY * DAY)
    counts, risks = {}, {}
    for days in WINDOWS:
        begin = rows.since((DELAY + days) * DAY)
        count = (end - begin).astype(np.float64)
        known = (total[end] - total[begin]).astype(np.float64)
        counts[f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"] = count
        risks[f"TERMINAL_ID_RISK_{days}DAY_WINDOW"] = known / np.maximum(count, 1.0)
    return counts | risks


def card_features(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the card features of a frame, in the order of its rows.

    Args:
        frame: Columns TRANSACTION_ID, TX_DATETIME, CUSTOMER_ID, TX_AMOUNT and, for the speed
            between consecutive transactions, LAT and LON.
    """
    times = microseconds(frame["TX_DATETIME"])
    rows = ordered(frame["CUSTOMER_ID"], times, frame["TRANSACTION_ID"])
    places = None
    if {"LAT", "LON"} <= set(frame.columns):
        places = (frame["LAT"].to_numpy()[rows.order], frame["LON"].to_numpy()[rows.order])
    amounts = cents(frame["TX_AMOUNT"])[rows.order]
    return _as_frame(card_columns(rows, amounts, places), rows, frame)


def terminal_features(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the delayed terminal features of a frame, in the order of its rows.

    Args:
        frame: Columns TRANSACTION_ID, TX_DATETIME, TERMINAL_ID and TX_FRAUD.
    """
    times = microseconds(frame["TX_DATETIME"])
    rows = ordered(frame["TERMINAL_ID"], times, frame["TRANSACTION_ID"])
    frauds = frame["TX_FRAUD"].to_numpy()[rows.order]
    return _as_frame(terminal_columns(rows, frauds), rows, frame)


def _as_frame(columns: Columns, rows: Ordered, like: pd.DataFrame) -> pd.DataFrame:
    # Undo the sort: row i of the sorted columns belongs at position order[i].
    back = np.empty(len(rows.order), dtype=np.intp)
    back[rows.order] = np.arange(len(back))
    return pd.DataFrame({name: c[back] for name, c in columns.items()}, index=like.index)
