"""Rows of the fault table: what crosses the border between processes, and what cannot.

Names that a cell does not define or import are those of fault_table.
"""

import os
import signal
import threading

from fault_cells import fails, open_pool, run, sl


def traceback_of_the_worker():
    def rate_of(row):
        return row["rate"]

    def score(row):
        try:
            return 1 / rate_of(row)
        except KeyError as error:
            raise ValueError("no rate") from error

    with fails(sl.ChunkFailed, "score failed on chunk 1", "in score, cell [", "chunks[1] alone"):
        run(score, [{"rate": 1}, {}])
    try:
        run(score, [{}, {}])
    except sl.ChunkFailed as error:
        assert 'line 8: raise ValueError("no rate") from error' in error.why, error.why
        shown = "\n".join(error._render_traceback_())
        assert 'line 2, in rate_of: return row["rate"]' in shown, shown
        assert "ipykernel" not in shown and "site-packages" not in shown, shown
        assert isinstance(error.__cause__, ValueError)
        assert isinstance(error.__cause__.__cause__, KeyError)


def captured_handle():
    import sqlite3

    db = sqlite3.connect(":memory:")
    held = {"locks": [threading.Lock()]}
    with fails(sl.BadInput, "uses db, a database handle", "another process", "connect inside"):
        run(lambda x: db.execute("select 1"), [1, 2])
    with fails(sl.BadInput, "uses held['locks'][0], a lock", "another process", "inside"):
        run(lambda x: held, [1, 2])
    with fails(sl.BadInput, "chunks[1] is a generator", "another process", "pass a list"):
        run(len, [[1], (n for n in range(2))])
    db.close()


def function_that_remembers():
    import functools

    @functools.cache
    def square(x):
        return x * x

    assert run(square, [2, 3]) == [4, 9]
    assert run(lambda x: square(x) + 1, [2, 3]) == [5, 10]


def recipe_in_place_of_a_result():
    def lines(x):
        yield x

    with fails(sl.BadInput, "lines is a generator function", "recipe", "list"):
        run(lines, [1, 2])
    with fails(sl.ChunkFailed, "returned a generator", "nothing has been computed", "list(...)"):
        run(lambda x: lines(x), [1, 2])  # noqa: PLW0108 - the function itself is refused above


def chunks_that_are_none():
    def score(amount, rate):
        return amount * rate

    with fails(sl.BadInput, "score takes 2 arguments", "one argument", "score(*chunk)"):
        run(score, [(1, 2), (3, 4)])
    for chunks in ("abc", {"a": 1}, None, 10):
        with fails(sl.BadInput, "The chunks are"):
            run(abs, chunks)


def crash_in_c_code():
    import ctypes

    def crashes(x):
        return ctypes.string_at(0) if x == 1 else x

    with open_pool() as pool:
        with fails(sl.WorkerDied, "ended in the middle", "SIGSEGV", "one by one"):
            pool.map(crashes, range(4))
        assert pool.map(abs, [-1, 2]) == [1, 2]
        try:
            pool.map(crashes, range(4))
        except sl.WorkerDied as error:
            assert "in crashes, cell [" in error.why, error.why
            assert "line 4: return ctypes.string_at(0)" in error.why, error.why


def worker_sigterm():
    def ends(x):
        return os.kill(os.getpid(), signal.SIGTERM) if x == 1 else x

    with open_pool() as pool:
        with fails(sl.WorkerDied, "ended in the middle", "SIGTERM", "run the cell again"):
            pool.map(ends, range(4))
        assert pool.map(abs, [-1, 2]) == [1, 2]


ROWS = (
    traceback_of_the_worker,
    captured_handle,
    function_that_remembers,
    recipe_in_place_of_a_result,
    chunks_that_are_none,
    crash_in_c_code,
    worker_sigterm,
)
