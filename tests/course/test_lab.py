"""The lab: runs, refuses, cancels, and never shows a trace."""

import time

import pytest

import speedlab as sl
from speedlab.course.lab import SpeedupLab, amdahl_explorer


def _work(piece):
    return sum(range(piece))


def test_run_blocks_and_returns_a_comparison():
    lab = SpeedupLab(_work, [1000] * 8, merge=sum)
    found = lab.run(workers=2, chunks=4)
    assert found.answer == 8 * sum(range(1000))
    assert len(lab.history) == 1


def test_the_button_shows_a_picture_and_a_sentence():
    lab = SpeedupLab(_work, [1000] * 8)
    lab.start.click()
    lab.wait()
    assert 'alt="' in lab.picture.value
    assert "Same answer" in lab.sentence.value
    assert not lab.start.disabled and lab.cancel.disabled


def test_more_workers_than_chunks_is_a_sentence():
    lab = SpeedupLab(_work, [1000] * 8)
    lab.workers.value, lab.chunks.value = 2, 1
    lab.start.click()
    lab.wait()
    assert "Every worker needs a chunk" in lab.sentence.value


def test_a_failing_function_is_a_sentence():
    lab = SpeedupLab(lambda piece: piece / 0, [1, 2, 3, 4])
    lab.start.click()
    lab.wait()
    assert "ZeroDivisionError" in lab.sentence.value
    assert "Traceback" not in lab.sentence.value


def test_cancel_ends_the_run():
    def endless(_):
        # Bounded, in case cancelling is broken.
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pass

    lab = SpeedupLab(endless, range(8))
    lab._job = lambda groups, map_: map_(endless, groups) if "pool" in repr(map_) else [1]
    lab.start.click()
    lab.cancel.click()
    lab.wait()
    assert "Cancelled" in lab.sentence.value


def test_the_static_view_has_words():
    assert "speedup lab" in SpeedupLab(_work, [1])._repr_mimebundle_()["text/html"]


def test_no_data_is_refused():
    with pytest.raises(sl.BadInput):
        SpeedupLab(_work, [])


def test_the_explorer_follows_its_sliders():
    explorer = amdahl_explorer()
    share, cores, sentence, picture = explorer.children
    share.children[1].value, cores.children[1].value = 5, 64
    assert "<b>15.4</b>" in sentence.value
    assert "64 workers" in picture.value
