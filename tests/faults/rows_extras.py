"""Faults of maps that collect failures, end chunks, yield as they come, or set their workers up.

The body of each function is the text of one notebook cell, as in fault_table.py.
"""

import os
import signal
import threading

import numpy as np
from fault_cells import METHOD, endless, fails, nothing_left, open_pool, sl, warns


def worker_killed_under_collect():
    def ends(x):
        return os.kill(os.getpid(), signal.SIGKILL) if x == 3 else x

    with open_pool() as pool:
        with warns("1 of 8 chunks failed", "chunk 3", "ended in the middle of chunk 3"):
            results = pool.map(ends, range(8), on_error="collect")
        assert [r for r in results if not isinstance(r, sl.FailedChunk)] == [0, 1, 2, 4, 5, 6, 7]
        assert results[3].index == 3 and type(results[3].error) is sl.WorkerDied
        assert pool.map(abs, [-1, 2]) == [1, 2]


def worker_exits_in_a_batch():
    def ends(x):
        return os._exit(5) if x == 6 else x

    with open_pool() as pool, warns("1 of 12 chunks failed", "chunk 6"):
        results = pool.map(ends, range(12), on_error="collect", batch=4)
    assert [i for i, r in enumerate(results) if isinstance(r, sl.FailedChunk)] == [6]
    assert results[:6] + results[7:] == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]


def chunk_takes_too_long():
    def waits(x):
        return threading.Event().wait(60) if x == 2 else x

    options = {"workers": 2, "start_method": METHOD, "timeout_s": 1.5, "progress": False}
    with warns("1 of 4 chunks failed", "Chunk 2 took longer than its limit of 1.5 s"):
        results = sl.parallel_map(waits, range(4), on_error="collect", **options)
    assert type(results[2].error) is sl.ChunkTimedOut and results[3] == 3
    with fails(sl.ChunkTimedOut, "Chunk 2 took longer", "was ended", "allow more time"):
        sl.parallel_map(waits, range(4), **options)


def loop_left_early():
    options = {"workers": 2, "start_method": METHOD}
    for result in sl.parallel_imap(lambda x: x + 1, iter(range(10**9)), **options):
        if result == 5:
            break
    nothing_left()
    kept = sl.parallel_imap(endless, iter(range(10**9)), ordered=False, **options)
    del kept  # not even begun
    kept = sl.parallel_imap(abs, iter(range(10**9)), ordered=False, **options)
    next(kept)
    del kept
    nothing_left()
    with fails(KeyboardInterrupt):
        for _ in sl.parallel_imap(abs, iter(range(10**9)), **options):
            raise KeyboardInterrupt  # as Interrupt does in the body of the loop
    nothing_left()


def set_up_raises():
    def load():
        raise FileNotFoundError("model.bin")

    def ends():
        os._exit(7)

    def score(x, model):
        return x, model

    for options in ({}, {"on_error": "collect"}):
        with fails(sl.SetupFailed, "The set-up load failed", "no chunk was run", "Call it alone"):
            sl.parallel_map(score, range(9), workers=2, start_method=METHOD, setup=load, **options)
        nothing_left()
    with open_pool() as pool:
        with fails(sl.WorkerDied, "A worker process ended"):
            pool.map(score, range(9), setup=ends)
        with fails(sl.WorkerDied, "before it had begun a chunk"):
            pool.map(score, range(9), setup=ends, on_error="collect")
        assert pool.map(score, [1, 2], setup=lambda: "m") == [(1, "m"), (2, "m")]


def shared_array_written():
    with sl.shared(np.arange(10.0)) as view:

        def read(i):
            return float(view[i])

        def write(i):
            view[i] = 0.0

        options = {"workers": 2, "start_method": METHOD, "progress": False}
        assert sl.parallel_map(read, range(10), **options) == list(map(float, range(10)))
        with fails(sl.ChunkFailed, "The array is shared read-only"):
            sl.parallel_map(write, range(10), **options)


ROWS = (
    worker_killed_under_collect,
    worker_exits_in_a_batch,
    chunk_takes_too_long,
    loop_left_early,
    set_up_raises,
    shared_array_written,
)
