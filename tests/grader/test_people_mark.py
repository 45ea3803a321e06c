"""What a person marks, in a course that is not ours: tasks, essays, two notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from plain_course import (
    ASSIGNMENT,
    AUTHORS,
    NOTEBOOKS,
    SOURCE,
    cells,
    hand_in,
    make_plain_course,
    write_notebook,
)

from grader.feedback import write_feedback
from grader.gradebook import record
from grader.grading import grade_one, prepare
from grader.logs import log_text
from grader.marks import read_sheets
from grader.merged import write_text
from grader.places import Places, find_places
from grader.report import read_report
from grader.running import read_result
from grader.skeletons import read_skeletons
from grader.verdicts import Graded


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return find_places(make_plain_course(tmp_path))


def graded(places: Places, texts: dict[str, dict[str, str]] | None = None) -> Graded:
    folder = hand_in(places.root, "ada", texts or {})
    return grade_one(prepare(places.root, ASSIGNMENT), folder, learner="ada")


def to_mark(places: Places, found: Graded) -> set[tuple[str, str]]:
    """Return what the gradebook keeps for a person."""
    record(places, ASSIGNMENT, read_skeletons(places, ASSIGNMENT), [found])
    return set(read_sheets(places)["ada", ASSIGNMENT].to_mark)


def waiting(found: Graded) -> set[tuple[str, str]]:
    """Return what the verdicts keep for a person."""
    return {(one.notebook, one.grade_id) for one in found.verdicts if one.score is None}


def test_a_person_looks_at_a_task_even_where_it_is_untouched(places: Places) -> None:
    found = graded(places)
    assert {("first", "plan"), ("second", "plan")} <= waiting(found)
    assert to_mark(places, found) == waiting(found)


def test_a_task_in_a_notebook_that_is_missing_is_for_nobody(places: Places) -> None:
    folder = hand_in(places.root, "ada", {})
    (folder / "second.ipynb").unlink()
    found = grade_one(prepare(places.root, ASSIGNMENT), folder, learner="ada")
    assert to_mark(places, found) == waiting(found)
    assert ("second", "plan") not in waiting(found)


def outcomes(found: Graded, name: str) -> list[str]:
    return [one.outcome for one in found.verdicts if one.grade_id == name]


def test_without_a_release_the_stub_is_nbgraders_and_not_the_authors_answer(
    places: Places,
) -> None:
    untouched = graded(places)
    assert outcomes(untouched, "why") == ["unanswered", "unanswered"]
    assert outcomes(untouched, "double") == ["unanswered", "unanswered"]
    like_the_author = graded(places, {"first": {"why": AUTHORS}})
    assert outcomes(like_the_author, "why") == ["manual", "unanswered"]


def test_what_was_released_counts_where_it_is_there(places: Places) -> None:
    released = cells(SOURCE | {"why": "Write here."})
    write_notebook(places.release / ASSIGNMENT / "first.ipynb", released)
    found = graded(places, {one: {"why": "Write here."} for one in NOTEBOOKS})
    assert outcomes(found, "why") == ["unanswered", "manual"]


def test_two_notebooks_may_use_the_same_grade_ids(places: Places) -> None:
    texts = {"first": {"why": "One reason."}, "second": {"why": "Another.", "double": "x = 2"}}
    found = graded(places, texts)
    assert found.written["first/why"] == "One reason."
    assert found.written["second/why"] == "Another."
    to_mark(places, found)
    write_text(places.result(ASSIGNMENT, "ada"), found.to_json())
    for name, other in (("first", "Another."), ("second", "One reason.")):
        merged = (places.autograded / "ada" / ASSIGNMENT / f"{name}.ipynb").read_text("utf-8")
        assert texts[name]["why"] in merged and other not in merged
    pages = {path.stem: path.read_text("utf-8") for path in write_feedback(places, ASSIGNMENT)}
    assert "Another." in pages["second"] and "Another." not in pages["first"]
    (told,) = read_report(places).assignments
    assert {"first/why", "second/why", "second/double"} <= told.to_mark.keys()
    assert {one.id for one in told.questions} == told.to_mark.keys() | {"first/double"}
    assert "second/why: -/2 (manual" in log_text(found)


def test_a_record_of_an_older_layout_is_graded_again(places: Places) -> None:
    older = json.loads(graded(places).to_json())
    del older["format"]
    write_text(places.result(ASSIGNMENT, "ada"), json.dumps(older))
    assert read_result(places, ASSIGNMENT, "ada") is None
