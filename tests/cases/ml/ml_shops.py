"""Small tables of events for the tests of the recommender."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from speedlab.cases.ml.events import Events, read_events


def small_shop(folder: Path, rows: int = 4_000, users: int = 80, items: int = 60) -> Path:
    """Write events of two groups of users that like two halves of the shop."""
    rng = np.random.default_rng(5)
    user = rng.integers(users, size=rows)
    half = np.where(rng.random(rows) < 0.9, user % 2, rng.integers(2, size=rows))
    item = half * (items // 2) + np.minimum(rng.geometric(0.08, size=rows), items // 2) - 1
    time = np.sort(rng.integers(0, 10_000_000, size=rows))
    table = pd.DataFrame({"user": user, "item": item, "time": time})
    path = folder / "shop.csv"
    table.to_csv(path, index=False)
    return path


def shop_events(folder: Path, **size: int) -> Events:
    return read_events(small_shop(folder, **size))
