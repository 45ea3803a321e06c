"""The card features as one would first write them: one card after the other, with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from speedlab.cases.fraud.windows import WINDOWS
from speedlab.cases.shared.geo import kilometres


def card_features_obvious(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute what card_features computes, the slow and obvious way.

    >>> day = pd.DataFrame({"TRANSACTION_ID": [0, 1], "CUSTOMER_ID": [5, 5],
    ...                     "TX_DATETIME": pd.to_datetime(["2025-01-06", "2025-01-07"]),
    ...                     "TX_AMOUNT": [10.0, 20.0]})
    >>> card_features_obvious(day)["CUSTOMER_ID_AVG_AMOUNT_7DAY_WINDOW"].tolist()
    [10.0, 15.0]
    """
    table = frame.sort_values(["CUSTOMER_ID", "TX_DATETIME", "TRANSACTION_ID"])
    cards = [_one_card(rows) for _, rows in table.groupby("CUSTOMER_ID", sort=False)]
    return pd.concat(cards).loc[frame.index] if cards else _one_card(table)


def _one_card(rows: pd.DataFrame) -> pd.DataFrame:
    features = pd.DataFrame(index=rows.index)
    times = rows["TX_DATETIME"]
    amounts = pd.Series(rows["TX_AMOUNT"].to_numpy(), index=pd.DatetimeIndex(times))
    features["TX_DURING_WEEKEND"] = (times.dt.day_of_week >= 5).astype(np.int8)
    features["TX_DURING_NIGHT"] = (times.dt.hour <= 6).astype(np.int8)
    for days in WINDOWS:
        window = amounts.rolling(f"{days}D")
        features[f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"] = window.count().to_numpy()
    for days in WINDOWS:
        window = amounts.rolling(f"{days}D")
        features[f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"] = window.mean().to_numpy()
    return features.assign(**_extras(rows, amounts))


def _extras(rows: pd.DataFrame, amounts: pd.Series) -> dict[str, pd.Series]:
    longest = max(WINDOWS) * 86_400
    gap = rows["TX_DATETIME"].diff().dt.total_seconds().fillna(longest).clip(upper=longest)
    month = amounts.rolling(f"{max(WINDOWS)}D")
    spread = month.std().where(lambda s: s > 1e-5)
    score = ((amounts - month.mean()) / spread).fillna(0.0)
    extras = {
        "SECONDS_SINCE_PREVIOUS": gap,
        "NB_TX_1HOUR": pd.Series(amounts.rolling("1h").count().to_numpy(), index=rows.index),
        "AMOUNT_ZSCORE": pd.Series(score.to_numpy(), index=rows.index),
    }
    if {"LAT", "LON"} <= set(rows.columns):
        lat, lon = rows["LAT"].astype(float), rows["LON"].astype(float)
        distance = kilometres(lat.shift(), lon.shift(), lat, lon)
        extras["SPEED_KMH"] = (distance * 3600 / gap.clip(lower=1.0)).fillna(0.0)
    return extras
