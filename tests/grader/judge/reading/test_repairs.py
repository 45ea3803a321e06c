"""Honest damage to a notebook costs nothing, every kind and every pair of kinds; it is noted."""

import copy
import itertools
import json

import pytest

from grader.core.markers import USUAL
from grader.core.notebooks import parse_cells, read_hand_in
from grader.inside.cells import CompiledCell
from grader.judge.reading.handin import merge
from grader.judge.reading.source import SourceNotebook, _cells

ANSWERS = {
    "a-one": "def one(x):\n    y = x + 1\n    return y",
    "a-two": "def two(x):\n    return 2 * one(x)",
    "a-three": "three = [two(n) for n in (1, 2)]",
}
STUBS = {
    "a-one": "def one(x):\n    raise NotImplementedError()",
    "a-two": "def two(x):\n    raise NotImplementedError()",
    "a-three": "# YOUR CODE HERE\nraise NotImplementedError()",
}
CHECKS = {
    "a-one": "assert one(1) == 2",
    "a-two": "assert two(1) == 4\nassert base == 5",
    "a-three": "assert three == [4, 6]",
}
MEMO = "What we found: much."


def node(source, kind="code", cell_id="", **marks):
    metadata = {"nbgrader": {"schema_version": 3, **marks}} if marks else {}
    return {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source}


def nodes(texts, memo):
    """Return the cells of a notebook: prose, a set-up, three answers with checks, a memo."""
    made = [node("# A title", "markdown", "t-0"), node("base = 5", cell_id="t-1")]
    for name, check in CHECKS.items():
        made.append(node(f"## The task {name}", "markdown", f"t-{name}"))
        made.append(node(texts[name], cell_id=f"id-{name}", grade_id=name, solution=True))
        marks = {"grade_id": f"{name}-test", "grade": True, "locked": True, "points": 1}
        made.append(node(check, cell_id=f"id-{name}-test", **marks))
    marks = {"grade_id": "a-memo", "grade": True, "solution": True, "points": 2}
    return [*made, node(memo, "markdown", "id-a-memo", **marks)]


@pytest.fixture(scope="module")
def source():
    text = json.dumps({"cells": nodes(STUBS | ANSWERS, "Write here.")})
    return SourceNotebook("nb", tuple(_cells(parse_cells(text), USUAL, has_questions=False)))


RELEASED = STUBS | {"a-memo": "Write here."}


def place(cells, name):
    return next(
        (n for n, c in enumerate(cells) if c["id"] in (f"id-{name}", f"old-{name}")), len(cells) - 1
    )


def lose(cell, *, also_id=True):
    """Take name and id away from a cell, as some systems do."""
    cell["metadata"] = {}
    cell["id"] = "" if also_id else cell["id"]


def retyped(kind):
    def change(cells, name):
        cells[place(cells, name)]["cell_type"] = kind

    return change


def doubled(cells, name):
    cells.insert(place(cells, name) + 1, copy.deepcopy(cells[place(cells, name)]))


def doubled_below_with_the_first_blank(cells, name):
    cell = cells[place(cells, name)]
    cells.append(copy.deepcopy(cell) | {"id": ""})
    cell["source"] = RELEASED[name]


def doubled_above_with_the_last_blank(cells, name):
    cell = cells[place(cells, name)]
    cells.insert(0, copy.deepcopy(cell) | {"id": ""})
    cell["source"] = RELEASED[name]


def split(cells, name, **marks):
    at = place(cells, name)
    lines = cells[at]["source"].split("\n")
    if len(lines) < 2:
        return
    cells.insert(at + 1, copy.deepcopy(cells[at]) | {"id": ""} | marks)
    cells[at]["source"] = "\n".join(lines[:-1])
    cells[at + 1]["source"] = lines[-1]


def split_without_a_name(cells, name):
    split(cells, name, metadata={})


def without_metadata(cells, name):
    lose(cells[place(cells, name)], also_id=False)


def without_name_and_id(cells, name):
    lose(cells[place(cells, name)])


def renamed(cells, name):
    cell = cells[place(cells, name)]
    cell["metadata"] = {"nbgrader": {"grade_id": "mine", "solution": True}}
    cell["id"] = ""


def moved_to_the_end(cells, name):
    cells.append(cells.pop(place(cells, name)))


def moved_to_the_top(cells, name):
    cells.insert(0, cells.pop(place(cells, name)))


def merged_into_the_one_before(cells, name):
    at = place(cells, name)
    cells[at - 1]["source"] += "\n\n" + cells.pop(at)["source"]


def merged_with_the_one_before(cells, name):
    at = place(cells, name)
    cells[at]["source"] = cells[at - 1]["source"] + "\n\n" + cells[at]["source"]
    cells.pop(at - 1)


def merged_into_the_one_after(cells, name):
    at = place(cells, name)
    if name != "a-memo":  # prose and code in one cell are no slip
        cells[at + 1]["source"] = cells[at]["source"] + "\n" + cells[at + 1]["source"]
        cells.pop(at)


def merged_with_the_one_after(cells, name):
    at = place(cells, name)
    if name != "a-memo":  # prose and code in one cell are no slip
        cells[at]["source"] += "\n" + cells.pop(at + 1)["source"]


def windows_lines(cells, name):
    cells[place(cells, name)]["source"] = cells[place(cells, name)]["source"].replace("\n", "\r\n")


def list_of_lines(cells, name):
    cells[place(cells, name)]["source"] = cells[place(cells, name)]["source"].splitlines(True)


