"""In the box: a worker of multiprocessing.Pool that dies is reported, not waited for.

Pool starts another worker, loses the task that the first one had, and waits for it for ever
(cpython#96062). The supervisor, once told, ends the check instead of its patience.
"""

from __future__ import annotations

import contextlib
from multiprocessing import pool
from typing import Any

from grader.probe import talk


def watch(address: str) -> None:
    """Tell the supervisor of every worker that ends with an exit code while its pool works."""
    original = pool.Pool._join_exited_workers  # type: ignore[attr-defined]

    def join_exited_workers(workers: list[Any]) -> Any:
        codes = [worker.exitcode for worker in workers]
        for code in codes:
            if code:
                with contextlib.suppress(OSError):
                    talk(address, {"worker_died": code})
        return original(workers)

    pool.Pool._join_exited_workers = staticmethod(join_exited_workers)  # type: ignore[attr-defined]
