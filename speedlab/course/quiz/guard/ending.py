"""Ends processes that an answer left, through the pool that owns them where there is one.

A worker of a pool that is only killed may take a lock with it, and the pool starts another one.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing.pool
import os
import threading
import time
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import psutil

from speedlab.course.quiz.stillness import lives

POLL_S = 0.02
GRACE_S = 2.0
SERVANTS = ("multiprocessing.forkserver", "resource_tracker")
"""Processes that Python itself keeps for the next pool."""


def started() -> set[int]:
    """Return every process that this one started, directly or not, for work, and that runs."""
    with contextlib.suppress(psutil.Error):
        children = psutil.Process().children(recursive=True)
        return {child.pid for child in children if lives(child.pid) and not _serves(child)}
    return set()


def _serves(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        direct = process.ppid() == os.getpid()  # a fork server's children bear its command line
        return direct and any(name in " ".join(process.cmdline()) for name in SERVANTS)
    return False


def end_all(pids: Collection[int]) -> None:
    """End some processes of this program.

    Args:
        pids: Which; others of the same pools end too.
    """
    if not pids:
        return
    for one in gc.get_objects():
        if _owned(one) & {*pids}:
            closing = threading.Thread(target=_close, args=(one,), daemon=True)
            closing.start()
            closing.join(GRACE_S)  # a worker that was killed may have taken a lock with it
    until_s = time.monotonic() + GRACE_S
    while (left := [pid for pid in pids if lives(pid)]) and time.monotonic() < until_s:
        for pid in left:
            with contextlib.suppress(psutil.Error):
                psutil.Process(pid).kill()
        time.sleep(POLL_S)


def _owned(one: Any) -> set[int]:
    """Return the workers of a pool; none of anything else."""
    kind = type(one)  # never isinstance: a learner's object may say anything of itself
    if kind is multiprocessing.pool.Pool:
        return {worker.pid for worker in getattr(one, "_pool", ())}
    if kind is ProcessPoolExecutor:
        return set(getattr(one, "_processes", None) or ())
    return set()


def _close(pool: Any) -> None:
    with contextlib.suppress(Exception):  # it is in whatever state its owner left it
        if type(pool) is ProcessPoolExecutor:
            pool.shutdown(wait=False, cancel_futures=True)
        else:
            pool.terminate()
