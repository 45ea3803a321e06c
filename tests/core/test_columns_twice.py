"""A table with one name for two columns: the first counts and that is said, or it is refused."""

import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import speedlab as sl
from speedlab.cases.fraud.payments.read import open_source, read_chunk
from speedlab.cases.inventory import tables as inventory
from speedlab.cases.ml import tables as ml
from speedlab.cli import main
from speedlab.core.errors import BadInput, SpeedlabWarning
from speedlab.course.capstone.cut import cut, read

PAYMENTS = "TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD"


def payments(path):
    return read_chunk(open_source(path).chunks[0])["TX_AMOUNT"]


def history(path):
    return inventory.read_table(path)["quantity"]


def events(path):
    return ml.read_table(path)["value"]


def first_v(rows):
    return rows["v"].sum()


def by_key(path):
    return sl.groupby(path, "k", first_v, workers=1)


def project(path):
    (piece,) = cut(path, chunks=1, folder=path.parent, by=None)
    return read(piece)["v"]


READERS = [
    (payments, f"{PAYMENTS},TX_AMOUNT\n1,2025-01-06 08:00:00,1,1,5.0,0,9.0\n", "TX_AMOUNT"),
    (history, "item,period,quantity,quantity\na,2024-01,5,9\n", "quantity"),
    (history, "item;period;Quantity;quantity\na;2024-01;5;9\n", "quantity"),
    (history, '"item","period","quantity","quantity "\na,2024-01,5,9\n', "quantity"),
    (events, "user,item,value,Value,value\n1,2,5,9,9\n", "value"),
    (events, "user item value value\n1 2 5 9\n", "value"),
    (by_key, "\ufeffk,v,v\na,5,9\n", "v"),
    (project, "k,v,v\na,5,9\n", "v"),
]


@pytest.mark.parametrize(("read_it", "text", "name"), READERS)
def test_of_two_columns_of_one_name_the_first_counts_and_that_is_said(
    tmp_path, read_it, text, name
):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    said = rf"^table.csv has the column {name} (twice|3 times): the first is used\.$"
    with pytest.warns(SpeedlabWarning, match=said):
        assert [float(value) for value in read_it(path)] == [5.0]


@pytest.mark.parametrize(
    ("read_it", "text"),
    [
        (payments, f"{PAYMENTS},TX_amount\n1,2025-01-06 08:00:00,1,1,5.0,0,9.0\n"),
        (history, "item,period,quantity,quantity_before\na,2024-01,5,9\n"),
        (events, "user,item,value,values\n1,2,5,9\n"),
        (by_key, "k,v,V,\na,5,9,\n"),
        (project, "k,v,V,,\na,5,9,,\n"),
    ],
)
def test_columns_with_names_of_their_own_are_read_without_a_word(tmp_path, read_it, text):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error", SpeedlabWarning)
        assert [float(value) for value in read_it(path)] == [5.0]


@pytest.mark.parametrize(("read_it", "text", "name"), [READERS[n] for n in (0, 1, 4, 6, 7)])
def test_two_columns_of_one_name_in_parquet_are_refused(tmp_path, read_it, text, name):
    names = [*text.lstrip("\ufeff").split("\n")[0].split(",")]
    table = pa.table([pa.array([1])] * len(names), names=names)
    path = tmp_path / "table.parquet"
    pq.write_table(table, path)
    with pytest.raises(BadInput, match=rf"table.parquet has the column {name} \d times"):
        read_it(path)


def test_the_command_says_it_in_one_line(tmp_path, capsys):
    path = Path(tmp_path, "table.csv")
    path.write_text(f"{PAYMENTS},TX_FRAUD\n1,2025-01-06 08:00:00,1,1,5.0,0,9\n", encoding="utf-8")
    assert main.main(["run", "fraud", "--input", str(path), "--workers", "1"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "speedlab: table.csv has the column TX_FRAUD twice: the first is used." in said
