"""A class of every kind of hand-in that somebody has tried: each gets the right verdict.

After each kind the same worker grades an honest hand-in, which must earn everything: what one
hand-in does is nobody else's business.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import stat
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from broken_kinds import BROKEN
from hand_ins import Kind
from honest_kinds import HONEST
from hostile_kinds import HOSTILE
from leaks_kinds import LEAKS
from limits_kinds import LIMITS_PASSED
from made_mistakes import mistakes_in
from marks_kinds import MARKS
from mistakes_kinds import MISTAKES
from places_kinds import PLACES
from shapes_kinds import SHAPES
from small_assignment import NAME, POINTS, RIGHT, make_course

from grader.core.paths import find_paths
from grader.core.released import read_released
from grader.gradebook.notebooks import write_notebooks
from grader.gradebook.record import verdicts_by_cell
from grader.judge.cache import close_supervisors
from grader.judge.grade import grade_one, prepare
from grader.sandbox.box import isolation
from grader.sandbox.limits import Limits
from grader.sandbox.zygote_client import Zygote

pytestmark = pytest.mark.timeout(1200)  # the first test waits for the whole class
OLDER = HONEST | BROKEN | HOSTILE
NEWER = MISTAKES | MARKS | LEAKS | LIMITS_PASSED | PLACES | SHAPES
MADE = {
    f"{name}-{mistake}": Kind({name: code}, free=(f"{name}-test",))
    for name, right in RIGHT.items()
    for mistake, code in mistakes_in(right)
}
SAMPLE = {name: MADE[name] for name in random.Random(20).sample(sorted(MADE), 16)}
KINDS = OLDER | NEWER | SAMPLE
ALONE = [name for name, kind in KINDS.items() if kind.isolated or name in MISTAKES]
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
NEIGHBOUR = "neighbour"


def grade(prepared, folder):
    return grade_one(prepared, folder, learner=folder.name, limits=LIMITS)


def grade_with_neighbour(prepared, folder):
    """Grade a hand-in, and the honest one after it, in the same process."""
    return grade(prepared, folder), grade(prepared, folder.parent / NEIGHBOUR)


def use_folder(name):
    tempfile.tempdir = name


def grade_class(prepared, folders):
    with ProcessPoolExecutor(2, initializer=use_folder, initargs=(FOLDER.name,)) as pool:
        return list(pool.map(partial(grade_with_neighbour, prepared), folders))


def make_victim(place):
    """Make a folder with one of each: file, folder, link, pipe, socket."""
    (place / "inner").mkdir(parents=True)
    (place / "file").write_text("kept")
    (place / "link").symlink_to("file")
    (place / "inner" / "link").symlink_to("../file")
    os.mkfifo(place / "pipe")
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(place):
        made.bind("socket")


def shape(place):
    """Return what lies in a folder, with its kind."""
    return sorted((str(p.relative_to(place)), stat.S_IFMT(p.lstat().st_mode)) for p in _all(place))


def _all(place):
    for folder, folders, files in os.walk(place):
        yield from (Path(folder, name) for name in [*folders, *files])


def kept_by_the_kernel():
    """Return what kinds leave there: keys by their name, segments by their size."""
    keys = [line for line in Path("/proc/keys").read_text().splitlines() if " mark" in line]
    segments = Path("/proc/sysvipc/shm").read_text().splitlines()
    return len(keys), len([line for line in segments if " 100000000 " in line])


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A folder of the host, what lies in it, and what the kernel keeps."""
    place = tmp_path_factory.mktemp("host") / "v"
    make_victim(place)
    return place, shape(place), kept_by_the_kernel()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def everybody(root, host):
    if not isolation().real:
        assert not os.environ.get("CI"), isolation().text
        pytest.skip(isolation().text)
    submitted = root / "submitted"
    Kind().write(submitted / NEIGHBOUR)
    for name, kind in KINDS.items():
        kind.write(submitted / name, victim=host[0])
    graded = grade_class(prepare(root, NAME), [submitted / name for name in KINDS])
    return dict(zip(KINDS, graded, strict=True))


def scores(graded):
    return {v.grade_id: v.score for v in graded.verdicts if v.grade_id != "s-memo"}


def test_the_class_is_large():
    parts = (HONEST, BROKEN, HOSTILE, MISTAKES, MARKS, LEAKS, LIMITS_PASSED, PLACES, SHAPES)
    assert len(KINDS) == sum(map(len, parts)) + len(SAMPLE) >= 240


@pytest.mark.parametrize("name", KINDS)
def test_it_has_a_verdict_for_every_cell_and_the_right_score(everybody, name):
    graded, kind = everybody[name][0], KINDS[name]
    found = {key: score for key, score in scores(graded).items() if key not in kind.free}
    expected = {key: score for key, score in kind.scores.items() if key not in kind.free}
    assert {v.grade_id for v in graded.verdicts} == COMPLETE
    assert found == expected, [(v.grade_id, v.outcome, v.message) for v in graded.verdicts]
    assert bool(graded.problem) == kind.unreadable


