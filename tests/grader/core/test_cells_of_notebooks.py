"""Whatever is handed in as a notebook is read as plain records, or refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.core.notebooks import (
    LEFT_OUT,
    LONGEST_CELL,
    MOST_CELLS,
    Unreadable,
    read_cells,
    read_hand_in,
    read_readable,
)

CODE = {"cell_type": "code", "source": "a = 1"}


def handed_in(folder: Path, cells: Any) -> Path:
    path = folder / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_a_name_that_is_none_is_no_name(tmp_path: Path) -> None:
    metadata = (None, [], {"nbgrader": None}, {"nbgrader": ["grade_id"]})
    metadata += tuple({"nbgrader": {"grade_id": name}} for name in (None, 5, ["m1-split"], {}))
    cells = [CODE | {"id": 7, "metadata": one} for one in metadata]
    read = read_hand_in(handed_in(tmp_path, cells))
    assert [(cell.grade_id, cell.cell_id) for cell in read] == [("", "")] * len(cells)


def test_points_that_are_none_are_trouble_only_for_whoever_asks_for_them(tmp_path: Path) -> None:
    marks = {"grade_id": "m1-split", "points": "many"}
    (cell,) = read_hand_in(handed_in(tmp_path, [CODE | {"metadata": {"nbgrader": marks}}]))
    assert cell.grade_id == "m1-split"
    with pytest.raises(ValueError, match="many"):
        _ = cell.points


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({}, "is no notebook"),
        ("cells", "is no notebook"),
        (None, "is no notebook"),
        ([None], "is no notebook"),
        ([{"source": "a = 1"}], "is no notebook"),
        ([CODE | {"source": None}], "is no notebook"),
        ([CODE | {"source": [1]}], "is no notebook"),
        ([CODE] * (MOST_CELLS + 1), "more than 2000 cells"),
        ([CODE | {"source": "a" * (LONGEST_CELL + 1)}], "longer than 500000"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path: Path, cells: Any, why: str) -> None:
    path = handed_in(tmp_path, cells)
    with pytest.raises(Unreadable, match=why):
        read_hand_in(path)
    assert read_readable(path) == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"5", b"[" * 100_000])
def test_a_damaged_file_holds_no_cell(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    assert read_cells(path) == read_readable(path) == read_cells(tmp_path / "none.ipynb") == []


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "a cell",
        [],
        {},
        {"source": "a = 1"},
        CODE | {"cell_type": ["code"]},
        CODE | {"source": None},
        CODE | {"source": [1]},
        CODE | {"source": {"a": 1}, "cell_type": None},
        CODE | {"source": "a" * (LONGEST_CELL + 1)},
    ],
)
def test_a_cell_that_cannot_be_read_costs_nobody_the_others(tmp_path: Path, odd: Any) -> None:
    read = read_hand_in(handed_in(tmp_path, [CODE, odd, CODE]))
    assert [(cell.source, cell.cell_type in LEFT_OUT) for cell in read] == [
        ("a = 1", False),
        ("", True),
        ("a = 1", False),
    ]
