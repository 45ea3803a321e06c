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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from grader.inside.platform import PROC
from grader.sandbox.cleanup import measure
from grader.sandbox.control_groups import Group
from grader.sandbox.limits import MOST_NAMES, Limits
from speedlab.core.memory import pss_bytes, uss_bytes
from speedlab.course.quiz.evidence import LEFT, LOKY, LOKY_LEFT

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
QUIET_S = 1.5 if PROC else 3.0  # longer where a process that waits for a core looks asleep
"""After so long a sleep nobody else is on the way."""
GRACE_S = 2.0
POLL_S = 0.02
SERVANTS = (
    "multiprocessing.forkserver",
    "multiprocessing.resource_tracker",
    "loky.backend.resource_tracker",
)
"""Processes that Python itself, and joblib's loky, keep for the next pool."""
SWAYS = 3
"""Ticks of the clock that count as work: a pool that only waits looks after its workers."""
BLIND_S = 1.0  # the longest gap between two looks of which anything is known


@dataclass(frozen=True)
class ProcessSample:
    """One process as it was seen."""

    pid: int
    busy: bool
    cpu_ticks: int
    rss_bytes: int
    threads: int


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started, directly or not, itself first."""
    family = [pid]
    if not PROC:
        with contextlib.suppress(psutil.Error):
            family += [child.pid for child in psutil.Process(pid).children(recursive=True)]
        return family
    for member in family:  # which grows meanwhile
        family += [child for child in _children(member) if child not in family]
    return family


def kill(pid: int) -> None:
    """End a process at once, if it lives."""
    if hasattr(signal, "SIGKILL"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    else:
        with contextlib.suppress(psutil.Error):
            psutil.Process(pid).kill()


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                children += map(int, (thread / "children").read_text().split())
    return children


def parent(pid: int) -> int:
    """Return the process that started another, 0 if it has ended."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).ppid()
    return 0


def sample(pid: int) -> ProcessSample | None:
    """Return what a process is doing; None if it has ended."""
    if not PROC:
        return _sample_anywhere(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    words = text.rpartition(")")[2].split()
    if words[0] in "ZX":
        return None
    cpu_ticks = int(words[11]) + int(words[12])
    busy, memory = words[0] not in "STt", int(words[21]) * PAGE
    return ProcessSample(pid, busy, cpu_ticks, memory, threads=int(words[17]))


def _sample_anywhere(pid: int) -> ProcessSample | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return None
            times = process.cpu_times()
            cpu_ticks = int(100 * (times.user + times.system))
            memory, threads = process.memory_info().rss, process.num_threads()
            return ProcessSample(pid, False, cpu_ticks, memory, threads)
    except psutil.Error:
        return None


def memory_bytes(samples: Sequence[ProcessSample]) -> int:
    """Return the memory of processes; a page that they share counts once."""
    if PROC:
        return sum(pss_bytes(taken.pid) or taken.rss_bytes for taken in samples)
    own = {taken: uss_bytes(taken.pid) or taken.rss_bytes for taken in samples}
    return sum(own.values()) + max(taken.rss_bytes - alone for taken, alone in own.items())


class Monitor:
    """Watches the box that a process began.

    Args:
        pid: The outermost process.
        own: How many processes belong to the box itself.
        folders: Folders on the disk into which the box may write.
        group: The control group of the box, where the kernel keeps limits for one.
    """

    def __init__(
        self,
        pid: int,
        limits: Limits,
        *,
        own: int,
        folders: Sequence[Path],
        group: Group | None = None,
    ) -> None:
        self._pid, self._limits, self._own, self._folders = pid, limits, own, folders
        self._group = group
        self._activity = -SWAYS
        self._changed_s = self._looked_s = time.monotonic()

    def look(self) -> str:
        """Return which limit is broken, as a sentence; "" if none is."""
        limits = self._limits
        samples = [taken for pid in descendants(self._pid) if (taken := sample(pid))]
        activity = sum(taken.cpu_ticks for taken in samples) + SWAYS * len(samples)
        self._note(activity, any(taken.busy for taken in samples))
        if len(samples) - self._own > limits.processes:
            return f"More than {limits.processes} processes ran at the same time."
        if any(taken.threads > limits.threads for taken in samples):
            return f"More than {limits.threads} threads ran at the same time in one process."
        if sum(taken.threads for taken in samples) - self._own > limits.tasks:
            return f"More than {limits.tasks} threads ran at the same time."
        most = limits.memory_bytes
        # RSS is in the samples already; PSS costs a file for each process.
        if sum(taken.rss_bytes for taken in samples) > most and memory_bytes(samples) > most:
            return f"More than {most / 1e9:g} GB of memory was used."
        return self.enforced()

    def enforced(self) -> str:
        """Return which limit the kernel has enforced itself, as a sentence; "" if none."""
        return self._group.broken() if self._group is not None else ""

    def end(self) -> None:
        """End what is left in the control group of the box, if it has one."""
        if self._group is not None:
            self._group.end()

    def _note(self, activity: int, busy: bool) -> None:
        now_s = time.monotonic()
        # After a long gap nothing is known: the grader may have been stopped, and the box with it.
        moved = abs(activity - self._activity) >= SWAYS
        if busy or moved or now_s > self._looked_s + BLIND_S:
            self._activity, self._changed_s = activity, now_s
        self._looked_s = now_s

    def measure_folders(self) -> str:
        """Return a sentence if a folder on the disk holds more than it may, else ""."""
        return next((text for folder in self._folders if (text := self._measure(folder))), "")

    def _measure(self, folder: Path) -> str:
        content = measure(folder, most_names=MOST_NAMES)
        if content.size_bytes > self._limits.file_bytes:
            return f"More than {self._limits.file_bytes / 1e6:g} MB was written."
        if content.names > MOST_NAMES:
            return f"More than {MOST_NAMES:,} files and folders were made."
        if content.hidden:
            return "A folder was made that nobody may look into, or too many inside each other."
        return ""

    def still_s(self, *, since_s: float) -> float:
        """Return for how long all of it has been asleep, in seconds.

        Args:
            since_s: What lies before counts for nothing: a box that waited for its turn slept too.
        """
        return self._looked_s - max(self._changed_s, since_s)


def contents(runner: int, outermost: int) -> frozenset[int | str]:
    """Return the processes of a box, and the names of what lies in its shared memory."""
    if not runner:
        return frozenset()
    running = {pid for pid in descendants(outermost) if sample(pid) is not None}
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
    sentences = []
    if processes := [name for name in left if isinstance(name, int)]:
        sentences.append(LOKY_LEFT if any(map(_is_lokys, processes)) else LEFT)
    if any(isinstance(name, str) for name in left):
        sentences.append("A piece of shared memory is left: unlink it when the work is done.")
    return sentences


def _serves(pid: int, runner: int) -> bool:
    """Tell whether a process is one that Python keeps: started by the runner, known by its name."""
    with contextlib.suppress(psutil.Error):
        command = " ".join(psutil.Process(pid).cmdline())
        return parent(pid) == runner and any(name in command for name in SERVANTS)
    return False


def _is_lokys(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return LOKY in " ".join(psutil.Process(pid).cmdline())
    return False


def _shared_memory(runner: int) -> list[str]:
    """Return the names of pieces of shared memory.

    A lock lies there too, where workers are not forked: it has a name for as long as its pool is
    not collected, holds no memory to speak of, and nobody could remove it but Python itself.
    """
    with contextlib.suppress(OSError):
        names = os.listdir(f"/proc/{runner}/root/dev/shm")  # noqa: PTH208
        return sorted(name for name in names if not name.startswith("sem."))
    return []
