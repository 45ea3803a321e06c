"""A task that writes a file: what is seen of it when it is killed, and beside another task."""

import os
import shutil
import sys
import threading
from pathlib import Path

import pytest

from speedlab.course.quiz.probes import crash
from speedlab.course.quiz.probes.afresh import sent_whole
from speedlab.course.quiz.probes.crash import crash_test
from speedlab.course.quiz.probes.watched import content

LINES = ["1\n", "2\n", "3\n"]
WHOLE = "1\n2\n3\n"


@pytest.fixture(scope="module", autouse=True)
def as_from_a_cell():
    """Let what is written here travel as code of a notebook does: no new Python imports it."""
    with sent_whole(sys.modules[__name__]):
        yield


def part_of(target):
    return target.with_name(f"{target.name}.part")


def by_rename(target, lines):
    if not target.exists():
        with part_of(target).open("w") as file:
            file.writelines(lines())
        part_of(target).replace(target)


def in_place(target, lines):
    if not target.exists():
        try:
            with target.open("w") as file:
                file.writelines(lines())
        except BaseException:
            target.unlink()
            raise


def in_place_at_the_end(target, lines):
    if not target.exists():
        target.write_text("".join(lines()))


def by_copy(target, lines):
    if not target.exists():
        part_of(target).write_text("".join(lines()))
        shutil.copy(part_of(target), target)


def renamed_while_open(target, lines):
    if not target.exists():
        with part_of(target).open("w") as file:
            file.writelines(lines())
            part_of(target).replace(target)


@pytest.fixture(scope="module")
def right():
    return crash_test(by_rename, LINES)


def test_a_task_that_renames_at_the_end_leaves_nothing_half(right):
    assert (right["half"], right["crashed"]) == ("", None)


def test_it_writes_once_and_again_after_a_crash(right):
    assert (right["written"], right["again"], right["rerun"]) == (WHOLE, False, WHOLE)


def test_two_of_them_do_not_disturb_one_another(right):
    assert right["together"] == [WHOLE, "3\n2\n1\n"]


@pytest.mark.parametrize(
    ("write", "when"),
    [
        (in_place, "after 0 of 3 lines"),
        (in_place_at_the_end, "after 3 of 3 lines"),
        (by_copy, "after 3 of 3 lines"),
        (renamed_while_open, "after 3 of 3 lines"),
    ],
)
def test_a_half_file_is_seen_at_whatever_moment_it_stands_there(write, when):
    assert crash_test(write, LINES)["half"] == when


def test_a_file_that_is_renamed_after_an_error_is_seen():
    def write(target, lines):
        try:
            with part_of(target).open("w") as file:
                file.writelines(lines())
        finally:
            part_of(target).replace(target)

    seen = crash_test(write, LINES)
    assert (seen["half"], seen["crashed"], seen["again"]) == ("", "1\n", True)


@pytest.mark.parametrize("mode", ["a", "x"])
def test_what_a_crash_left_must_not_disturb_the_next_run(mode):
    def write(target, lines):
        if not target.exists():
            with part_of(target).open(mode) as file:
                file.writelines(lines())
            part_of(target).replace(target)

    assert crash_test(write, LINES)["rerun"] != WHOLE


def test_a_task_that_waits_for_what_a_crash_left_is_ended(monkeypatch):
    monkeypatch.setattr(crash.watched, "LONGEST_S", 2.0)

    def write(target, lines):
        if not target.exists():
            lock = target.with_name("lock")
            while lock.exists():
                pass
            lock.touch()
            part_of(target).write_text("".join(lines()))
            part_of(target).replace(target)
            lock.unlink()

    seen = crash_test(write, LINES)
    assert (seen["half"], seen["rerun"], seen["together"]) == ("", None, [])


def shared_name(target):
    return target.with_name("unfinished")


def name_of_the_process(target):
    return target.with_name(f"{os.getpid()}.part")


@pytest.mark.parametrize(("name", "fine"), [(shared_name, False), (name_of_the_process, True)])
def test_two_tasks_at_once_may_not_share_an_unfinished_name(name, fine):
    def write(target, lines):
        if not target.exists():
            name(target).write_text("".join(lines()))
            name(target).replace(target)

    seen = crash_test(write, LINES)
    assert (seen["rerun"], seen["together"] == [WHOLE, "3\n2\n1\n"]) == (WHOLE, fine)


def test_an_error_of_the_task_itself_is_told():
    def write(target, lines):
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        crash_test(write, LINES)


def test_an_error_that_comes_only_in_another_process_is_told():
    here = os.getpid()

    def write(target, lines):
        if os.getpid() != here:
            raise ZeroDivisionError("division by zero")
        by_rename(target, lines)

    with pytest.raises(RuntimeError, match="division by zero"):
        crash_test(write, LINES)


def test_a_task_that_cannot_be_sent_is_told_and_nobody_is_killed():
    lock = threading.Lock()

    def write(target, lines):
        with lock:
            by_rename(target, lines)

    with pytest.raises(RuntimeError, match="cannot be sent to another process"):
        crash_test(write, LINES)


def test_no_file_has_no_content_and_a_folder_an_empty_one(tmp_path):
    assert content(tmp_path / "none") is None
    assert content(Path(tmp_path)) == ""
