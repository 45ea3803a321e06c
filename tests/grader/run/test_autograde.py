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

from grader.core.errors import GraderError
from grader.core.paths import CoursePaths
from grader.run.autograde import ClassProgress, autograde
from grader.run.executors import BorrowedWorkers, Executor
from grader.run.results import read_result

CLASS = {"ada": RIGHT, "bob": WRONG_TOTAL, "cyd": None, "dan": RIGHT, "eve": WRONG_TOTAL}


@pytest.fixture
def paths(built: Path, tmp_path: Path) -> CoursePaths:
    made = copy_course(built, tmp_path / "course")
    for name, answers in CLASS.items():
        hand_in(made.root, name, answers)
    return made


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as threads, Executor(2, lambda _: BorrowedWorkers(threads)) as made:
        yield made


def counting(called: list[str]) -> Any:
    """Return the grader that compares texts, and notes whom it graded."""

    def grade_one(prepared: Any, folder: Path, *, learner: str) -> Any:
        called.append(learner)
        return desk_course.grade_one(prepared, folder, learner=learner)

    return SimpleNamespace(
        prepare=desk_course.prepare, key_of=desk_course.key_of, grade_one=grade_one
    )


def total(paths: CoursePaths, learner: str) -> float:
    found = read_result(paths, LESSON, learner)
    assert found is not None
    return found.score


def test_everybody_is_graded_and_recorded(paths: CoursePaths, executor: Executor) -> None:
    run = autograde(paths, [LESSON], grading=desk_course, executor=executor)
    assert (run.graded, run.unchanged) == (5, 0)
    assert [total(paths, name) for name in CLASS] == [5, 2, 0, 5, 2]
    assert paths.gradebook is not None
    assert {row[0] for row in content(paths.gradebook)[0]} == set(CLASS)
    assert "m0-total-test: 0/3 (wrong" in paths.log(LESSON, "bob").read_text("utf-8")


def test_only_what_changed_is_graded_again(paths: CoursePaths, executor: Executor) -> None:
    called: list[str] = []
    autograde(paths, [LESSON], grading=counting(called), executor=executor)
    hand_in(paths.root, "bob", RIGHT)
    called.clear()
    run = autograde(paths, [LESSON], grading=counting(called), executor=executor)
    assert called == ["bob"] and run.unchanged == 4
    assert total(paths, "bob") == 5


def test_force_and_names_choose_who_is_graded(paths: CoursePaths, executor: Executor) -> None:
    autograde(paths, [LESSON], grading=desk_course, executor=executor)
    called: list[str] = []
    grading = counting(called)
    autograde(paths, [LESSON], grading=grading, executor=executor, learners=["eve"], force=True)
    assert called == ["eve"]


def test_progress_tells_who_waits_who_runs_and_who_is_done(
    paths: CoursePaths, executor: Executor
) -> None:
    seen: list[ClassProgress] = []
    autograde(
        paths,
        [LESSON],
        grading=desk_course,
        executor=executor,
        watch=lambda now, _: seen.append(now),
    )
    assert all(len(now.queued) + len(now.running) + now.done == 5 for now in seen)
    assert max(len(now.running) for now in seen) == 2
    assert (seen[-1].done, seen[-1].left_s) == (5, 0)


def test_a_worker_that_dies_once_costs_nobody_anything(paths: CoursePaths) -> None:
    (paths.handed_in("ada", LESSON) / "die-once").touch()
    with Executor(2) as executor:
        autograde(paths, [LESSON], grading=killing, executor=executor)
    assert [total(paths, name) for name in CLASS] == [5, 2, 0, 5, 2]


def test_a_hand_in_that_kills_its_worker_twice_is_told_and_tried_again(paths: CoursePaths) -> None:
    deadly = paths.handed_in("bob", LESSON) / "die"
    deadly.touch()
    with Executor(2) as executor:
        autograde(paths, [LESSON], grading=killing, executor=executor)
        bob = read_result(paths, LESSON, "bob")
        assert bob is not None and "ended twice" in bob.problem
        assert {(one.outcome, one.score) for one in bob.verdicts} == {
            ("look", None),
            ("manual", None),
        }
        assert bob.written[desk_course.MEMO] == RIGHT["m0-memo"]
        assert [total(paths, name) for name in CLASS] == [5, 0, 0, 5, 2]
        deadly.unlink()
        run = autograde(paths, [LESSON], grading=killing, executor=executor)
    assert run.graded == 1 and total(paths, "bob") == 2


