"""The reader: every usual table, one clear line for every bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from speedlab.cases.ml.events import REAL_BASKETS, read_events
from speedlab.cases.ml.world import generate as data
from speedlab.core.errors import BadInput


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_sample_is_read_with_values_by_event() -> None:
    events = read_events(data.sample_path())
    assert len(events) + events.repeated == data.SAMPLE_SIZE
    assert events.times is not None
    assert set(events.values.tolist()) == {1.0, 2.0, 4.0}
    assert (events.values[events.wanted] == 4).all()


@pytest.mark.parametrize(
    "text",
    [
        "user,item,value,time\n1,10,4,100\n2,20,5,200\n",
        "UserId,movieId,Rating,timestamp\n1,10,4,100\n2,20,5,200\n",
        "user_id\titem_id\trating\ttimestamp\n1\t10\t4\t100\n2\t20\t5\t200\n",
        "1::10::4::100\n2::20::5::200\n",
        "\ufeff1,10,4,100\n2,20,5,200\n",
        "user item value time\n1 10 4 100\n2 20 5 200\n",
        "user|item|value|time\n1|10|4|100\n2|20|5|200\n",
    ],
)
def test_tables_of_many_looks_are_the_same(tmp_path: Path, text: str) -> None:
    events = read_events(write(tmp_path, text))
    assert events.users.tolist() == [1, 2] and events.items.tolist() == [10, 20]
    assert events.values.tolist() == [4.0, 5.0]
    assert events.times is not None and events.times.tolist() == [100_000, 200_000]


def test_lists_of_items_are_read(tmp_path: Path) -> None:
    events = read_events(write(tmp_path, "0 7 8 9\n1 8\n2\n", "train.txt"))
    assert list(zip(events.users, events.items, strict=True)) == [(0, 7), (0, 8), (0, 9), (1, 8)]
    assert events.times is None and events.wanted.all()


def test_parquet_is_read_like_text(tmp_path: Path) -> None:
    table = pd.DataFrame({"item": [10, 20], "noise": ["a", "b"], "user": ["x", "y"]})
    table.to_parquet(tmp_path / "t.parquet")
    events = read_events(tmp_path / "t.parquet")
    assert events.users.tolist() == ["x", "y"] and events.values.tolist() == [1.0, 1.0]


def test_an_event_that_stands_there_twice_counts_once(tmp_path: Path) -> None:
    events = read_events(write(tmp_path, "user,item,time\n1,5,9\n1,5,9\n1,5,10\n"))
    assert (len(events), events.repeated) == (2, 1)
    without_times = read_events(write(tmp_path, "user,item\n1,5\n1,5\n"))
    assert (len(without_times), without_times.repeated) == (1, 1)


def test_a_smallest_value_keeps_what_was_liked_and_counts_it_as_one(tmp_path: Path) -> None:
    path = write(tmp_path, "user,item,rating\n1,5,2\n1,6,3\n2,5,5\n")
    events = read_events(path, min_value=3)
    assert events.items.tolist() == [6, 5] and events.values.tolist() == [1.0, 1.0]
    with pytest.raises(BadInput, match="at least 6"):
        read_events(path, min_value=6)


def test_the_real_baskets_are_read_from_their_package() -> None:
    events = read_events(REAL_BASKETS)
    assert len(events) + events.repeated == 1_469_307
    assert len(np.unique(events.users)) == 2_469


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("usr,item\n1,2\n", "Rename usr to user"),
        ("user,thing\n1,2\n", "no column for the item"),
        ("user,item,value\n1,2,nan\n", "row 1"),
        ("user,item,value\n1,2,3\n1,3,inf\n", "row 2"),
        ("user,item,value\n1,2,-3\n", "row 1: "),
        ("user,item,value\n1,2,many\n", "'many' is no value"),
        ("user,item,time\n1,2,soon\n", "'soon' is no time"),
        ("user,item,time\n1,2,1e300\n", "is no time"),
        ("user,item,event\n1,2,buy\n1,3,steal\n", "'steal' is no event"),
        ("user,item\n1,\n", "row 1"),
        ("user,item\ninf,2\n1,2\n", "row 1: inf is no user"),
        ("user,item,value\n1,2,\n1,3,4\n", "the value is missing"),
        ("1 10 4 100\n1 20 5 200\n", "may be lists of items, or a table"),
        ("", "t.csv is empty"),
        ("\n \n", "t.csv is empty"),
        ("user,item\n", "no events"),
        ("hello\n", "neither a table nor lists"),
        ("user,item\n1,2\n1,2,3,4\n", "no table"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_events(write(tmp_path, text))


def test_a_parquet_of_other_columns_or_of_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"who": [1], "what": [2], "time": [3]}).to_parquet(path)
    with pytest.raises(BadInput, match="Its columns are: who, what, time"):
        read_events(path)
    pd.DataFrame({"user": [[1], [2]], "item": [2, 3]}).to_parquet(path)
    with pytest.raises(BadInput, match=r"row 1: .* is no user"):
        read_events(path)


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_events(tmp_path / "nowhere.csv")
    damaged = tmp_path / "t.parquet"
    damaged.write_bytes(b"PAR1 and no more")
    with pytest.raises(BadInput, match="cannot be read"):
        read_events(damaged)
