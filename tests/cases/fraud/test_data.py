from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from speedlab.cases.fraud.world import generate as data
from speedlab.cases.fraud.world import world
from speedlab.cases.fraud.world.geography import kilometres
from speedlab.cases.fraud.world.lookalikes import LOOKALIKES
from speedlab.core.chunks import serial_map
from speedlab.core.errors import BadInput

CATEGORICAL = ["CATEGORY", "CHANNEL", "DEVICE", "COUNTRY"]
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_parquet(data.sample_path())


def fraud_rows(sample: pd.DataFrame, scenario: str) -> pd.DataFrame:
    return sample[scenario == sample.TX_FRAUD_SCENARIO]


def test_another_seed_gives_other_payments(tmp_path: Path) -> None:
    one = pd.read_parquet(data.generate(tmp_path / "1.parquet", size=1_000, seed=1))
    two = pd.read_parquet(data.generate(tmp_path / "2.parquet", size=1_000, seed=2))
    assert (one.TX_AMOUNT != two.TX_AMOUNT).mean() > 0.5


@pytest.mark.parametrize("size", [1_000, 1_234, 4_000, 15_000, 250_001])
def test_rows_are_counted_sorted_and_numbered(tmp_path: Path, size: int) -> None:
    frame = pd.read_parquet(data.generate(tmp_path / "t.parquet", size=size, seed=11))
    assert len(frame) == size
    assert frame.TRANSACTION_ID.tolist() == list(range(size))
    assert frame.TX_DATETIME.is_monotonic_increasing
    assert frame.TX_DATETIME.min() >= pd.Timestamp("2025-01-06")
    assert frame.TX_DATETIME.max() < pd.Timestamp("2025-01-06") + 90 * DAY
    assert 0.001 <= frame.TX_FRAUD.mean() <= 0.009
    cents = frame.TX_AMOUNT * 100
    assert (frame.TX_AMOUNT > 0).all()
    np.testing.assert_allclose(cents, cents.round(), atol=1e-6)


def test_equal_times_are_ordered_by_customer(sample: pd.DataFrame) -> None:
    again = sample.sort_values(["TX_DATETIME", "CUSTOMER_ID"], kind="stable")
    assert again.TRANSACTION_ID.is_monotonic_increasing


def test_the_columns_have_the_documented_types(sample: pd.DataFrame) -> None:
    types = {field.name: str(field.type) for field in pq.read_schema(data.sample_path())}
    assert list(types) == list(sample.columns)
    assert types["TRANSACTION_ID"] == types["CUSTOMER_ID"] == types["TERMINAL_ID"] == "int64"
    assert types["TX_AMOUNT"] == "double"
    assert types["TX_FRAUD"] == "int8"
    assert types["TX_DATETIME"].startswith("timestamp")
    assert types["LAT"] == types["LON"] == "float"
    assert not sample.isna().any().any()
    assert data.sample_path().stat().st_size <= 3_000_000


def test_row_groups_are_equal_time_slices_of_bounded_size(tmp_path: Path) -> None:
    path = data.generate(tmp_path / "t.parquet", size=400_000, seed=5)
    file = pq.ParquetFile(path)
    assert file.num_row_groups == 4
    begin, length = np.datetime64("2025-01-06", "s"), 90 * DAY / 4
    for number in range(4):
        moments = file.read_row_group(number, columns=["TX_DATETIME"]).to_pandas().TX_DATETIME
        assert 60_000 < len(moments) < 140_000
        assert (moments >= begin + number * length).all()
        assert (moments < begin + (number + 1) * length).all()


def test_more_data_means_more_blocks_not_larger_ones(tmp_path: Path) -> None:
    seen: list[int] = []

    def spy(fn, jobs):  # type: ignore[no-untyped-def]
        seen.append(len(jobs))
        return serial_map(fn, jobs)

    data.generate(tmp_path / "t.parquet", size=20_000, seed=1, map_=spy)
    assert seen == [8, 1]
    quota = world.build_world(20_000, 1).quota
    assert quota.sum() == 20_000
    assert quota.min() >= world.LEAST


