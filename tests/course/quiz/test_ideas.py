"""Ideas asked before and after: what is judged, and what was gained."""

import json

import pytest
from small_course import lay_out
from small_ideas import answer, content, small_ideas, write_ideas

from speedlab.core.errors import BadInput
from speedlab.course.quiz.ideas import (
    FILE,
    Gain,
    commonest_mistake,
    course_ideas,
    lesson_of,
    normalised,
    own_gain,
    understand_ideas,
)


@pytest.fixture
def course(tmp_path):
    made = lay_out(tmp_path)
    write_ideas(tmp_path)
    return made


def test_the_forms_go_with_the_first_and_the_last_lesson(course):
    assert (lesson_of(course, "before").name, lesson_of(course, "after").name) == ("a", "b")


def test_what_is_written_is_read_again(course, tmp_path):
    assert course_ideas(tmp_path) == small_ideas()


def test_a_course_without_such_questions_has_none(tmp_path):
    assert course_ideas(tmp_path) is None
    assert own_gain(lay_out(tmp_path), tmp_path) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda told: told.pop("ideas"),
        lambda told: told.update(ideas=[]),
        lambda told: told["questions"].pop("after-3"),
        lambda told: told["questions"]["before-1"].update(kind="number"),
        lambda told: told["ideas"][0].update(colour="red"),
    ],
)
def test_a_damaged_file_is_a_sentence(course, tmp_path, damage):
    told = content(small_ideas())
    damage(told)
    (tmp_path / "modules" / FILE).write_text(json.dumps(told))
    with pytest.raises(BadInput, match="beginning and the end cannot be read"):
        course_ideas(tmp_path)
    answer(tmp_path, "after", "right", "right", "right")
    assert own_gain(course, tmp_path) is None  # and the certificate is none the worse for it


def test_the_gain_is_told_in_counts_and_as_a_share(course, tmp_path):
    answer(tmp_path, "before", "right", "wrong", "odd")
    answer(tmp_path, "after", "right", "right", "odd")
    gain = own_gain(course, tmp_path)
    assert (gain.before, gain.after) == ((True, False, False), (True, True, False))
    assert gain.counts == "1 of 3 before, 2 of 3 after"
    assert gain.share == 0.5


def test_what_was_right_before_is_not_told_before_the_end(course, tmp_path):
    answer(tmp_path, "before", "right", "wrong", "odd")
    assert own_gain(course, tmp_path) is None
    answer(tmp_path, "after", "right", "right")  # one is missing
    assert own_gain(course, tmp_path) is None


def test_who_answered_at_the_end_only_has_counts_and_no_share(course, tmp_path):
    answer(tmp_path, "after", "right", "right", "wrong")
    gain = own_gain(course, tmp_path)
    assert (gain.counts, gain.share) == ("2 of 3 after", None)


def test_without_keys_nothing_is_judged_here(course, tmp_path):
    write_ideas(tmp_path, keys=False)
    answer(tmp_path, "before", "right", "wrong", "odd")
    answer(tmp_path, "after", "right", "right", "right")
    assert own_gain(course, tmp_path) is None


@pytest.mark.parametrize("odd", [None, 1, 2.5, True, [], {}, "<script>", "x" * 5_000, float("nan")])
def test_an_answer_that_is_none_is_wrong_and_harmless(odd):
    ideas = small_ideas()
    given = {"after-1": odd, "after-2": "right", "after-3": "right"}
    assert ideas.right("after", given) == (False, True, True)
    assert commonest_mistake(ideas.questions["after-1"], [odd]) == ("", 0)


def test_the_gain_is_what_education_research_calls_so():
    assert normalised(3, 7.5, 12) == 0.5
    assert normalised(6, 3, 12) == -0.5
    assert Gain((True,), (True,), 1).share is None  # nothing was left to gain


def test_the_commonest_mistake_is_told_in_words():
    asked = small_ideas().questions["after-1"]
    assert commonest_mistake(asked, ["right", "odd", "wrong", "odd"]) == ("Another way", 2)
    assert commonest_mistake(asked, ["right"]) == ("", 0)


def test_choices_come_in_an_order_of_the_learners_own():
    orders = {
        tuple(small_ideas().form("before")[0].for_learner(f"{n:016x}").choices) for n in range(40)
    }
    assert len(orders) == 6


def test_content_that_is_no_mapping_is_refused():
    with pytest.raises((TypeError, KeyError, AttributeError)):
        understand_ideas([])
