"""Worker processes of this machine, behind the standard library's ProcessPoolExecutor."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import cast

from speedlab import worker
from speedlab.cpus import context_of, default_start_method, usable_cpus
from speedlab.errors import WorkerDied
from speedlab.starting import RecordingContext, starting_workers

PRELOAD = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "pyarrow.pandas_compat",
    "cloudpickle",
    "threadpoolctl",
    "speedlab.worker",
)


class Processes:
    """A crew of processes, started on demand.

    Args:
        workers: How many.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        preload: Modules that the fork server loads before the first worker starts.

    Raises:
        BadInput: If the start method is unknown here.
    """

    losses: tuple[type[BaseException], ...] = (BrokenProcessPool,)

    def __init__(
        self, workers: int, *, start_method: str | None = None, preload: Sequence[str] = ()
    ) -> None:
        self.workers = workers
        self.under_way = 3 * workers
        self._start_method = start_method or default_start_method()
        self._blas_threads = max(1, usable_cpus() // workers)
        self._executor: ProcessPoolExecutor | None = None
        self._context = RecordingContext(context_of(self._start_method))
        self._folder: str | None = None
        self._load_fork_server([*PRELOAD, *preload])

    def hold(self, digest: str, payload: bytes) -> worker.Task:
        """Write a pickled function to a file, from which each worker reads it once."""
        self._ready()
        assert self._folder is not None
        path = Path(self._folder) / digest
        if not path.exists():
            path.write_bytes(payload)
        return worker.Task(digest, str(path))

    def submit(
        self, task: worker.Task, index: int, envelope: worker.Envelope
    ) -> Future[worker.Envelope]:
        """Hand out one chunk."""
        with self._starting():
            return self._ready().submit(worker.run, task, index, envelope)

    def look(self) -> None:
        """Do nothing: the executor itself notices a worker that dies."""

    def close(self) -> None:
        """Let the workers finish and end."""
        if self._executor is not None:
            self._executor.shutdown()
        self._forget()

    def abort(self) -> None:
        """End the workers now, whatever they are doing."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        for process in self._context.started:
            if process.is_alive():
                process.terminate()
        for process in self._context.started:
            process.join(timeout=1.0)
            if process.is_alive():  # a learner's own SIGTERM handler may keep it
                process.kill()
                process.join()
        self._forget()

    def explain(self, error: BaseException) -> WorkerDied:
        """Say why a worker was lost, and end the others."""
        self._let_executor_join()
        codes = {process.exitcode for process in self._context.started} - {0, None, 255, -15}
        self.abort()
        killed = codes & {-9, 137}
        return WorkerDied(
            "A worker process ended in the middle of its chunk.",
            "The system killed it, most often because memory ran out."
            if killed
            else f"Its exit code was {', '.join(map(str, sorted(codes, key=str))) or 'not given'}.",
            "Use smaller chunks or fewer workers, then run the cell again.",
        )

    def _starting(self) -> contextlib.AbstractContextManager[None]:
        """Guard a submit that may still start a worker: the executor starts them on demand."""
        if len(self._context.started) >= self.workers:
            return contextlib.nullcontext()
        return starting_workers(blas_threads=self._blas_threads)

    def _ready(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._folder = tempfile.mkdtemp(prefix="speedlab-")
            self._executor = ProcessPoolExecutor(
                self.workers,
                mp_context=cast(BaseContext, self._context),
                initializer=worker.prepare,
                initargs=(self._blas_threads, self._folder),
            )
        return self._executor

    def _load_fork_server(self, modules: list[str]) -> None:
        """Let the fork server load its modules while this process does something else."""
        if self._start_method == "spawn" or worker.in_worker():
            return
        from multiprocessing import forkserver, resource_tracker  # not on every system

        if self._start_method == "fork":
            # Else each worker that attaches shared memory would start a tracker of its own,
            # which removes the memory, with a warning, when that worker ends.
            resource_tracker.ensure_running()
            return
        self._context.set_forkserver_preload(modules)
        # First, as it unblocks SIGINT: an Interrupt would end a fork server that loads modules.
        resource_tracker.ensure_running()
        with starting_workers(blas_threads=self._blas_threads):
            forkserver.ensure_running()

    def _let_executor_join(self) -> None:
        """Wait until the broken executor has joined its workers, or two seconds.

        The exit code of a forkserver's child can be read once. A join here, at the same time as
        the one of the executor's own thread, would leave one of the two with 255.
        """
        if self._executor is not None:
            joining = threading.Thread(target=self._executor.shutdown, daemon=True)
            joining.start()
            joining.join(timeout=2.0)

    def _forget(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._executor, self._folder = None, None
        self._context.forget()
