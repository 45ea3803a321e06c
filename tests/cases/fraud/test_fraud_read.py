"""Reading in parts gives the same as reading at once, and bad input is named by row and value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fraud_tables import transactions

from speedlab.cases.fraud.payments import check as checking
from speedlab.cases.fraud.payments import read as reading
from speedlab.cases.fraud.payments.check import check
from speedlab.cases.fraud.payments.read import open_source, read_chunk
from speedlab.core.errors import BadInput


def write(table: pd.DataFrame, folder: Path, kind: str) -> Path:
    path = folder / f"tx.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False, row_group_size=90)
    return path


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RANGE_BYTES", 4000)


@pytest.fixture(params=["csv", "parquet"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def message(table: pd.DataFrame, folder: Path, kind: str) -> str:
    with pytest.raises(BadInput) as caught:
        check(open_source(write(table, folder, kind)))
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.why
    assert caught.value.next_step
    return text


def test_parts_give_back_the_whole_file(tmp_path: Path, kind: str) -> None:
    table = transactions(places=True)
    source = open_source(write(table, tmp_path, kind))
    assert len(source.chunks) > 3
    assert source.has_places
    read = pd.concat([read_chunk(ref) for ref in source.chunks], ignore_index=True)
    for name in table:
        np.testing.assert_array_equal(read[name].to_numpy(), table[name].to_numpy())
    assert [str(t) for t in read.dtypes] == [
        "int64", "datetime64[us]", "int64", "int64", "float64", "int8", "float32", "float32",
    ]  # fmt: skip


def test_check_says_what_is_in_the_file(tmp_path: Path, kind: str) -> None:
    table = transactions()
    found = check(open_source(write(table, tmp_path, kind)))
    assert (found.rows, found.frauds) == (400, int(table["TX_FRAUD"].sum()))
    assert (found.first, found.last) == (table["TX_DATETIME"].min(), table["TX_DATETIME"].max())


def test_text_ids_and_other_columns(tmp_path: Path, kind: str) -> None:
    table = transactions()
    table["CUSTOMER_ID"] = "c" + table["CUSTOMER_ID"].astype(str)
    table["CHANNEL"] = "online"
    source = open_source(write(table, tmp_path, kind))
    assert check(source).rows == 400
    assert read_chunk(source.chunks[0])["CUSTOMER_ID"].iloc[0].startswith("c")
    assert list(read_chunk(source.chunks[0], ("CHANNEL",))) == ["CHANNEL"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_any_unit_of_time(tmp_path: Path, unit: str) -> None:
    table = transactions()
    table["TX_DATETIME"] = table["TX_DATETIME"].astype(f"datetime64[{unit}]")
    source = open_source(write(table, tmp_path, "parquet"))
    read = read_chunk(source.chunks[0])["TX_DATETIME"]
    assert (read.to_numpy() == table["TX_DATETIME"].to_numpy()[: len(read)]).all()


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M", "%Y-%m-%dT%H:%M:%SZ"])
def test_times_as_text(tmp_path: Path, kind: str, form: str) -> None:
    table = transactions()
    texts = table.assign(TX_DATETIME=table["TX_DATETIME"].dt.strftime(form))
    found = check(open_source(write(texts, tmp_path, kind)))
    assert (found.first, found.last) == (table["TX_DATETIME"].min(), table["TX_DATETIME"].max())


def test_time_zone_keeps_the_clock(tmp_path: Path) -> None:
    table = transactions()
    table["TX_DATETIME"] = table["TX_DATETIME"].dt.tz_localize("Europe/Berlin")
    found = check(open_source(write(table, tmp_path, "parquet")))
    assert found.first == table["TX_DATETIME"].min().tz_localize(None)


def test_boolean_label_and_whole_amounts(tmp_path: Path, kind: str) -> None:
    table = transactions().assign(TX_AMOUNT=5)
    table["TX_FRAUD"] = table["TX_FRAUD"].astype(bool)
    assert check(open_source(write(table, tmp_path, kind))).frauds > 0


def test_empty_files(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadInput, match="is empty"):
        open_source(write(transactions()[:0], tmp_path, kind))
    (tmp_path / "none.csv").touch()
    with pytest.raises(BadInput, match="is empty"):
        open_source(tmp_path / "none.csv")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no.csv"):
        with pytest.raises(BadInput, match="There is no file"):
            open_source(path)


def test_other_kinds_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x80\x04\x95\xff\xfe\n")
    with pytest.raises(BadInput, match="neither Parquet nor CSV"):
        open_source(tmp_path / "a.bin")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        open_source(tmp_path / "a.parquet")


def test_misspelt_column_names_the_nearest(tmp_path: Path, kind: str) -> None:
    text = message(transactions().rename(columns={"TX_AMOUNT": "tx_amout"}), tmp_path, kind)
    assert "no column TX_AMOUNT" in text
    assert "'tx_amout'" in text


def test_missing_column_lists_what_there_is(tmp_path: Path, kind: str) -> None:
    table = pd.DataFrame({"x": [1], "y": [2]})
    assert "Its columns are: x, y" in message(table, tmp_path, kind)


def test_unsorted_times_within_and_between_parts(tmp_path: Path, kind: str) -> None:
    table = transactions()
    table.loc[250, "TX_DATETIME"] = pd.Timestamp("2020-01-01")
    text = message(table, tmp_path, kind)
    assert "Row 251 of" in text
    assert "2020-01-01" in text
    between = transactions()
    between.loc[90:, "TX_DATETIME"] -= pd.Timedelta("365D")
    assert "Row 91 of" in message(between, tmp_path, kind)


def test_repeated_ids_within_and_between_parts(tmp_path: Path, kind: str) -> None:
    near, far = transactions(), transactions()
    near.loc[11, "TRANSACTION_ID"] = 10
    assert "Row 12 of" in message(near, tmp_path, kind)
    far.loc[300, "TRANSACTION_ID"] = 7
    assert "TRANSACTION_ID 7 twice" in message(far, tmp_path, kind)


def test_ids_in_any_order_are_compared_in_small_steps(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "IDS_AT_ONCE", 50)
    table = transactions()
    table["TRANSACTION_ID"] = np.random.default_rng(0).permutation(len(table))
    assert check(open_source(write(table, tmp_path, kind))).rows == 400
    table.loc[399, "TRANSACTION_ID"] = table.loc[0, "TRANSACTION_ID"]
    assert "twice" in message(table, tmp_path, kind)


@pytest.mark.parametrize("value", [-0.01, np.nan, np.inf])
def test_bad_amounts(tmp_path: Path, kind: str, value: float) -> None:
    table = transactions()
    table.loc[222, "TX_AMOUNT"] = value
    text = message(table, tmp_path, kind)
    assert "Row 223 of" in text
    assert f"TX_AMOUNT = {value}" in text


def test_bad_label_and_missing_id(tmp_path: Path, kind: str) -> None:
    table = transactions()
    table.loc[5, "TX_FRAUD"] = 2
    assert "Row 6 of" in message(table, tmp_path, kind)
    holes = transactions().astype({"CUSTOMER_ID": "Int64"})
    holes.loc[7, "CUSTOMER_ID"] = pd.NA
    assert "Row 8 of" in message(holes, tmp_path, kind)


def test_unknown_types(tmp_path: Path) -> None:
    table = transactions()
    for name, values in (
        ("TX_AMOUNT", table["TX_AMOUNT"].astype(str)),
        ("TX_DATETIME", np.arange(400)),
        ("CUSTOMER_ID", table["CUSTOMER_ID"] + 0.5),
    ):
        assert f"Column {name} of" in message(table.assign(**{name: values}), tmp_path, "parquet")


def test_a_csv_field_that_is_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SNIFF_BYTES", 2000)
    table = transactions().astype({"TX_AMOUNT": object})
    table.loc[333, "TX_AMOUNT"] = "12,50 EUR"
    text = message(table, tmp_path, "csv")
    assert "Row 334 of" in text
    assert "12,50 EUR" in text


def test_a_text_that_is_no_time(tmp_path: Path) -> None:
    table = transactions().astype({"TX_DATETIME": str})
    table.loc[150, "TX_DATETIME"] = "yesterday-ish"
    text = message(table, tmp_path, "csv")
    assert "Row 151 of" in text
    assert "yesterday-ish" in text
