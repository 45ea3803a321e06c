"""What runs inside a Dask worker, which may be on another machine with another clock."""

from __future__ import annotations

import os
import socket
import time
import zlib
from typing import NamedTuple

from speedlab import worker


class Home(NamedTuple):
    """Where the parent is: its machine, and when its steady clock showed zero."""

    host: str
    zero_s: float


def home() -> Home:
    """Return this process as a home for its chunks."""
    return Home(socket.gethostname(), _zero_s())


def run(
    task: worker.Task, index: int, envelope: worker.Envelope, home: Home, blas_threads: int
) -> worker.Envelope:
    """Run one chunk and return its answer, with every moment in the clock of its home.

    The steady clocks of two machines begin anywhere, so the calendar clock is the bridge. How
    long the chunk lay with the scheduler is not known here: the record leaves that out.

    Args:
        task: The function.
        index: The chunk's number.
        envelope: The chunk.
        home: Where the answer goes.
        blas_threads: Threads for numeric libraries; 0 leaves them as they are.
    """
    arrived_s = time.perf_counter()  # Dask unpacks a chunk earlier, while another one computes
    if not worker.in_worker():
        worker.prepare_far(blas_threads)
    found = worker.run(task, index, envelope)
    there = found.record
    assert there is not None, "worker.run always notes a record"
    same = socket.gethostname() == home.host
    shift_s = 0.0 if same else _zero_s() - home.zero_s
    record = there._replace(
        pid=there.pid if same else _number(socket.gethostname(), os.getpid()),
        start_s=there.start_s + shift_s,
        stop_s=there.stop_s + shift_s,
        sent_s=arrived_s + shift_s,
        arrived_s=arrived_s + shift_s,
        ready_s=there.ready_s + shift_s,
    )
    return worker.Envelope(found.content, record, shift_s=shift_s)


def _zero_s() -> float:
    return time.time() - time.perf_counter()


def _number(host: str, pid: int) -> int:
    """Return a number for a process of another machine: there, process ids may be the same."""
    return zlib.crc32(f"{host}:{pid}".encode())
