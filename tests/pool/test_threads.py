"""Threads as workers: the very objects, lanes of their own, and no pretence of stopping them."""

import decimal
import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import speedlab as sl
from speedlab.model import lanes
from speedlab.pool import backends
from speedlab.pool.inside import clock, startup
from speedlab.pool.local import threads
from speedlab.pool.local.library_limit import LibraryLimit

DEADLINE_S = 60.0


@pytest.fixture
def pool():
    with sl.NotebookPool(2, engine="threads", keep_traces=True) as shared:
        yield shared


def until(condition):
    """Wait until something is so; fail if it never is."""
    for _ in range(int(DEADLINE_S / 0.01)):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never was so")


def ours():
    return [t for t in threading.enumerate() if t.name.startswith("speedlab-worker")]


def test_function_chunks_and_results_are_the_very_objects(pool):
    lock, chunks = threading.Lock(), [object(), object()]  # a lock cannot be pickled
    found = pool.map(lambda chunk: (lock, chunk), chunks)
    assert [one is lock for one, _ in found] == [True, True]
    assert [other is chunk for (_, other), chunk in zip(found, chunks, strict=True)] == [True, True]


def test_each_thread_is_a_lane(pool):
    meeting = threading.Barrier(2, timeout=DEADLINE_S)  # neither goes on alone
    pool.map(lambda _: meeting.wait(), range(4))
    [trace] = pool.take_traces()
    found = lanes.by_worker(trace)
    assert {pid for pid, _ in found} == {os.getpid()}
    assert len({thread for _, thread in found}) == 2
    assert all(
        before.stop_s <= after.start_s for a, b in found.values() for before, after in [(a, b)]
    )


def test_the_way_of_a_chunk_is_noted_in_order(pool):
    pool.map(lambda x: sum(range(x)), [10_000] * 6)
    [trace] = pool.take_traces()
    for run in trace.runs:
        way = run.journey
        assert trace.start_s <= way.packed_s <= way.sent_s <= way.arrived_s <= run.start_s
        assert run.start_s <= run.stop_s <= way.answered_s <= way.received_s <= trace.stop_s
        assert (way.chunk_bytes, way.answer_bytes) == (0, 0)


def test_what_other_threads_compute_is_no_library(pool):
    pool.map(lambda x: sum(range(x)), [100_000] * 6)
    [trace] = pool.take_traces()
    assert [run.helpers_s for run in trace.runs] == [0.0] * 6


def test_a_failure_names_the_chunk_and_the_pool_goes_on(pool):
    with pytest.raises(sl.ChunkFailed, match="chunk 2: ZeroDivisionError") as caught:
        pool.map(lambda x: 1 / (x - 2), range(4))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    with pytest.raises(sl.ChunkFailed, match="SystemExit"):
        pool.map(sys.exit, [2])
    assert pool.map(abs, [-1]) == [1]


def test_a_map_within_a_chunk_is_done_by_its_own_thread(pool):
    def within(_):
        own = threading.get_ident()
        inner = sl.parallel_map(lambda _: threading.get_ident(), [1, 2], workers=2, progress=False)
        return {own} == set(inner)

    assert pool.map(within, [1, 2]) == [True, True]
    assert not startup.in_worker()


def test_a_chunk_sees_the_settings_of_the_caller(pool):
    with decimal.localcontext() as context:
        context.prec = 50
        [third] = pool.map(lambda x: decimal.Decimal(1) / x, [3])
    assert len(str(third)) == 52


def test_no_thread_and_no_open_clock_is_left():
    with sl.NotebookPool(3, engine="threads") as pool:
        pool.map(abs, range(9))
        assert len(ours()) == 3
    assert not ours()
    assert threading.get_native_id() not in clock._kept


def test_a_pool_that_nobody_closes_leaves_no_thread():
    pool = sl.NotebookPool(2, engine="threads")
    pool.map(abs, [1])
    del pool
    gc.collect()
    until(lambda: not ours())


@pytest.fixture
def held(monkeypatch):
    """Chunks that wait for an event, and a stop event that is set as soon as one has begun."""
    monkeypatch.setattr(threads, "GRACE_S", 0.0)
    go_on, stop = threading.Event(), threading.Event()

    def chunk(number):
        if number == 1:
            raise ValueError("no")
        stop.set()
        go_on.wait(DEADLINE_S)

    yield chunk, stop, go_on
    go_on.set()
    until(lambda: not ours())


def test_a_chunk_that_has_begun_is_not_stopped_and_the_words_say_so(held):
    chunk, stop, go_on = held
    with sl.NotebookPool(1, engine="threads", stop=stop) as pool:
        with pytest.raises(sl.Interrupted, match="cannot be stopped in the middle") as caught:
            pool.map(chunk, [0, 0, 0])
        assert caught.value.left == 1
        stop.clear()
        assert pool.map(abs, [-1]) == [1]  # by new threads, beside the old one
        go_on.set()


def test_chunks_that_waited_are_dropped(held):
    chunk, stop, go_on = held
    begun = []
    with sl.NotebookPool(1, engine="threads", stop=stop) as pool, pytest.raises(sl.Interrupted):
        pool.map(lambda x: (begun.append(x), chunk(0)), range(3))
    go_on.set()
    until(lambda: not ours())
    assert begun == [0]


