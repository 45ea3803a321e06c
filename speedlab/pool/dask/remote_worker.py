"""What runs inside a Dask worker, which may be on another machine with another clock."""

from __future__ import annotations

import os
import socket
import time
import zlib
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from speedlab.core.records import ChunkRun
from speedlab.pool.inside import batch, runner, startup
from speedlab.pool.inside.envelope import Envelope, fields_of


class ParentHost(NamedTuple):
    """Where the parent is: its machine, and when its steady clock showed zero."""

    host: str
    zero_s: float


def parent_host() -> ParentHost:
    """Return where this process is, as the parent of its chunks."""
    return ParentHost(socket.gethostname(), _zero_s())


def run(
    function: runner.FunctionRef,
    index: int | tuple[int, ...],
    envelope: Envelope,
    parent: ParentHost,
    blas_threads: int,
) -> Envelope:
    """Run one chunk, or several, and return the answer, with moments in the clock of the parent.

    The steady clocks of two machines begin anywhere, so the calendar clock is the bridge. How
    long the chunk lay with the scheduler is not known here: the record leaves that out.

    Args:
        function: The function.
        index: The chunk's number, or those of several in one message.
        envelope: The chunk.
        parent: Where the answer goes.
        blas_threads: Threads for numeric libraries; 0 leaves them as they are.
    """
    if not isinstance(index, int):
        run_one = partial(run, parent=parent, blas_threads=blas_threads)
        return batch.run_each(run_one, function, index, envelope)
    arrived_s = time.perf_counter()  # Dask unpacks a chunk earlier, while another one computes
    if not startup.in_worker():
        startup.prepare_remote(blas_threads)
    answer = runner.run(function, index, envelope)
    there = answer.record
    assert there is not None, "runner.run always notes a record"
    same = socket.gethostname() == parent.host
    shift_s = 0.0 if same else _zero_s() - parent.zero_s
    noted = ChunkRun(*there.run)
    noted = replace(
        noted,
        pid=noted.pid if same else _number(socket.gethostname(), os.getpid()),
        start_s=noted.start_s + shift_s,
        stop_s=noted.stop_s + shift_s,
    )
    record = there._replace(
        run=fields_of(noted),
        sent_s=arrived_s + shift_s,
        arrived_s=arrived_s + shift_s,
        ready_s=there.ready_s + shift_s,
    )
    return Envelope(answer.content, record, shift_s=shift_s)


def _zero_s() -> float:
    return time.time() - time.perf_counter()


def _number(host: str, pid: int) -> int:
    """Return a number for a process of another machine: there, process ids may be the same."""
    return zlib.crc32(f"{host}:{pid}".encode())
