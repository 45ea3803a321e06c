"""Whatever the data are: every row is in one piece, and what cannot be cut is refused in words."""

import json

import numpy as np
import pandas as pd
import pytest

from speedlab.core.errors import BadInput
from speedlab.course.capstone import cut

TABLE = pd.DataFrame({"who": list("abcabcaabb"), "cents": range(10)})


@pytest.fixture
def cut_up(tmp_path):
    return lambda data, **more: cut.cut(data, **({"chunks": 4, "folder": tmp_path} | more))


def whole(pieces):
    return cut.join([cut.read(piece) for piece in pieces])


@pytest.mark.parametrize("data", [list(range(10)), range(10), np.arange(10)])
def test_sequences_come_back_whole(cut_up, data):
    pieces = cut_up(data)
    assert len(pieces) == 4
    assert list(whole(pieces)) == list(range(10))


def test_a_frame_becomes_references(cut_up):
    pieces = cut_up(TABLE)
    assert [len(cut.read(piece)) for piece in pieces] == [3, 3, 2, 2]
    pd.testing.assert_frame_equal(whole(pieces), TABLE)
    assert all(len(repr(piece)) < 300 for piece in pieces)


def test_equal_keys_stay_in_one_piece(cut_up):
    pieces = [cut.read(piece) for piece in cut_up(TABLE, by="who")]
    owners = [set(piece.who) for piece in pieces]
    assert sum(map(len, owners)) == 3
    together = pd.concat(pieces).sort_values("cents", ignore_index=True)
    pd.testing.assert_frame_equal(together, TABLE)


def test_one_key_is_one_piece(cut_up):
    assert len(cut_up(TABLE.assign(who="a"), by="who")) == 1


@pytest.mark.parametrize("by", [None, "who"])
def test_a_csv_file_comes_back_whole(cut_up, tmp_path, by):
    path = tmp_path / "table.csv"
    TABLE.to_csv(path, index=False)
    pieces = cut_up(str(path), by=by)
    assert 2 < len(pieces) <= 4
    back = whole(pieces).sort_values("cents", ignore_index=True)
    pd.testing.assert_frame_equal(back, TABLE)


def test_parquet_row_groups_are_used_as_they_are_if_there_are_enough(cut_up, tmp_path):
    path = tmp_path / "table.parquet"
    TABLE.to_parquet(path, row_group_size=2)
    assert {piece.path for piece in cut_up(path)} == {str(path)}
    again = cut_up(path, chunks=10)
    assert len(again) == 10 and {piece.path for piece in again} != {str(path)}
    pd.testing.assert_frame_equal(whole(again), TABLE)


def test_json_lines_come_back_whole(cut_up, tmp_path):
    path = tmp_path / "log.ndjson"
    records = [{"n": n} for n in range(20)]
    path.write_text("\n".join(map(json.dumps, records)) + "\n\n")
    assert whole(cut_up(path)) == records


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((n for n in range(3)), "The data are a generator.*pass a list"),
        ({"a": 1}, "type dict cannot be cut"),
        (3, "type int cannot be cut"),
        ([], "The data are empty"),
        (TABLE.head(0), "The data are empty"),
        ("gone.csv", "gone.csv cannot be opened"),
        ("gone.parquet", "gone.parquet cannot be read"),
        ("book.xlsx", "book.xlsx cannot be cut.*Save the data"),
        (pd.DataFrame({"mixed": [1, "a"]}), "cannot be written.*one kind"),
    ],
)
def test_what_cannot_be_cut_is_said(cut_up, data, words):
    with pytest.raises(BadInput, match=words):
        cut_up(data)


def test_a_list_that_holds_an_open_file_is_said(cut_up, tmp_path):
    with (
        (tmp_path / "x").open("w") as file,
        pytest.raises(BadInput, match=r"data\[1\] is an open file"),
    ):
        cut_up([1, file])


def test_a_key_that_is_no_column_is_said(cut_up):
    with pytest.raises(BadInput, match=r"no column 'owner'.*who, cents"):
        cut_up(TABLE, by="owner")
    with pytest.raises(BadInput, match="needs a table"):
        cut_up([1, 2], by="owner")


def test_line_breaks_in_a_csv_field_are_said(cut_up, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text('n,note\n1,"one\ntwo"\n2,"three\nfour"\n3,"five\nsix"\n')
    with pytest.raises(BadInput, match=r"hold a line break.*Parquet"):
        cut_up(path)


def test_an_empty_csv_file_is_said(cut_up, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("n,note\n")
    with pytest.raises(BadInput, match="The data are empty"):
        cut_up(path)


@pytest.mark.parametrize(
    "late",
    ["", "1.5", "x", "true", "007"],
)
def test_a_late_row_changes_the_type_of_every_piece_alike(cut_up, tmp_path, late):
    path = tmp_path / "late.csv"
    values = [f"{n}" for n in range(40)] + [late]
    path.write_text("key,value\n" + "".join(f"{n},{v}\n" for n, v in enumerate(values)))
    pieces = [cut.read(piece) for piece in cut_up(str(path))]
    assert len(pieces) == 4
    assert len({piece.value.dtype for piece in pieces}) == 1
    pd.testing.assert_frame_equal(cut.join(pieces), pd.read_csv(path))


def test_yes_and_no_with_a_gap_come_back_as_they_were(cut_up, tmp_path):
    path = tmp_path / "flags.csv"
    path.write_text("key,flag\n" + "".join(f"{n},{n % 2 == 0}\n" for n in range(40)) + "40,\n")
    back, plain = whole(cut_up(str(path))), pd.read_csv(path)
    assert list(back.flag.dropna()) == list(plain.flag.dropna())
    assert back.flag.isna().equals(plain.flag.isna())


@pytest.mark.parametrize("name", ["", "*.csv"])
def test_several_files_are_told_to_be_chunks_already(cut_up, tmp_path, name):
    with pytest.raises(BadInput, match="not one file but several"):
        cut_up(tmp_path / name)


def test_a_file_in_another_encoding_is_said(cut_up, tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("name,x\nJos\xe9,1\n".encode("latin-1") * 3)
    with pytest.raises(BadInput, match=r"latin\.csv cannot be read as a table"):
        cut_up(path)
