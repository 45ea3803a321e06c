"""The pool: right answers, clear errors, no process left, the next call works."""

import gc
import multiprocessing
import os
import pickle
import threading
from concurrent import futures

import pandas as pd
import pytest

import speedlab as sl
from speedlab.core import errors
from speedlab.pool.pool import NotebookPool

METHODS = multiprocessing.get_all_start_methods()


@pytest.fixture(scope="module", params=METHODS)
def pool(request):
    with NotebookPool(2, start_method=request.param) as shared:
        yield shared


def test_results_come_in_order(pool):
    factor = 3
    assert pool.map(lambda x: x * factor, range(20)) == [3 * x for x in range(20)]


def test_a_function_redefined_runs_its_new_version(pool):
    def score(x):
        return x

    assert pool.map(score, [1]) == [1]

    def score(x):
        return -x

    assert pool.map(score, [1]) == [-1]


def test_a_local_class_travels_both_ways(pool):
    class Card:
        def __init__(self, number):
            self.number = number

    assert [card.number for card in pool.map(lambda c: Card(c.number + 1), [Card(1)])] == [2]


def test_an_exception_names_chunk_and_cause(pool):
    with pytest.raises(sl.ChunkFailed, match="chunk 2: ZeroDivisionError") as caught:
        pool.map(lambda x: 1 / (x - 2), range(4))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert pool.map(abs, [-1]) == [1]


def test_an_exception_that_cannot_be_pickled_arrives_as_text(pool):
    class Odd(Exception):
        def __reduce__(self):
            raise TypeError("not me")

    def fail(_):
        raise Odd("the ledger is locked")

    with pytest.raises(sl.ChunkFailed, match="Odd: the ledger is locked"):
        pool.map(fail, [1])


def test_a_result_that_cannot_be_pickled_is_named(pool):
    with pytest.raises(sl.ChunkFailed, match="could not be sent back"):
        pool.map(lambda _: threading.Lock(), [1])


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), 9), lambda: os._exit(3)])
def test_a_dead_worker_is_an_error_and_the_next_map_works(pool, end):
    with pytest.raises(sl.WorkerDied):
        pool.map(lambda x: end() if x == 1 else x, range(4))
    assert pool.map(abs, [-1]) == [1]


@pytest.mark.skipif("forkserver" not in METHODS, reason="the system has no fork server")
def test_the_exit_code_of_a_dead_worker_is_read_by_one_thread(monkeypatch):
    from multiprocessing import forkserver

    read, readers = forkserver.read_signed, []
    with NotebookPool(2, start_method="forkserver") as pool:
        pool.map(abs, range(4))
        monkeypatch.setattr(
            forkserver, "read_signed", lambda pipe: readers.append(pipe) or read(pipe)
        )
        with pytest.raises(sl.WorkerDied, match="exit code was 3"):
            pool.map(lambda x: os._exit(3) if x == 1 else x, range(4))
    assert len(readers) == len(set(readers)) == 2


def test_no_worker_outlives_a_failure(pool):
    pids = set(pool.map(lambda _: os.getpid(), range(8)))
    with pytest.raises(sl.ChunkFailed):
        pool.map(lambda _: 1 / 0, [1])
    assert not any(_alive(pid) for pid in pids)


def _alive(pid):
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_what_a_worker_was_born_with_is_left_alone_by_its_collector(pool):
    (frozen,) = pool.map(lambda _: gc.get_freeze_count(), [0])
    assert frozen > 10_000


