"""Processes and whom they started: found, and ended with all that came of them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterable

import psutil

from speedlab.pool.inside.endings import MARK

TRACKER = "resource_tracker"
"""Tidies up the semaphores and folders of its makers once they are gone, and then ends itself."""
PASSES = 10
GONE_S = 1.0


def descendants(pid: int) -> list[int]:
    """Return whom a process has started, directly or not, as far as their parents still live.

    >>> os.getpid() in descendants(os.getpid())
    False
    """
    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def end(first: Collection[int], *, also: Iterable[int] = (), mark: str = "") -> None:
    """End processes and whom they started, wherever those went; they may start others meanwhile.

    Args:
        first: Processes that lead groups of their own, or led them until they ended.
        also: Whom they were seen to have started.
        mark: What all of them inherited, for those that left their groups; "" to spare the look.
    """
    left, spared = {*first, *also}, set[int]()
    for _ in range(PASSES):
        left |= {child for pid in left for child in descendants(pid)}
        left |= {*_in_groups(first), *(_marked(mark) if mark else ())}
        spared |= {pid for pid in left - spared if _is_tracker(pid)}
        left = {pid for pid in left - spared - {os.getpid()} if runs(pid)}
        if not left:
            return
        for pid in left:
            kill(pid)
        _wait_for(left)


def end_children() -> None:
    """End whom this process has started and left running."""
    for _ in range(PASSES):
        left = [pid for pid in descendants(os.getpid()) if runs(pid) and not _is_tracker(pid)]
        if not left:
            return
        for pid in left:
            kill(pid)
        _wait_for(left)


def kill(pid: int) -> None:
    """End a process at once, if it lives."""
    with contextlib.suppress(OSError, psutil.Error):
        if hasattr(signal, "SIGKILL"):
            os.kill(pid, signal.SIGKILL)
        else:
            psutil.Process(pid).kill()


def runs(pid: int) -> bool:
    """Tell whether a process has not ended; one whose parent has not looked yet has.

    >>> runs(os.getpid())
    True
    """
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def _in_groups(leaders: Collection[int]) -> list[int]:
    """Return who belongs to the groups of some leaders: it does so also when they are gone.

    The number of a group is not given to a new process while anybody is left in it.
    """
    members = []
    for pid in psutil.pids() if hasattr(os, "getpgid") else ():
        with contextlib.suppress(OSError):
            if os.getpgid(pid) in leaders:
                members.append(pid)
    return members


def _marked(mark: str) -> list[int]:
    pids = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                pids.append(process.pid)
    return pids


def _is_tracker(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(TRACKER in part for part in psutil.Process(pid).cmdline())
    return False


def _wait_for(pids: Iterable[int]) -> None:
    until_s = time.monotonic() + GONE_S
    while any(runs(pid) for pid in pids) and time.monotonic() < until_s:
        time.sleep(0.005)
