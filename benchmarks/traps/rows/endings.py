"""What ends, and what stays."""

import functools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks.traps.cell import LeftBehind, alive, at_work, caught, expect, lib, says, until
from benchmarks.traps.table import trap

GROUP = "endings"


@trap(GROUP, "Interrupt", act="interrupt")
def interrupt():
    """KeyboardInterrupt reaches the cell, and the next map works."""

    def waits(x):
        at_work()
        threading.Event().wait(60)

    error = caught(lambda: lib.map(waits, range(8)))
    expect(isinstance(error, KeyboardInterrupt))
    expect(lib.map(abs, [-1, -2]), [1, 2])


@trap(
    GROUP,
    "Interrupt while a large result is on its way",
    act="interrupt",
    after_s=(0.02, 0.1, 0.3),
    at_work=1,
)
def interrupt_large():
    """The same, while 200 MB come back; and the process ends."""

    def large(x):
        at_work()
        return bytes(200_000_000)

    def several():
        return len(lib.map(large, range(12)))

    error = caught(several)
    expect(isinstance(error, KeyboardInterrupt))
    expect(lib.map(abs, [-1, -2]), [1, 2])


@trap(GROUP, "a failure beside a chunk that ignores SIGTERM")
def ignores_sigterm():
    """The failure is told, and the chunk that ignores the request to end is ended."""

    def score(x):
        if x == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            Path("pid").write_text(str(os.getpid()))
            threading.Event().wait(60)
        until(lambda: Path("pid").exists() and bool(Path("pid").read_text()))
        raise ValueError("no such shop")

    error = caught(lambda: lib.map(score, range(2)))
    says(error, "no such shop")
    if not until(lambda: not alive(int(Path("pid").read_text()))):
        raise LeftBehind("the worker")


@trap(GROUP, "what a stopped chunk has started")
def children_of_chunk():
    """A program that a chunk has started ends with it, where another chunk fails."""

    def score(x):
        if x == 0:
            program = subprocess.Popen(["sleep", "60"])
            Path("half").write_text(str(program.pid))
            Path("half").rename("pid")
            program.wait()
        until(lambda: Path("pid").exists())
        raise ValueError("no such shop")

    error = caught(lambda: lib.map(score, range(2)))
    says(error, "no such shop")
    if not until(lambda: not alive(int(Path("pid").read_text()))):
        raise LeftBehind("the program")


@trap(GROUP, "a thread that a chunk has left", words=r"\bthread")
def thread_left():
    """The answers come at once though a thread of a worker would run on for a minute."""

    def score(x):
        threading.Thread(target=threading.Event().wait, args=(60,)).start()
        return x * 3

    expect(lib.map(score, [1, 2]), [3, 6])


@trap(GROUP, "the notebook is killed", act="kill")
def parent_killed():
    """All workers end."""

    def waits(x):
        at_work()
        threading.Event().wait(60)

    lib.map(waits, range(8))


@trap(GROUP, "the notebook is killed while workers are in C code", act="kill")
def parent_killed_in_c():
    """All workers end, though none of them comes back to Python's loop."""

    def backtracks(x):
        at_work()
        return re.match(r"(a+)+$", "a" * 40 + "b")

    lib.map(backtracks, range(8))


@trap(GROUP, "the notebook is killed: temporary files", act="kill", files=True)
def files_after_kill():
    """Neither a file nor shared memory stays once the next process has used the library."""
    table = np.zeros(4_000_000)

    def waits(x):
        at_work()
        threading.Event().wait(60)
        return table[x]

    lib.map(waits, range(8))


@trap(GROUP, "temporary files after a failure", files=True)
def files_after_failure():
    """Neither a file nor shared memory stays when the process has ended."""
    table = np.zeros(4_000_000)

    def score(x):
        raise ValueError(f"no such shop, {table[x]}")

    caught(lambda: lib.map(score, range(2)))


@trap(GROUP, "a pool that is never closed", by_client=True, alone=True)
def never_closed():
    """The process ends, and nothing stays."""
    sys.opened = lib.open()  # where it stays until the interpreter ends
    pool = sys.opened.__enter__()
    expect(list(pool.map(abs, [-1, -2])), [1, 2])


@trap(GROUP, "an open pool that has run many functions", by_client=True)
def pool_grows():
    """After 40 functions with 4 MB each, a worker holds less than 80 MB more than after two."""

    def resident(_):
        import psutil

        time.sleep(0.05)
        return os.getpid(), psutil.Process().memory_info().rss

    def read_at(block, x):
        return float(block[x])

    def reading(k):
        return functools.partial(read_at, np.full(500_000, float(k)))

    with lib.open() as pool:
        for k in range(2):
            list(pool.map(reading(k), range(4)))
        before = dict(pool.map(resident, range(8)))
        for k in range(40):
            expect(list(pool.map(reading(k), range(2))), [float(k)] * 2)
        after = dict(pool.map(resident, range(8)))
    grown = [(after[pid] - before[pid]) / 1e6 for pid in before if pid in after]  # if it kept any
    if max(grown, default=0) > 80:
        raise LeftBehind(f"{max(grown):.0f} MB in a worker")
