"""Tasks of stock pools are recorded without touching the pool."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import speedlab as sl


def test_a_stock_pool_is_recorded():
    context = multiprocessing.get_context("spawn")
    with sl.Recorder() as record, context.Pool(2) as pool:
        assert pool.map(record(abs), [-1, -2, 3, 4], chunksize=1) == [1, 2, 3, 4]
    assert len(record.trace.runs) == 4
    assert os.getpid() not in {run.pid for run in record.trace.runs}
    assert all(record.trace.start_s < run.start_s for run in record.trace.runs)
    assert "4 chunks" in record.timeline().alt


def test_an_executor_is_recorded():
    context = multiprocessing.get_context("spawn")
    with sl.Recorder() as record, ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(record(divmod), 7, 2).result() == (3, 1)
    assert len(record.trace.runs) == 1


def test_threads_are_recorded():
    with sl.Recorder() as record, ThreadPoolExecutor(2) as pool:
        list(pool.map(record(abs), range(5)))
    assert {run.pid for run in record.trace.runs} == {os.getpid()}


def test_threads_of_one_process_are_rows_of_their_own():
    meeting = threading.Barrier(2, timeout=60)
    with sl.Recorder() as record, ThreadPoolExecutor(2) as pool:
        list(pool.map(record(lambda _: meeting.wait()), range(4)))
    assert "4 chunks on 2 workers" in record.timeline().alt


def test_a_call_that_fails_is_recorded_and_fails():
    with sl.Recorder() as record, pytest.raises(ZeroDivisionError):
        record(divmod)(1, 0)
    assert len(record.trace.runs) == 1


def test_the_bare_function_leaves_nothing():
    with sl.Recorder() as record:
        list(map(abs, [1]))
    with pytest.raises(sl.BadInput, match="Nothing was recorded"):
        record.timeline()


def test_the_recorder_needs_its_with_block():
    with pytest.raises(sl.BadInput, match="with block"):
        sl.Recorder()(abs)
