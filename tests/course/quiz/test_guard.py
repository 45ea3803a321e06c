"""A check on the page ends, whatever the code does; what it left is ended, and nobody is blamed."""

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import psutil
import pytest

from speedlab.course.quiz.guard import watch
from speedlab.course.quiz.guard.ending import end_all, started
from speedlab.course.quiz.guard.own_lines import about_own_line
from speedlab.course.quiz.guard.watch import Stopped, Watch, about_broken

needs_signals = pytest.mark.skipif(watch.SIGNAL is None, reason="There are no signals here.")


class Checked:
    """A check of some code: `why` says why it was stopped."""

    def __init__(self, **settings):
        self.watch, self.why = Watch(**settings), ""

    def __enter__(self):
        self.watch.begin()
        return self

    def __exit__(self, kind, error, trace):
        self.watch.end()
        self.watch.tidy_up()
        self.why = self.watch.reason
        return kind is Stopped


def refuse():
    """Fail as a worker does that does not find its function."""
    raise AttributeError("Can't get attribute")


def learners(code):
    """Return a function as a cell defines it."""
    names = {"__name__": "__main__", "multiprocessing": multiprocessing, "refuse": refuse}
    exec(code, names)
    return names["answer"]


@needs_signals
@pytest.mark.parametrize(
    "code",
    [
        "def answer():\n    while True: pass",
        "def answer():\n    while True:\n        try: 1 / 0\n        except Exception: pass",
        "def answer():\n    while True:\n        try: answer.x\n        except: pass",
    ],
)
def test_code_that_goes_on_for_ever_is_stopped_whatever_it_catches(code, monkeypatch):
    monkeypatch.setattr(watch, "AGAIN_S", 0.05)
    with Checked(limit_s=0.05) as checked:
        learners(code)()
    assert checked.why.startswith("Your code was stopped: it was not done after 0.05 seconds.")


@needs_signals
def test_code_that_waits_while_nothing_works_is_stopped(monkeypatch):
    monkeypatch.setattr(watch, "STUCK_S", 0.2)
    with Checked() as checked:
        threading.Event().wait()
    assert "waits for something that never comes" in checked.why


@needs_signals
def test_a_pool_whose_workers_die_starts_no_more_and_is_said_to_wait():
    with Checked() as checked, multiprocessing.Pool(2, refuse) as pool:
        pool.map(abs, [1, 2])
    assert "a worker process ended with exit code 1" in checked.why
    assert not started() - checked.watch._before


@needs_signals
def test_a_process_that_died_is_waited_for_in_vain(monkeypatch):
    monkeypatch.setattr(watch, "DIED_S", 0.1)
    with Checked() as checked:
        queue = multiprocessing.Queue()
        multiprocessing.Process(target=refuse).start()
        queue.get()
    assert "a worker process ended with exit code 1" in checked.why


def test_where_there_are_no_signals_the_processes_are_ended(monkeypatch):
    monkeypatch.setattr(watch, "SIGNAL", None)
    monkeypatch.setattr(watch._thread, "interrupt_main", lambda: None)
    context = multiprocessing.get_context("spawn")
    never = context.Event()  # kept: the new process looks for it by its name
    with Checked(limit_s=0.05) as checked:
        process = context.Process(target=never.wait)
        process.start()
        process.join()
    assert "was not done" in checked.why and process.exitcode


def test_code_that_ends_is_left_alone():
    with Checked() as checked, multiprocessing.Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]
    assert checked.why == ""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_who_starts_afresh_is_told_why_a_function_is_not_found(method):
    class Process:
        exitcode = 1
        _start_method = method

    text = watch._about(Process())
    assert f"started by {method} does not find what you wrote in a cell" in text
    assert about_broken(watch.BrokenProcessPool()) and not about_broken(ValueError())


def test_what_is_left_is_ended_through_its_pool():
    before = started()
    pool, executor = multiprocessing.Pool(2), ProcessPoolExecutor(2)
    assert list(executor.map(abs, [-1, -2])) == [1, 2]
    alone = multiprocessing.Process(target=multiprocessing.Event().wait)
    alone.start()
    left = started() - before
    assert len(left) >= 4
    end_all(left)
    assert not [pid for pid in left & started() if psutil.Process(pid).status() != "zombie"]
    with pytest.raises(ValueError, match="Pool not running"):
        pool.map(abs, [1])


def told(check, answer):
    """Return what is said of a check of an answer that raises."""
    try:
        check(answer)
    except Exception as error:
        trace = error.__traceback__.tb_next  # a check is the outermost frame that it knows
        return about_own_line(error, trace)
    raise AssertionError("The check held.")


def unpack(answer):
    """Check an answer that should be two values."""
    one, two = answer()
    assert one < two


def check_by_assert(answer):
    """Check an answer in one line."""
    assert answer() == 3, "Return the sum."


def test_an_error_of_a_checks_own_line_is_no_error_of_the_learner():
    assert told(check_by_assert, lambda: np.array([1, 2])) == "Return the sum."
    text = told(unpack, learners("def answer(): return None"))
    assert text.startswith("What your code returned does not fit here. TypeError: cannot unpack")


def test_an_error_of_the_learners_line_is_the_learners():
    assert told(check_by_assert, learners("def answer(): return [][0]")) == ""
    assert told(check_by_assert, learners("def answer(): return int('x')")) == ""
