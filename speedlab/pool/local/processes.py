"""Processes of this machine as the backend of a pool."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from speedlab.core import folders
from speedlab.core.cpus import context_of, default_start_method, usable_cpus
from speedlab.core.errors import SpeedlabError, WorkerDied, refused_by_system, warn
from speedlab.pool.inside import batch, runner, startup
from speedlab.pool.inside.envelope import Envelope
from speedlab.pool.inside.notebook.state import StateRef
from speedlab.pool.local import exits
from speedlab.pool.local.ending import Ending
from speedlab.pool.local.start import starting_workers
from speedlab.pool.local.workers import CannotStart, WorkerProcesses

LARGE_BYTES = 16_000
"""More bytes go through a file; fewer are quicker sent with each chunk."""
FILES = 8
"""More than one function is needed at a time where several threads map on one pool."""
PRELOAD = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "pyarrow.pandas_compat",
    "cloudpickle",
    "threadpoolctl",
    "speedlab.pool.inside.runner",
    "speedlab.pool.inside.fork_server",
)


class ProcessBackend:
    """Processes of this machine as the backend of a pool, started on demand.

    Args:
        workers: How many.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        preload: Modules that the fork server loads before the first worker starts.

    Raises:
        BadInput: If the start method is unknown here.
    """

    losses: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    shares_memory, batches, left = False, True, 0
    cpu_clock = staticmethod(time.process_time)

    def __init__(
        self, workers: int, *, start_method: str | None = None, preload: Sequence[str] = ()
    ) -> None:
        self.workers = workers
        self.under_way = 3 * workers
        self._start_method = start_method or default_start_method()
        self._blas_threads = max(1, usable_cpus() // workers)
        self._processes: WorkerProcesses | None = None
        self._folder = folders.new_place()
        self._files: list[Path] = []
        self._state: StateRef | None = None
        self._memory: exits.MemoryFacts | None = None
        folders.tidy_up()
        with exits.system_in_words():
            self._load_fork_server([*PRELOAD, *preload])

    def hold(self, digest: str, payload: bytes) -> runner.FunctionRef:
        """Return a pickled function as it travels: a large one in a file, read once by each worker.

        The files of the last few functions are kept.
        """
        self._get_ready()
        return runner.FunctionRef(digest, self._filed(digest, payload), self._state)

    def settle(self, digest: str, payload: bytes) -> None:
        """Keep the state of the notebook, as it travels with each function."""
        self._state = StateRef(digest, self._filed(digest, payload))

    def submit(
        self, function: runner.FunctionRef, index: int | tuple[int, ...], envelope: Envelope
    ) -> Future[Envelope]:
        """Hand out one chunk, or several in one message.

        Raises:
            BrokenProcessPool: If the workers ended since the function was taken.
        """
        if self._processes is None:  # another thread ended them: its map shall not go on with new
            raise BrokenProcessPool("the workers were ended")
        return self._processes.submit(batch.run, function, index, envelope)

    def look(self) -> None:
        """Look for an end of which the executor does not tell.

        Raises:
            BrokenProcessPool: If nobody is left to wait for.
        """
        if self._processes is not None:
            self._processes.look()

    def close(self) -> None:
        """Let the workers finish and end."""
        processes, self._processes = self._processes, None
        try:
            if processes is not None:
                processes.close()
                name_threads(processes.ending().threads)
        finally:
            self._forget_files()

    def abort(self) -> None:
        """End the workers now, whatever they are doing."""
        processes, self._processes = self._processes, None
        if processes is not None:
            processes.abort()
        self._forget_files()

    def explain(self, error: BaseException) -> SpeedlabError:
        """Say why a worker was lost, and end the others."""
        said = self.explain_one(self._processes, error)
        self.abort()
        return said

    def explain_one(
        self,
        processes: WorkerProcesses | None,
        error: BaseException,
        *,
        when: str = "in the middle of its chunk",
    ) -> SpeedlabError:
        """Say why one of these workers was lost.

        Args:
            processes: Those that it belonged to; nobody hands anything more to them.
            error: What the executor said.
            when: When that was, as the end of a sentence.
        """
        found = processes.ending() if processes else Ending()
        if isinstance(error, CannotStart) or not found.ready:
            return _none_started(found, error)
        said = exits.died(found.exit_codes, before=self._memory, crash=found.crash)
        return WorkerDied(f"A worker process ended {when}.", said.why, said.next_step)

    def place(self) -> str:
        """Return the folder of these workers, which goes with them."""
        with exits.system_in_words():
            folders.make(self._folder)
        return str(self._folder)

    def _filed(self, digest: str, payload: bytes) -> str | bytes:
        """Return the name of a file that holds these bytes, or themselves where they are few."""
        if len(payload) <= LARGE_BYTES:
            return payload
        path = Path(self.place()) / digest
        if not path.exists():
            with exits.system_in_words():
                path.write_bytes(payload)
        self._files = [file for file in self._files if file != path] + [path]
        for file in self._files[:-FILES]:
            file.unlink(missing_ok=True)
        self._files = self._files[-FILES:]
        return str(path)

    def _get_ready(self) -> None:
        if self._processes is None:
            self._processes = self._new_workers(self.workers)

    def _new_workers(self, count: int) -> WorkerProcesses:
        self._memory = self._memory or exits.MemoryFacts.now()
        return WorkerProcesses(
            count,
            start_method=self._start_method,
            prepare=startup.prepare,
            arguments=(self._blas_threads,),
            blas_threads=self._blas_threads,
            folder=str(self._folder),
        )

    def _load_fork_server(self, modules: list[str]) -> None:
        """Let the fork server load its modules while this process does something else."""
        if self._start_method == "spawn" or startup.in_worker():
            return
        from multiprocessing import forkserver, resource_tracker, util  # not on every system

        if self._start_method == "fork":
            # Else each worker that attaches shared memory would start a tracker of its own,
            # which removes the memory, with a warning, when that worker ends.
            resource_tracker.ensure_running()
            return
        context_of(self._start_method).set_forkserver_preload(modules)
        # First, as it unblocks SIGINT: an Interrupt would end a fork server that loads modules.
        resource_tracker.ensure_running()
        with starting_workers(blas_threads=self._blas_threads):
            forkserver.ensure_running()
        folders.claim(Path(util.get_temp_dir()))

    def _forget_files(self) -> None:
        folders.remove(self._folder)
        self._files = []


def name_threads(names: Sequence[str]) -> None:
    """Warn of threads that calls have left running."""
    if names:
        warn(
            f"The function left a thread running: {', '.join(dict.fromkeys(names))}. It was ended "
            "together with its worker. Join each thread, or close the pool that started it, "
            "before the function returns."
        )


def _none_started(found: Ending, error: BaseException) -> SpeedlabError:
    refused = refused_by_system(error.__cause__) if isinstance(error, CannotStart) else None
    if refused:
        return refused
    codes = ", ".join(str(code) for code in found.exit_codes if code) or "not given"
    said = f"The system said: {error}." if isinstance(error, CannotStart) else ""
    return WorkerDied(
        "No worker could start.",
        f"It said: {found.not_ready[0]}" if found.not_ready else said or f"Exit code: {codes}.",
        "Look whether a limit on memory or processes, or a broken installation, stops a new "
        "Python here.",
    )
