"""Small random tables of transactions for the tests of the fraud case."""

from __future__ import annotations

import numpy as np
import pandas as pd


def transactions(
    rows: int = 400,
    *,
    seed: int = 0,
    days: int = 40,
    cards: int = 7,
    terminals: int = 5,
    places: bool = False,
    frauds: float = 0.1,
) -> pd.DataFrame:
    """Return random transactions sorted by time, with many equal times."""
    rng = np.random.default_rng(seed)
    # Times on a grid of six hours: ties, and rows exactly on the edge of a window.
    seconds = np.sort(rng.integers(0, days * 4, rows) * 21_600)
    seconds[1::3] = seconds[::3][: len(seconds[1::3])]
    table = pd.DataFrame(
        {
            "TRANSACTION_ID": np.arange(rows),
            "TX_DATETIME": pd.Timestamp("2025-01-06") + pd.to_timedelta(np.sort(seconds), "s"),
            "CUSTOMER_ID": rng.integers(0, cards, rows),
            "TERMINAL_ID": rng.integers(100, 100 + terminals, rows),
            "TX_AMOUNT": np.round(rng.lognormal(3, 1, rows), 2),
            "TX_FRAUD": (rng.random(rows) < frauds).astype(np.int8),
        }
    )
    if places:
        table["LAT"] = rng.uniform(-80, 80, rows).astype(np.float32)
        table["LON"] = rng.uniform(-180, 180, rows).astype(np.float32)
        table.loc[rng.random(rows) < 0.1, ["LAT", "LON"]] = np.nan
    return table