def test_a_failure_beside_a_chunk_that_goes_on_warns(held):
    chunk, _, _ = held
    with (
        sl.NotebookPool(2, engine="threads") as pool,
        pytest.warns(sl.SpeedlabWarning, match="1 of them goes on"),
        pytest.raises(sl.ChunkFailed, match="chunk 1"),
    ):
        pool.map(chunk, [0, 1])


def test_an_endless_chunk_does_not_keep_the_process_at_its_end():
    code = """
import threading, speedlab as sl
stop = threading.Event()
def endless(_):
    stop.set()
    while True:
        pass
try:
    sl.NotebookPool(1, engine="threads", stop=stop).map(endless, [1])
except sl.Interrupted as error:
    print(error)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(backends.__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        timeout=DEADLINE_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout[:8]) == (0, "Stopped."), ended.stderr


def test_where_the_system_gives_no_more_threads_that_is_said(monkeypatch):
    start = threading.Thread.start

    def only_one(thread):
        if len(ours()) == 1:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", only_one)
    with pytest.raises(sl.BadInput, match="Only 1 threads could be started"):
        sl.parallel_map(abs, [1, 2, 3], workers=3, engine="threads", progress=False)
    assert not ours()


class Libraries:
    """Stands for threadpoolctl's view of one library."""

    def __init__(self):
        self.threads = 8

    def info(self):
        return [{"num_threads": self.threads}]

    def limit(self, *, limits, user_api):
        assert user_api == "blas"
        self.threads = limits
        return self

    def restore_original_limits(self):
        self.threads = 8


@pytest.fixture
def limited(monkeypatch):
    libraries, limit = Libraries(), LibraryLimit()
    monkeypatch.setattr(limit, "_libraries", lambda: libraries)
    return limit, libraries


def test_libraries_are_limited_while_any_chunk_is_under_way(limited):
    limit, libraries = limited
    seen = []
    for step, owner in ((limit.hold, "a"), (limit.hold, "b")):
        step(owner, 2)
        seen.append(libraries.threads)
    for owner in ("a", "b"):
        limit.release(owner)
        seen.append(libraries.threads)
    assert seen == [2, 2, 2, 8]


def test_who_gives_up_chunks_no_longer_limits_the_libraries(limited):
    limit, libraries = limited
    limit.hold("a", 2)
    limit.hold("a", 2)
    limit.drop("a")
    assert libraries.threads == 8
    limit.release("a")  # the chunk that could not be stopped is over
    limit.hold("b", 1)
    assert libraries.threads == 1


def test_compare_with_threads_finds_what_processes_find():
    chunks = sl.split(200_000, 8)

    def count(numbers):
        return sum(number % 7 == 0 for number in numbers)

    found = sl.compare(count, chunks, merge=sum, workers=2, engine="threads", budget_s=0.1)
    assert (found.answer, found.agreement) == (28_572, "exact")
    assert (found.timing.engine, found.engines) == ("threads", ("threads",))
    assert found.profile.accounted == pytest.approx(1.0, abs=0.02)
    assert found.profile.helpers_s == 0.0
    assert "2 threads" in repr(found) and "2 threads" in found.plot().alt


def test_a_second_interrupt_while_threads_are_waited_for_leaves_a_pool_that_works(monkeypatch):
    def pressed(*_):
        raise KeyboardInterrupt

    with sl.NotebookPool(2, engine="threads") as pool:
        pool.map(abs, [1])
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "join", pressed)
            with pytest.raises(KeyboardInterrupt):
                pool.abort()
        assert pool.map(abs, [-1, 2]) == [1, 2]


def test_each_thread_is_set_up_once_before_its_first_chunk():
    meeting = threading.Barrier(2, timeout=DEADLINE_S)
    made = []

    def setup():
        made.append(threading.get_ident())
        return threading.get_ident()

    def chunk(_, own):
        meeting.wait()
        return own == threading.get_ident()

    found = sl.parallel_map(
        chunk, range(4), workers=2, engine="threads", setup=setup, progress=False
    )
    assert found == [True] * 4 and len(made) == len(set(made)) == 2


def test_tiny_chunks_come_one_by_one(pool):
    assert pool.map(abs, range(-200, 0), batch="auto") == list(range(200, 0, -1))
    assert pool.map(abs, range(-20, 0), batch=5) == list(range(20, 0, -1))


def test_results_come_from_threads_as_they_are_there(pool):
    assert list(pool.imap(abs, [-1, -2, -3])) == [1, 2, 3]


def test_failures_of_threads_can_be_collected(pool):
    with pytest.warns(sl.SpeedlabWarning, match="1 of 3 chunks failed"):
        found = pool.map(lambda x: 1 / x, [1, 0, 2], on_error="collect")
    assert (found[0], found[2], found[1].index) == (1.0, 0.5, 1)


def test_a_time_limit_cannot_be_kept_by_threads(pool):
    with pytest.raises(sl.BadInput, match='cannot be kept with engine="threads"'):
        pool.map(abs, [1], timeout_s=1.0)
