"""A cell of a hand-in stands for ours by its name, its id, its text, or its place."""

from __future__ import annotations

import pytest

from grader.core.matching import match_cells
from grader.core.notebooks import Cell

OURS = (
    Cell("import speedlab", "code", "id-0"),
    Cell("# Write here", "code", "id-1", "m1-split"),
    Cell("Write here.", "markdown", "id-2", "m1-memo"),
)


def matched(*cells: Cell) -> list[int | None]:
    return [number for _, number in match_cells(OURS, cells).pairs]


def test_a_cell_is_found_by_its_name_then_its_id_then_its_text() -> None:
    assert matched(Cell("x", "code", "id-0", "m1-split")) == [1]
    assert matched(Cell("x", "code", "id-1", "m1-mine"), Cell("x", "code", "id-1")) == [1, 1]
    assert matched(Cell(" import speedlab\n", "code", "new")) == [0]
    assert matched(Cell("y = 1", "code", "new", "m1-mine"), Cell("", "markdown")) == [None, None]


def test_a_cell_of_another_type_is_none_of_ours() -> None:
    assert matched(Cell("x", "markdown", "id-1", "m1-split"), Cell("x", "code", "", "m1-memo")) == [
        None,
        None,
    ]


def test_a_cell_without_a_text_is_not_found_by_it() -> None:
    blank = [Cell("", "code", "id-0"), Cell("", "code", "id-1", "m1-split")]
    assert [number for _, number in match_cells(blank, [Cell("", "code", "new")]).pairs] == [None]


STUB = "def f():\n    raise NotImplementedError()"
WRITTEN = (
    Cell("# The task", "markdown", "id-0"),
    Cell(STUB, "code", "id-1", "m1-f", {"solution": True}),
    Cell("assert f() == 1", "code", "id-2", "m1-f-test", {"grade": True}),
)


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_cell_to_write_in_gets_its_type_back(kind: str) -> None:
    found = match_cells(WRITTEN, [Cell("def f(): return 1", kind, "", "m1-f")])
    assert found.pairs == [(Cell("def f(): return 1", "code", "", "m1-f"), 1)]
    assert found.notes == [f"The cell m1-f was handed in as {kind}, not code: changed back."]


def test_a_copy_of_a_stub_is_no_answer() -> None:
    cells = [Cell(STUB, "code", "new"), Cell("def f(): return 1", "code", "id-1")]
    assert [number for _, number in match_cells(WRITTEN, cells).pairs] == [None, 1]


def test_words_that_somebody_added_to_ours_stay_where_they_are() -> None:
    cells = [Cell("# The task\n\nA note.", "markdown", "id-0"), *WRITTEN[1:]]
    found = match_cells(WRITTEN, cells)
    assert found.pairs[0][0].source == "# The task\n\nA note."
    assert found.notes == []


def test_an_extra_cell_is_no_answer_by_its_place_alone() -> None:
    cells = [WRITTEN[0], Cell("print(3)", "code", "new"), WRITTEN[2]]
    assert [number for _, number in match_cells(WRITTEN, cells).pairs] == [0, None, 2]
    cells[1] = Cell("def f():\n    return 1", "code", "new")
    assert [number for _, number in match_cells(WRITTEN, cells).pairs] == [0, 1, 2]