# Frauds, each with its signature


def test_every_scenario_and_lookalike_is_there(sample: pd.DataFrame) -> None:
    assert set(sample.TX_FRAUD_SCENARIO) == set(world.SCENARIOS)
    assert set(sample.TX_LOOKALIKE) == set(LOOKALIKES)
    assert ((sample.TX_FRAUD_SCENARIO != "") == (sample.TX_FRAUD == 1)).all()


def test_lookalikes_are_genuine(sample: pd.DataFrame) -> None:
    assert (sample[sample.TX_LOOKALIKE != ""].TX_FRAUD == 0).all()


def test_card_testing_is_small_tries_then_large_amounts(sample: pd.DataFrame) -> None:
    for customer, rows in fraud_rows(sample, "card_testing").groupby("CUSTOMER_ID"):
        typical = sample[customer == sample.CUSTOMER_ID].TX_AMOUNT.median()
        tries, cash = rows.iloc[:-2], rows.iloc[-2:]
        assert (rows.CHANNEL == "online").all()
        assert len(tries) >= 3
        assert tries.TERMINAL_ID.nunique() == 1
        assert (tries.TX_AMOUNT < 4.0).all()
        assert tries.TX_DATETIME.max() - tries.TX_DATETIME.min() < HOUR
        assert (4 * typical < cash.TX_AMOUNT).all()


def test_a_terminal_is_compromised_for_28_days(sample: pd.DataFrame) -> None:
    frauds = fraud_rows(sample, "compromised_terminal")
    for terminal, rows in frauds.groupby("TERMINAL_ID"):
        first, last = rows.TX_DATETIME.min(), rows.TX_DATETIME.max()
        assert last - first <= 28 * DAY
        during = sample[(terminal == sample.TERMINAL_ID) & sample.TX_DATETIME.between(first, last)]
        assert 0.2 < during.TX_FRAUD.mean() < 0.9
    assert 2 <= frauds.TERMINAL_ID.nunique() <= 40
    assert frauds.CUSTOMER_ID.nunique() > frauds.TERMINAL_ID.nunique()


def test_leaked_cards_pay_five_times_as_much_for_14_days(sample: pd.DataFrame) -> None:
    frauds = fraud_rows(sample, "leaked_card")
    median = sample[sample.TX_FRAUD == 0].groupby("CUSTOMER_ID").TX_AMOUNT.median()
    ratio = frauds.TX_AMOUNT / frauds.CUSTOMER_ID.map(median)
    assert 3.5 < ratio.median() < 7.0
    span = frauds.groupby("CUSTOMER_ID").TX_DATETIME.agg(lambda t: t.max() - t.min())
    assert (span <= 14 * DAY).all()


def test_night_bursts_happen_in_one_night(sample: pd.DataFrame) -> None:
    frauds = fraud_rows(sample, "night_burst")
    assert frauds.TX_DATETIME.dt.hour.between(1, 4).all()
    by_customer = frauds.groupby("CUSTOMER_ID").TX_DATETIME
    assert (by_customer.agg(lambda t: t.dt.date.nunique()) == 1).all()
    assert by_customer.size().min() >= 4


def test_account_takeovers_use_a_device_never_seen_before(sample: pd.DataFrame) -> None:
    for customer, rows in fraud_rows(sample, "account_takeover").groupby("CUSTOMER_ID"):
        own = sample[(customer == sample.CUSTOMER_ID) & (sample.TX_FRAUD == 0)]
        assert (rows.CHANNEL == "online").all()
        assert rows.DEVICE.nunique() == 1
        assert rows.DEVICE.iloc[0] not in set(own.DEVICE)
        assert rows.TX_AMOUNT.mean() > own.TX_AMOUNT.median()


