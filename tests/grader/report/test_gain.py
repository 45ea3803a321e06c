"""What a class gained: judged by the author's own file, whatever hand-ins claim."""

import json
import random

import pytest
from desk_course import COURSE

from grader.build.ideas import SOURCE, read_author_ideas
from grader.core.paths import find_paths
from grader.report.gain import Spread, columns, read_gain, section
from speedlab.course.quiz.ideas import FORMS

FIRST, LAST = "00_example", "01_other"
IDEA = """
[[ideas]]
name = "{name}"
title = "Idea <{name}>"
lesson = "00_example"
answer = "b"
because = "So it is."
hints = {{ a = "Think again.", c = "Not so." }}
before = {{ text = "Which?", choices = {{ a = "This", b = "That", c = "None" }} }}
after = {{ text = "Which then?", choices = {{ a = "This one", b = "That one", c = "Neither" }} }}
"""
LESSON = COURSE[COURSE.index("[[lessons]]") :].replace(FIRST, LAST).replace("m0-", "m1-")


@pytest.fixture
def paths(tmp_path):
    """A course of two lessons that asks four ideas; nobody has handed in."""
    for name in (FIRST, LAST):
        (tmp_path / "solutions" / name).mkdir(parents=True)
    (tmp_path / "course.toml").write_text(COURSE + LESSON)
    text = "".join(IDEA.format(name=name) for name in ("one", "two", "three", "four"))
    (tmp_path / "solutions" / SOURCE).write_text(text)
    return find_paths(tmp_path)


def hand_in(paths, learner, form, choices):
    """Hand in answers to a form: one letter for each idea."""
    answers = {
        f"{form}-{n}": {"value": value, "right": True, "tries": 1}
        for n, value in enumerate(choices, 1)
    }
    write(paths, learner, form, {"version": 1, "answers": answers, "done": {}})


def write(paths, learner, form, content):
    folder = paths.handed_in(learner, {"before": FIRST, "after": LAST}[form])
    folder.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "progress.json").write_text(text)


def test_a_course_that_does_not_ask_has_no_such_part(paths):
    assert section(paths) is None
    (paths.source / SOURCE).unlink()
    hand_in(paths, "ada", "before", "aaaa")
    assert section(paths) is None and columns(paths) == {}
    (paths.root / "course.toml").unlink()
    assert section(paths) is None


def test_the_gain_of_a_class_is_told_with_its_spread(paths):
    for learner, before, after in [
        ("ada", "aaaa", "bbbb"),
        ("bob", "baaa", "bbba"),
        ("cyd", "bbaa", "bbaa"),
        ("dan", "bbba", "bbbb"),
        ("eve", "bbbb", "bbbc"),
    ]:
        hand_in(paths, learner, "before", before)
        hand_in(paths, learner, "after", after)
    found = read_gain(paths)
    assert (found.before, found.after) == (Spread(2, 1, 3), Spread(3, 3, 4))
    assert found.share == pytest.approx((3.2 - 2) / (4 - 2))
    assert [(one.before, one.after) for one in found.ideas] == [(4, 5), (3, 5), (2, 4), (1, 2)]
    last = found.ideas[3]
    assert (last.mistake, last.mistaken) == ("This one", 2)
    page = section(paths)
    assert "5 learners answered 4 questions" in page and "<strong>60 %</strong>" in page
    assert "1 to 3 for the middle half" in page
    assert "Idea &lt;four&gt;" in page and "2 ×: This one" in page


def test_who_answered_one_form_only_is_counted_and_not_compared(paths):
    hand_in(paths, "ada", "before", "aaaa")
    hand_in(paths, "bob", "after", "bbbb")
    hand_in(paths, "cyd", "before", "bbb")  # one is missing: no form
    found = read_gain(paths)
    assert (found.began, found.ended, found.both, found.share) == (1, 1, {}, None)
    assert (found.before, found.after) == (None, None)
    assert "nobody both yet" in section(paths)
    assert columns(paths) == {"ada": {"before": 0}, "bob": {"after": 4}}


def test_who_knew_all_of_it_gained_nothing_that_could_be_told(paths):
    hand_in(paths, "ada", "before", "bbbb")
    hand_in(paths, "ada", "after", "bbbb")
    assert read_gain(paths).share is None
    assert "normalised gain" not in section(paths)


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{", '{"answers": 3}', '{"answers": {"after-1": 3}}', "[" * 100_000, "\x00" * 99,
        '{"answers": {"after-1": {"value": NaN}}}', '{"answers": {"after-1": {"value": {}}}}',
        {"answers": {f"after-{n}": {"value": ["b"]} for n in range(9)}},
        "x" * 1_000_001,
    ],
)  # fmt: skip
def test_a_hostile_record_is_no_answer_and_no_error(paths, content):
    hand_in(paths, "ada", "before", "aaaa")
    hand_in(paths, "ada", "after", "bbbb")
    write(paths, "mal", "before", {"answers": {}})
    write(paths, "mal", "after", content)
    found = read_gain(paths)
    assert ({*found.both}, found.ended) == ({"ada"}, 1)


def test_values_that_are_no_choice_are_wrong_and_never_shown(paths):
    hand_in(paths, "mal", "before", ["<script>alert(1)</script>", 1, 2.5, "b" * 999])
    hand_in(paths, "mal", "after", ["<script>alert(1)</script>", 1e200, -1, "b"])
    found = read_gain(paths)
    assert [(one.before, one.after, one.mistaken) for one in found.ideas][3] == (0, 1, 0)
    assert "alert" not in section(paths)


def test_what_a_record_claims_to_be_right_does_not_count(paths):
    hand_in(paths, "ada", "before", "aaaa")  # noted as right
    hand_in(paths, "ada", "after", "cccc")
    assert columns(paths) == {"ada": {"before": 0, "after": 0}}


def test_a_broken_file_of_the_author_is_named_and_breaks_nothing_else(paths):
    hand_in(paths, "ada", "before", "aaaa")
    (paths.source / SOURCE).write_text("ideas = 3")
    assert "holds no [[ideas]]" in section(paths)


def test_a_class_of_forty_is_told_in_one_part(paths):
    rng, forms = random.Random(8), read_author_ideas(paths.source)
    for n in range(40):
        for form, skill in zip(FORMS, (0.4, 0.8), strict=True):
            known = [rng.random() < skill for _ in forms.ideas]
            hand_in(paths, f"learner{n}", form, ["b" if one else "a" for one in known])
    found = read_gain(paths)
    assert len(found.both) == 40 and 0.5 < found.share < 0.9
    assert "40 learners answered" in section(paths)
