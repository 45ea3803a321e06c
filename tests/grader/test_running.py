"""Grading goes on whatever happens, and a second run does only what is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import desk_course
import killing
import psutil
import pytest
from desk_course import RIGHT, WRONG_TOTAL, content, copy_course, hand_in
from example_course import LESSON, SCRIPT, make_course

from grader.crews import Borrowed, Crew
from grader.errors import GraderError
from grader.places import Places
from grader.running import Progress, autograde, read_result

CLASS = {"ada": RIGHT, "bob": WRONG_TOTAL, "cyd": None, "dan": RIGHT, "eve": WRONG_TOTAL}


@pytest.fixture
def places(built: Path, tmp_path: Path) -> Places:
    made = copy_course(built, tmp_path / "course")
    for name, answers in CLASS.items():
        hand_in(made.root, name, answers)
    return made


@pytest.fixture
def crew() -> Iterator[Crew]:
    with ThreadPoolExecutor(2) as threads, Crew(2, lambda _: Borrowed(threads)) as made:
        yield made


def counting(called: list[str]) -> Any:
    """Return the grader that compares texts, and notes whom it graded."""

    def grade_one(prepared: Any, folder: Path, *, learner: str) -> Any:
        called.append(learner)
        return desk_course.grade_one(prepared, folder, learner=learner)

    return SimpleNamespace(
        prepare=desk_course.prepare, key_of=desk_course.key_of, grade_one=grade_one
    )


def total(places: Places, learner: str) -> float:
    found = read_result(places, LESSON, learner)
    assert found is not None
    return found.score


def test_everybody_is_graded_and_recorded(places: Places, crew: Crew) -> None:
    run = autograde(places, [LESSON], grading=desk_course, crew=crew)
    assert (run.graded, run.unchanged) == (5, 0)
    assert [total(places, name) for name in CLASS] == [5, 2, 0, 5, 2]
    assert places.gradebook is not None
    assert {row[0] for row in content(places.gradebook)[0]} == set(CLASS)
    assert "m0-total-test: 0/3 (wrong" in places.log(LESSON, "bob").read_text("utf-8")


def test_only_what_changed_is_graded_again(places: Places, crew: Crew) -> None:
    called: list[str] = []
    autograde(places, [LESSON], grading=counting(called), crew=crew)
    hand_in(places.root, "bob", RIGHT)
    called.clear()
    run = autograde(places, [LESSON], grading=counting(called), crew=crew)
    assert called == ["bob"] and run.unchanged == 4
    assert total(places, "bob") == 5


def test_force_and_names_choose_who_is_graded(places: Places, crew: Crew) -> None:
    autograde(places, [LESSON], grading=desk_course, crew=crew)
    called: list[str] = []
    grading = counting(called)
    autograde(places, [LESSON], grading=grading, crew=crew, learners=["eve"], force=True)
    assert called == ["eve"]


def test_progress_tells_who_waits_who_runs_and_who_is_done(places: Places, crew: Crew) -> None:
    seen: list[Progress] = []
    autograde(
        places, [LESSON], grading=desk_course, crew=crew, watch=lambda now, _: seen.append(now)
    )
    assert all(len(now.queued) + len(now.running) + now.done == 5 for now in seen)
    assert max(len(now.running) for now in seen) == 2
    assert (seen[-1].done, seen[-1].left_s) == (5, 0)


def test_a_worker_that_dies_once_costs_nobody_anything(places: Places) -> None:
    (places.handed_in("ada", LESSON) / "die-once").touch()
    with Crew(2) as crew:
        autograde(places, [LESSON], grading=killing, crew=crew)
    assert [total(places, name) for name in CLASS] == [5, 2, 0, 5, 2]


def test_a_hand_in_that_kills_its_worker_twice_is_told_and_tried_again(places: Places) -> None:
    deadly = places.handed_in("bob", LESSON) / "die"
    deadly.touch()
    with Crew(2) as crew:
        autograde(places, [LESSON], grading=killing, crew=crew)
        bob = read_result(places, LESSON, "bob")
        assert bob is not None and "ended twice" in bob.problem
        assert bob.written[desk_course.MEMO] == RIGHT["m0-memo"]
        assert [total(places, name) for name in CLASS] == [5, 0, 0, 5, 2]
        deadly.unlink()
        run = autograde(places, [LESSON], grading=killing, crew=crew)
    assert run.graded == 1 and total(places, "bob") == 2


def test_an_interrupt_leaves_no_worker_and_a_state_to_go_on_from(places: Places) -> None:
    def stop(now: Progress, graded: Any) -> None:
        if now.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Crew(2) as crew:
        autograde(places, [LESSON], grading=desk_course, crew=crew, watch=stop)
    ours = [child.cmdline() for child in psutil.Process().children(recursive=True)]
    assert not [words for words in ours if "multiprocessing.spawn" in " ".join(words)]
    with Crew(2) as crew:
        run = autograde(places, [LESSON], grading=desk_course, crew=crew)
    assert (run.graded, run.unchanged) == (3, 2)


def test_an_interrupt_ends_long_work_and_its_folders_are_removed(places: Places) -> None:
    folder = places.handed_in("ada", LESSON)
    (folder / "long").touch()

    def stop(now: Progress, graded: Any) -> None:
        if now.done == 4:  # everybody but ada
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Crew(2) as crew:
        autograde(places, [LESSON], grading=killing, crew=crew, watch=stop)
    assert not [path for path in folder.iterdir() if path.is_dir()]


KILLED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = {path}
import desk_course
from grader import gradebook
from grader.crews import Borrowed, Crew
from grader.places import find_places
from grader.running import autograde

left, moment, record_one = 3, {moment!r}, gradebook._record_one

def count(here):
    global left
    left -= here == moment
    if not left:
        os.kill(os.getpid(), 9)

def see(event, arguments):
    if event == "os.rename":
        count(next((part for part in Path(arguments[1]).parts if part == moment), ""))

def recorded(*arguments):
    count("transaction")
    record_one(*arguments)

gradebook._record_one = recorded
sys.addaudithook(see)
with ThreadPoolExecutor(2) as threads, Crew(2, lambda _: Borrowed(threads)) as crew:
    autograde(find_places(Path({root!r})), [{lesson!r}], grading=desk_course, crew=crew)
"""


