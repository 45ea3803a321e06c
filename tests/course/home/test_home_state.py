"""Where a learner stands, from the files alone."""

import json
from pathlib import Path

import pytest

from speedlab.course.home.state import course_state, memos_written
from speedlab.course.lessons import progress
from speedlab.course.lessons.description import read_course

ROOT = Path(__file__).resolve().parents[3]
LESSON = read_course(ROOT).lessons[0]


def memo(text):
    cell = {"metadata": {"nbgrader": {"grade_id": "m0-memo"}}, "source": [text]}
    return json.dumps({"cells": [{"metadata": {}, "source": []}, cell]})


@pytest.fixture
def root(tmp_path):
    notebook = LESSON.notebook(tmp_path)
    notebook.parent.mkdir(parents=True)
    notebook.write_text(memo("*Write your memo here.*"))
    return tmp_path


def first(root):
    return course_state(read_course(ROOT), root).lessons[0]


def test_at_first_nothing_is_done(root):
    state = course_state(read_course(ROOT), root)
    assert (state.steps_done, state.lessons[0].word) == (0, "Not started")
    assert state.next == state.lessons[0]
    assert state.minutes_left == sum(lesson.minutes for lesson in state.course.lessons)


def test_a_step_done_takes_its_minutes_away(root):
    progress.mark_done(LESSON.folder(root), "m0-lab")
    [lab] = [step for step in LESSON.steps if step.id == "m0-lab"]
    assert first(root).word == "Under way"
    assert first(root).minutes_left == LESSON.minutes - lab.minutes


def test_a_memo_of_some_length_is_a_step_done(root):
    LESSON.notebook(root).write_text(memo("word " * 30))
    assert [s.step.id for s in first(root).steps if s.done] == ["m0-memo"]
    LESSON.notebook(root).write_text(memo("word " * 29))
    assert first(root).done == 0


def test_all_steps_make_a_lesson_done(root):
    for step in LESSON.steps:
        progress.mark_done(LESSON.folder(root), step.id)
    assert (first(root).word, first(root).minutes_left) == ("Done", 0)


def test_a_deleted_lesson_is_missing_and_not_the_next(root):
    LESSON.notebook(root).unlink()
    assert first(root).word == "Missing"
    assert course_state(read_course(ROOT), root).next != first(root)


def test_a_damaged_record_is_said(root):
    (LESSON.folder(root) / progress.FILE).write_text("{")
    assert "set aside" in first(root).note


@pytest.mark.parametrize("text", ["", "[]", '{"cells": [1]}', '{"cells": [{"metadata": []}]}'])
def test_a_damaged_notebook_has_no_memo(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    assert memos_written(tmp_path / "a.ipynb", ["m1-memo"]) == set()
