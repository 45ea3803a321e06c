"""Dask's workers as a crew: a cluster of processes on this machine, or one that runs already."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import time
from concurrent.futures import CancelledError, Future
from typing import Any

from speedlab import far, worker
from speedlab.cpus import default_start_method, usable_cpus
from speedlab.errors import WorkerDied
from speedlab.joining import check_installed, connect
from speedlab.starting import starting_workers

PATIENCE_S = 15.0
"""How long a cluster may be without any worker: Dask starts a new one for one that died."""
QUIET_GRAPH = {"distributed.admin.large-graph-warning-threshold": "1 GiB"}


class Abandoned(Exception):
    """No worker is left, or the scheduler has gone."""


class DaskWorkers:
    """A crew of Dask workers.

    A worker that dies is replaced, and its chunks are computed again; whoever kills two workers
    is given up. A chunk that a worker of somebody else's cluster has begun cannot be stopped:
    its answer is dropped.

    Args:
        workers: How many; of a running cluster at most so many are busy at a time.
        scheduler: The address of a running cluster; by default one is started on this machine.

    Raises:
        BadInput: If Dask is not installed.
    """

    def __init__(self, workers: int, *, scheduler: str | None = None) -> None:
        check_installed()
        self.workers = workers
        self.under_way = workers if scheduler else 3 * workers
        self._scheduler = scheduler
        self._blas_threads = 0 if scheduler else max(1, usable_cpus() // workers)
        self._client: Any = None
        self._cluster: Any = None
        self._executor: Any = None
        self._folder: str | None = None
        self._home = far.home()
        self._looked_s = self._seen_s = 0.0
        self._tasks: dict[str, Any] = {}

    @property
    def losses(self) -> tuple[type[BaseException], ...]:
        """What a future raises when a chunk is lost for good."""
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        return KilledWorker, CancelledError, CommClosedError, Abandoned

    def hold(self, digest: str, payload: bytes) -> Any:
        """Give the function to the cluster, which sends it to each worker once.

        It is a task of its own, so that Dask makes it again when a worker that had it dies.
        """
        self._ready()
        if digest not in self._tasks:
            self._tasks[digest] = self._client.submit(worker.Task, digest, payload, pure=False)
        return self._tasks[digest]

    def submit(self, task: Any, index: int, envelope: worker.Envelope) -> Future[worker.Envelope]:
        """Hand out one chunk."""
        import dask

        with dask.config.set(QUIET_GRAPH):
            future: Future[worker.Envelope] = self._executor.submit(
                far.run, task, index, envelope, self._home, self._blas_threads
            )
        return future

    def look(self) -> None:
        """Ask the scheduler, once a second, whether anybody is left.

        Raises:
            Abandoned: If it is silent, or has had no worker for a while.
        """
        now_s = time.monotonic()
        if now_s - self._looked_s < 1.0:
            return
        self._looked_s = now_s
        try:
            here = self._client.nthreads()
        except (OSError, TypeError, ValueError) as error:  # what a closed client raises
            raise Abandoned("scheduler") from error
        if here:
            self._seen_s = now_s
        elif now_s - self._seen_s > PATIENCE_S:
            raise Abandoned("workers")

    def close(self) -> None:
        """Let go of the cluster; one that was started here ends."""
        if self._client is not None:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()
        self._forget()

    def abort(self) -> None:
        """Drop every chunk, and end the workers that were started here at once."""
        if self._executor is not None:
            self._executor.shutdown(wait=False)
        if self._cluster is not None:
            self._cluster.sync(_end_now, list(self._cluster.workers.values()))
        self.close()

    def explain(self, error: BaseException) -> WorkerDied:
        """Say why a chunk was lost, and end the others."""
        from distributed.scheduler import KilledWorker

        self.abort()
        if isinstance(error, KilledWorker):
            return WorkerDied(
                "A worker process ended in the middle of its chunk.",
                "Dask gave the chunk to another worker, and that one ended too: most often "
                "memory ran out.",
                "Use smaller chunks or fewer workers, then run the cell again.",
            )
        return WorkerDied(
            "The Dask cluster was lost in the middle of the work.",
            "Its scheduler has ended, or none of its workers is left.",
            "Look whether the cluster runs, then run the cell again.",
        )

    def _ready(self) -> None:
        if self._client is not None:
            return
        if self._scheduler:
            self._client = connect(self._scheduler, workers=self.workers)
        else:
            self._cluster, self._client = self._start()
        self._executor = self._client.get_executor(pure=False)
        self._seen_s = time.monotonic()

    def _start(self) -> tuple[Any, Any]:
        """Start a cluster that only this process can use: it speaks TLS with keys of its own."""
        import dask
        from distributed import Client, LocalCluster

        settings = {"distributed.worker.multiprocessing-method": default_start_method()}
        self._folder = tempfile.mkdtemp(prefix="speedlab-dask-")
        # Its threads and processes inherit a blocked SIGINT: an Interrupt is for the parent alone.
        with starting_workers(blas_threads=self._blas_threads), dask.config.set(settings):
            try:
                cluster = LocalCluster(**self._wishes())
            except RuntimeError as error:
                self._forget()
                raise WorkerDied(
                    "Dask's workers did not start.",
                    "In a script this happens when the call stands at the top level: each worker "
                    "runs the script again.",
                    "Put the call under: if __name__ == '__main__':",
                ) from error
            return cluster, Client(cluster, set_as_default=False)

    def _wishes(self) -> dict[str, Any]:
        return {
            "n_workers": self.workers,
            "threads_per_worker": 1,
            "processes": True,
            "host": "127.0.0.1",
            "protocol": "tls://",
            "security": True,
            "dashboard_address": "127.0.0.1:0",  # it has no dashboard, but wants a free port
            "worker_dashboard_address": None,
            "local_directory": self._folder,
            "memory_limit": 0,
            "silence_logs": logging.CRITICAL,
            "scheduler_kwargs": {"allowed_failures": 1, "dashboard": False},
        }

    def _forget(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._client = self._cluster = self._executor = self._folder = None
        self._tasks.clear()


async def _end_now(nannies: list[Any]) -> None:
    """End workers that compute: closing the cluster would wait for their chunks first."""
    ends = (nanny.close(timeout=0.5) for nanny in nannies)
    await asyncio.gather(*ends, return_exceptions=True)
