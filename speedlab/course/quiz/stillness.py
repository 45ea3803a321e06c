"""For how long nothing of this program has moved: so nobody is on the way, however slow all is.

Where the kernel tells who waits for a core (/proc), a busy machine is not taken for a still one.
Elsewhere only the time that processes compute tells, and one waits longer.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection
from pathlib import Path

import psutil

PROC = Path("/proc/self/stat").exists()
PATIENCE = 1.0 if PROC else 5.0
"""By how much longer one waits until all counts as still."""
BLIND_S = 1.0
"""After so long a gap between two looks nothing is known: this program was stopped itself."""
ASLEEP = "STtZXI"
SWAYS = 3
"""Ticks of the clock that count as work: who waits by asking again and again computes a little."""


class Stillness:
    """Watches the processes that this one started, and its main thread."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._main = f"{os.getpid()}/task/{threading.main_thread().native_id}"
        self._known, self._ticks = set[str](), 0
        self._changed_s = self._looked_s = time.monotonic()

    def look(self, *, without: Collection[int] = ()) -> float:
        """Return for how long nothing has moved, in seconds, by the measure of a Linux.

        Args:
            without: Processes that are known to wait.
        """
        now_s = time.monotonic()
        seen = [_doing(name) for name in self._names(without)]
        known, ticks = {name for name, *_ in seen}, sum(ticks for _, ticks, _ in seen)
        moved = known != self._known or ticks >= self._ticks + SWAYS
        if moved or any(busy for *_, busy in seen) or now_s > self._looked_s + BLIND_S:
            self._known, self._ticks, self._changed_s = known, ticks, now_s
        self._looked_s = now_s
        return (now_s - self._changed_s) / PATIENCE

    def _names(self, without: Collection[int]) -> list[str]:
        names = [self._main] if PROC else []
        with contextlib.suppress(psutil.Error):
            pids = (child.pid for child in self._process.children(recursive=True))
            names += [str(pid) for pid in pids if pid not in without]
        return names


def _doing(name: str) -> tuple[str, int, bool]:
    """Return what a process or thread has computed, and whether it is busy."""
    if not PROC:
        return name, _computed(int(name)), False
    try:
        words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return name, 0, False
    return name, int(words[11]) + int(words[12]), words[0] not in ASLEEP


def _computed(pid: int) -> int:
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return int(100 * (times.user + times.system))
    return 0


def lives(pid: int) -> bool:
    """Tell whether a process goes on; one that ended and was not waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