def test_blas_threads_are_shared_out(pool):
    def threads(_):
        import numpy  # noqa: F401
        import threadpoolctl

        return [info["num_threads"] for info in threadpoolctl.threadpool_info()]

    share = max(1, sl.usable_cpus() // 2)
    assert {n for found in pool.map(threads, [1]) for n in found} <= {share}


def test_a_map_inside_a_worker_is_serial_and_right(pool):
    def nested(x):
        return sl.parallel_map(abs, [-x], workers=1, progress=False)

    assert pool.map(nested, [1, 2]) == [[1], [2]]


def test_a_generator_is_read_a_little_at_a_time(pool):
    taken = []

    def chunks():
        for number in range(100):
            taken.append(number)
            yield number

    def first_fails(x):
        raise ValueError(x)

    with pytest.raises(sl.ChunkFailed):
        pool.map(first_fails, chunks())
    assert len(taken) < 50


def test_a_map_in_a_thread_can_be_stopped_by_another():
    stop = threading.Event()
    with NotebookPool(2, stop=stop) as pool:
        stop.set()
        with pytest.raises(sl.Interrupted):
            pool.map(abs, range(10))
        stop.clear()
        assert pool.map(abs, [-1]) == [1]


@pytest.mark.parametrize("end", [NotebookPool.close, NotebookPool.abort])
def test_a_pool_that_another_thread_ends_stops_its_map(end):
    with NotebookPool(2) as pool, futures.ThreadPoolExecutor(1) as thread:
        first = threading.Event()

        def chunks():
            yield from (1, 2)
            first.set()
            while True:
                yield 3

        answer = thread.submit(pool.map, lambda x: x, chunks())
        assert first.wait(60)
        end(pool)
        with pytest.raises(sl.Interrupted):
            answer.result(60)
        assert pool.map(abs, [-1]) == [1]


def test_a_failure_in_another_thread_is_named():
    failing, begun = threading.Event(), threading.Event()

    def chunks():
        yield 1
        begun.set()
        failing.wait(60)
        yield from [1] * 100

    with NotebookPool(1) as pool, futures.ThreadPoolExecutor(1) as thread:
        answer = thread.submit(pool.map, lambda x: x, chunks())
        assert begun.wait(60)
        with pytest.raises(sl.ChunkFailed):
            pool.map(lambda _: 1 / 0, fails_first(failing))
        with pytest.raises(sl.WorkerDied, match="Another thread used the same pool"):
            answer.result(60)


def fails_first(failing):
    yield 1
    failing.set()


def test_a_thread_that_the_function_left_is_named_where_the_pool_was_used():
    def leaves(x):
        def wait_for():
            threading.Event().wait(60)

        threading.Thread(target=wait_for).start()
        return x

    with pytest.warns(sl.SpeedlabWarning, match=r"thread running: Thread-\d+ \(wait_for\)") as seen:
        assert sl.parallel_map(leaves, [1], workers=1, progress=False) == [1]
    assert seen[0].filename == __file__


def test_traces_are_kept_for_whoever_takes_them():
    for keep, count in ((False, 0), (True, 2)):
        with NotebookPool(1, keep_traces=keep) as pool:
            for _ in range(2):
                pool.map(abs, [-1])
            assert len(pool.take_traces()) == count and not pool.take_traces()


def test_functions_are_kept_by_the_last_few_in_workers_and_on_disk():
    text = "x" * 20_000
    with NotebookPool(1) as pool:
        for number in range(12):
            assert pool.map(lambda x, n=number: (n, x, len(text)), [7]) == [(number, 7, 20_000)]
        (kept,) = pool.map(lambda _: list(_functions_here()), [0])
    assert len(kept) <= 5


def _functions_here():
    from speedlab.pool.inside import runner

    return runner._functions


def test_no_chunks_give_no_results():
    with NotebookPool(1) as pool:
        assert pool.map(abs, []) == []


def test_a_captured_frame_is_named_with_the_remedy():
    ledger = pd.DataFrame({"amount": range(300_000)})
    with NotebookPool(1) as pool, pytest.warns(sl.SpeedlabWarning, match="ledger.*row_groups"):
        assert pool.map(lambda _: len(ledger), [1]) == [300_000]


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", True])
def test_impossible_workers_are_refused(workers):
    with pytest.raises(sl.BadInput, match="cannot do any work"):
        NotebookPool(workers)


def test_an_unknown_start_method_is_refused():
    with pytest.raises(sl.BadInput, match="unknown"):
        NotebookPool(1, start_method="clone")


def test_what_is_no_function_is_refused():
    with NotebookPool(1) as pool, pytest.raises(sl.BadInput, match="no function"):
        pool.map(3, [1])


@pytest.mark.parametrize(
    "kind",
    [c for c in vars(errors).values() if isinstance(c, type) and c.__module__ == errors.__name__],
)
def test_errors_survive_pickling(kind):
    error = kind(2) if kind is errors.Interrupted else kind("what.", "why.", "next.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_notebook_shows_sentences_instead_of_a_trace():
    assert sl.BadInput("It broke.", "Rust.", "Oil it.")._render_traceback_() == [
        "BadInput: It broke.",
        "  Why:  Rust.",
        "  Next: Oil it.",
    ]