@pytest.mark.parametrize("moment", ["results", "transaction", "autograded"])
def test_kill_9_then_a_second_run_gives_the_same_gradebook(
    places: Places, crew: Crew, built: Path, tmp_path: Path, moment: str
) -> None:
    path = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    script = KILLED.format(path=path, moment=moment, root=str(places.root), lesson=LESSON)
    code = subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode
    assert code == -signal.SIGKILL
    autograde(places, [LESSON], grading=desk_course, crew=crew)
    calm = copy_course(built, tmp_path / "calm")
    for name, answers in CLASS.items():
        hand_in(calm.root, name, answers)
    autograde(calm, [LESSON], grading=desk_course, crew=crew)
    assert places.gradebook is not None and calm.gradebook is not None
    assert content(places.gradebook) == content(calm.gradebook)
    assert {path.parts[-3] for path in places.autograded.rglob("*.ipynb")} == set(CLASS)


def test_ids_that_changed_after_the_release_are_refused_with_their_list(
    places: Places, crew: Crew
) -> None:
    from grader.lessons import notebook_text, read_lesson

    make_course(places.root, SCRIPT.replace("m0-total-test", "m0-sum-test"))
    source = places.source / LESSON
    lesson = read_lesson(source / f"{LESSON}.py")
    (source / f"{LESSON}.ipynb").write_text(notebook_text(lesson), encoding="utf-8")
    with pytest.raises(GraderError, match="added m0-sum-test; removed m0-total-test"):
        autograde(places, [LESSON], grading=desk_course, crew=crew)


def test_whoever_handed_nothing_in_is_named_with_the_nearest_match(
    places: Places, crew: Crew
) -> None:
    with pytest.raises(GraderError, match=r"adda handed nothing in.*Did you mean ada"):
        autograde(places, [LESSON], grading=desk_course, crew=crew, learners=["adda"])


def test_a_result_that_is_no_record_is_graded_again(places: Places, crew: Crew) -> None:
    autograde(places, [LESSON], grading=desk_course, crew=crew)
    places.result(LESSON, "ada").write_text('{"verdicts": [', encoding="utf-8")
    assert autograde(places, [LESSON], grading=desk_course, crew=crew).graded == 1
