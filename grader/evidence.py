"""What a job left behind in its box: processes that still run, memory that is still shared."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

import psutil

from grader.watchdog import descendants, parent, see

GRACE_S = 2.0
POLL_S = 0.02
SERVANTS = (
    "multiprocessing.forkserver",
    "multiprocessing.resource_tracker",
    "loky.backend.resource_tracker",
)
"""Processes that Python itself, and joblib's loky, keep for the next pool."""


def contents(runner: int, outermost: int) -> frozenset[int | str]:
    """Return the processes of a box, and the names of what lies in its shared memory."""
    if not runner:
        return frozenset()
    running = {pid for pid in descendants(outermost) if see(pid) is not None}
    lasting = {pid for pid in running if not _serves(pid, runner)}
    # Without a box of its own, the shared memory is that of everybody on the machine.
    shared = _shared_memory(runner) if outermost != runner else []
    return frozenset([*lasting, *shared])


def leftovers(before: frozenset[int | str], now: Callable[[], frozenset[int | str]]) -> list[str]:
    """Return a sentence for each kind of thing that was left behind.

    A process that is about to end gets two seconds for it.
    """
    until_s = time.monotonic() + GRACE_S
    while (left := now() - before) and time.monotonic() < until_s:
        time.sleep(POLL_S)
    told = []
    if any(isinstance(one, int) for one in left):
        told.append("A worker process is still running: leave no pool and no process behind.")
    if any(isinstance(one, str) for one in left):
        told.append("A piece of shared memory is left: unlink it when the work is done.")
    return told


def _serves(pid: int, runner: int) -> bool:
    """Tell whether a process is one that Python keeps: started by the runner, known by its name."""
    with contextlib.suppress(psutil.Error):
        command = " ".join(psutil.Process(pid).cmdline())
        return parent(pid) == runner and any(name in command for name in SERVANTS)
    return False


def _shared_memory(runner: int) -> list[str]:
    with contextlib.suppress(OSError):
        return sorted(os.listdir(f"/proc/{runner}/root/dev/shm"))  # noqa: PTH208
    return []
