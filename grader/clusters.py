"""Hand-ins graded by Dask's workers: here, or on a cluster that runs already.

A worker starts boxes as this machine would, so it needs the same course, grader and bubblewrap, and
must see the folder of the course. Results are plain files there; only records travel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from grader.crews import Borrowed
from speedlab.joining import check_installed, connect, workers_of


class DaskCrew:
    """Workers of a Dask cluster; one of its own, on this machine, where none is named.

    Args:
        workers: How many hand-ins are graded at once.
        scheduler: The address of a running cluster.

    Raises:
        BadInput: If Dask is not installed, nobody answers, or a worker does not see the files.
    """

    def __init__(self, workers: int, *, scheduler: str | None = None) -> None:
        check_installed()
        from distributed import Client, LocalCluster

        self._cluster: Any = None
        if scheduler is None:
            self._cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                protocol="tls://",  # with keys of its own: nobody else on this machine may join
                security=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
            self._client: Any = Client(self._cluster, set_as_default=False)
        else:
            workers_of(scheduler, files=True)
            self._client = connect(scheduler, workers=workers)
        # Not pure: grading again with --force is no repetition that may be left out.
        self._borrowed = Borrowed(self._client.get_executor(pure=False))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""
        return self._borrowed.submit(fn, *args, **kwargs)

    def end(self, *, now: bool) -> None:
        """Take back what has not begun, and leave the cluster, or end our own."""
        self._borrowed.end(now=now)
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
