"""A class of every kind of hand-in that somebody has tried: each gets the right verdict."""

from __future__ import annotations

import contextlib
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from broken_kinds import BROKEN
from honest_kinds import HONEST
from hostile_kinds import HOSTILE
from small_assignment import NAME, POINTS, make_course

from grader.benches import close_benches
from grader.box import isolation
from grader.grading import grade_one, prepare
from grader.limits import Limits
from grader.nests import Nest

KINDS = HONEST | BROKEN | HOSTILE
LIMITS = Limits(
    cell_s=4.0,
    check_s=6.0,  # a check may have to wait for a new box, and CI may be busy
    total_s=40.0,
    memory_bytes=400_000_000,
    processes=32,
    file_bytes=50_000_000,
)
FOLDER = tempfile.TemporaryDirectory(prefix="class-")  # short: sockets lie in it
COMPLETE = set(POINTS) | {"s-memo"}


def grade(prepared, folder):
    return grade_one(prepared, folder, learner=folder.name, limits=LIMITS)


def use_folder(name):
    tempfile.tempdir = name


def grade_class(prepared, folders):
    with ProcessPoolExecutor(2, initializer=use_folder, initargs=(FOLDER.name,)) as pool:
        graded = pool.map(partial(grade, prepared), folders)
        return {one.learner: one for one in graded}


@pytest.fixture(scope="module")
def everybody(tmp_path_factory):
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)
    root = make_course(tmp_path_factory.mktemp("course"))
    folders = []
    for name, kind in KINDS.items():
        kind.write(root / "submitted" / name)
        folders.append(root / "submitted" / name)
    return grade_class(prepare(root, NAME), folders)


def test_the_class_is_large():
    assert len(KINDS) == len(HONEST) + len(BROKEN) + len(HOSTILE) >= 60


@pytest.mark.parametrize("name", KINDS)
def test_it_has_a_verdict_for_every_cell_and_the_right_score(everybody, name):
    graded, kind = everybody[name], KINDS[name]
    found = {v.grade_id: v.score for v in graded.verdicts if v.grade_id != "s-memo"}
    assert {v.grade_id for v in graded.verdicts} == COMPLETE
    assert found == kind.scores, [(v.grade_id, v.outcome, v.message) for v in graded.verdicts]
    assert bool(graded.problem) == kind.unreadable


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.outcomes])
def test_it_says_why(everybody, name):
    found = {v.grade_id: v for v in everybody[name].verdicts}
    expected = KINDS[name].outcomes
    said = {grade_id: found[grade_id].outcome for grade_id in expected}
    assert said == expected, [found[grade_id].message for grade_id in expected]
    assert all(found[g].message for g, outcome in expected.items() if outcome != "right")


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.isolated])
def test_boxes_that_start_one_by_one_are_as_closed(everybody, name, tmp_path, monkeypatch):
    monkeypatch.setattr(Nest, "here", classmethod(lambda *_: None))
    KINDS[name].write(tmp_path / "submitted" / name)
    prepared = prepare(make_course(tmp_path), NAME)
    found = grade(prepared, tmp_path / "submitted" / name)
    close_benches()
    assert {v.grade_id: v.score for v in found.verdicts if v.score is not None} == KINDS[
        name
    ].scores


def test_no_check_had_to_run_beside_the_code_it_checks(everybody):
    seals = {v.seal for graded in everybody.values() for v in graded.verdicts}
    assert seals <= {"sealed", "question", "none"}


def test_no_message_quotes_a_hidden_test(everybody):
    messages = [v.message for graded in everybody.values() for v in graded.verdicts]
    assert not [text for text in messages if "82" in text or "41" in text]


def test_nothing_is_left_running(everybody):
    import psutil

    commands = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            commands.append(" ".join(one.cmdline()))
    assert not [command for command in commands if "grader.runner" in command]
    assert not list(Path(FOLDER.name).iterdir())
