"""Facts about cell headers."""

from __future__ import annotations

import pytest

from grader.build.headers import Header, metadata, parse_header


def test_an_untitled_cell_is_ordinary() -> None:
    assert parse_header("", "code") == Header("code")
    assert metadata(Header("code")) == {}


def test_prose_is_neither_edited_nor_deleted() -> None:
    assert metadata(parse_header("", "markdown")) == {"editable": False, "deletable": False}


def test_an_answer_is_a_solution_that_learners_edit() -> None:
    made = metadata(parse_header("answer m1-split", "code"))
    assert made["nbgrader"] == {
        "schema_version": 3,
        "grade_id": "m1-split",
        "grade": False,
        "solution": True,
        "locked": False,
        "task": False,
    }
    assert "editable" not in made


def test_a_check_is_locked_and_carries_points() -> None:
    made = metadata(parse_header("check m1-split-test 2", "code"))
    assert made["editable"] is False
    assert made["deletable"] is False
    told = made["nbgrader"]
    assert (told["grade"], told["solution"], told["locked"]) == (True, False, True)
    assert told["points"] == 2
    assert isinstance(told["points"], int)


def test_half_points_stay_halves() -> None:
    told = metadata(parse_header("check m1-split-test 0.5", "code"))["nbgrader"]
    assert told["points"] == 0.5


def test_a_memo_is_graded_by_hand() -> None:
    told = metadata(parse_header("memo m1-memo 6", "markdown"))["nbgrader"]
    assert (told["grade"], told["solution"], told["locked"]) == (True, True, False)
    assert told["points"] == 6


def test_a_folded_cell_hides_its_source() -> None:
    assert metadata(parse_header("folded", "code")) == {"jupyter": {"source_hidden": True}}


@pytest.mark.parametrize(
    ("title", "cell_type", "said"),
    [
        ("quiz m1-split", "code", "Unknown kind 'quiz'"),
        ("check m1-split-test", "code", "points are missing"),
        ("check m1-split-test 0", "code", "points are missing"),
        ("check m1-split-test two", "code", "points are missing"),
        ("memo m1-memo", "markdown", "points are missing"),
        ("answer", "code", "grade id is missing"),
        ("answer Split", "code", "lower-case words"),
        ("answer split", "code", "lower-case words"),
        ("answer m1_split", "code", "lower-case words"),
        ("answer m1-" + "x" * 70, "code", "lower-case words"),
        ("answer m1-split 2", "code", "no place for '2'"),
        ("folded m1-split", "code", "no place for 'm1-split'"),
        ("answer m1-split", "markdown", "must be a code cell"),
        ("memo m1-memo 6", "code", "must be a markdown cell"),
    ],
)
def test_a_wrong_header_is_refused(title: str, cell_type: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_header(title, cell_type)
