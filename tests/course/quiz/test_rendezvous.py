"""The probe proves processes, and says what is missing."""

import multiprocessing
import os

import pytest

import speedlab as sl
from speedlab.course.quiz import rendezvous
from speedlab.course.quiz.rendezvous import Rendezvous


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_two_workers_pass(method):
    with Rendezvous(abs) as seen:
        assert sl.parallel_map(seen.probe, [-3, 1, -2], workers=2, start_method=method) == [3, 1, 2]
    seen.check([-3, 1, -2])
    assert os.getpid() not in seen.pids


def test_a_loop_in_the_notebook_fails():
    with Rendezvous(abs, timeout_s=0.05) as seen:
        [seen.probe(x) for x in (1, 2)]
    with pytest.raises(AssertionError, match="own process"):
        seen.check([1, 2])


def test_one_worker_fails():
    with Rendezvous(abs, timeout_s=0.05) as seen:
        sl.parallel_map(seen.probe, [1, 2], workers=1)
    with pytest.raises(AssertionError, match="ran in 1 process"):
        seen.check([1, 2])


def test_a_chunk_done_twice_or_never_fails():
    with Rendezvous(abs) as seen:
        sl.parallel_map(seen.probe, [1, 2, 2], workers=2)
    with pytest.raises(AssertionError, match="2 was worked on more than once"):
        seen.check([1, 2])
    with pytest.raises(AssertionError, match="Nobody worked on the chunk 3"):
        seen.check([1, 2, 2, 3])


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_pool_that_is_left_behind_fails(method, monkeypatch):
    monkeypatch.setattr(rendezvous, "GRACE_S", 0.05)
    pool = multiprocessing.get_context(method).Pool(2)
    try:
        with Rendezvous(abs) as seen:
            assert pool.map(seen.probe, [-3, 1, -2], chunksize=1) == [3, 1, 2]
        with pytest.raises(AssertionError, match="leave no pool and no process behind"):
            seen.check([-3, 1, -2])
    finally:
        pool.terminate()
        pool.join()
