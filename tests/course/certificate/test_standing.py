"""Points by lesson and track, awards, and what the next award needs."""

import json
import math
from dataclasses import replace

import pytest
from small_course import FULL, do, lay_out, write_notebook, write_questions

from speedlab.core.errors import BadInput
from speedlab.course.certificate.standing import Points, graded_standing, standing
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import read_course
from speedlab.course.quiz.questions import Question, hash_answer


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


SAY = Question(
    "a-say",
    "choice",
    choices={"yes": "Yes", "no": "No", "maybe": "Maybe"},
    hints={"no": "No.", "maybe": "No."},
    key=hash_answer("a-say", "yes"),
)


@pytest.fixture
def counted(course, tmp_path):
    """The course with questions, whose points fall with the tries."""
    path = tmp_path / "course.toml"
    path.write_text(f"tries = [1.0, 0.5]\n{path.read_text()}")
    write_questions(tmp_path, "a", SAY, Question("a-ask", "prediction", low=0, high=64))
    return read_course(tmp_path)


def say(root, *values):
    for value in values:
        progress.record_answer(root / "modules" / "a", "a-say", value, right=value == "yes")


@pytest.mark.parametrize(
    ("tried", "earned"),
    [
        (["yes"], 4),
        (["no", "yes"], 2),
        (["no", "maybe", "yes"], 0),
        (["yes", "no"], 4),
        (["no", "maybe"], 0),
    ],
)
def test_a_later_try_earns_less(counted, tmp_path, tried, earned):
    say(tmp_path, *tried)
    assert standing(counted, tmp_path).lessons[0].points("executive") == Points(earned, 4)


def test_without_tries_right_is_right(counted, tmp_path):
    say(tmp_path, "no", "maybe", "yes")
    easy = replace(counted, tries=())
    assert standing(easy, tmp_path).lessons[0].points("executive") == Points(4, 4)


def test_a_prediction_counts_for_no_award(counted, tmp_path):
    progress.record_answer(tmp_path / "modules" / "a", "a-ask", 1.8, right=True)
    assert standing(counted, tmp_path).lessons[0].points("executive") == Points(0, 4)
    found = graded_standing(counted, tmp_path, {"a": {"a-ask": 1, "a-say": 4, "a-memo": 5}})
    assert found.lessons[0].points("executive") == Points(9, 9)
    assert found.notes[0] == "Without a mark in Lesson a, so counted as zero: a-write."


def test_what_was_earned_before_tries_were_counted_stays(counted, tmp_path):
    noted = {"value": "yes", "right": True, "tries": 3}
    text = {"version": 1, "answers": {"a-say": noted}, "done": {"a-say": "then"}}
    (tmp_path / "modules" / "a" / "progress.json").write_text(json.dumps(text))
    assert standing(counted, tmp_path).lessons[0].points("executive") == Points(4, 4)


def test_a_step_that_can_earn_no_more_is_not_proposed(counted, tmp_path):
    say(tmp_path, "no", "maybe", "yes")
    do(tmp_path, "b-ask")
    assert standing(counted, tmp_path).missing == (
        "Pass needs 60 % of the executive points; 11 % are earned. What is left is not enough: "
        "start a lesson over, and it counts anew.",
    )


def test_what_a_second_try_would_still_earn_is_reckoned_with(counted, tmp_path):
    say(tmp_path, "no")
    [lack] = standing(counted, tmp_path).missing
    assert lack.endswith("Two steps more, “Say b” and “Say a”, would be enough.")
