"""How a fresh process becomes a worker: deaf to Interrupt, never an orphan, ready to measure."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from speedlab.core.stop import SIGNALS
from speedlab.pool.inside import clock, endings
from speedlab.pool.inside.allocator import keep_freed_memory
from speedlab.pool.inside.conditions import collect_and_set_aside, set_heap_aside
from speedlab.pool.inside.failed.crash import CrashNotes
from speedlab.pool.inside.notebook import random_state

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
HASH_SEED = "PYTHONHASHSEED"
_thread = threading.local()
"""Whether the running thread is a worker; its process, the notebook's, is none."""
_state = {"in_worker": False, "ready_s": 0.0, "blas_threads": 0}


def ready_s() -> float:
    """Return when this process was ready to be a worker, on the system's steady clock."""
    return _state["ready_s"]


def in_worker() -> bool:
    """Return whether this process, or this thread, is a worker of a NotebookPool."""
    return bool(_state["in_worker"]) or getattr(_thread, "in_worker", False)


def blas_threads() -> str:
    """Return how many threads numeric libraries may have here, as the environment says it."""
    return str(_state["blas_threads"] or "")


def begin(
    folder: str | None,
    prepare: Callable[..., None],
    arguments: tuple[Any, ...],
    *,
    reports: endings.Reports,
    crashes: CrashNotes,
    mark: str,
    grace_s: float,
) -> None:
    """Make a fresh process a worker of whatever kind: deaf to Interrupt, and never an orphan.

    Args:
        folder: A folder that goes when the parent was killed, and cannot remove it itself.
        prepare: What a worker of this kind needs besides; called with the arguments.
        arguments: For prepare.
        reports: Where it says that it is ready, or why it is not.
        crashes: Where its calls go if it crashes.
        mark: What the processes that it starts inherit, so that they are found.
        grace_s: How long it may take to end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in SIGNALS:  # a forked worker has its parent's handlers
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)
    endings.lead_group()
    os.environ[endings.MARK] = mark
    try:
        endings.end_with_parent(folder)
        endings.end_tidily(reports, grace_s)
        crashes.take()
        prepare(*arguments)
    except BaseException as error:
        reports.send(endings.NOT_READY, f"{type(error).__name__}: {error}")
        os._exit(endings.CANNOT_START)  # the executor would print the whole traceback
    reports.send(endings.READY)


def prepare(blas_threads: int) -> None:
    """Make a fresh process a good worker of a pool: modest, and ready to measure."""
    _state["in_worker"] = True
    endings.adopt_orphans()
    _limit_threads(blas_threads)
    random_state.draw_anew()
    keep_freed_memory()
    # The libraries that are loaded so far lie in pages that this worker shares with the fork
    # server. The collector notes in each object that it has looked at it: its first full run would
    # write on all these pages, and so copy them, in every worker and in the middle of a chunk.
    set_heap_aside()
    clock.keep_open()
    _state["ready_s"] = time.perf_counter()


def prepare_remote(blas_threads: int) -> None:
    """Do what still makes sense for a worker that somebody else has started."""
    _state["in_worker"] = True
    if blas_threads:
        _limit_threads(blas_threads)
    random_state.draw_anew()
    keep_freed_memory()
    collect_and_set_aside()
    clock.keep_open()
    _state["ready_s"] = time.perf_counter()


def prepare_thread() -> float:
    """Make this thread of the notebook's process a worker; return when it was ready."""
    _thread.in_worker = True
    clock.keep_open(process=False)
    return time.perf_counter()


def _limit_threads(count: int) -> None:
    import threadpoolctl

    _state["blas_threads"] = count
    # Libraries that are loaded later read these; libraries already loaded need the call.
    for name in THREAD_VARIABLES:
        os.environ[name] = str(count)
    # Only where needed: in a forked process the call itself starts threads, which then spin.
    if any(library["num_threads"] != count for library in threadpoolctl.threadpool_info()):
        threadpoolctl.threadpool_limits(count)
