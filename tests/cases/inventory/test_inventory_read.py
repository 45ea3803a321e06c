"""The reader: long and wide tables of every usual look, one clear line for every bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.inventory.periods import arrange
from speedlab.cases.inventory.read import Demand, read_demand
from speedlab.cases.inventory.world import generate as data
from speedlab.core.errors import BadInput

LONG = "item,period,quantity\nA,1,5\nA,2,0\nB,1,1\nB,2,7.5\n"


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, **options: float) -> Demand:
    return read_demand(write(folder, text), **options)


def test_the_shipped_sample_is_read_whole() -> None:
    table = pd.read_parquet(data.sample_path())
    found = read_demand(data.sample_path())
    assert (found.rows, found.periods_a_year) == (data.SAMPLE_SIZE, 52)
    assert found.periods[:2] == ("2024-01-01", "2024-01-08")
    np.testing.assert_array_equal(found.quantity.ravel(), table.quantity)
    for name, values in found.terms.items():
        np.testing.assert_array_equal(np.repeat(values, 100), table[name])


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        "SKU;Week;Sales\nA;1;5\nA;2;0\nB;1;1\nB;2;7,5\n",
        "\ufeffproduct_id\tds\ty\nB\t2\t7.5\nB\t1\t1\nA\t2\t0\nA\t1\t5\n",
        ",item,period,quantity,note\n0,A,1,5,x\n1,A,2,0,y\n2,B,1,1,z\n3,B,2,7.5,\n",
        "item,1,2\nA,5,0\nB,1,7.5\n",
        "item_id,2,1\nB,7.5,1\nA,0,5\n",
        ",1,2\nA,5,0\nB,1,7.5\n",
        "item|d_1|d_2\nA|5|0\nB|1|7.5\n",
    ],
)
def test_tables_of_many_looks_are_the_same(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.items.tolist() == ["A", "B"]
    assert found.quantity.tolist() == [[5.0, 0.0], [1.0, 7.5]]


@pytest.mark.parametrize(
    ("labels", "a_year"),
    [
        (["2024-01-01", "2024-01-08", "2024-01-15"], 52),
        (["2024-01-30", "2024-01-31", "2024-02-01"], 365),
        (["2024-01", "2024-02", "2024-03"], 12),
        (["202311", "202312", "202401"], 12),
        (["2024-01-31", "2024-02-29", "2024-03-31"], 12),
        (["2023-12-01 00:00:00", "2024-01-01T00:00"], 12),
        (["2023-Q4", "2024-Q1"], 4),
        (["2024-W52", "2025-W01", "2025-W02"], 52),
        (["2019-01-01", "2020-01-01", "2021-01-01"], 1),
        (["9", "10", "11"], None),
        (["week 9", "week 10"], None),
        ([3.0, 4.0], None),
        (pd.date_range("2024-01-01", periods=3, freq="7D", tz="UTC"), 52),
    ],
)
def test_periods_are_put_in_order_and_tell_the_year(labels: list[str], a_year: float) -> None:
    backwards = arrange(list(labels)[::-1], "t.csv")
    assert backwards.places.tolist() == list(range(len(labels)))[::-1]
    assert backwards.a_year == a_year


def test_names_of_no_known_form_are_taken_in_the_order_of_the_columns(tmp_path: Path) -> None:
    found = read(tmp_path, "item,Jan,Feb,Mar\nA,1,2,3\n", periods_a_year=12)
    assert found.periods == ("Jan", "Feb", "Mar") and found.periods_a_year == 12


def test_parquet_is_read_long_wide_and_with_the_item_as_index(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=2)
    wide = pd.DataFrame([[5, 0], [1, 7.5]], index=pd.Index(["A", "B"], name="item"), columns=days)
    wide.columns = wide.columns.astype(str)
    long = wide.melt(ignore_index=False, var_name="date", value_name="qty").reset_index()
    for number, table in enumerate((wide, wide.reset_index(), long.assign(noise=[[1]] * 4))):
        table.to_parquet(tmp_path / f"{number}.parquet")
        found = read_demand(tmp_path / f"{number}.parquet")
        assert found.quantity.tolist() == [[5.0, 0.0], [1.0, 7.5]]
        assert (found.items.tolist(), found.periods_a_year) == (["A", "B"], 365)


def test_numbers_stay_numbers_and_zeros_before_them_stay_too(tmp_path: Path) -> None:
    assert read(tmp_path, "item,1,2\n10,1,1\n9,2,2\n").items.tolist() == [9, 10]
    assert read(tmp_path, "item,1,2\n010,1,1\n9,2,2\n").items.tolist() == ["010", "9"]


def test_terms_are_read_and_what_is_missing_is_usual(tmp_path: Path) -> None:
    text = "item,unit_cost,lead_time,2024-01,2024-02\nA,12,3,1,2\nB,24,0,3,4\n"
    terms = read(tmp_path, text).terms
    assert terms["lead_time"].tolist() == [3, 0] and terms["lead_time_sd"].tolist() == [0, 0]
    # A quarter of the unit cost a year, in months; a unit owed costs ten times as much.
    assert terms["holding_cost"].tolist() == [0.25, 0.5]
    assert terms["penalty"].tolist() == [2.5, 5.0]
    assert terms["order_cost"].tolist() == [25, 25]
    long = "item,period,quantity,holding_cost\nA,1,5,2\nA,2,0,2\nB,1,1,3\nB,2,7,3\n"
    assert read(tmp_path, long).terms["holding_cost"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("item,period,quantity\nA,1,5\nA,2,-3\n", "item A has the demand -3 in period 2"),
        ("item,1,2\nA,5,-3\n", "item A has the demand -3 in period 2"),
        ("item,period,quantity\nA,1,5\nA,2,0\nB,2,7\n", "item B has no demand for period 1.*fill"),
        ("item,period,quantity\nA,1,5\nA,2,\n", "item A has no demand for period 2.*write 0"),
        ("item,1,2\nA,5,3\nB,,3\n", "item B has no demand for period 1"),
        ("item,period,quantity\nA,1,5\nA,2,6\nA,4,5\n", "no item has the period 3"),
        ("item,2024-01,2024-03,2024-04\nA,5,3,1\n", "no item has the period 2024-02"),
        ("item,period,quantity\nA,1,5\nA,2,6\nA,1,5\n", "item A has two rows for period 1"),
        ("item,1,2\nA,5,3\nA,5,3\n", "the item A has two rows"),
        ("item,period,quantity\nA,1,5\nA,1.0,6\n", "1 has two names"),
        ("item,period,quantity\nA,1,5\nB,1,6\n", "one period only"),
        ("item,1\nA,5\n", "one period only"),
        ("item,period,quantity\nA,1,many\nA,2,1\n", "the demand many in period 1"),
        ("item,1,2\nA,5,inf\n", "no number from 0"),
        ("item,period,quantity\nA,1,0\nA,2,0\n", "every demand is 0"),
        ("item,period,quantity\nA,Jan,1\nA,Feb,0\n", "'Jan' is no period"),
        ("item,dept_id,d_1,d_2\nA,3,1,2\n", "'dept_id' is no period"),
        ("item,d_1,d_2,e_3\nA,3,1,2\n", "'e_3' is no period.*like d_1"),
        ("item,period,quantity\nA,2024-02-30,1\nA,2024-02-28,1\n", "'2024-02-30' is no period"),
        ("item,period,quantity\n,1,5\n", "row 1: the item is missing"),
        ("item,period,quantity\nA,,5\n", "row 1: the period is missing"),
        ("item,period,quantity\nA,1,5,6\nA,2,5,6\n", "more fields than"),
        ("item,1,2\nA,5,3\nB,4,3,2\n", "cannot be read"),
        ("thing,period,quantity\nA,1,5\n", "no column for the item"),
        ("item,period,count\nA,1,5\n", "no column for the quantity"),
        ("item,quantity\nA,5\n", "no column for the period"),
        ("item\nA\n", "has no periods"),
        ("item,lead_time\nA,2\n", "has no periods"),
        ("hello\n", "no column for the item"),
        ("", "is empty"),
        ("item,period,quantity\n", "is empty"),
        ("item,holding_cost,1,2\nA,0,1,2\n", "item A has the holding_cost 0"),
        ("item,penalty,1,2\nA,x,1,2\n", "item A has the penalty x"),
        ("item,order_cost,1,2\nA,-1,1,2\n", "item A has the order_cost -1"),
        ("item,lead_time,1,2\nA,105,1,2\n", "to 104"),
        ("item,period,quantity,penalty\nA,1,1,1\nA,2,1,2\n", "say different things"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(tmp_path, text)


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(BadInput, match="cannot be read"):
            read_demand(path)
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00item")
    for name in ("x.parquet", "x.csv"):
        with pytest.raises(BadInput, match="cannot be read"):
            read_demand(tmp_path / name)
    lists = pd.DataFrame({"item": [["a"], ["b"]], "period": [1, 2], "quantity": [[1], [2]]})
    lists.to_parquet(tmp_path / "lists.parquet")
    with pytest.raises(BadInput, match="the demand"):
        read_demand(tmp_path / "lists.parquet")


@pytest.mark.parametrize("count", [0, -1, float("nan"), float("inf")])
def test_a_year_without_periods_is_refused(tmp_path: Path, count: float) -> None:
    with pytest.raises(BadInput, match="do not make a year"):
        read(tmp_path, LONG, periods_a_year=count)
