"""The description of the course: read whole, and refused with a sentence."""

from pathlib import Path

import pytest

from speedlab.core.errors import BadInput
from speedlab.course.lessons.description import points, read_course

ROOT = Path(__file__).resolve().parents[3]


def test_every_lesson_has_a_notebook_whose_points_are_steps():
    for lesson in read_course(ROOT).lessons:
        found = points(ROOT / "solutions" / lesson.name / f"{lesson.name}.ipynb")
        assert set(found) == {step.id for step in lesson.steps if step.kind != "lab"}


def test_a_missing_description_is_said(tmp_path):
    with pytest.raises(BadInput, match=r"no course\.toml"):
        read_course(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title =", "title", "Expected"),
        ('kind = "lab"', 'kind = "dance"', "m0-lab needs a kind"),
        ("minutes = 4, ", "", "minutes"),
        ('"m1-split"', '"m1-predict"', "m1-predict stands there twice"),
        ("[1.0, 0.5]", "[1.0, 1.5]", "a share from 0 to 1"),
        ("[1.0, 0.5]", "[1.0, true]", "a share from 0 to 1"),
        ("[1.0, 0.5]", "[0.5, 1.0]", "a later try more"),
        ("[1.0, 0.5]", "0.5", "TypeError"),
    ],
)
def test_a_damaged_description_is_said(tmp_path, old, new, words):
    text = (ROOT / "course.toml").read_text(encoding="utf-8")
    (tmp_path / "course.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        read_course(tmp_path)


def test_later_tries_earn_less_unless_nobody_is_told_whether_an_answer_is_right(tmp_path):
    assert read_course(ROOT).tries == (1.0, 0.5)
    text = (ROOT / "course.toml").read_text(encoding="utf-8")
    for old, new in (("tries = [1.0, 0.5]", ""), ("keys = true", "keys = false")):
        (tmp_path / "course.toml").write_text(text.replace(old, new), encoding="utf-8")
        assert read_course(tmp_path).tries == ()


def test_an_unknown_lesson_is_said():
    with pytest.raises(BadInput, match="no lesson 'x'"):
        read_course(ROOT).lesson("x")


def test_points_of_a_missing_notebook_are_none(tmp_path):
    assert points(tmp_path / "gone.ipynb") == {}
