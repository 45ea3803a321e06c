"""Segments are estimated from payments: as many cases and as much loss as were observed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fraud_tables import transactions

from speedlab.cases.fraud.risk import business
from speedlab.cases.fraud.world import generate as data
from speedlab.core.errors import BadInput


def by_hand() -> pd.DataFrame:
    """Return ten days: two cases in shops (one of two payments), one online, none in travel."""
    rows = [
        ("2025-01-01 10:00", 1, 30.0, 1, "shop"),
        ("2025-01-02 10:00", 1, 10.0, 1, "shop"),
        ("2025-01-03 10:00", 2, 120.0, 1, "shop"),
        ("2025-01-04 10:00", 3, 40.0, 0, "shop"),
        ("2025-01-05 10:00", 1, 50.0, 1, "online"),
        ("2025-01-10 09:00", 2, 250.0, 0, "travel"),
    ]
    columns = ["TX_DATETIME", "CUSTOMER_ID", "TX_AMOUNT", "TX_FRAUD", "CATEGORY"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(TX_DATETIME=pd.to_datetime(table["TX_DATETIME"]))


def test_segments_by_hand() -> None:
    online, shop, travel = business.segments_of(by_hand())
    assert (online.name, shop.name, travel.name) == ("online", "shop", "travel")
    assert (online.cards, shop.cards, travel.cards) == (1, 3, 1)
    assert shop.cases == pytest.approx(2 * 36.5)
    assert shop.exposure == pytest.approx(200 * 36.5)
    # Cases of 40 and 120 euros: mean 80, standard deviation 40.
    assert shop.cost == pytest.approx(80)
    assert shop.sigma**2 == pytest.approx(np.log(1.25))
    assert travel.cases == travel.expected_loss == 0


def test_one_case_is_too_few_for_a_spread_so_all_cases_stand_in() -> None:
    online, _, _ = business.segments_of(by_hand())
    assert online.cost == pytest.approx((40 + 120 + 50) / 3)
    assert online.sigma > 0


def test_expected_losses_of_the_sample_are_the_observed_ones() -> None:
    payments = pd.read_parquet(data.sample_path(), columns=business.COLUMNS)
    frauds = payments[payments["TX_FRAUD"] == 1]
    seen = frauds.groupby("CATEGORY", observed=True)["TX_AMOUNT"].sum() * 365 / 90
    segments = business.segments_of(payments)
    assert {s.name: s.expected_loss for s in segments} == pytest.approx(seen.to_dict())


def test_a_category_without_payments_is_no_segment() -> None:
    kinds = pd.CategoricalDtype(["toys", "shop", "online", "travel"])
    segments = business.segments_of(by_hand().astype({"CATEGORY": kinds}))
    assert sorted(s.name for s in segments) == ["online", "shop", "travel"]
    assert {*segments} == {*business.segments_of(by_hand())}


def test_another_column_may_tell_the_segments_apart() -> None:
    segments = business.segments_of(transactions(), by="TERMINAL_ID")
    assert [s.name for s in segments] == ["100", "101", "102", "103", "104"]


def test_margins_are_fees_less_losses() -> None:
    segments = business.segments_of(by_hand())
    earned = business.margins(segments, fee=0.5)
    assert earned["travel"] == pytest.approx(0.5 * 250 * 36.5)
    assert earned["shop"] == pytest.approx((0.5 * 200 - 160) * 36.5)


def test_payments_that_tell_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match="lack CATEGORY"):
        business.segments_of(by_hand().drop(columns="CATEGORY"))
    with pytest.raises(BadInput, match="no fraud that cost"):
        business.segments_of(by_hand().assign(TX_FRAUD=0))
    with pytest.raises(BadInput, match="no fraud that cost"):
        business.segments_of(by_hand().assign(TX_AMOUNT=0.0))