def test_impossible_travel_is_faster_than_an_aeroplane(sample: pd.DataFrame) -> None:
    for row in fraud_rows(sample, "impossible_travel").itertuples():
        own = sample[
            (sample.CUSTOMER_ID == row.CUSTOMER_ID)
            & (sample.TX_FRAUD_SCENARIO != "impossible_travel")
            & (sample.CHANNEL != "online")
            & sample.TX_DATETIME.between(row.TX_DATETIME - HOUR, row.TX_DATETIME)
        ]
        distance = kilometres(
            own.LAT.to_numpy(), own.LON.to_numpy(), np.float64(row.LAT), np.float64(row.LON)
        )
        assert distance.max() > 500
        assert row.CHANNEL != "online"


def test_mules_meet_at_the_same_few_terminals(sample: pd.DataFrame) -> None:
    frauds = fraud_rows(sample, "mule_ring")
    assert frauds.TERMINAL_ID.nunique() < frauds.CUSTOMER_ID.nunique()
    meeting = frauds.groupby(["TERMINAL_ID", frauds.TX_DATETIME.dt.floor("2h")])
    assert meeting.CUSTOMER_ID.nunique().median() >= 2


# Nothing but behaviour gives fraud away


@pytest.mark.parametrize("column", CATEGORICAL)
def test_no_category_is_fraud_only(sample: pd.DataFrame, column: str) -> None:
    share = sample.groupby(column, observed=True).TX_FRAUD.mean()
    assert share.max() < 0.1


@pytest.mark.parametrize("column", ["CUSTOMER_ID", "TERMINAL_ID"])
def test_no_id_is_fraud_only(sample: pd.DataFrame, column: str) -> None:
    assert sample.groupby(column).TX_FRAUD.mean().max() < 0.7
    frauds = sample[sample.TX_FRAUD == 1][column].to_numpy()
    # Frauds are spread over the whole range of ids.
    assert abs(np.median(frauds) / sample[column].max() - 0.5) < 0.25


def test_no_repeated_amount_is_fraud_only(sample: pd.DataFrame) -> None:
    counts = sample.groupby("TX_AMOUNT").TX_FRAUD.agg(["sum", "size"])
    assert (counts[counts["size"] >= 4]["sum"] < counts[counts["size"] >= 4]["size"]).all()


def test_cents_and_seconds_fall_alike(sample: pd.DataFrame) -> None:
    cents = (sample.TX_AMOUNT * 100).round().astype(int) % 100
    for tenth in (cents // 10, sample.TX_DATETIME.dt.second // 6):
        shares = pd.crosstab(tenth, sample.TX_FRAUD, normalize="columns")
        assert (shares[0] - shares[1]).abs().max() < 0.07


def test_a_terminal_keeps_its_category_and_country(sample: pd.DataFrame) -> None:
    fixed = sample.groupby("TERMINAL_ID")[["CATEGORY", "COUNTRY"]].nunique()
    assert (fixed == 1).all().all()


# Genuine life has its rhythm


def test_hours_days_and_shops_are_uneven(sample: pd.DataFrame) -> None:
    hours = sample.TX_DATETIME.dt.hour.value_counts()
    assert hours[18] > 5 * hours[3]
    weekdays = sample.TX_DATETIME.dt.day_of_week.value_counts()
    assert weekdays[5] > 1.1 * weekdays[0]
    shops = sample.TERMINAL_ID.value_counts()
    assert shops.iloc[0] > 10 * shops.median()


# Trouble


def test_a_missing_folder_and_no_chunks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        data.generate(tmp_path / "missing" / "t.parquet", size=1_000)
    with pytest.raises(BadInput, match="0 chunks"):
        data.generate(tmp_path / "t.parquet", size=1_000, chunks=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("step", [0, 1])
def test_a_stopped_run_leaves_nothing_and_keeps_the_old_file(
    tmp_path: Path, error: type[BaseException], step: int
) -> None:
    target = tmp_path / "t.parquet"
    target.write_text("old")
    calls: list[object] = []

    def stop(fn, jobs):  # type: ignore[no-untyped-def]
        calls.append(fn)
        serial_map(fn, jobs[:1])
        if len(calls) > step:
            raise error
        return serial_map(fn, jobs)

    with pytest.raises(error):
        data.generate(target, size=1_000, map_=stop)
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_text() == "old"
