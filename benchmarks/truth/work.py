"""What the chunks of the truth table do. Importable by name, so that every worker has its own.

Sleeping and burning take exactly as long as they are told, on any machine: so the makespan, and
with it the speedup of any number of workers, is known before anything runs.
"""

from __future__ import annotations

import functools
import os
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_kept: dict[Any, Any] = {}
"""What this process keeps from one chunk to the next, where a job is to do so."""


def sleep(seconds: float) -> float:
    """Wait, without a core."""
    time.sleep(seconds)
    return seconds


def burn(seconds: float) -> float:
    """Compute for so many seconds of this thread's own clock, however fast the machine is."""
    end_s = time.thread_time() + seconds
    while time.thread_time() < end_s:
        pass
    return seconds


def count_to(number: int) -> int:
    """Add up squares: pure arithmetic, in registers."""
    total = 0
    for i in range(number):
        total += i * i
    return total


class Locked(NamedTuple):
    """A chunk that sleeps, and then sleeps while it holds the lock of a file."""

    path: str
    outside_s: float
    inside_s: float


def hold_lock(chunk: Locked) -> float:
    """Sleep outside a lock, then inside it."""
    import fcntl

    time.sleep(chunk.outside_s)
    with open(chunk.path) as file:  # noqa: PTH123 - each chunk needs an opening of its own
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(chunk.inside_s)
    return chunk.inside_s


def write_through(chunk: tuple[str, int]) -> int:
    """Write a file and wait until the disk has it."""
    folder, size = chunk
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(4):
            file.write(b"x" * (size // 4))
            file.flush()
            os.fsync(file.fileno())
    return size


def ask(address: str) -> bytes:
    """Ask a service, and wait for its answer."""
    with urllib.request.urlopen(address) as answer:
        return bytes(answer.read())


def total_of(array: Any) -> float:
    """Return the sum of an array that was handed over: next to no work on much data."""
    return float(array.sum())


def large(index: int) -> Any:
    """Return sixteen megabytes."""
    import numpy as np

    return np.full(2_000_000, float(index))


def total_of_all(arrays: list[Any]) -> float:
    """Return what large answers come to."""
    return float(sum(array[0] for array in arrays))


def stream(index: int) -> float:
    """Pass over an array that is larger than the caches, twice."""
    import numpy as np

    if "array" not in _kept:
        _kept["array"] = np.zeros(6_000_000)
    array = _kept["array"]
    array.fill(float(index))
    np.add(array, 1.0, out=array)
    return float(array[-1])


def link(count: int) -> int:
    """Build as many dicts, each with the one before it: work for the garbage collector."""
    last: dict[str, Any] = {}
    for number in range(count):
        last = {"number": number, "before": last}
    while last["number"]:  # taken apart one by one: a long chain would free itself recursively
        last = last["before"]
    return count


def touch_new_pages(count: int) -> float:
    """Fill a fresh array whose pages the system must bring first."""
    import numpy as np

    return float(np.ones(count)[-1])


def multiply(seed: int) -> float:
    """Multiply matrices, with as many library threads as there may be."""
    import numpy as np

    matrix = np.full((900, 900), 1.0 + seed)
    return float((matrix @ matrix)[0, 0])


@functools.cache
def remember_by_functools(number: int) -> int:
    """Burn 20 ms, unless functools has the answer."""
    burn(0.02)
    return number


def remember_in_module(number: int) -> int:
    """Burn 20 ms, unless the answer is in a dict of the module."""
    if number not in _kept:
        burn(0.02)
        _kept[number] = number
    return number


@dataclass
class Remembering:
    """An object that keeps its answers."""

    seen: dict[int, int] = field(default_factory=dict)

    def answer(self, number: int) -> int:
        """Burn 20 ms, unless the object has the answer."""
        if number not in self.seen:
            burn(0.02)
            self.seen[number] = number
        return number


def sleep_longer_at_first(seconds: float) -> float:
    """Wait; the first time in a process half a second longer, as an import would take."""
    if "begun" not in _kept:
        _kept["begun"] = True
        time.sleep(0.5)
    return sleep(seconds)
