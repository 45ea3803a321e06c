"""Progress: written whole, read back, and never lost to a damaged file or a second writer."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from speedlab.course.lessons import progress
from speedlab.course.lessons.progress import Answer
from speedlab.course.lessons.record import KEPT, content_of, is_id, understand

ID = "9f2c1a0b7e55d310"


@pytest.fixture
def lesson(tmp_path):
    return make_lesson(tmp_path / "modules", "m1")


def make_lesson(course, name, **content):
    folder = course / name
    folder.mkdir(parents=True)
    if content:
        whole = {"version": 2, "answers": {}, "done": {}} | content
        (folder / progress.FILE).write_text(json.dumps(whole))
    return folder


def written(folder):
    return json.loads((folder / progress.FILE).read_text())


def test_nothing_is_done_where_there_is_no_file(tmp_path):
    assert progress.load(tmp_path) == progress.Progress()


def test_an_answer_is_read_back(lesson):
    progress.record_answer(lesson, "m1-split", "rows", right=False)
    after = progress.record_answer(lesson, "m1-split", "cards", right=True)
    assert after == progress.load(lesson)
    assert after.answers == {"m1-split": Answer("cards", True, 2, ("rows", "cards"))}
    assert set(after.done) == {"m1-split"}


def test_the_file_is_as_its_description_says(lesson):
    figures = {"hours": 12, "workers": 4, "efficiency": 0.9}
    progress.learner_id(lesson)
    for value, right in ((3.6, False), (2.8, True)):
        progress.record_answer(lesson, "m1-hours", value, right=right, figures=figures)
    progress.mark_shown(lesson, "m1-predict")
    found = written(lesson)
    assert found["answers"]["m1-hours"] == {
        "value": 2.8,
        "right": True,
        "tries": 2,
        "tried": [3.6, 2.8],
        "late": False,
        "figures": figures,
    }
    assert found.keys() == {"version", "learner", "answers", "done", "shown"}
    assert (found["version"], is_id(found["learner"])) == (2, True)
    assert (set(found["done"]), set(found["shown"])) == ({"m1-hours"}, {"m1-predict"})
    assert content_of(understand(found)) == content_of(progress.load(lesson))


def test_a_step_once_done_stays_done(lesson):
    first = progress.record_answer(lesson, "m1-split", "cards", right=True)
    later = progress.record_answer(lesson, "m1-split", "days", right=False)
    assert later.done == first.done
    assert later.answers["m1-split"] == Answer("days", False, 2, ("cards", "days"))


def test_an_answer_tried_before_is_no_further_try(lesson):
    for value in ("rows", "days", "rows", "rows", "days"):
        after = progress.record_answer(lesson, "m1-split", value, right=False)
    assert after.answers["m1-split"] == Answer("days", False, 2, ("rows", "days"))


def test_the_first_tries_are_kept_and_all_are_counted(lesson):
    for value in range(KEPT + 5):
        after = progress.record_answer(lesson, "m1-n", value, right=False)
    answer = after.answers["m1-n"]
    assert (answer.tried, answer.tries) == (tuple(range(KEPT)), KEPT + 5)
    assert answer.value == KEPT + 4


def test_a_guess_after_the_result_is_late(lesson):
    progress.mark_shown(lesson, "m1-predict")
    after = progress.record_answer(lesson, "m1-predict", 1.8, right=True)
    assert after.answers["m1-predict"].late


def test_a_guess_before_the_result_stays_in_time(lesson):
    progress.record_answer(lesson, "m1-predict", 1.8, right=True)
    first = progress.mark_shown(lesson, "m1-predict").shown
    assert progress.mark_shown(lesson, "m1-predict").shown == first
    after = progress.record_answer(lesson, "m1-predict", 1.9, right=True)
    assert not after.answers["m1-predict"].late


def test_many_writers_lose_nothing(lesson):
    names = [f"m1-step-{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: progress.mark_done(lesson, name), names))
    assert sorted(progress.load(lesson).done) == sorted(names)


def test_the_id_is_drawn_once_and_stays(lesson):
    drawn = progress.learner_id(lesson)
    progress.record_answer(lesson, "m1-n", 2.8, right=True)
    assert is_id(drawn)
    assert progress.learner_id(lesson) == progress.load(lesson).learner == drawn


def test_two_courses_have_two_ids(tmp_path):
    folders = [make_lesson(tmp_path / course, "m1") for course in ("adas", "bobs")]
    assert len({progress.learner_id(folder) for folder in folders}) == 2


def test_all_lessons_of_a_course_have_one_id(tmp_path):
    make_lesson(tmp_path, "m0", learner=ID)
    make_lesson(tmp_path, "m2", learner="an id of nobody")
    (make_lesson(tmp_path, "m3") / progress.FILE).write_text("damaged")
    assert progress.learner_id(make_lesson(tmp_path, "m1")) == ID


def test_lessons_opened_at_once_draw_one_id(tmp_path):
    folders = [make_lesson(tmp_path, f"m{n}") for n in range(12)]
    with ThreadPoolExecutor(12) as threads:
        assert len(set(threads.map(progress.learner_id, folders))) == 1


def test_figures_never_change_under_a_number_that_was_noted(tmp_path):
    noted = {"m1-n": {"value": 2.8, "right": True, "tries": 1}}
    old = make_lesson(tmp_path, "m1", version=1, answers=noted)
    make_lesson(tmp_path, "m0", learner=ID)
    assert (progress.learner_id(old), written(old)["version"]) == ("", 1)


def test_choices_that_were_noted_do_not_hinder_an_id(tmp_path):
    noted = {"m1-split": {"value": "rows", "right": False, "tries": 3}}
    old = make_lesson(tmp_path, "m1", version=1, answers=noted, done={"m1-lab": "then"})
    assert progress.learner_id(old) == progress.load(old).learner != ""
    assert progress.load(old).answers["m1-split"] == Answer("rows", False, 3, ("rows",))
    assert progress.load(old).done == {"m1-lab": "then"}


def test_a_record_of_version_1_is_read_and_written_on(tmp_path):
    noted = {"m1-split": {"value": "rows", "right": False, "tries": 2}}
    old = make_lesson(tmp_path, "m1", version=1, answers=noted)
    after = progress.record_answer(old, "m1-split", "cards", right=True)
    assert after.answers["m1-split"] == Answer("cards", True, 3, ("rows", "cards"))
    assert written(old)["version"] == 2


def test_a_folder_that_cannot_be_written_has_no_id(lesson, monkeypatch):
    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr(progress, "_write", refuse)
    assert progress.learner_id(lesson) == ""


def test_a_damaged_file_is_set_aside_and_said_so(tmp_path):
    (tmp_path / progress.FILE).write_text('{"version": 1, "answers": {"m1')
    found = progress.load(tmp_path)
    [kept] = tmp_path.glob("progress-damaged-*.json")
    assert kept.name in found.note
    assert kept.read_text().startswith('{"version": 1')
    assert progress.load(tmp_path).note == ""


@pytest.mark.parametrize(
    "content",
    [
        {"version": 99},
        {"learner": "ada"},
        {"learner": 0},
        {"answers": {"m1-n": {"value": [1], "right": True, "tries": 1}}},
        {"answers": {"m1-n": {"value": 1, "right": True, "tries": 1, "tried": "many"}}},
        {"answers": {"m1-n": {"value": 1, "right": True, "tries": 1, "tried": [{}]}}},
        {"answers": {"m1-n": {"value": 1, "right": True, "tries": 1, "figures": {"n": "1"}}}},
        {"answers": {"m1-n": {"value": 1}}},
        {"shown": ["m1-predict"]},
    ],
)
def test_a_file_that_is_no_record_is_set_aside(tmp_path, content):
    folder = make_lesson(tmp_path, "m1", **content)
    assert "set aside" in progress.load(folder).note


def test_what_an_author_tries_is_kept_apart_from_the_sources(tmp_path):
    (tmp_path / "questions.toml").touch()
    (tmp_path / progress.FILE).write_text("an old record")
    assert progress.learner_id(tmp_path) == ""
    progress.record_answer(tmp_path, "m1-split", "cards", right=True)
    progress.mark_done(tmp_path, "m1-lab")
    assert set(progress.load(tmp_path).done) == {"m1-split", "m1-lab"}
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"questions.toml", progress.FILE, progress.AUTHORS}
    assert (tmp_path / progress.FILE).read_text() == "an old record"
