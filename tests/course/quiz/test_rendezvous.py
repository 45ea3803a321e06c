"""The probe proves processes, and says what is missing."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed

import numpy as np
import pytest

import speedlab as sl
from speedlab.course.quiz import rendezvous
from speedlab.course.quiz.evidence import LEFT, LOKY_LEFT
from speedlab.course.quiz.rendezvous import Rendezvous

METHODS = multiprocessing.get_all_start_methods()
CHUNKS = [-3, 1, -2, 5, 5, -4]
RIGHT = [3, 1, 2, 5, 5, 4]


@pytest.fixture
def pool():
    """A pool of two that is left until the test is over."""
    left = multiprocessing.get_context(METHODS[0]).Pool(2)
    yield left
    left.terminate()
    left.join()


@pytest.fixture
def impatient(monkeypatch):
    """Nobody is waited for longer than a wink."""
    monkeypatch.setattr(rendezvous, "GIVE_UP_S", 0.05)
    monkeypatch.setattr(rendezvous, "GRACE_S", 0.05)


def put(queue, probe, chunk):
    """Work on one chunk in a process that is started for it."""
    queue.put(probe(chunk))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("workers", [2, 3])
def test_as_many_workers_as_asked_for_pass(method, workers):
    with Rendezvous(abs, workers=workers) as seen:
        found = sl.parallel_map(seen.probe, CHUNKS, workers=workers, start_method=method)
    assert found == RIGHT
    seen.check(CHUNKS)
    assert os.getpid() not in seen.pids


@pytest.mark.parametrize(
    "how",
    [
        lambda pool, fn: pool.map(fn, CHUNKS),
        lambda pool, fn: pool.map(fn, CHUNKS, chunksize=3),
        lambda pool, fn: [*pool.imap(fn, CHUNKS)],
        lambda pool, fn: [pool.apply_async(fn, (chunk,)) for chunk in CHUNKS][-1].get(),
        lambda pool, fn: pool.map(fn, np.array(CHUNKS)),
        lambda pool, fn: [*pool.imap_unordered(fn, CHUNKS)],
    ],
)
@pytest.mark.parametrize("settings", [{}, {"maxtasksperchild": 1}])
def test_whatever_a_pool_is_asked_for_passes(how, settings):
    with Rendezvous(abs) as seen:
        pool = multiprocessing.Pool(2, **settings)
        how(pool, seen.probe)
        pool.close()
        pool.join()
    seen.check(CHUNKS)


def test_processes_that_are_started_in_twos_pass():
    with Rendezvous(abs) as seen:
        queue, found = multiprocessing.Queue(), []
        for place in range(0, len(CHUNKS), 2):
            twos = [
                multiprocessing.Process(target=put, args=(queue, seen.probe, chunk))
                for chunk in CHUNKS[place : place + 2]
            ]
            for one in twos:
                one.start()
            found += [queue.get() for _ in twos]
            for one in twos:
                one.join()
    seen.check(CHUNKS)
    assert sorted(found) == sorted(RIGHT) and len(seen.pids) == 6


def test_who_takes_results_as_they_come_has_them_in_another_order():
    for _ in range(2):
        with Rendezvous(abs) as seen, ProcessPoolExecutor(2) as executor:
            futures = [executor.submit(seen.probe, chunk) for chunk in range(6)]
            found = [future.result() for future in as_completed(futures)]
        seen.check(range(6))
        assert sorted(found) == [*range(6)] and found != sorted(found)


@pytest.mark.parametrize("workers", [2, 3])
def test_one_process_for_each_chunk_fails(workers):
    with Rendezvous(abs, workers=workers) as seen, multiprocessing.Pool(6) as pool:
        pool.map(seen.probe, CHUNKS, chunksize=1)
    with pytest.raises(AssertionError, match=f"at the same time: {workers} were asked for"):
        seen.check(CHUNKS)


@pytest.mark.usefixtures("impatient")
def test_fewer_processes_than_asked_for_fail():
    with Rendezvous(abs, workers=3) as seen, multiprocessing.Pool(2) as pool:
        pool.map(seen.probe, CHUNKS)
    with pytest.raises(AssertionError, match="Never more than 2 processes"):
        seen.check(CHUNKS)


@pytest.mark.usefixtures("impatient")
def test_processes_one_after_the_other_fail():
    with Rendezvous(abs) as seen:
        for chunk in CHUNKS:
            with multiprocessing.Pool(1) as pool:
                pool.apply(seen.probe, (chunk,))
    with pytest.raises(AssertionError, match="one after the other"):
        seen.check(CHUNKS)


def test_a_loop_in_the_notebook_fails_and_waits_for_nobody():
    with Rendezvous(abs) as seen:
        [seen.probe(x) for x in (1, 2)]
    with pytest.raises(AssertionError, match="own process"):
        seen.check([1, 2])


@pytest.mark.usefixtures("impatient")
def test_one_worker_fails():
    with Rendezvous(abs) as seen:
        sl.parallel_map(seen.probe, [1, 2], workers=1)
    with pytest.raises(AssertionError, match="ran in 1 process"):
        seen.check([1, 2])


def test_where_nothing_is_ever_still_time_ends_the_waiting(monkeypatch):
    monkeypatch.setattr(rendezvous.Stillness, "look", lambda *_, **__: 0.0)
    with Rendezvous(abs, timeout_s=0.05) as seen:
        sl.parallel_map(seen.probe, [1, 2], workers=1)
    with pytest.raises(AssertionError, match="ran in 1 process"):
        seen.check([1, 2])


def test_work_that_nobody_waited_for_meets_no_error_of_the_check():
    with Rendezvous(abs) as seen:
        pass
    assert seen.probe(-3) == 3
    with pytest.raises(AssertionError, match="Nobody worked on the chunk -3"):
        seen.check([-3])


@pytest.mark.usefixtures("impatient")
def test_a_pool_that_is_left_behind_fails(pool):
    with Rendezvous(abs) as seen:
        assert pool.map(seen.probe, CHUNKS) == RIGHT
    with pytest.raises(AssertionError, match=LEFT):
        seen.check(CHUNKS)


@pytest.mark.usefixtures("impatient")
def test_workers_of_joblib_that_stay_are_named_with_their_end():
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    with Rendezvous(abs) as seen:
        Parallel(n_jobs=2)(delayed(seen.probe)(chunk) for chunk in CHUNKS)
    with pytest.raises(AssertionError) as told:
        seen.check(CHUNKS)
    assert str(told.value) == LOKY_LEFT and "get_reusable_executor().shutdown()" in LOKY_LEFT
    with Rendezvous(abs) as seen:
        Parallel(n_jobs=2)(delayed(seen.probe)(chunk) for chunk in CHUNKS)
        get_reusable_executor().shutdown()
    seen.check(CHUNKS)