def prompts(cells, name):
    if cells[place(cells, name)]["cell_type"] == "code":
        first, *rest = cells[place(cells, name)]["source"].split("\n")
        text = "\n".join([f">>> {first}", *(f"... {line}" for line in rest)])
        cells[place(cells, name)]["source"] = text


def indented(cells, name):
    if cells[place(cells, name)]["cell_type"] == "code":
        lines = cells[place(cells, name)]["source"].split("\n")
        cells[place(cells, name)]["source"] = "\n".join(f"    {line}" for line in lines)


NOTED = {
    "markdown": retyped("markdown"),
    "raw": retyped("raw"),
    "doubled": doubled,
    "doubled-below": doubled_below_with_the_first_blank,
    "doubled-above": doubled_above_with_the_last_blank,
    "split": split,
    "split-without-a-name": split_without_a_name,
    "without-name-and-id": without_name_and_id,
    "renamed": renamed,
    "merged-into-before": merged_into_the_one_before,
    "merged-with-before": merged_with_the_one_before,
    "merged-into-after": merged_into_the_one_after,
    "merged-with-after": merged_with_the_one_after,
}
SILENT = {
    "without-metadata": without_metadata,
    "to-the-end": moved_to_the_end,
    "to-the-top": moved_to_the_top,
    "windows": windows_lines,
    "lines": list_of_lines,
    "prompts": prompts,
    "indented": indented,
}
DAMAGES = NOTED | SILENT


def outcome(source, path):
    """Return the checks that pass where each runs after all code that stands before it."""
    merged = merge(source, path, released=RELEASED)
    assert not merged.problem
    steps, names, passed = sorted(merged.steps, key=lambda step: step.place), {"base": 5}, set()
    for check in source.checks:
        while steps and steps[0].place < (check.index, 0):
            try:
                CompiledCell(steps.pop(0).source, "<cell>").run(names)
            except Exception as error:
                names["error"] = error
        try:
            CompiledCell(check.code, "<check>").run(names)
        except Exception as error:
            names["error"] = error
        else:
            passed.add(check.grade_id.removesuffix("-test"))
    if MEMO in merged.written["nb/a-memo"]:
        passed.add("a-memo")
    return passed, merged


def write(folder, cells):
    path = folder / "nb.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}))
    return path


EVERYTHING = {*ANSWERS, "a-memo"}


@pytest.mark.parametrize("name", sorted(EVERYTHING))
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_costs_nothing(source, tmp_path, damage, name):
    cells = nodes(ANSWERS, MEMO)
    before = copy.deepcopy(cells)
    DAMAGES[damage](cells, name)
    passed, merged = outcome(source, write(tmp_path, cells))
    assert passed == EVERYTHING, merged
    assert not merged.untouched
    if damage in NOTED and cells != before and (damage, name) != ("raw", "a-memo"):
        assert merged.notes


def test_a_notebook_without_damage_has_no_note(source, tmp_path):
    passed, merged = outcome(source, write(tmp_path, nodes(ANSWERS, MEMO)))
    assert (passed, merged.notes) == (EVERYTHING, ())


PLACES = (("a-one", "a-three"), ("a-two", "a-memo"), ("a-one", "a-two"))
PAIRS = [(*kinds, PLACES[n % 3]) for n, kinds in enumerate(itertools.product(DAMAGES, DAMAGES))]


@pytest.mark.parametrize(("one", "other", "names"), PAIRS)
def test_two_damages_of_two_cells_cost_nothing(source, tmp_path, one, other, names):
    cells = nodes(ANSWERS, MEMO)
    for damage, name in zip((one, other), names, strict=True):
        DAMAGES[damage](cells, name)
    passed, merged = outcome(source, write(tmp_path, cells))
    assert passed == EVERYTHING, merged


def test_nothing_written_stays_nothing(source, tmp_path):
    for damage in ("markdown", "doubled", "without-metadata", "lines", "to-the-end"):
        cells = nodes(STUBS, "Write here.")
        for name in EVERYTHING:
            DAMAGES[damage](cells, name)
        passed, merged = outcome(source, write(tmp_path, cells))
        assert not passed and merged.untouched == EVERYTHING, damage


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf"])
def test_a_notebook_of_the_old_format_is_read(source, tmp_path, head):
    cells = nodes(ANSWERS, MEMO)
    for cell in cells:
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell |= {"input": cell.pop("source"), "outputs": [], "language": "python"}
    cells[0] |= {"cell_type": "heading", "level": 1, "source": "A title"}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    path = tmp_path / "nb.ipynb"
    path.write_bytes(head + json.dumps(old).encode())
    assert outcome(source, path)[0] == EVERYTHING


def test_what_no_python_can_read_is_noted_and_left(source, tmp_path):
    cells = nodes(ANSWERS, MEMO)
    cells[place(cells, "a-one")]["source"] = "def one(x):\n\u00a0   return \u201cx\u201d"
    merged = outcome(source, write(tmp_path, cells))[1]
    assert any("a-one" in note and "quotes" in note for note in merged.notes)


def test_windows_lines_of_a_stub_are_the_stub(source, tmp_path):
    cells = nodes(STUBS, "Write\r\nhere.")
    for name in STUBS:
        windows_lines(cells, name)
    assert {*STUBS} <= outcome(source, write(tmp_path, cells))[1].untouched
    assert all("\r" not in cell.source for cell in read_hand_in(tmp_path / "nb.ipynb"))
