"""Looks at the processes of a box from outside: how many, how large, whether they are busy.

Limits of the kernel hold for one process; these hold for all of a box together. Memory is counted
as PSS, in which a page that several processes share counts once. Where no /proc tells of processes,
psutil does: then nobody says whether a process sleeps or waits for a core, so only the time that it
computes tells, and shared pages are taken to be those of the process that has most of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from grader.limits import Limits
from grader.system import PROC

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
QUIET_S = 1.5 if PROC else 3.0  # longer where a process that waits for a core looks asleep
BLIND_S = 1.0  # the longest gap between two looks of which anything is known


@dataclass(frozen=True)
class Seen:
    """One process as it was seen."""

    pid: int
    busy: bool
    cpu: int
    rss_bytes: int


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, directly or not, itself first."""
    found = [pid]
    if not PROC:
        with contextlib.suppress(psutil.Error):
            found += [one.pid for one in psutil.Process(pid).children(recursive=True)]
        return found
    for one in found:
        found += [child for child in _children(one) if child not in found]
    return found


def kill(pid: int) -> None:
    """End a process at once, if it lives."""
    if hasattr(signal, "SIGKILL"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    else:
        with contextlib.suppress(psutil.Error):
            psutil.Process(pid).kill()


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return found


def parent(pid: int) -> int:
    """Return the process that started another, 0 if it has ended."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).ppid()
    return 0


def see(pid: int) -> Seen | None:
    """Return what a process is doing; None if it has ended."""
    if not PROC:
        return _see_anywhere(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    words = text.rpartition(")")[2].split()
    if words[0] in "ZX":
        return None
    cpu = int(words[11]) + int(words[12])
    return Seen(pid, words[0] not in "STt", cpu, int(words[21]) * PAGE)


def _see_anywhere(pid: int) -> Seen | None:
    try:
        one = psutil.Process(pid)
        with one.oneshot():
            if one.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return None
            times = one.cpu_times()
            cpu = int(100 * (times.user + times.system))
            return Seen(pid, False, cpu, one.memory_info().rss)
    except psutil.Error:
        return None


def memory_bytes(seen: Sequence[Seen]) -> int:
    """Return the memory of processes; a page that they share counts once."""
    if PROC:
        return sum(pss_bytes(one.pid) or one.rss_bytes for one in seen)
    own = {one: _own_bytes(one) for one in seen}
    return sum(own.values()) + max(one.rss_bytes - alone for one, alone in own.items())


def _own_bytes(seen: Seen) -> int:
    """Return the memory that a process shares with nobody; all of it where that is not known."""
    with contextlib.suppress(psutil.Error, AttributeError):
        return int(psutil.Process(seen.pid).memory_full_info().uss)
    return seen.rss_bytes


def pss_bytes(pid: int) -> int:
    """Return the memory of a process; a page that it shares with others counts in part."""
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 0


class Watchdog:
    """Watches the box that a process began.

    Args:
        pid: The outermost process.
        own: How many processes belong to the box itself.
        folders: Folders on the disk into which the box may write.
    """

    def __init__(self, pid: int, limits: Limits, *, own: int, folders: Sequence[Path]) -> None:
        self._pid, self._limits, self._own, self._folders = pid, limits, own, folders
        self._cpu = -1
        self._changed_s = self._looked_s = time.monotonic()

    def look(self) -> str:
        """Return which limit is broken, as a sentence; "" if none is."""
        limits = self._limits
        seen = [one for pid in descendants(self._pid) if (one := see(pid))]
        self._note(sum(one.cpu for one in seen) + len(seen), any(one.busy for one in seen))
        if len(seen) - self._own > limits.processes:
            return f"More than {limits.processes} processes ran at the same time."
        most = limits.memory_bytes
        if sum(one.rss_bytes for one in seen) > most and memory_bytes(seen) > most:
            return f"More than {most / 1e9:g} GB of memory was used."
        return ""

    def _note(self, cpu: int, busy: bool) -> None:
        now_s = time.monotonic()
        # After a long gap nothing is known: the grader may have been stopped, and the box with it.
        if busy or cpu != self._cpu or now_s > self._looked_s + BLIND_S:
            self._cpu, self._changed_s = cpu, now_s
        self._looked_s = now_s

    def measure_folders(self) -> str:
        """Return a sentence if a folder on the disk holds more than it may, else ""."""
        return next((told for one in self._folders if (told := self._measure(one))), "")

    def _measure(self, folder: Path) -> str:
        size = number = 0
        for place, folders, files in os.walk(folder):
            number += len(folders) + len(files)
            for name in files:
                with contextlib.suppress(OSError):
                    size += Path(place, name).lstat().st_size
            if size > self._limits.file_bytes or number > 100_000:
                return f"More than {self._limits.file_bytes / 1e6:g} MB was written."
        return ""

    def is_quiet(self, *, since_s: float) -> bool:
        """Tell whether all of it has been asleep for a while: nobody else is on the way.

        Args:
            since_s: What lies before counts for nothing: a box that waited for its turn slept too.
        """
        return self._looked_s - max(self._changed_s, since_s) > QUIET_S
