"""Read every clock of the running thread at once; at most 25 microseconds a reading."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedlab.core.records import ChunkRun

SCHEDSTAT = "/proc/thread-self/schedstat"
_kept: dict[int, int] = {}
"""Thread id to file descriptor; a forked child has other ids and never uses its parent's."""
_collecting: dict[int, float] = {}
"""Thread to its CPU clock when the garbage collector began in it."""
_collected: dict[int, float] = {}
"""Thread to the CPU seconds that the garbage collector has taken in it so far."""


@dataclass(frozen=True)
class Reading:
    """What the clocks of this thread and its process showed at one moment, in seconds."""

    wall_s: float
    waited_s: float | None
    """Ready to run, but without a core (None where the system does not count it)."""
    thread_s: float
    process_s: float
    collected_s: float = 0.0
    """What the garbage collector has taken of thread_s; in workers only."""


def start() -> Reading:
    """Return what the clocks show now; the wall clock last, to keep the reading out of the run."""
    collected_s, waited_s = _collected.get(threading.get_ident(), 0.0), run_queue_s()
    # The CPU clocks next to it: what the reading itself costs shall not look like the chunk's.
    process_s, thread_s = time.process_time(), time.thread_time()
    return Reading(time.perf_counter(), waited_s, thread_s, process_s, collected_s)


def stop() -> Reading:
    """Return what the clocks show now; the wall clock first."""
    wall_s, thread_s, process_s = time.perf_counter(), time.thread_time(), time.process_time()
    collected_s = _collected.get(threading.get_ident(), 0.0)
    return Reading(wall_s, run_queue_s(), thread_s, process_s, collected_s)


def elapsed(index: int, before: Reading, after: Reading) -> ChunkRun:
    """Return the record of a chunk that ran between two readings.

    Where the system keeps no run-queue clock, nobody knows how long the thread waited for a core:
    the time off the core may be that, or waiting for a file, a lock or a service.
    """
    thread_s, wall_s = after.thread_s - before.thread_s, after.wall_s - before.wall_s
    waited_s = None
    if before.waited_s is not None and after.waited_s is not None:
        # Who loses the core between two clocks of one reading has waited outside the run.
        waited_s = min(after.waited_s - before.waited_s, wall_s)
    return ChunkRun(
        index,
        os.getpid(),
        before.wall_s,
        after.wall_s,
        waited_s,
        cpu_s=after.process_s - before.process_s,
        thread_s=thread_s,
        gc_s=min(after.collected_s - before.collected_s, thread_s),
        thread=threading.get_native_id(),
    )


def run_queue_s() -> float | None:
    """Return how long this thread has waited for a core since it began, or None if unknown."""
    kept = _kept.get(threading.get_native_id())
    try:
        if kept is not None:
            return _nanoseconds(os.pread(kept, 64, 0))
        return _nanoseconds(Path(SCHEDSTAT).read_bytes())
    except (OSError, AttributeError, IndexError):
        return None


def keep_open(*, process: bool = True) -> None:
    """Keep the run-queue clock of this thread open: a read is then 20 times faster.

    For the thread of a worker, which is at it until its process ends, or calls let_go().

    Args:
        process: Whether the process is a worker: what the garbage collector takes is noted there
            from now on. Interrupt does not reach it; in the notebook it could get lost in the note.
    """
    with contextlib.suppress(OSError):
        _kept[threading.get_native_id()] = os.open(SCHEDSTAT, os.O_RDONLY)
    if process and _note_collection not in gc.callbacks:  # a forked worker has that of its parent
        gc.callbacks.append(_note_collection)


def _note_collection(phase: str, _: dict[str, Any]) -> None:
    # Only where Interrupt is ignored, as in a worker: Python handles a signal between two steps of
    # its own, and after a long collection the next step is this one. What is raised here cannot
    # leave the collector: in the notebook an Interrupt would be lost.
    thread = threading.get_ident()
    if phase == "start":
        _collecting[thread] = time.thread_time()
    elif (since_s := _collecting.pop(thread, None)) is not None:
        _collected[thread] = _collected.get(thread, 0.0) + time.thread_time() - since_s


def let_go() -> None:
    """Close the clock of this thread, which ends: its number may soon be another thread's."""
    _collected.pop(threading.get_ident(), None)
    kept = _kept.pop(threading.get_native_id(), None)
    if kept is not None:
        os.close(kept)


def _nanoseconds(content: bytes) -> float:
    return int(content.split()[1]) / 1e9
