"""Interpreters as workers, on Python 3.14; on 3.13 by the same module in its first form."""

import importlib
import sys
import threading

import numpy as np
import pytest

import speedlab as sl
from speedlab.pool.local import apart, interpreters, threads

MODULE = interpreters.MODULE if sys.version_info >= (3, 14) else "test.support.interpreters"


@pytest.fixture(autouse=True)
def there(monkeypatch):
    if sys.version_info < (3, 13):
        pytest.skip("this Python has no interpreters")
    importlib.import_module(MODULE)
    monkeypatch.setattr(interpreters, "MODULE", MODULE)


@pytest.fixture
def pool():
    with sl.NotebookPool(2, engine="interpreters", keep_traces=True) as shared:
        yield shared


def test_functions_of_a_cell_and_their_results_travel(pool):
    factor = 3
    assert pool.map(lambda x: factor * x, range(20)) == [3 * x for x in range(20)]


def test_nothing_is_shared(pool):
    chunks = [[1], [2]]
    assert pool.map(lambda chunk: chunk.append(9), chunks) == [None, None]
    assert chunks == [[1], [2]]


def test_the_way_of_a_chunk_is_noted_in_order(pool):
    pool.map(lambda x: sum(range(x)), [10_000] * 6)
    [trace] = pool.take_traces()
    for run in trace.runs:
        way = run.journey
        assert trace.start_s <= way.packed_s <= way.sent_s <= way.arrived_s <= run.start_s
        assert run.start_s <= run.stop_s <= way.answered_s <= way.received_s <= trace.stop_s
        assert run.helpers_s == 0.0 < way.answer_bytes


def test_a_failure_names_the_chunk_and_the_pool_goes_on(pool):
    with pytest.raises(sl.ChunkFailed, match="chunk 2: ZeroDivisionError"):
        pool.map(lambda x: 1 / (x - 2), range(4))
    assert pool.map(abs, [-1]) == [1]


@pytest.mark.parametrize("fn", [np.sqrt, lambda x: np.array([x]), lambda x: sl.split(x, 1)])
def test_a_library_that_cannot_be_loaded_is_named(pool, fn):
    with pytest.raises(sl.BadInput, match=r"needs numpy, which .* second\. Use engine="):
        pool.map(fn, [4])


def test_the_jobs_of_the_lessons_can_be_done(pool):
    from speedlab.cases.lessons import primes

    assert sum(pool.map(primes.primes_in, sl.split(10_000, 4))) == 1229


def test_an_interpreter_that_does_not_start_is_a_sentence(pool, monkeypatch):
    monkeypatch.setattr(apart, "__file__", "/nowhere.py")
    with pytest.raises(sl.BadInput, match=r"An interpreter did not start\. It said: .*Use engine"):
        pool.map(abs, [1])


def test_no_thread_is_left(pool, monkeypatch):
    monkeypatch.setattr(threads, "GRACE_S", 60.0)
    pool.map(abs, range(4))
    pool.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("speedlab-worker")]


def test_compare_finds_what_threads_find():
    found = sl.compare(
        len, sl.split(100, 4), workers=2, engine=["interpreters", "threads"], budget_s=0.1
    )
    assert found.answer == [25] * 4
    assert found.engines == ("interpreters", "threads")
    assert found.profile.accounted == pytest.approx(1.0, abs=0.02)


def test_tiny_chunks_come_one_by_one(pool):
    assert pool.map(abs, range(-50, 0), batch="auto") == list(range(50, 0, -1))


def test_each_interpreter_is_set_up(pool):
    assert pool.map(lambda x, add: x + add, [1, 2], setup=lambda: 10) == [11, 12]