def test_an_interrupt_leaves_no_worker_and_a_state_to_go_on_from(paths: CoursePaths) -> None:
    def stop(now: ClassProgress, graded: Any) -> None:
        if now.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Executor(2) as executor:
        autograde(paths, [LESSON], grading=desk_course, executor=executor, watch=stop)
    ours = [child.cmdline() for child in psutil.Process().children(recursive=True)]
    assert not [words for words in ours if "multiprocessing.spawn" in " ".join(words)]
    with Executor(2) as executor:
        run = autograde(paths, [LESSON], grading=desk_course, executor=executor)
    assert (run.graded, run.unchanged) == (3, 2)


def test_an_interrupt_ends_long_work_and_its_folders_are_removed(paths: CoursePaths) -> None:
    folder = paths.handed_in("ada", LESSON)
    (folder / "long").touch()

    def stop(now: ClassProgress, graded: Any) -> None:
        if now.done == 4:  # everybody but ada
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Executor(2) as executor:
        autograde(paths, [LESSON], grading=killing, executor=executor, watch=stop)
    assert not [path for path in folder.iterdir() if path.is_dir()]


KILLED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = {path}
import desk_course
from grader.gradebook import record
from grader.run.executors import BorrowedWorkers, Executor
from grader.core.paths import find_paths
from grader.run.autograde import autograde

left, moment, record_hand_in = 3, {moment!r}, record._record_hand_in

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
    record_hand_in(*arguments)

record._record_hand_in = recorded
sys.addaudithook(see)
with ThreadPoolExecutor(2) as threads, Executor(2, lambda _: BorrowedWorkers(threads)) as executor:
    autograde(find_paths(Path({root!r})), [{lesson!r}], grading=desk_course, executor=executor)
"""


@pytest.mark.parametrize("moment", ["results", "transaction", "autograded"])
def test_kill_9_then_a_second_run_gives_the_same_gradebook(
    paths: CoursePaths, executor: Executor, built: Path, tmp_path: Path, moment: str
) -> None:
    path = [str(Path(__file__).parents[n]) for n in (0, 1, 3)]
    script = KILLED.format(path=path, moment=moment, root=str(paths.root), lesson=LESSON)
    code = subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode
    assert code == -signal.SIGKILL
    autograde(paths, [LESSON], grading=desk_course, executor=executor)
    calm = copy_course(built, tmp_path / "calm")
    for name, answers in CLASS.items():
        hand_in(calm.root, name, answers)
    autograde(calm, [LESSON], grading=desk_course, executor=executor)
    assert paths.gradebook is not None and calm.gradebook is not None
    assert content(paths.gradebook) == content(calm.gradebook)
    assert {path.parts[-3] for path in paths.autograded.rglob("*.ipynb")} == set(CLASS)


def test_ids_that_changed_after_the_release_are_refused_with_their_list(
    paths: CoursePaths, executor: Executor
) -> None:
    from grader.build.scripts import notebook_text, read_lesson

    make_course(paths.root, SCRIPT.replace("m0-total-test", "m0-sum-test"))
    source = paths.source / LESSON
    lesson = read_lesson(source / f"{LESSON}.py")
    (source / f"{LESSON}.ipynb").write_text(notebook_text(lesson), encoding="utf-8")
    with pytest.raises(GraderError, match="added m0-sum-test; removed m0-total-test"):
        autograde(paths, [LESSON], grading=desk_course, executor=executor)


def test_whoever_handed_nothing_in_is_named_with_the_nearest_match(
    paths: CoursePaths, executor: Executor
) -> None:
    with pytest.raises(GraderError, match=r"adda handed nothing in.*Did you mean ada"):
        autograde(paths, [LESSON], grading=desk_course, executor=executor, learners=["adda"])


def test_a_result_that_is_no_record_is_graded_again(paths: CoursePaths, executor: Executor) -> None:
    autograde(paths, [LESSON], grading=desk_course, executor=executor)
    paths.result(LESSON, "ada").write_text('{"verdicts": [', encoding="utf-8")
    assert autograde(paths, [LESSON], grading=desk_course, executor=executor).graded == 1
