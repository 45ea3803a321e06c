"""Rows of the fault table on engines: threads beside processes, and threads that go on.

Each body is the text of one notebook cell, as in fault_table.py.
"""

import os
import signal
import threading
import warnings

from fault_cells import METHOD, fails, run, sl, warns


def processes_started_beside_threads():
    found = sl.compare(
        lambda x: x + 1,
        range(8),
        workers=2,
        engine=["threads", "processes"],
        start_method=METHOD,
        budget_s=0.0,
    )
    assert found.answer == list(range(1, 9))
    assert found.engines == ("threads", "processes")


def map_within_a_thread():
    def within(x):
        return sum(run(abs, [x, -x]))

    assert sl.parallel_map(within, range(4), workers=2, engine="threads", progress=False) == [
        0,
        2,
        4,
        6,
    ]


def interrupt_of_threads():
    begun, go_on = threading.Event(), threading.Event()

    def held(_):
        begun.set()
        go_on.wait(60)

    def press():
        begun.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    with sl.NotebookPool(2, engine="threads") as pool:
        threading.Thread(target=press).start()
        with fails(sl.Interrupted):
            pool.map(held, range(8))
        assert pool.map(abs, [-1, 2]) == [1, 2]  # beside the chunks that go on
        go_on.set()


def failure_beside_a_thread_that_goes_on():
    begun, go_on = threading.Event(), threading.Event()

    def held(x):
        if x == 0:
            begun.wait(60)
            raise ValueError("no")
        begun.set()
        go_on.wait(60)

    with sl.NotebookPool(2, engine="threads") as pool:
        with warns("cannot be stopped in the middle of a chunk"), fails(sl.ChunkFailed, "no."):
            pool.map(held, range(2))
        go_on.set()


def system_exit_in_a_thread():
    with sl.NotebookPool(2, engine="threads") as pool:
        with fails(sl.ChunkFailed, "SystemExit: 2.", "in score, cell ["):

            def score(_):
                raise SystemExit(2)

            pool.map(score, [1, 2])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert pool.map(abs, [-1, 2]) == [1, 2]


ROWS = (
    processes_started_beside_threads,
    map_within_a_thread,
    interrupt_of_threads,
    failure_beside_a_thread_that_goes_on,
    system_exit_in_a_thread,
)
