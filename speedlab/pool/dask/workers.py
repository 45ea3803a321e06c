"""Dask's workers as a backend: processes of this machine, or a cluster that runs already."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError, Future
from typing import Any

from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import WorkerDied
from speedlab.pool.dask import remote_worker
from speedlab.pool.dask.connect import DaskCluster, check_installed, reach_cluster
from speedlab.pool.inside import runner
from speedlab.pool.inside.envelope import Envelope
from speedlab.pool.inside.notebook.state import StateRef

PATIENCE_S = 15.0
"""How long a cluster may be without any worker: Dask starts a new one for one that died."""
QUIET_GRAPH = {"distributed.admin.large-graph-warning-threshold": "1 GiB"}


class Abandoned(Exception):
    """No worker is left, or the scheduler has gone."""


class DaskBackend:
    """Dask's workers as the backend of a pool.

    A worker that dies is replaced, and its chunks are computed again; whoever kills two workers
    is given up. A chunk that a worker of somebody else's cluster has begun cannot be stopped:
    its answer is dropped.

    Args:
        workers: How many; of a running cluster at most so many are busy at a time.
        scheduler: The address of a running cluster; by default one is started on this machine.

    Raises:
        BadInput: If Dask is not installed.
    """

    shares_memory, batches, left = False, True, 0
    cpu_clock = staticmethod(time.process_time)

    def __init__(self, workers: int, *, scheduler: str | None = None) -> None:
        check_installed()
        self.workers = workers
        self.under_way = workers if scheduler else 3 * workers
        self._scheduler = scheduler
        self._blas_threads = 0 if scheduler else max(1, usable_cpus() // workers)
        self._cluster: DaskCluster | None = None
        self._executor: Any = None
        self._parent = remote_worker.parent_host()
        self._looked_s = 0.0
        self._alone_s: float | None = None
        self._functions: dict[tuple[str, str], Any] = {}
        self._state: StateRef | None = None

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
        client = self._ready().client
        key = digest, self._state.digest if self._state else ""
        if key not in self._functions:
            future = client.submit(runner.FunctionRef, digest, payload, self._state, pure=False)
            self._functions[key] = future
            for old in list(self._functions)[: -runner.KEPT]:
                del self._functions[old]  # its chunks under way hold it still
        return self._functions[key]

    def settle(self, digest: str, payload: bytes) -> None:
        """Keep the state of the notebook, which goes along with the functions."""
        self._state = StateRef(digest, payload)

    def submit(
        self, function: Any, index: int | tuple[int, ...], envelope: Envelope
    ) -> Future[Envelope]:
        """Hand out one chunk, or several in one message."""
        import dask

        with dask.config.set(QUIET_GRAPH):
            future: Future[Envelope] = self._executor.submit(
                remote_worker.run, function, index, envelope, self._parent, self._blas_threads
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
            here = self._ready().client.nthreads()
        except (OSError, TypeError, ValueError) as error:  # what a closed client raises
            raise Abandoned("scheduler") from error
        if here:
            self._alone_s = None
        elif self._alone_s is None:  # it may be long ago that anybody looked
            self._alone_s = now_s
        elif now_s - self._alone_s > PATIENCE_S:
            raise Abandoned("workers")

    def close(self) -> None:
        """Let go of the cluster; one that was started here ends."""
        if self._cluster is not None:
            self._cluster.close()
        self._cluster = self._executor = None
        self._functions.clear()

    def abort(self) -> None:
        """Drop every chunk, and end the workers that were started here at once."""
        if self._cluster is not None:
            self._executor.shutdown(wait=False)
            self._cluster.end_workers()
        self.close()

    def explain(self, error: BaseException) -> WorkerDied:
        """Say why a chunk was lost, and end the others."""
        from distributed.scheduler import KilledWorker

        self.abort()
        if isinstance(error, KilledWorker):
            return killed()
        return WorkerDied(
            "The Dask cluster was lost in the middle of the work.",
            "Its scheduler has ended, or none of its workers is left.",
            "Look whether the cluster runs, then run the cell again.",
        )

    def _ready(self) -> DaskCluster:
        if self._cluster is None:
            self._cluster = reach_cluster(
                self.workers, scheduler=self._scheduler, blas_threads=self._blas_threads
            )
            self._executor = self._cluster.executor()
            self._alone_s = None
        return self._cluster


def one_chunk_lost(error: BaseException) -> WorkerDied | None:
    """Say that a chunk ended its workers, if that is what happened; the others can go on."""
    from distributed.scheduler import KilledWorker

    return killed() if isinstance(error, KilledWorker) else None


def killed() -> WorkerDied:
    """Return in words that a chunk ended one worker after the other."""
    return WorkerDied(
        "A worker process ended in the middle of its chunk.",
        "Dask gave the chunk to another worker, and that one ended too: most often memory ran out.",
        "Use smaller chunks or fewer workers, then run the cell again.",
    )
