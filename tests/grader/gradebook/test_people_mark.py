"""What a person marks, in a course that is not ours: tasks, essays, two notebooks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from desk_course import mark
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

from grader.core.paths import CoursePaths, find_paths
from grader.core.records import Graded
from grader.core.released import read_released
from grader.gradebook.queries import read_sheets
from grader.gradebook.record import record
from grader.judge.grade import grade_one, prepare
from grader.report.export import as_csv, read_grades
from grader.report.feedback import write_feedback
from grader.report.report import read_report
from grader.run.results import log_text, read_result, write_result
from speedlab.core.files import write_text


@pytest.fixture
def paths(tmp_path: Path) -> CoursePaths:
    return find_paths(make_plain_course(tmp_path))


def graded(paths: CoursePaths, texts: dict[str, dict[str, str]] | None = None) -> Graded:
    folder = hand_in(paths.root, "ada", texts or {})
    return grade_one(prepare(paths.root, ASSIGNMENT), folder, learner="ada")


def to_mark(paths: CoursePaths, found: Graded) -> set[tuple[str, str]]:
    """Return what the gradebook keeps for a person."""
    record(paths, ASSIGNMENT, read_released(paths, ASSIGNMENT), [found])
    return set(read_sheets(paths)["ada", ASSIGNMENT].to_mark)


def waiting(found: Graded) -> set[tuple[str, str]]:
    """Return what the verdicts keep for a person."""
    return {(one.notebook, one.grade_id) for one in found.verdicts if one.score is None}


def test_a_person_looks_at_a_task_even_where_it_is_untouched(paths: CoursePaths) -> None:
    found = graded(paths)
    assert {("first", "plan"), ("second", "plan")} <= waiting(found)
    assert to_mark(paths, found) == waiting(found)


def test_a_task_in_a_notebook_that_is_missing_is_for_nobody(paths: CoursePaths) -> None:
    folder = hand_in(paths.root, "ada", {})
    (folder / "second.ipynb").unlink()
    found = grade_one(prepare(paths.root, ASSIGNMENT), folder, learner="ada")
    assert to_mark(paths, found) == waiting(found)
    assert ("second", "plan") not in waiting(found)


def outcomes(found: Graded, name: str) -> list[str]:
    return [one.outcome for one in found.verdicts if one.grade_id == name]


def test_without_a_release_the_stub_is_nbgraders_and_not_the_authors_answer(
    paths: CoursePaths,
) -> None:
    untouched = graded(paths)
    assert outcomes(untouched, "why") == ["unanswered", "unanswered"]
    assert outcomes(untouched, "double") == ["unanswered", "unanswered"]
    like_the_author = graded(paths, {"first": {"why": AUTHORS}})
    assert outcomes(like_the_author, "why") == ["manual", "unanswered"]


def test_what_was_released_counts_where_it_is_there(paths: CoursePaths) -> None:
    released = cells(SOURCE | {"why": "Write here."})
    write_notebook(paths.release / ASSIGNMENT / "first.ipynb", released)
    found = graded(paths, {one: {"why": "Write here."} for one in NOTEBOOKS})
    assert outcomes(found, "why") == ["unanswered", "manual"]


def test_two_notebooks_may_use_the_same_grade_ids(paths: CoursePaths) -> None:
    texts = {"first": {"why": "One reason."}, "second": {"why": "Another.", "double": "x = 2"}}
    found = graded(paths, texts)
    assert found.written["first/why"] == "One reason."
    assert found.written["second/why"] == "Another."
    to_mark(paths, found)
    write_result(paths, found)
    for name, other in (("first", "Another."), ("second", "One reason.")):
        merged = (paths.autograded / "ada" / ASSIGNMENT / f"{name}.ipynb").read_text("utf-8")
        assert texts[name]["why"] in merged and other not in merged
    pages = {path.stem: path.read_text("utf-8") for path in write_feedback(paths, ASSIGNMENT)}
    assert "Another." in pages["second"] and "Another." not in pages["first"]
    (told,) = read_report(paths).assignments
    assert {"first/why", "second/why", "second/double"} <= told.to_mark.keys()
    assert {one.id for one in told.questions} == told.to_mark.keys() | {"first/double"}
    assert "second/why: -/2 (manual" in log_text(found)


def test_a_persons_mark_stands_over_the_zero_of_a_blank_answer(paths: CoursePaths) -> None:
    blank = graded(paths)
    to_mark(paths, blank)
    write_result(paths, blank)
    before = read_sheets(paths)["ada", ASSIGNMENT].marks["first", "why"]
    assert (before.auto, before.manual, before.score) == (0, None, 0)
    mark(paths, "ada", "why", 1.5)  # it stood in another file, say
    to_mark(paths, blank)  # recorded again, as after --force
    after = read_sheets(paths)["ada", ASSIGNMENT].marks["first", "why"]
    assert (after.auto, after.manual, after.score, after.to_mark) == (0, 1.5, 1.5, False)
    (told,) = read_report(paths).assignments
    assert told.scores == {"ada": 3}  # why, in both notebooks
    for page in write_feedback(paths, ASSIGNMENT):
        assert ">1.5 of 2</p>" in page.read_text("utf-8")
    assert rows_of(as_csv(read_grades(paths))) == {"ada": "3"}


def rows_of(table: str) -> dict[str, str]:
    return {row["learner"]: row[ASSIGNMENT] for row in csv.DictReader(io.StringIO(table))}


def test_a_record_of_an_older_layout_is_graded_again(paths: CoursePaths) -> None:
    older = json.loads(graded(paths).to_json())
    del older["format"]
    write_text(paths.result(ASSIGNMENT, "ada"), json.dumps(older), parents=True)
    assert read_result(paths, ASSIGNMENT, "ada") is None
