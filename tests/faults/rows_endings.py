"""Rows of the fault table on endings: whatever ends a map, nothing hangs and nothing stays.

Each body is the text of one notebook cell, as in fault_table.py. What several cells use is here.
"""

import contextlib
import importlib.util
import multiprocessing
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from concurrent import futures
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from fault_cells import METHOD, endless, fails, nothing_left, open_pool, run, sl, warns

from speedlab.pool.inside import families
from speedlab.pool.pool import NotebookPool

LARGE = 30_000_000
STARTED = Path(tempfile.gettempdir()) / "started"
SLEEPS = ["sleep", "600"]


def until(condition, within_s=30):
    """Wait for a condition; far longer than it takes on a busy machine."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def press():
    """Press Interrupt as Jupyter does, from a thread that takes the signal itself."""

    def take():
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.killpg(0, signal.SIGINT)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()


@contextlib.contextmanager
def in_large_result(share, act):
    """Act when so much of a large result has arrived, and read on when the workers have ended."""
    original, acted = Connection._recv, []

    def watched(self, size, read=os.read):
        left = [size]

        def look(file, count):
            if size >= LARGE and size - left[0] >= share * size and not acted:
                acted.append(count)
                act()
                until(all_ended)
            part = read(file, count)
            left[0] -= len(part)
            return part

        return original(self, size, look)

    Connection._recv = watched
    try:
        yield
    finally:
        Connection._recv = original
    assert acted, "no large result came"


def large(_):
    """Return a large result, and leave word of who made it."""
    leave_word(os.getpid())
    return bytes(LARGE)


def leave_word(pid):
    STARTED.mkdir(exist_ok=True)
    (STARTED / str(pid)).touch()


def all_ended():
    return not any(families.runs(int(file.name)) for file in STARTED.iterdir())


def nothing_runs():
    """Assert that whatever left word has ended, and no thread of an executor waits."""
    nothing_left()
    until(all_ended)
    for file in STARTED.glob("*"):
        file.unlink()
    until(lambda: not any("Executor" in type(t).__name__ for t in threading.enumerate()))


def start_some(_=None):
    """Start processes in all the ways in which a chunk may leave them, and leave word of them."""
    for new_session in (False, True):
        leave_word(subprocess.Popen(SLEEPS, start_new_session=new_session).pid)
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,), daemon=True)
    child.start()
    leave_word(child.pid)
    reader, writer = os.pipe()
    if os.fork() == 0:  # a process whose parent ends, in a session of its own
        os.setsid()
        if (grandchild := os.fork()) == 0:
            os.execvp(*SLEEPS[:1], SLEEPS)
        os.write(writer, str(grandchild).encode())
        os._exit(0)
    leave_word(int(os.read(reader, 20)))
    os.wait()
    return len(SLEEPS)


def start_and_stay(_):
    start_some()
    endless(_)


def backtrack(_):
    """Stay in C code that keeps the interpreter's lock, with a child that runs on."""
    subprocess.Popen(SLEEPS)
    (Path(os.environ["FAULT_AT_WORK"]) / str(os.getpid())).touch()
    re.match(r"(a+)+$", "a" * 60 + "b")


def at_work():
    return sorted(int(file.name) for file in Path(os.environ["FAULT_AT_WORK"]).iterdir())


def nobody_at_work():
    for file in Path(os.environ["FAULT_AT_WORK"]).iterdir():
        file.unlink()


def interrupt_in_large_result():
    for share in (0.0, 0.5, 0.9):
        with fails(sl.Interrupted), in_large_result(share, press):
            run(large, [1, 2])
        nothing_runs()


def stop_in_large_result():
    for share in (0.1, 0.7):
        stop = threading.Event()
        pool = NotebookPool(2, start_method=METHOD, stop=stop)
        with pool, fails(sl.Interrupted), in_large_result(share, stop.set):
            pool.map(large, [1, 2])
        nothing_runs()


def failure_in_large_result():
    half = threading.Event()

    def chunks():
        yield from (1, 2)
        until(half.is_set)
        raise OSError("the file ends in the middle of a line")

    with fails(OSError), in_large_result(0.5, half.set):
        run(large, chunks())
    nothing_runs()


def stop_in_large_chunk():
    stop = threading.Event()

    def chunks():
        yield from [bytes(LARGE)] * 2
        until(at_work)
        stop.set()

    with NotebookPool(1, start_method=METHOD, stop=stop) as pool, open_pool() as later:
        assert later.map(abs, [-1]) == [1]  # a forked worker inherits the pipes of the other pool
        with fails(sl.Interrupted):
            pool.map(endless, chunks())
        assert later.map(abs, [-1]) == [1]
    nobody_at_work()
    nothing_left()
    until(lambda: not any("Executor" in type(t).__name__ for t in threading.enumerate()))


def killed_in_large_result():
    def kill():
        for file in STARTED.iterdir():
            os.kill(int(file.name), signal.SIGKILL)

    with fails(sl.WorkerDied, "ended in the middle"), in_large_result(0.5, kill):
        run(large, [1], workers=1)
    nothing_runs()


def left_by_a_chunk():
    assert run(start_some, [1, 2]) == [2, 2]
    nothing_runs()


def left_by_a_chunk_that_fails():
    def fails_then(_):
        start_some()
        raise ValueError("no")

    with fails(sl.ChunkFailed, "ValueError: no."):
        run(fails_then, [1, 2])
    nothing_runs()


