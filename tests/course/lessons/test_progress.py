"""Progress: written whole, read back, and never lost to a damaged file or a second writer."""

import json
from concurrent.futures import ThreadPoolExecutor

from speedlab.course.lessons import progress
from speedlab.course.lessons.progress import Answer


def test_nothing_is_done_where_there_is_no_file(tmp_path):
    assert progress.load(tmp_path) == progress.Progress()


def test_an_answer_is_read_back(tmp_path):
    progress.record_answer(tmp_path, "m1-split", "rows", right=False)
    after = progress.record_answer(tmp_path, "m1-split", "cards", right=True)
    assert after == progress.load(tmp_path)
    assert after.answers == {"m1-split": Answer("cards", True, 2)}
    assert set(after.done) == {"m1-split"}


def test_a_step_once_done_stays_done(tmp_path):
    first = progress.record_answer(tmp_path, "m1-split", "cards", right=True)
    later = progress.record_answer(tmp_path, "m1-split", "days", right=False)
    assert later.done == first.done
    assert later.answers["m1-split"] == Answer("days", False, 2)


def test_many_writers_lose_nothing(tmp_path):
    names = [f"m1-step-{n}" for n in range(20)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: progress.mark_done(tmp_path, name), names))
    assert sorted(progress.load(tmp_path).done) == sorted(names)


def test_a_damaged_file_is_set_aside_and_said_so(tmp_path):
    (tmp_path / progress.FILE).write_text('{"version": 1, "answers": {"m1')
    found = progress.load(tmp_path)
    [kept] = tmp_path.glob("progress-damaged-*.json")
    assert kept.name in found.note
    assert kept.read_text().startswith('{"version": 1')
    assert progress.load(tmp_path).note == ""


def test_a_file_of_another_version_is_set_aside(tmp_path):
    (tmp_path / progress.FILE).write_text(json.dumps({"version": 99, "answers": {}, "done": {}}))
    assert "set aside" in progress.load(tmp_path).note


def test_what_an_author_tries_is_kept_apart_from_the_sources(tmp_path):
    (tmp_path / "questions.toml").touch()
    (tmp_path / progress.FILE).write_text("an old record")
    progress.record_answer(tmp_path, "m1-split", "cards", right=True)
    progress.mark_done(tmp_path, "m1-lab")
    assert set(progress.load(tmp_path).done) == {"m1-split", "m1-lab"}
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"questions.toml", progress.FILE, progress.AUTHORS}
    assert (tmp_path / progress.FILE).read_text() == "an old record"
