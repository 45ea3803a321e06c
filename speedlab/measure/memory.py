"""What a run uses, seen from outside: processes, their CPU time, peak memory."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil

from speedlab.core.memory import pss_bytes, uss_bytes
from speedlab.core.records import Footprint

EVERY_S = 0.05
WORKED_S = 0.02
"""CPU seconds from which a process counts as having worked; the clock ticks in 0.01."""


@dataclass
class Peak:
    """What has been seen so far of this process and its descendants."""

    size_bytes: int = 0
    cpu_s: dict[int, float] = field(default_factory=dict)
    """CPU seconds of each descendant since the watching began."""

    def look(self, known_s: dict[int, float]) -> None:
        """Take one sample; known_s is what each process had used before."""
        own = psutil.Process()
        children = own.children(recursive=True)
        self.size_bytes = max(self.size_bytes, sum(map(_memory_bytes, [own, *children])))
        for pid, used_s in _cpu_of(children).items():
            self.cpu_s[pid] = used_s - known_s.get(pid, 0.0)


@contextlib.contextmanager
def peak_memory() -> Iterator[Peak]:
    """Sample this process and all its descendants while the block runs.

    Memory is the sum of PSS (see speedlab.core.memory); where the system has none, of USS.

    >>> with peak_memory() as peak:
    ...     _ = bytearray(1000)
    >>> peak.size_bytes > 1_000_000
    True
    """
    known_s = _cpu_of(psutil.Process().children(recursive=True))
    peak, done = Peak(), threading.Event()
    peak.look(known_s)

    def watch() -> None:
        while not done.wait(EVERY_S):
            peak.look(known_s)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def footprint(run: Callable[[], Any]) -> Footprint:
    """Run something once and return what it used.

    A process that lives for less than a twentieth of a second can be missed in the count; the
    system's own account of ended children corrects the CPU time.
    """
    ended_s = _ended_children_s()
    start_s = time.perf_counter()
    with peak_memory() as peak:
        run()
    wall_s = time.perf_counter() - start_s
    worked = [used_s for used_s in peak.cpu_s.values() if used_s >= WORKED_S]
    cpu_s = max(sum(peak.cpu_s.values()), _ended_children_s() - ended_s)
    return Footprint(wall_s, len(worked), cpu_s, peak.size_bytes)


def _ended_children_s() -> float:
    own = psutil.Process().cpu_times()
    return float(getattr(own, "children_user", 0.0) + getattr(own, "children_system", 0.0))


def _cpu_of(processes: list[psutil.Process]) -> dict[int, float]:
    used_s = {}
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            times = process.cpu_times()
            used_s[process.pid] = float(times.user + times.system)
    return used_s


def _memory_bytes(process: psutil.Process) -> int:
    return pss_bytes(process.pid) or uss_bytes(process.pid) or 0