def left_by_a_worker_that_is_killed():
    def ends(_):
        start_some()
        os.kill(os.getpid(), signal.SIGKILL)

    with fails(sl.WorkerDied, "ended in the middle", "SIGKILL"):
        run(ends, [1], workers=1)
    nothing_runs()


def left_by_a_chunk_that_is_interrupted():
    run(start_and_stay, [1, 2])  # once both workers are at it, the test presses Interrupt


def kernel_sigkill_in_c_code():
    run(backtrack, [1, 2])  # once both workers are at it, the test kills the kernel


def pools_in_a_chunk():
    def keeps(x):
        fork = multiprocessing.get_context("fork")
        executor, pool = futures.ProcessPoolExecutor(1, mp_context=fork), fork.Pool(1)
        kept.extend([executor, pool])
        leave_word(executor.submit(os.getpid).result())
        leave_word(pool.apply(os.getpid))
        return x

    kept = []
    assert run(keeps, [1, 2]) == [1, 2]
    nothing_runs()


def joblib_in_a_chunk():
    def half_of(x):
        import joblib

        pids = joblib.Parallel(n_jobs=2)(joblib.delayed(os.getpid)() for _ in range(4))
        for pid in pids:
            leave_word(pid)
        return x

    if importlib.util.find_spec("joblib"):
        assert run(half_of, [1], workers=1) == [1]
        nothing_runs()


def thread_left_by_a_chunk():
    def leaves(x):
        def wait_for():
            threading.Event().wait(60)

        threading.Thread(target=wait_for).start()
        return x

    with warns("left a thread running: Thread-", "(wait_for)", "Join each thread"):
        assert run(leaves, [1], workers=1) == [1]
    nothing_left()


def deaf_to_terminate():
    def deaf(x):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        leave_word(os.getpid())
        if x:
            endless(x)
        until(lambda: len(list(STARTED.iterdir())) == 2)
        raise ValueError("no")

    with fails(sl.ChunkFailed, "ValueError: no."):
        run(deaf, [0, 1])
    nobody_at_work()
    nothing_runs()


def abort_while_another_thread_maps():
    def maps(pool):
        with fails(sl.Interrupted):
            pool.map(endless, range(8))
        return True

    for end in ("abort", "abort"):
        with open_pool() as pool, futures.ThreadPoolExecutor(1) as thread:
            answer = thread.submit(maps, pool)
            until(lambda: len(at_work()) == 2)
            getattr(pool, end)()
            assert answer.result()
        nobody_at_work()
        nothing_left()


def abort_at_start():
    start, begun = BaseProcess.start, []

    def aborts_first(process):
        if not begun:
            begun.append(threading.Thread(target=pool.abort))
            begun[0].start()
        start(process)

    BaseProcess.start = aborts_first
    try:
        with open_pool() as pool, fails(sl.Interrupted):
            pool.map(endless, range(8))
    finally:
        BaseProcess.start = start
    begun[0].join()
    nobody_at_work()
    nothing_left()


def two_pools_one_interrupted():
    def maps(x):
        until((Path(tempfile.gettempdir()) / "go").exists)
        return -x

    go = Path(tempfile.gettempdir()) / "go"
    with open_pool() as pool, futures.ThreadPoolExecutor(1) as thread:
        answer = thread.submit(pool.map, maps, [1, 2, 3])
        with fails(sl.Interrupted), in_large_result(0.5, press):
            run(large, [1, 2])
        go.touch()
        assert answer.result() == [-1, -2, -3]
    go.unlink()
    nothing_runs()


def fork_server_killed():
    from multiprocessing import forkserver

    with open_pool() as pool:
        assert pool.map(abs, [-1, 2]) == [1, 2]
        if METHOD == "forkserver":
            os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    nothing_left()
    assert run(abs, [-1, 2]) == [1, 2]


def workers_cannot_start():
    from multiprocessing import forkserver, spawn

    python = spawn.get_executable()
    spawn.set_executable("/bin/false")
    try:
        if METHOD == "spawn":
            with fails(sl.WorkerDied, "No worker could start", next_step="a limit on"):
                run(abs, [-1, 2])
        if METHOD == "forkserver":
            forkserver._forkserver._stop()
            with fails(sl.WorkerDied, "No worker could start", "The system said", "a limit on"):
                run(abs, [-1, 2])
    finally:
        spawn.set_executable(python)
    nothing_left()


def open_pool_does_not_grow():
    def another(number):
        text = os.urandom(20_000)
        return lambda x: (number, x, len(text))

    def kept(_):
        from speedlab.pool.inside import runner

        return len(runner._functions)

    with open_pool() as pool:
        for number in range(12):
            assert pool.map(another(number), [7]) == [(number, 7, 20_000)]
        files = [*Path(tempfile.gettempdir()).glob("speedlab-*/*")]
        assert 0 < len(files) < 12 and not pool.take_traces()
        assert max(pool.map(kept, range(4))) < 6


ROWS = (
    interrupt_in_large_result,
    stop_in_large_result,
    stop_in_large_chunk,
    failure_in_large_result,
    killed_in_large_result,
    left_by_a_chunk,
    left_by_a_chunk_that_fails,
    left_by_a_worker_that_is_killed,
    left_by_a_chunk_that_is_interrupted,
    kernel_sigkill_in_c_code,
    pools_in_a_chunk,
    joblib_in_a_chunk,
    thread_left_by_a_chunk,
    deaf_to_terminate,
    abort_while_another_thread_maps,
    abort_at_start,
    two_pools_one_interrupted,
    fork_server_killed,
    workers_cannot_start,
    open_pool_does_not_grow,
)
