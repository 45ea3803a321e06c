"""The questions before and after on the course home: when they are offered, and what is noted."""

from datetime import UTC, datetime

import pytest
from small_course import do, lay_out
from small_ideas import answer, write_ideas

from speedlab.core.errors import BadInput
from speedlab.course.home import forms, kept, lessons
from speedlab.course.home.offers import offers
from speedlab.course.home.state import course_state
from speedlab.course.lessons import progress
from speedlab.course.quiz.ideas import FILE, course_ideas

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
ALL = {f"before-{n}": "right" for n in (1, 2, 3)}


@pytest.fixture
def root(tmp_path):
    lay_out(tmp_path)
    write_ideas(tmp_path)
    return tmp_path


def state(root):
    return course_state(lay_out(root), root)


def offered(root):
    return offers(state(root), root, NOW).form


def form(root, name="before"):
    return forms.read_form(name, course_ideas(root), state(root), root)


def test_before_is_offered_until_a_step_is_done_and_never_in_the_way(root):
    assert offered(root) == "before"
    do(root, "a-lab")
    assert (offered(root), form(root).open) == ("", False)


def test_after_is_offered_from_the_first_step_of_the_last_lesson(root):
    do(root, "a-ask", "a-say", "a-lab")
    assert (offered(root), form(root, "after").open) == ("", False)
    do(root, "b-lab")
    assert (offered(root), form(root, "after").open) == ("after", True)


def test_what_is_answered_is_not_offered_again(root):
    answer(root, "before", "right", "wrong", "odd")
    assert (offered(root), form(root).noted) == ("", True)


@pytest.mark.parametrize("damage", ["", "{", '{"ideas": 3}'])
def test_the_home_page_survives_a_damaged_file(root, damage):
    (root / "modules" / FILE).write_text(damage)
    assert offered(root) == ""


def test_a_course_that_asks_nothing_offers_nothing(root):
    (root / "modules" / FILE).unlink()
    assert offered(root) == ""


def test_choices_are_kept_until_the_form_is_answered(root):
    kept.keep_draft(root, "before", {"before-2": "odd", "before-3": "gone"})
    kept.keep_draft(root, "after", {"after-1": "odd"})
    assert form(root).chosen == {"before-2": "odd"}  # the other is no choice (any more)
    assert forms.missing(form(root), form(root).chosen) == [1, 3]
    forms.note(form(root), ALL, state(root), root)
    assert kept.load(root).drafts == {"after-1": "odd"}


def test_a_draft_counts_for_nothing(root):
    kept.keep_draft(root, "before", ALL)
    assert not form(root).noted
    assert progress.load(root / "modules" / "a").answers == {}


def test_the_answers_lie_where_they_are_handed_in(root):
    forms.note(form(root), ALL | {"before-3": "odd"}, state(root), root)
    noted = progress.load(root / "modules" / "a").answers
    assert {name: (one.value, one.right) for name, one in noted.items()} == {
        "before-1": ("right", True),
        "before-2": ("right", True),
        "before-3": ("odd", False),
    }
    assert not state(root).steps_done  # no step of a lesson is done by it


def test_the_same_learner_always_gets_the_same_order(root):
    orders = [list(one.choices) for one in form(root).questions]
    assert orders == [list(one.choices) for one in form(root).questions]
    assert progress.load(root / "modules" / "a").learner


def test_starting_the_lesson_over_does_not_forget_them(root, monkeypatch):
    forms.note(form(root), ALL, state(root), root)
    do(root, "a-lab")
    monkeypatch.setattr(lessons, "read_original", lambda lesson, root: {})
    lessons.start_over(lay_out(root).lessons[0], root)
    assert form(root).noted and not state(root).lessons[0].done


def test_without_the_folder_of_the_lesson_nothing_is_lost(root):
    kept.keep_draft(root, "before", ALL)
    before, at_first = form(root), state(root)
    (root / "modules" / "a" / "a.ipynb").unlink()
    for path in (root / "modules" / "a").glob("*"):
        path.unlink()
    for path in (root / "modules" / "a").glob(".*"):
        path.unlink()
    (root / "modules" / "a").rmdir()
    with pytest.raises(BadInput, match="is not there"):
        forms.note(before, ALL, at_first, root)
    assert kept.load(root).drafts == ALL


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"version": 2}', '{"version": 1, "drafts": [], "reviews": []}',
     '{"version": 1, "drafts": {}, "reviews": [{"at": "2026-12-01", "answers": {}, "right": []}]}',
     '{"version": 1, "drafts": {}, "reviews": [{"at": "2026-12-01T09:30:00+00:00",'
     ' "answers": {"a-ask": []}, "right": []}]}'],
)  # fmt: skip
def test_a_file_that_is_none_is_nothing_kept(root, text):
    (root / "modules" / kept.FILE).write_text(text)
    assert kept.load(root) == kept.Kept()
    kept.keep_draft(root, "before", ALL)
    assert kept.load(root).drafts == ALL