@pytest.mark.parametrize("name", KINDS)
def test_the_hand_in_after_it_earns_everything_and_has_no_note(everybody, name):
    graded = everybody[name][1]
    told = [(v.grade_id, v.outcome, v.message) for v in graded.verdicts]
    assert scores(graded) == POINTS, told
    assert (graded.notes, graded.problem) == ((), "")


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.outcomes])
def test_it_says_why(everybody, name):
    found = {v.grade_id: v for v in everybody[name][0].verdicts}
    expected = KINDS[name].outcomes
    said = {grade_id: found[grade_id].outcome for grade_id in expected}
    assert said == expected, [found[grade_id].message for grade_id in expected]
    assert all(found[g].message for g, outcome in expected.items() if outcome != "right")


@pytest.mark.parametrize("name", ALONE)
def test_boxes_that_start_one_by_one_are_as_closed(name, host, tmp_path, monkeypatch):
    monkeypatch.setattr(Zygote, "start", classmethod(lambda *_: None))
    KINDS[name].write(tmp_path / "submitted" / name, victim=host[0])
    Kind().write(tmp_path / "submitted" / NEIGHBOUR)
    prepared = prepare(make_course(tmp_path), NAME)
    found, after = grade_with_neighbour(prepared, tmp_path / "submitted" / name)
    close_supervisors()
    free = KINDS[name].free
    expected = {key: score for key, score in KINDS[name].scores.items() if key not in free}
    assert {key: score for key, score in scores(found).items() if key not in free} == expected
    assert scores(after) == POINTS


OURS = re.compile(r"grader|judge|Proxy|Snapshot|Traceback|supervisor|handle\\b", re.IGNORECASE)


@pytest.mark.parametrize("name", SAMPLE | MISTAKES)
def test_an_honest_mistake_is_told_in_words_and_never_left_to_a_person(everybody, name):
    graded = everybody[name][0]
    automatic = [v for v in graded.verdicts if v.grade_id != "s-memo"]
    assert "look" not in {v.outcome for v in automatic}
    assert all(v.message or v.outcome == "right" for v in automatic)
    assert not [v.message for v in automatic if OURS.search(v.message)]
    assert not [note for note in graded.notes if "judge" in note]


@pytest.mark.notebook
def test_every_mistake_costs_at_most_its_own_check(tmp_path, host):
    root = make_course(tmp_path / "course")
    for name, kind in ({NEIGHBOUR: Kind()} | MADE).items():
        kind.write(root / "submitted" / name, victim=host[0])
    graded = grade_class(prepare(root, NAME), [root / "submitted" / name for name in MADE])
    for (name, kind), (own, after) in zip(MADE.items(), graded, strict=True):
        lost = {key for key, score in scores(own).items() if score != POINTS[key]}
        assert lost <= set(kind.free), name
        assert "look" not in {v.outcome for v in own.verdicts}, name
        assert not [v.message for v in own.verdicts if OURS.search(v.message)], name
        assert scores(after) == POINTS and not after.notes, name


def test_no_check_had_to_run_beside_the_code_it_checks(everybody):
    seals = {v.seal for pair in everybody.values() for graded in pair for v in graded.verdicts}
    assert seals <= {"sealed", "question", "none"}


def test_no_message_quotes_a_hidden_test(everybody):
    messages = [v.message for pair in everybody.values() for one in pair for v in one.verdicts]
    assert not [text for text in messages if "82" in text or "41" in text]
    for name, kind in KINDS.items():
        told = " ".join(v.message for v in everybody[name][0].verdicts)
        assert not [text for text in kind.never_told if text in told], name


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.never_kept])
def test_the_notebook_to_mark_holds_nothing_that_a_browser_runs(everybody, root, name):
    paths, graded = find_paths(root), everybody[name][0]
    notebooks = read_released(paths, NAME)
    write_notebooks(paths, notebooks, graded, verdicts_by_cell(notebooks, graded))
    [written] = (paths.autograded / name / NAME).glob("*.ipynb")
    text = written.read_text(encoding="utf-8")
    assert not [part for part in KINDS[name].never_kept if part in text]


def test_nothing_on_the_host_has_changed(everybody, host):
    place, before, kept = host
    assert shape(place) == before
    assert kept_by_the_kernel() == kept


def test_nothing_is_left_running(everybody):
    import psutil

    commands = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            commands.append(" ".join(one.cmdline()))
    assert not [command for command in commands if "grader.inside.runner" in command]
    assert not list(Path(FOLDER.name).iterdir())
