"""Features against a brute-force oracle, against pandas, and for any split of the rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from fraud_tables import transactions

from speedlab.cases.fraud import features
from speedlab.cases.fraud.windows import cents, microseconds, running

DAY = np.timedelta64(86_400, "s")


def _window(table: pd.DataFrame, i: int, owner: str, start: float, end: float = 0) -> pd.DataFrame:
    # Rows of the same owner in (t - start, t - end]; of equal times only up to row i.
    t = table["TX_DATETIME"].iloc[i]
    same = table[table[owner] == table[owner].iloc[i]]
    inside = (same["TX_DATETIME"] > t - start * DAY) & (same["TX_DATETIME"] <= t - end * DAY)
    if end == 0:
        inside &= same["TRANSACTION_ID"] <= table["TRANSACTION_ID"].iloc[i]
    return same[inside]


def _card_oracle(table: pd.DataFrame, i: int) -> dict[str, float]:
    row, out = table.iloc[i], {}
    for days in (1, 7, 30):
        rows = _window(table, i, "CUSTOMER_ID", days)
        out[f"CUSTOMER_ID_NB_TX_{days}DAY_WINDOW"] = len(rows)
        out[f"CUSTOMER_ID_AVG_AMOUNT_{days}DAY_WINDOW"] = math.fsum(rows["TX_AMOUNT"]) / len(rows)
    month = rows["TX_AMOUNT"].to_numpy()
    spread = month.std(ddof=1) if len(month) > 1 else 0.0
    out["AMOUNT_ZSCORE"] = (row["TX_AMOUNT"] - month.mean()) / spread if spread > 1e-5 else 0.0
    out["NB_TX_1HOUR"] = len(_window(table, i, "CUSTOMER_ID", 1 / 24))
    earlier = table[
        (table["CUSTOMER_ID"] == row["CUSTOMER_ID"])
        & (table["TRANSACTION_ID"] < row["TRANSACTION_ID"])
    ]
    out["SECONDS_SINCE_PREVIOUS"], out["SPEED_KMH"] = 30 * 86_400.0, 0.0
    if len(earlier):
        previous = earlier.iloc[-1]
        gap = min((row["TX_DATETIME"] - previous["TX_DATETIME"]).total_seconds(), 30 * 86_400.0)
        out["SECONDS_SINCE_PREVIOUS"] = gap
        out["SPEED_KMH"] = _kilometres(previous, row) * 3600 / max(gap, 1.0)
    return out


def _kilometres(a: pd.Series, b: pd.Series) -> float:
    # By the angle between unit vectors: another formula than the one tested.
    if math.isnan(a["LAT"]) or math.isnan(b["LAT"]):
        return 0.0
    points = [
        np.array([math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y)])
        for y, x in ((math.radians(p["LAT"]), math.radians(p["LON"])) for p in (a, b))
    ]
    cross = np.linalg.norm(np.cross(points[0], points[1]))
    return 6371.0088 * math.atan2(cross, points[0] @ points[1])


def _terminal_oracle(table: pd.DataFrame, i: int) -> dict[str, float]:
    out = {}
    for days in (1, 7, 30):
        rows = _window(table, i, "TERMINAL_ID", days + 7, 7)
        out[f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"] = len(rows)
        out[f"TERMINAL_ID_RISK_{days}DAY_WINDOW"] = rows["TX_FRAUD"].mean() if len(rows) else 0.0
    return out


@pytest.mark.parametrize("seed", [0, 1])
def test_card_features_equal_brute_force(seed: int) -> None:
    table = transactions(seed=seed, places=True, days=80)
    found = features.card_features(table)
    expected = pd.DataFrame([_card_oracle(table, i) for i in range(len(table))])
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("seed", [0, 1])
def test_terminal_features_equal_brute_force(seed: int) -> None:
    table = transactions(seed=seed, days=80)
    found = features.terminal_features(table)
    expected = pd.DataFrame([_terminal_oracle(table, i) for i in range(len(table))])
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("places", [False, True])
def test_obvious_version_gives_the_same_columns(places: bool) -> None:
    table = transactions(places=places).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        features.card_features(table),
        features.card_features_obvious(table),
        rtol=1e-9,
        atol=1e-9,
    )


def test_both_versions_find_the_same_speed_to_the_last_bit() -> None:
    table = transactions(places=True)
    speed, obvious = (
        version(table)["SPEED_KMH"].to_numpy()
        for version in (features.card_features, features.card_features_obvious)
    )
    assert speed.any() and np.array_equal(speed, obvious)


def test_handbook_rolling_window_of_terminals() -> None:
    # The Handbook's way: a window of delay + w days minus a window of delay days.
    table = transactions(terminals=1, days=80)
    frauds = pd.Series(table["TX_FRAUD"].to_numpy(), index=table["TX_DATETIME"])
    found = features.terminal_features(table)
    for days in (1, 7, 30):
        near, far = frauds.rolling("7D"), frauds.rolling(f"{days + 7}D")
        count = (far.count() - near.count()).to_numpy()
        risk = ((far.sum() - near.sum()).to_numpy() / np.maximum(count, 1)).round(12)
        np.testing.assert_array_equal(found[f"TERMINAL_ID_NB_TX_{days}DAY_WINDOW"], count)
        np.testing.assert_allclose(found[f"TERMINAL_ID_RISK_{days}DAY_WINDOW"], risk, atol=1e-9)


def test_order_and_index_of_the_input_are_kept() -> None:
    table = transactions(places=True)
    shuffled = table.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        features.card_features(shuffled), features.card_features(table).loc[shuffled.index]
    )
    pd.testing.assert_frame_equal(
        features.terminal_features(shuffled), features.terminal_features(table).loc[shuffled.index]
    )


def test_a_split_by_card_changes_no_bit_but_a_split_by_rows_does() -> None:
    table = transactions(places=True)
    whole = features.card_features(table)
    by_card = pd.concat(
        [features.card_features(rows) for _, rows in table.groupby(table["CUSTOMER_ID"] % 3)]
    )
    pd.testing.assert_frame_equal(by_card.loc[table.index], whole, check_exact=True)
    halves = pd.concat([features.card_features(table[:200]), features.card_features(table[200:])])
    assert not halves.equals(whole)


def test_text_ids_group_like_numbers() -> None:
    table = transactions()
    texts = table.assign(
        CUSTOMER_ID="c" + table["CUSTOMER_ID"].astype(str),
        TRANSACTION_ID=table["TRANSACTION_ID"].astype(str).str.zfill(5),
    )
    pd.testing.assert_frame_equal(features.card_features(texts), features.card_features(table))


def test_clock_columns_follow_the_handbook() -> None:
    times = pd.date_range("2025-01-06", periods=24 * 14, freq="h")
    found = features.clock_columns(microseconds(times))
    assert found["TX_DURING_WEEKEND"].tolist() == [int(t.weekday() >= 5) for t in times]
    assert found["TX_DURING_NIGHT"].tolist() == [int(t.hour <= 6) for t in times]


def test_equal_amounts_have_no_z_score() -> None:
    table = transactions().assign(TX_AMOUNT=19.99)
    assert (features.card_features(table)["AMOUNT_ZSCORE"] == 0).all()


def test_no_rows_give_no_features() -> None:
    nothing = transactions(places=True)[:0]
    assert len(features.card_features(nothing)) == 0
    assert len(features.terminal_features(nothing)) == 0
    assert len(features.card_features_obvious(nothing)) == 0


def test_differences_of_sums_survive_overflow() -> None:
    sums = running(np.array([2**62, 2**62, 2**62, 5]))
    assert int(sums[4] - sums[3]) == 5
    assert int(sums[3] - sums[2]) == 2**62


def test_amounts_are_rounded_to_whole_cents() -> None:
    assert cents([0.29, 1.005, 0.125, 4.35]).tolist() == [29, 100, 12, 435]
