"""The author's questions before and after: built without their answers, refused with the idea."""

import json
import tomllib
import zipfile
from pathlib import Path

import pytest
from desk_course import COURSE
from example_course import LESSON as NAME
from example_course import make_course
from nbgrader.apps.api import NbGraderAPI

from grader.build.build import build, check
from grader.build.ideas import SOURCE, ideas_text, read_author_ideas
from grader.build.release import learners_files
from grader.core.errors import BuildError
from grader.core.nbgrader import load_config
from grader.core.paths import find_paths
from speedlab.course.home.lessons import ORIGINALS
from speedlab.course.quiz.ideas import FILE, FORMS, course_ideas

ROOT = Path(__file__).resolve().parents[3]
IDEAS = f"""\
[[ideas]]
name = "limit"
title = "A limit"
lesson = "{NAME}"
answer = "b"
because = "The secret reason."
hints = {{ a = "Think again." }}
[ideas.before]
text = "Which first?"
choices = {{ a = "This", b = "That" }}
[ideas.after]
text = "Which last?"
choices = {{ a = "This one", b = "That one" }}
"""


def author(root, text=IDEAS):
    folder = make_course(root) / "solutions"
    (folder / SOURCE).write_text(text)
    return folder


def told(folder, **settings):
    return json.loads(ideas_text(folder, [NAME], **settings))


def test_every_idea_is_asked_before_and_after(tmp_path):
    content = told(author(tmp_path))
    assert content["ideas"] == [{"name": "limit", "title": "A limit", "lesson": NAME}]
    assert [one["text"] for one in content["questions"].values()] == ["Which first?", "Which last?"]


def test_no_answer_stands_there_in_clear(tmp_path):
    text = ideas_text(author(tmp_path), [NAME])
    assert '"answer"' not in text and "The secret reason" not in text
    found = read_author_ideas(tmp_path / "solutions")
    assert [one.reply("b").right for one in found.questions.values()] == [True, True]
    assert {one.because for one in found.questions.values()} == {"The secret reason."}


def test_a_course_without_solutions_or_keys_ships_none(tmp_path):
    folder = author(tmp_path)
    assert all(
        "sealed" not in one for one in told(folder, show_solutions=False)["questions"].values()
    )
    for one in told(folder, keys=False)["questions"].values():
        assert {*one} == {"id", "kind", "text", "choices"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[[ideas]]", "[[ideas]", "is no TOML"),
        ("[[ideas]]", "[[thoughts]]", "holds no"),
        ('title = "A limit"', "", "Idea 1 of .*'title'"),
        (NAME, "99_cooking", "'99_cooking', which is no lesson"),
        ('answer = "b"', 'answer = "c"', "Idea 1 .* not among its choices"),
        ('a = "Think again."', "", "one hint for each wrong choice"),
        ('a = "This one", b', 'c = "This one", b', "one hint for each wrong choice"),
        ("[ideas.after]", "[ideas.later]", "Idea 1 of .*'after'"),
        (IDEAS, "ideas = []", "asks nothing"),
        (IDEAS, IDEAS + IDEAS, "asks 'limit' twice"),
        (IDEAS, "ideas = 3", "holds no"),
    ],
)
def test_a_table_that_breaks_a_rule_is_named(tmp_path, old, new, why):
    assert old in IDEAS
    with pytest.raises(BuildError, match=why):
        told(author(tmp_path, IDEAS.replace(old, new)))


def test_the_build_hands_them_out_and_checks_them(tmp_path):
    root = author(tmp_path).parent
    build(root)
    assert check(root) == []
    assert len(course_ideas(root).form("before")) == 1
    with zipfile.ZipFile(root / "modules" / ORIGINALS) as packed:
        assert packed.read(FILE) == (root / "modules" / FILE).read_bytes()
    assert f"modules/{FILE}" in learners_files(find_paths(root))
    (root / "solutions" / SOURCE).write_text(IDEAS.replace("Which first?", "Which then?"))
    assert f"modules/{FILE}" in {one.path for one in check(root)}


def test_released_without_keys_they_hold_none(tmp_path):
    root = author(tmp_path).parent
    (root / "course.toml").write_text("keys = false\n" + COURSE)
    build(root)
    assert not any(one.key for one in course_ideas(root).questions.values())
    assert "Think again" not in (root / "modules" / FILE).read_text()


def test_the_file_is_no_assignment(tmp_path):
    root = author(tmp_path).parent
    build(root)
    assert find_paths(root).assignments() == [NAME]
    assert find_paths(root).assignment_folders() == [NAME]
    api = NbGraderAPI(config=load_config(root))
    assert api.get_source_assignments() == {NAME}
    assert api.get_released_assignments() in (set(), {NAME})


def test_the_twelve_of_this_course_are_parallel_and_balanced():
    tables = tomllib.loads((ROOT / "solutions" / SOURCE).read_text(encoding="utf-8"))["ideas"]
    found = read_author_ideas(ROOT / "solutions")
    assert len(tables) == 12
    for n, table in enumerate(tables):
        forms = [found.form(form)[n] for form in FORMS]
        assert [len(one.choices) for one in forms] == [4, 4]
        assert {*forms[0].choices} == {*forms[1].choices}
        words = [[*one.text.split(), *" ".join(one.choices.values()).split()] for one in forms]
        assert max(map(len, words)) <= 1.35 * min(map(len, words)), table["name"]
    for form in FORMS:  # neither the longest choice nor the shortest tells the answer
        places = [_place(found.form(form)[n].choices, tables[n]["answer"]) for n in range(12)]
        assert max(places.count(0), places.count(3)) <= 5, places


def _place(choices, answer):
    """Return how many choices are shorter than the answer."""
    return sum(len(words) < len(choices[answer]) for words in choices.values())
