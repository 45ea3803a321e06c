"""From a hand-in come answers, extra cells and prose; all else is the source's."""

import json

import pytest
from example_course import LESSON, make_course

from grader.build.build import build
from grader.core.errors import BuildError
from grader.judge.grade import key_of
from grader.judge.reading.assignment import brief, read_assignment
from grader.judge.reading.handin import merge

PROGRESS = '{"version": 2, "answers": {"q": {"value": 3, "right": true, "tries": 1}}, "done": {}}'


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = make_course(tmp_path_factory.mktemp("course"))
    build(root)
    return root


@pytest.fixture(scope="module")
def prepared(root):
    return read_assignment(root, LESSON)


@pytest.fixture
def released(root):
    return json.loads((root / "modules" / LESSON / f"{LESSON}.ipynb").read_text())


def handed_in(folder, cells):
    path = folder / f"{LESSON}.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}))
    return path


def merged(prepared, path):
    (source,) = prepared.notebooks
    return merge(source, path, released=prepared.released[LESSON])


def answer(cells, name, text):
    return [c | {"source": text} if c["id"] == name else c for c in cells]


def test_the_released_notebook_is_untouched(prepared, released, tmp_path):
    found = merged(prepared, handed_in(tmp_path, released["cells"]))
    assert found.untouched == {"m0-halve", "m0-total", "m0-memo"}


def test_an_answer_is_taken_and_a_check_is_not(prepared, released, tmp_path):
    cells = answer(released["cells"], "m0-halve", "def halve(items):\n    return 1")
    cells = answer(cells, "m0-halve-test", "evil()")
    found = merged(prepared, handed_in(tmp_path, cells))
    assert found.cells[f"{LESSON}/m0-halve"] == "def halve(items):\n    return 1"
    assert found.untouched == {"m0-total", "m0-memo"}
    assert "evil" not in "".join(step.source for step in found.steps)


def test_an_extra_cell_runs_after_the_cell_before_it_if_an_answer_needs_it(
    prepared, released, tmp_path
):
    cells = answer(released["cells"], "m0-total", "def total(items):\n    return mine(items)")
    place = next(n for n, c in enumerate(cells) if c["id"] == "m0-total")
    extra = [{"cell_type": "code", "source": "mine = sum", "metadata": {}}]
    unused = [{"cell_type": "code", "source": "slow = 1", "metadata": {}}]
    found = merged(prepared, handed_in(tmp_path, cells[:place] + extra + unused + cells[place:]))
    sources = [step.source for step in sorted(found.steps, key=lambda step: step.place)]
    assert sources.index("mine = sum") < sources.index("def total(items):\n    return mine(items)")
    assert "slow = 1" not in sources


def test_a_memo_is_kept_as_it_was_written(prepared, released, tmp_path):
    cells = answer(released["cells"], "m0-memo", "Much.")
    assert merged(prepared, handed_in(tmp_path, cells)).written == {f"{LESSON}/m0-memo": "Much."}


def test_an_answer_is_found_without_its_metadata(prepared, released, tmp_path):
    cells = [c | {"metadata": {}} for c in answer(released["cells"], "m0-halve", "halve = 1")]
    assert merged(prepared, handed_in(tmp_path, cells)).cells[f"{LESSON}/m0-halve"] == "halve = 1"


def test_a_missing_file_is_named(prepared, tmp_path):
    found = merged(prepared, tmp_path / f"{LESSON}.ipynb")
    assert found.problem == f"The hand-in holds no {LESSON}.ipynb."


def test_the_judge_knows_the_checks_and_only_what_they_need(prepared):
    (notebook,) = brief(prepared)["notebooks"]
    assert notebook["static"] == ["numbers = [1, 2, 3, 4]"]
    assert [check["names"] for check in notebook["checks"]] == [["halve"], ["total"]]
    assert notebook["checks"][0]["hidden"] == [2, 3, 4]


def test_an_assignment_that_is_not_built_is_refused(root):
    (root / "solutions" / "empty").mkdir(exist_ok=True)
    with pytest.raises(BuildError, match="The assignment empty is not built"):
        read_assignment(root, "empty")
    with pytest.raises(BuildError, match="There is no assignment 99_none"):
        read_assignment(root, "99_none")
    with pytest.raises(BuildError, match="There is no assignment"):
        read_assignment(root, "../solutions")


def test_the_key_depends_on_answers_and_not_on_what_is_ignored(prepared, released, tmp_path):
    cells = released["cells"]
    handed_in(tmp_path, cells)
    blank = key_of(prepared, tmp_path)
    handed_in(tmp_path, answer(cells, "m0-halve-test", "evil()"))
    assert key_of(prepared, tmp_path) == blank
    handed_in(tmp_path, answer(cells, "m0-halve", "halve = 1"))
    assert key_of(prepared, tmp_path) != blank
    handed_in(tmp_path, answer(cells, "m0-memo", "Much."))
    assert key_of(prepared, tmp_path) != blank
    handed_in(tmp_path, cells)
    (tmp_path / "progress.json").write_text(PROGRESS)
    assert key_of(prepared, tmp_path) != blank
