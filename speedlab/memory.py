"""Peak memory of this process and its workers, shared pages counted once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

EVERY_S = 0.05


@dataclass
class Peak:
    """The highest sum seen so far, in bytes."""

    size_bytes: int = 0


@contextlib.contextmanager
def peak_memory() -> Iterator[Peak]:
    """Sample the memory of this process and all its descendants while the block runs.

    The sum is of PSS (proportional set size), which counts a page that n processes share as
    1/n in each. Where the system has no PSS it is of USS, the pages a process has alone.

    >>> with peak_memory() as peak:
    ...     _ = bytearray(1000)
    >>> peak.size_bytes > 1_000_000
    True
    """
    peak, done = Peak(memory_now()), threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_S):
            peak.size_bytes = max(peak.size_bytes, memory_now())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def memory_now() -> int:
    """Return the bytes that this process and its descendants hold now."""
    own = psutil.Process()
    return sum(map(_held, [own, *own.children(recursive=True)]))


def _held(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.Error:  # it ended meanwhile, or is not ours to look at
        return 0
    return int(getattr(memory, "pss", memory.uss))
