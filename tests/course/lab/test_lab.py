"""The lab: runs, refuses, cancels, foresees, and never shows a trace."""

import threading
import time

import pytest

import speedlab as sl
from speedlab.course.lab.lab import SpeedupLab
from speedlab.course.lessons import progress
from speedlab.pool.local import threads


def _work(piece):
    return sum(range(piece))


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return SpeedupLab(_work, [20_000] * 8, merge=sum, step="m0-lab", budget_s=0.1)


def press(lab):
    lab.view.run.click()
    lab.wait()
    return lab.view.sentence.value


def test_run_blocks_and_returns_a_comparison(lab):
    found = lab.run(workers=2, chunks=4)
    assert found.answer == 8 * sum(range(20_000))
    assert [run.choice.chunks for run in lab.history] == [4]


def test_a_run_makes_its_step_done(lab, tmp_path):
    assert progress.load(tmp_path).done == {}
    press(lab)
    assert set(progress.load(tmp_path).done) == {"m0-lab"}


def test_the_button_shows_pictures_a_sentence_and_a_table(lab):
    assert "Same answer" in press(lab)
    assert lab.view.pictures.value.count("<img alt=") == 3
    assert lab.view.pictures.value.count("Describe this chart") == 3
    assert "Your runs so far" in lab.view.pictures.value
    assert not lab.view.run.disabled and lab.view.cancel.disabled


def test_progress_is_told_while_it_runs(lab, monkeypatch):
    # A quick machine is done before the next thing may be told.
    monkeypatch.setattr("speedlab.course.lab.lab.TELL_EVERY_S", 0.0)
    seen = []
    lab.view.bar.observe(lambda change: seen.append(change["new"]), names="value")
    press(lab)
    assert seen and seen == sorted(seen)
    assert lab.view.bar.layout.visibility == "hidden"


def test_more_workers_than_chunks_is_a_sentence(lab):
    lab.view.workers.value, lab.view.chunks.value = 2, 1
    assert "Every worker needs a chunk" in press(lab)


def test_a_failing_function_is_a_sentence():
    said = press(SpeedupLab(lambda piece: piece / 0, [1, 2, 3, 4]))
    assert "ZeroDivisionError" in said
    assert "Traceback" not in said


def test_a_worker_that_dies_is_a_sentence_and_the_next_run_works(lab):
    import os

    parent = os.getpid()
    lab._fn = lambda piece: os._exit(3) if os.getpid() != parent else piece
    assert "A worker process ended" in press(lab)
    lab._fn = _work
    assert "Same answer" in press(lab)


def test_cancel_ends_the_run_and_keeps_the_earlier_ones(lab):
    press(lab)

    def endless(_):
        # Bounded, in case cancelling is broken.
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pass

    lab._job = lambda groups, map_: map_(endless, groups) if "pool" in repr(map_) else [1]
    lab.view.run.click()
    lab.view.cancel.click()
    lab.wait()
    assert "Cancelled" in lab.view.sentence.value
    assert len(lab.history) == 1


def test_the_size_of_the_chunks_is_said(lab):
    lab.view.chunks.value = 3
    assert lab.view.size.value == "8 of 8 pieces of data; 2 or 3 in each chunk."
    lab.view.percent.value = 50
    assert "4 of 8 pieces" in lab.view.size.value


def test_what_if_waits_for_a_run(lab):
    assert lab.view.mode.disabled
    press(lab)
    assert not lab.view.mode.disabled


def test_what_if_answers_without_running_and_is_checked_by_running(lab):
    press(lab)
    lab.view.mode.value = True
    assert lab.view.run.description == "Check by running"
    lab.view.chunks.value = 4
    assert "A model of your last run says" in lab.view.sentence.value
    assert "Model: 2 workers would give" in lab.view.pictures.value
    assert len(lab.history) == 1
    sentence = press(lab)
    assert "The model said" in sentence and "you measured" in sentence
    assert len(lab.history) == 2


def test_what_if_says_when_this_computer_has_fewer_cores_than_the_model_supposes(lab, monkeypatch):
    press(lab)
    monkeypatch.setattr("speedlab.course.lab.lab.usable_cpus", lambda: 2)
    lab.view.mode.value = True
    assert "free cores" not in lab.view.sentence.value
    lab.view.workers.value = 3
    assert "supposes 3 free cores; this computer has 2" in lab.view.sentence.value


def test_what_if_refuses_what_a_run_would_refuse(lab):
    press(lab)
    lab.view.mode.value = True
    lab.view.chunks.value = 1
    assert "do not fit" in lab.view.sentence.value


def test_outside_jupyter_there_is_a_picture_and_a_sentence(lab):
    before = lab._repr_mimebundle_()
    assert "<img alt=" in before["text/html"] and "The speedup lab" in before["text/html"]
    press(lab)
    assert "Your best run so far" in lab._repr_mimebundle_()["text/html"]


def test_no_data_is_refused():
    with pytest.raises(sl.BadInput):
        SpeedupLab(_work, [])


def test_the_start_method_lies_under_more_and_is_used(lab):
    parts = lab.view.box.children
    [more] = [part for part in parts if getattr(part, "description", "") == "More choices"]
    assert lab.view.method.layout.display == "none"
    more.value = True
    assert lab.view.method.layout.display == ""
    lab.view.method.value = "spawn"
    press(lab)
    assert lab.history[-1].choice.start_method == "spawn"


def test_threads_can_be_chosen_in_place_of_processes(lab):
    lab.view.method.value = "threads"
    assert "2 threads" in press(lab)
    assert lab.history[-1].choice.engine == "threads"
    assert lab.history[-1].timing.engine == "threads"


def test_cancel_says_that_threads_go_on_to_the_end_of_their_chunk(lab, monkeypatch):
    monkeypatch.setattr(threads, "GRACE_S", 0.0)
    begun, go_on = threading.Event(), threading.Event()

    def held(_):
        begun.set()
        go_on.wait(60)

    serial = iter([True])
    lab._job = lambda groups, map_: [1] if next(serial, False) else map_(held, groups)
    lab.view.method.value = "threads"
    lab.view.run.click()
    assert begun.wait(60)
    lab.view.cancel.click()
    lab.wait()
    go_on.set()
    assert "Cancelled. Threads cannot be stopped in the middle" in lab.view.sentence.value
