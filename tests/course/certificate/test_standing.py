"""Points by lesson and track, awards, and what the next award needs."""

import math

import pytest
from small_course import FULL, do, lay_out, write_notebook

from speedlab.core.errors import BadInput
from speedlab.course.certificate.standing import Points, graded_standing, standing


@pytest.fixture
def course(tmp_path):
    return lay_out(tmp_path)


def test_nothing_done_is_nothing_earned_and_memos_and_labs_do_not_count(course, tmp_path):
    found = standing(course, tmp_path)
    assert found.points("executive") == Points(0, 10)
    assert found.points("practitioner") == Points(0, 6)
    assert (found.award, found.graded, found.notes) == (None, False, ())


def test_a_step_done_earns_its_points(course, tmp_path):
    do(tmp_path, "a-say", "a-lab", "a-memo", "b-write")
    found = standing(course, tmp_path)
    assert found.lessons[0].points("executive") == Points(4, 5)
    assert found.lessons[1].points("practitioner") == Points(3, 3)
    assert found.points("executive") == Points(4, 10)


def test_a_share_that_is_just_reached_is_reached(course, tmp_path):
    do(tmp_path, "a-say", "a-ask", "b-ask")
    assert standing(course, tmp_path).points("executive") == Points(6, 10)
    assert standing(course, tmp_path).award.name == "Pass"


def test_the_best_award_counts(course, tmp_path):
    do(tmp_path, *(f"{lesson}-{step}" for lesson in "ab" for step in ("ask", "say", "write")))
    found = standing(course, tmp_path)
    assert found.award.name == "Distinction"
    assert found.missing == ()


def test_what_is_missing_is_said_in_words(course, tmp_path):
    do(tmp_path, "a-say")
    assert standing(course, tmp_path).missing == (
        "Pass needs 60 % of the executive points; 40 % are earned. "
        "One step more, “Say b”, would be enough.",
    )
    do(tmp_path, "b-say")
    assert standing(course, tmp_path).missing == (
        "Distinction needs 90 % of the executive points; 80 % are earned. "
        "One step more, “Ask a”, would be enough.",
        "Distinction needs 90 % of the practitioner points; 0 % are earned. "
        "Two steps more, “Write a” and “Write b”, would be enough.",
    )


def test_a_share_is_never_rounded_up_to_what_is_asked():
    assert Points(599, 1000).percent == 59
    assert not Points(599, 1000).reaches(0.6)
    assert Points(9, 15).reaches(0.6)
    assert not Points(0, 0).reaches(0)


def test_without_a_notebook_there_is_no_award(course, tmp_path):
    do(tmp_path, "a-say", "a-ask")
    (tmp_path / "modules" / "b" / "b.ipynb").unlink()
    found = standing(course, tmp_path)
    assert found.points("executive") == Points(5, 5)
    assert found.award is None
    assert found.notes == (
        "The notebook of Lesson b is not there, so it cannot count: "
        "bring it back on the course home.",
    )


@pytest.mark.parametrize("worth", [None, math.nan, -1, "many"])
def test_a_notebook_that_lost_points_does_not_make_an_award_easier(course, tmp_path, worth):
    cells = {"b-ask": 1, "b-say": worth, "b-write-test": 3}
    write_notebook(tmp_path, "b", {step: p for step, p in cells.items() if p is not None})
    do(tmp_path, "a-say", "a-ask", "b-ask")
    found = standing(course, tmp_path)
    assert found.award is None
    assert "start the lesson over" in found.notes[0]


def test_a_damaged_record_is_said(course, tmp_path):
    (tmp_path / "modules" / "a" / "progress.json").write_text("{")
    assert "set aside" in standing(course, tmp_path).notes[0]


def test_a_record_that_cannot_be_read_is_refused(course, tmp_path):
    (tmp_path / "modules" / "a" / "progress.json").mkdir()
    with pytest.raises(BadInput, match="record of Lesson a cannot be read"):
        standing(course, tmp_path)


def test_marks_count_memos_and_parts_of_points(course, tmp_path):
    found = graded_standing(course, tmp_path, {"a": {"a-memo": 4.5, "a-ask": 1}})
    assert found.graded
    assert found.points("executive") == Points(5.5, 20)
    assert found.notes[0] == "Without a mark in Lesson a, so counted as zero: a-say, a-write."


def test_marks_alone_count_where_an_instructor_graded(course, tmp_path):
    do(tmp_path, "a-say", "b-say")
    assert graded_standing(course, tmp_path, {}).points("executive") == Points(0, 20)
    assert graded_standing(course, tmp_path, FULL).award.name == "Pass"


@pytest.mark.parametrize(
    ("marks", "says"),
    [
        ({"c": {}}, "no lesson 'c'"),
        ({"a": {"b-ask": 1}}, "no graded step 'b-ask'"),
        ({"a": {"a-lab": 1}}, "no graded step 'a-lab'"),
        ({"a": {"a-ask": 1.5}}, "a-ask was given 1.5 points"),
    ],
)
def test_wrong_marks_are_refused(course, tmp_path, marks, says):
    with pytest.raises(BadInput, match=says):
        graded_standing(course, tmp_path, marks)
