"""Hand-ins graded by Dask's workers: here, or on a cluster that runs already.

A worker starts boxes as this machine would, so it needs the same course, grader and bubblewrap, and
must see the folder of the course. Results are plain files there; only records travel.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from grader.run.executors import BorrowedWorkers
from speedlab.pool.dask.connect import reach_cluster, workers_of


class DaskWorkers:
    """Workers of a Dask cluster; one of its own, on this machine, where none is named.

    Args:
        workers: How many hand-ins are graded at once.
        scheduler: The address of a running cluster.

    Raises:
        BadInput: If Dask is not installed, nobody answers, or a worker does not see the files.
    """

    def __init__(self, workers: int, *, scheduler: str | None = None) -> None:
        if scheduler is not None:
            workers_of(scheduler, files=True)
        self._cluster = reach_cluster(workers, scheduler=scheduler)
        self._borrowed = BorrowedWorkers(self._cluster.executor())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""
        return self._borrowed.submit(fn, *args, **kwargs)

    def close(self) -> None:
        """Take back what has not begun, and leave the cluster, or end our own."""
        self._borrowed.close()
        self._cluster.close()

    abort = close
