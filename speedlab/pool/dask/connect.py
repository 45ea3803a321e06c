"""Reach Dask's workers: start some here, or join a cluster that runs, or say why that fails."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speedlab.core import folders
from speedlab.core.cpus import default_start_method
from speedlab.core.errors import BadInput, WorkerDied
from speedlab.core.extras import need
from speedlab.pool.local.start import sparing_main, starting_workers

CONNECT_S = 5.0
NANNYS_PROCESS = "Dask Worker process (from Nanny)"
"""What Dask calls the process of a worker that it starts on this machine."""


@dataclass(frozen=True)
class DaskCluster:
    """A client of a Dask cluster, and what was started for it on this machine.

    Attributes:
        client: Dask's Client.
        local: Dask's LocalCluster; None where the cluster is somebody else's.
        folder: The folder in which the workers here keep files.
        sparing: Keeps the main file from workers that are started later in place of dead ones.
    """

    client: Any
    local: Any = None
    folder: str | None = None
    sparing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def executor(self) -> Any:
        """Return an executor of concurrent.futures; a call that is repeated is made again."""
        return self.client.get_executor(pure=False)

    def end_workers(self) -> None:
        """End the workers that were started here, whatever they are doing."""
        if self.local is not None:
            self.local.sync(_end_now, list(self.local.workers.values()))

    def close(self) -> None:
        """Let go of the cluster; one that was started here ends."""
        self.client.close()
        if self.local is not None:
            self.local.close()
        self.sparing.close()
        if self.folder is not None:
            folders.remove(Path(self.folder))


def reach_cluster(workers: int, *, scheduler: str | None, blas_threads: int = 1) -> DaskCluster:
    """Join a running cluster, or start one that only this process can use.

    Args:
        workers: How many workers are needed.
        scheduler: The address of a running cluster; by default one is started on this machine.
        blas_threads: Threads for numeric libraries in workers that are started here.

    Raises:
        BadInput: If Dask is not installed, or the running cluster cannot be used.
        WorkerDied: If the workers here do not start.
    """
    if scheduler is not None:
        return DaskCluster(connect(scheduler, workers=workers))
    check_installed()
    folder = tempfile.mkdtemp(prefix="speedlab-dask-")
    folders.claim(Path(folder))
    try:
        return _start(workers, folder, blas_threads)
    except BaseException:
        folders.remove(Path(folder))
        raise


def _start(workers: int, folder: str, blas_threads: int) -> DaskCluster:
    import dask
    from distributed import Client, LocalCluster

    settings = {"distributed.worker.multiprocessing-method": default_start_method()}
    with contextlib.ExitStack() as stack:
        # Dask starts them in threads of its own, and new ones in place of those that died.
        stack.enter_context(sparing_main(lambda name: name == NANNYS_PROCESS))
        # Its threads and processes inherit a blocked SIGINT: an Interrupt is for the parent alone.
        with starting_workers(blas_threads=blas_threads), dask.config.set(settings):
            try:
                cluster = LocalCluster(**_settings(workers, folder))
            except RuntimeError as error:
                raise WorkerDied(
                    "Dask's workers did not start.",
                    f"Dask said: {error}.",
                    'Run it again; if it happens again, leave out engine="dask".',
                ) from error
            client = Client(cluster, set_as_default=False)
        return DaskCluster(client, cluster, folder, stack.pop_all())


def _settings(workers: int, folder: str) -> dict[str, Any]:
    return {
        "n_workers": workers,
        "threads_per_worker": 1,
        "processes": True,
        "host": "127.0.0.1",
        "protocol": "tls://",  # with keys of its own: nobody else on this machine may join
        "security": True,
        "dashboard_address": "127.0.0.1:0",  # it has no dashboard, but wants a free port
        "worker_dashboard_address": None,
        "local_directory": folder,  # or else files are left in the working directory
        "memory_limit": 0,  # Dask would pause or end a worker at its share of the memory
        "silence_logs": logging.CRITICAL,
        # A job that ended two workers is given up: Dask would let it end four.
        "scheduler_kwargs": {"allowed_failures": 1, "dashboard": False},
    }


async def _end_now(nannies: list[Any]) -> None:
    """End workers that compute: closing the cluster would wait for their chunks first."""
    ends = (nanny.close(timeout=0.5) for nanny in nannies)
    await asyncio.gather(*ends, return_exceptions=True)


def check_installed() -> None:
    """Refuse to go on without Dask.

    Raises:
        MissingExtra: If it is not installed.
    """
    need("distributed")


def connect(scheduler: str, *, workers: int = 1) -> Any:
    """Return a client of a running cluster that can do the work.

    Raises:
        BadInput: If nobody answers, the versions differ, or it has fewer workers.
    """
    check_installed()
    client = _client(scheduler)
    try:
        check_versions(client.get_versions(packages=["speedlab"]))
        _check_enough(len(client.nthreads()), workers, scheduler)
    except BaseException:
        client.close()
        raise
    return client


def _client(scheduler: str) -> Any:
    from distributed import Client

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared by connect(), in words
        try:
            return Client(scheduler, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BadInput(
                f"No Dask scheduler answers at {scheduler}.",
                f"After {CONNECT_S:.0f} seconds nobody had, or this is no address.",
                "Write the address that dask scheduler prints, such as tcp://10.0.0.5:8786.",
            ) from error


def _check_enough(there: int, workers: int, scheduler: str) -> None:
    if there < workers:
        raise BadInput(
            f"{workers} workers, but the cluster has {there}.",
            "More cannot work than there are.",
            f"Use workers={max(1, there)}, or start more with dask worker {scheduler}.",
        )


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


def check_versions(versions: Mapping[str, Any]) -> None:
    """Compare what runs here, in the scheduler and in the workers.

    A function travels as Python's own bytecode, which another version cannot read.

    Args:
        versions: What Client.get_versions(packages=["speedlab"]) returns.

    Raises:
        BadInput: If Python differs in its first two numbers, or speedlab at all.
    """
    own = versions["client"]["packages"]["speedlab"]
    python = _short(platform.python_version())
    for where, facts in {"scheduler": versions["scheduler"], **versions["workers"]}.items():
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
