"""The fault table: what goes wrong, and what the learner gets instead of a hang.

The body of each function is the text of one notebook cell: it runs in a real kernel, so what it
defines is defined in __main__. Names that it does not define are
imported by the kernel's first cell, as they are here.
"""

import inspect
import os
import signal
import sys
import textwrap
import threading
from multiprocessing.process import BaseProcess

import numpy as np
import rows_endings
import rows_engines
import rows_extras
import rows_state
import rows_words
from fault_cells import METHOD, endless, fails, nothing_left, open_pool, popen_of, run, sl, warns


def cell_function():
    k = 3

    def score(x):
        return x * k

    class Card:
        number = 4

    assert run(score, range(4)) == [0, 3, 6, 9]
    assert [card.number for card in run(lambda _: Card(), [1, 2])] == [4, 4]


def redefined_function():
    def score(x):
        return x

    with open_pool() as pool:
        assert pool.map(score, [1, 2]) == [1, 2]

        def score(x):
            return -x

        assert pool.map(score, [1, 2]) == [-1, -2]


def function_defined_after_start():
    with open_pool() as pool:
        assert pool.map(abs, [-1, 2]) == [1, 2]

        def later(x):
            return x + 1

        assert pool.map(later, [1, 2]) == [2, 3]


def worker_sigkill():
    def ends(x):
        return os.kill(os.getpid(), signal.SIGKILL) if x == 1 else x

    with open_pool() as pool:
        with fails(sl.WorkerDied, "ended in the middle", "SIGKILL", "fewer workers"):
            pool.map(ends, range(4))
        assert pool.map(abs, [-1, 2]) == [1, 2]


def os_exit():
    def ends(x):
        return os._exit(3) if x == 1 else x

    with open_pool() as pool:
        with fails(sl.WorkerDied, "ended in the middle", "exit code was 3", "run the cell again"):
            pool.map(ends, range(4))
        assert pool.map(abs, [-1, 2]) == [1, 2]


def unpicklable_exception():
    class Leaves(Exception):
        def __reduce__(self):
            raise TypeError("not me")

    class Arrives(Exception):
        def __init__(self, account, amount):
            super().__init__(f"account {account} is short of {amount}")

    def fail(kind, *values):
        def score(_):
            raise kind(*values)

        return score

    alone = "alone, without workers"
    with fails(sl.ChunkFailed, "Leaves: locked.", "in score, cell [", alone):
        run(fail(Leaves, "locked"), [1, 2])
    with fails(sl.ChunkFailed, "Arrives: account 7 is short of 3.", "in score, cell [", alone):
        run(fail(Arrives, 7, 3), [1, 2])
    with fails(sl.ChunkFailed, "SystemExit: 2.", "in score, cell [", "end the worker"):
        run(fail(SystemExit, 2), [1, 2])


def unpicklable_result():
    class Arrives:
        def __reduce__(self):
            return int, ("no number",)

    alone = "alone, without workers"
    with fails(sl.ChunkFailed, "returned a lock", "could not be sent back", "plain values"):
        run(lambda _: threading.Lock(), [1, 2])
    with fails(sl.ChunkFailed, "no number", "could not be", alone):
        run(lambda _: Arrives(), [1, 2])


def interrupt():
    run(endless, range(8))  # once both workers are at it, the test presses Interrupt


def kernel_sigkill():
    run(endless, range(8))  # once both workers are at it, the test kills the kernel


def captured_200_mb():
    ledger = np.zeros(25_000_000)

    def score(x):
        return x + len(ledger)

    with warns("score captures ledger (ndarray)", "200 MB", "sl.row_groups"):
        assert run(score, [1, 2]) == [25_000_001, 25_000_002]
    ledger = None


def blas_threads_in_parent():
    matrix = np.random.default_rng(0).random((300, 300))
    product = matrix @ matrix  # the kernel's BLAS threads run from here on

    def multiply(_):
        import threadpoolctl

        threads = [library["num_threads"] for library in threadpoolctl.threadpool_info()]
        return matrix @ matrix, max(threads)

    for workers in (1, 2):
        share = max(1, sl.usable_cpus() // workers)
        for answer, threads in run(multiply, [1, 2], workers=workers):
            assert np.allclose(answer, product) and threads == share


def nested_parallel_map():
    def nested(x):
        inner = sl.parallel_map(lambda y: (y, os.getpid()), [x, -x], workers=2, start_method=METHOD)
        return [y for y, _ in inner], {pid for _, pid in inner} == {os.getpid()}

    assert run(nested, [1, 2]) == [([1, -1], True), ([2, -2], True)]


def generator_of_chunks():
    taken = []

    def chunks(stop):
        for number in range(stop):
            taken.append(number)
            yield number
        raise OSError("the file ends in the middle of a line")

    def fail(x):
        raise ValueError(x)

    assert run(lambda x: 2 * x, (number for number in range(100))) == list(range(0, 200, 2))
    with fails(OSError):
        run(abs, chunks(10))
    taken.clear()
    with fails(sl.ChunkFailed, "ValueError"):
        run(fail, chunks(100))
    assert len(taken) < 50, "a generator of large chunks must not be read whole"


def empty_chunks():
    assert run(abs, []) == run(abs, iter(())) == []
    assert sl.parallel_map(abs, [], start_method=METHOD) == []
    assert run(len, [[], "", {}]) == [0, 0, 0]


def interrupt_at_start():
    moments = [(BaseProcess.start, "call"), (popen_of(METHOD)._launch, "return")]

    def take():  # the kernel has other threads, which take a signal that the first one blocks
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.killpg(0, signal.SIGINT)  # as Jupyter does: to the kernel and all that it has started

    def press():
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()

    def press_at(function, moment):
        def look(frame, event, _):
            if frame.f_code is function.__code__ and event == moment:
                sys.setprofile(None)
                press()

        sys.setprofile(look)

    def press_before(chunk):
        for number in range(8):
            if number == chunk:
                press()
            yield number

    for function, event in moments:  # before the first worker runs; when it does, unknown to all
        with fails(sl.Interrupted):
            press_at(function, event)
            run(endless, range(8))
        nothing_left()
    for chunk in (0, 1, 2):  # before any; while the first loads its libraries; while both do
        with fails(sl.Interrupted):
            run(endless, press_before(chunk))
        nothing_left()


FAULTS = {
    fault.__name__: fault
    for fault in (
        cell_function,
        redefined_function,
        function_defined_after_start,
        worker_sigkill,
        os_exit,
        unpicklable_exception,
        unpicklable_result,
        interrupt,
        kernel_sigkill,
        captured_200_mb,
        blas_threads_in_parent,
        nested_parallel_map,
        generator_of_chunks,
        empty_chunks,
        interrupt_at_start,
        *rows_endings.ROWS,
        *rows_engines.ROWS,
        *rows_extras.ROWS,
        *rows_state.ROWS,
        *rows_words.ROWS,
    )
}


def cell_of(fault):
    """Return the body of a function as the text of a cell."""
    return textwrap.dedent(inspect.getsource(FAULTS[fault]).split("\n", maxsplit=1)[1])


def imports_of(fault):
    """Return the text of a cell that imports what the fault's own cell uses."""
    return f"from {FAULTS[fault].__module__} import *"
