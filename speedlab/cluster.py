"""Dask's workers as a crew: a cluster of processes on this machine, or one that runs already."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import platform
import tempfile
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from typing import Any

from speedlab import far, worker
from speedlab.cpus import usable_cpus
from speedlab.errors import BadInput, WorkerDied
from speedlab.starting import starting_workers

CONNECT_S = 5.0
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
        from distributed import Client, LocalCluster

        # Its threads and processes inherit a blocked SIGINT: an Interrupt is for the parent alone.
        with starting_workers(blas_threads=self._blas_threads):
            cluster = LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                protocol="tls://",
                security=True,
                dashboard_address="127.0.0.1:0",  # it has no dashboard, but wants a free port
                worker_dashboard_address=None,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"allowed_failures": 1, "dashboard": False},
            )
            return cluster, Client(cluster, set_as_default=False)

    def _forget(self) -> None:
        self._client = self._cluster = self._executor = None
        self._tasks.clear()


async def _end_now(nannies: list[Any]) -> None:
    """End workers that compute: closing the cluster would wait for their chunks first."""
    ends = (nanny.close(timeout=0.5) for nanny in nannies)
    await asyncio.gather(*ends, return_exceptions=True)


def check_installed() -> None:
    """Refuse to go on without Dask.

    Raises:
        BadInput: If it is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise BadInput(
            "Dask is not installed.",
            "The course does without it, so it is an extra.",
            "Run pip install 'speedlab[scale]', in a checkout pip install -e '.[scale]'.",
        )


def connect(scheduler: str, *, workers: int = 1) -> Any:
    """Return a client of a running cluster that can do the work.

    Raises:
        BadInput: If nobody answers, the versions differ, or it has fewer workers.
    """
    check_installed()
    from distributed import Client

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared below, in words
        try:
            client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"No Dask scheduler answers at {scheduler}.",
                f"After {CONNECT_S:.0f} seconds nobody had, or this is no address.",
                "Write the address that dask scheduler prints, such as tcp://10.0.0.5:8786.",
            ) from error
    try:
        check_versions(client.get_versions(packages=["speedlab"]))
        found = len(client.nthreads())
        if found < workers:
            raise BadInput(
                f"{workers} workers, but the cluster has {found}.",
                "More cannot work than there are.",
                f"Use workers={max(1, found)}, or start more with dask worker {scheduler}.",
            )
    except BaseException:
        client.close()
        raise
    return client


def workers_of(scheduler: str, *, files: bool) -> int:
    """Return how many workers a running cluster has.

    Raises:
        BadInput: If files are needed, and a worker does not see this machine's.
    """
    client = connect(scheduler)
    try:
        if files:
            with tempfile.NamedTemporaryFile(prefix="speedlab-seen-") as seen:
                _check_seen(client.run(os.path.exists, seen.name))
        return len(client.nthreads())
    finally:
        client.close()


def _check_seen(by_worker: Mapping[str, bool]) -> None:
    blind = sorted(address for address, sees in by_worker.items() if not sees)
    if blind:
        raise BadInput(
            f"The worker at {blind[0]} does not see the files of this machine.",
            "A case sends the places of its data, not the data.",
            "Set TMPDIR to a folder that all machines share, and keep the input there.",
        )


def check_versions(found: Mapping[str, Any]) -> None:
    """Compare what runs here, in the scheduler and in the workers.

    A function travels as Python's own bytecode, which another version cannot read.

    Args:
        found: What Client.get_versions(packages=["speedlab"]) returns.

    Raises:
        BadInput: If Python differs in its first two numbers, or speedlab at all.
    """
    own = found["client"]["packages"]["speedlab"]
    python = _short(platform.python_version())
    for where, facts in {"scheduler": found["scheduler"], **found["workers"]}.items():
        packages = facts["packages"]
        theirs = _short(packages["python"])
        if theirs != python:
            raise BadInput(
                f"Python {theirs} runs at {where}, but {python} here.",
                "Functions travel as bytecode, which another version cannot read.",
                f"Start the cluster with Python {python}.",
            )
        if packages.get("speedlab") != own:
            raise BadInput(
                f"speedlab {packages.get('speedlab') or ''} is at {where}, but {own} here."
                if packages.get("speedlab")
                else f"speedlab is not installed at {where}.",
                "Its workers must speak the same language as this one.",
                f"Run pip install 'speedlab[scale]=={own}' there and start the cluster again.",
            )


def _short(version: str) -> str:
    """Return the first two numbers of a version.

    >>> _short("3.11.7.final.0")
    '3.11'
    """
    return ".".join(version.split(".")[:2])
