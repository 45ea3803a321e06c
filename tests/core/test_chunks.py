"""Chunks cover the data once, by reference."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import speedlab as sl


@pytest.mark.parametrize(("items", "parts"), [(10, 3), (3, 10), (0, 2), (7, 7), (8, 1)])
def test_split_covers_every_item_once(items, parts):
    ranges = sl.split(items, parts)
    assert [i for r in ranges for i in r] == list(range(items))
    assert not ranges or max(map(len, ranges)) - min(map(len, ranges)) <= 1


def test_no_chunks_are_refused():
    with pytest.raises(sl.BadInput):
        sl.split(5, 0)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 500])
@pytest.mark.parametrize("end", ["\n", ""])
def test_file_ranges_hold_whole_lines_once(tmp_path, parts, end):
    lines = [f"row {i} {'x' * (i % 13)}" for i in range(101)]
    path = tmp_path / "rows.txt"
    path.write_bytes(("header\n" + "\n".join(lines) + end).encode())
    ranges = sl.file_ranges(path, parts, skip_lines=1)
    assert len(ranges) <= parts
    assert [line for r in ranges for line in r.read().decode().splitlines()] == lines


def test_row_groups_are_references(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": range(10)}), path, row_group_size=4)
    assert [group.index for group in sl.row_groups(path)] == [0, 1, 2]


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    (tmp_path / "x.parquet").write_text("hello")
    with pytest.raises(sl.BadInput, match=r"x\.parquet cannot be read"):
        sl.row_groups(tmp_path / "x.parquet")
    with pytest.raises(sl.BadInput, match="cannot be opened"):
        sl.file_ranges(tmp_path / "missing.csv", 2)
