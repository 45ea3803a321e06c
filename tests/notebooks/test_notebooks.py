"""Every lesson runs from top to bottom, and keeps to the shape of a lesson."""

import re

import pytest
from both_editions import LESSONS, ROOT, is_check, read, task_of

from grader.judge.reading.assignment import read_assignment

pytestmark = pytest.mark.notebook


def test_there_is_a_lesson():
    assert LESSONS


def test_both_editions_of_the_lesson_run_without_an_error(lesson, ran):
    assert ran(lesson).passed, ran(lesson).said


def test_the_authors_answers_pass_every_check_in_a_kernel(lesson, ran):
    checks = [cell for cell in read("solutions", lesson).cells if is_check(cell)]
    assert checks and ran(lesson).right() == {task_of(cell) for cell in checks}


def test_no_cell_of_the_course_needs_what_a_learner_writes(lesson):
    """Else one run could not serve both editions."""
    for notebook in read_assignment(ROOT, lesson).notebooks:
        needed = set().union(*(unit.names.needs for unit in notebook.course_units))
        assert not needed & notebook.learners_names


def test_the_lesson_has_the_common_shape(lesson):
    notebook = read("modules", lesson)
    assert 25 <= len(notebook.cells) <= 40
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    titles = [line for text in prose for line in text.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    graded = [c.metadata["nbgrader"] for c in notebook.cells if "nbgrader" in c.metadata]
    assert sum(cell["grade"] for cell in graded) >= 8


def test_pictures_named_in_the_lesson_are_there(lesson):
    notebook = read("modules", lesson)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures and all((ROOT / "modules" / lesson / name).is_file() for name in pictures)
