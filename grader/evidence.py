"""What a job left behind in its box: processes that still run, memory that is still shared."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from grader.live import LiveBox
from grader.watchdog import LINUX, descendants, see

GRACE_S = 2.0
POLL_S = 0.02
SERVANTS = (b"multiprocessing.forkserver", b"multiprocessing.resource_tracker")
"""Processes that Python itself keeps for the next pool."""


def leftovers(live: LiveBox) -> list[str]:
    """Return a sentence for each kind of thing that was left behind.

    A process that is about to end gets two seconds for it.
    """
    if not LINUX or not live.runner:
        return []
    until_s = time.monotonic() + GRACE_S
    while _workers(live) and time.monotonic() < until_s:
        time.sleep(POLL_S)
    left = []
    if _workers(live):
        left.append("A worker process is still running: leave no pool and no process behind.")
    if live.isolated and _shared_memory(live):
        left.append("A piece of shared memory is left: unlink it when the work is done.")
    return left


def _workers(live: LiveBox) -> list[int]:
    children = set(descendants(live.runner)) - {live.runner}
    servants = {pid for pid in children if _parent(pid) == live.runner and _serves(pid)}
    elsewhere = set(descendants(live.pid)) - children - {live.runner, *live.own}
    return [pid for pid in [*(children - servants), *elsewhere] if see(pid) is not None]


def _serves(pid: int) -> bool:
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return any(name in command for name in SERVANTS)
    return False


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _shared_memory(live: LiveBox) -> list[str]:
    with contextlib.suppress(OSError):
        return sorted(os.listdir(f"/proc/{live.runner}/root/dev/shm"))  # noqa: PTH208
    return []
