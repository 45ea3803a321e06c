"""A process pool that takes functions written in a notebook cell.

Who runs where, and who reads and writes what::

    this process (a kernel)                          worker 1..N (clean processes)
    -----------------------                          -----------------------------
    map(fn, chunks)
      fn --cloudpickle--> function file  ----------> read once, kept by its digest
      chunk bytes --submit--> [call queue]  -------> answer = fn(chunk), every step noted
      results in order  <---- [result queue] <------ Answer(times, result | failure)
                                                     watchdog thread: parent gone -> exit

    an exception, an Interrupt or a dead worker here: cancel what waits, terminate the
    workers, join them, and only then say so. The next map starts new workers.

The engine is the standard library's ProcessPoolExecutor, because it notices a worker that
dies (multiprocessing.Pool waits for ever: cpython#96062). What is added: functions, chunks
and results travel by value, exceptions that cannot be pickled arrive as text, the workers
ignore Interrupt, share out the BLAS threads and end with their parent.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence, Sized
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, cast

import cloudpickle

from speedlab import capture, worker
from speedlab.chunks import serial_map
from speedlab.cpus import check_workers, context_of, default_start_method, usable_cpus
from speedlab.errors import BadInput, SpeedlabWarning, WorkerDied
from speedlab.handover import Ledger
from speedlab.progress import bar
from speedlab.results import ChunkRun, MapTrace
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


class Interrupted(KeyboardInterrupt):
    """The run was stopped by Interrupt; its workers have ended."""

    def _render_traceback_(self) -> list[str]:
        return ["Stopped. Every worker has ended; run the cell again whenever you like."]


class NotebookPool:
    """Worker processes that run functions written anywhere, notebook cells included.

    Args:
        workers: How many processes; usable_cpus() by default.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        preload: Modules that the fork server loads before the first worker starts, so that
            no worker has to. They count only until the first pool of this process starts.
        stop: An event by which another thread can end a map as Interrupt does.

    Raises:
        BadInput: If workers is less than one or the start method is unknown here.

    >>> with NotebookPool(1) as pool:
    ...     pool.map(lambda x: x + 1, [1, 2])
    [2, 3]
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        start_method: str | None = None,
        preload: Sequence[str] = (),
        stop: threading.Event | None = None,
    ) -> None:
        self.workers = check_workers(workers)
        self.start_method = start_method or default_start_method()
        self.traces: list[MapTrace] = []
        self._blas_threads = max(1, usable_cpus() // self.workers)
        self._stop = stop
        self._executor: ProcessPoolExecutor | None = None
        self._context = RecordingContext(context_of(self.start_method))
        self._folder: str | None = None
        self._packed_s = 0.0
        self._load_fork_server([*PRELOAD, *preload])

    def __enter__(self) -> NotebookPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def map(
        self, fn: Callable[[Any], Any], chunks: Iterable[Any], *, progress: bool = False
    ) -> list[Any]:
        """Apply a function to every chunk in the workers and return the results in order.

        Raises:
            ChunkFailed: If the function raises; the original exception is the cause.
            WorkerDied: If a worker ends without an answer.
            Interrupted: If the learner presses Interrupt.
        """
        if worker.in_worker():  # a pool inside a worker would only add processes, not cores
            return serial_map(fn, chunks)
        start_s, cpu_s = time.perf_counter(), time.process_time()
        try:
            answers = self._collect(fn, chunks, progress=progress)
        except BrokenProcessPool as error:
            raise self._explain_death() from error
        except KeyboardInterrupt as error:
            self.abort()
            traceback.clear_frames(error.__traceback__)  # they hold the executor's semaphores
            raise Interrupted from None
        except BaseException:
            self.abort()
            raise
        runs = tuple(run for run, _ in answers)
        cpu_s, stop_s = time.process_time() - cpu_s, time.perf_counter()
        self.traces.append(MapTrace(start_s, stop_s, runs, self._packed_s, cpu_s))
        return [value for _, value in answers]

    def take_traces(self) -> tuple[MapTrace, ...]:
        """Return the traces of the maps since the last call and forget them."""
        traces, self.traces = tuple(self.traces), []
        return traces

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

    def _collect(
        self, fn: Callable[[Any], Any], chunks: Iterable[Any], *, progress: bool
    ) -> list[tuple[ChunkRun, Any]]:
        self._ready()
        task = self._pack(fn)
        self._packed_s = time.perf_counter()
        ledger = Ledger(capture.name_of(fn))
        numbered = enumerate(chunks)
        total = len(chunks) if isinstance(chunks, Sized) else None
        done: SimpleQueue[Future[worker.Envelope]] = SimpleQueue()
        answers: dict[int, tuple[ChunkRun, Any]] = {}
        pending = 0
        with bar(total, unit="chunk", shown=progress) as shown:
            while True:
                # A short queue: a generator of large chunks is never held in memory whole.
                while pending < 3 * self.workers and (item := next(numbered, None)):
                    envelope = ledger.pack(*item)
                    with self._starting():
                        # Not held in a local: the last traceback of a kernel keeps those alive.
                        future = self._ready().submit(worker.run, task, item[0], envelope)
                    future.add_done_callback(done.put)
                    pending += 1
                if not pending:
                    return [answers[index] for index in sorted(answers)]
                run, value = ledger.open(self._next(done).result())
                answers[run.index] = run, value
                pending -= 1
                shown.update()

    def _next(self, done: SimpleQueue[Future[worker.Envelope]]) -> Future[worker.Envelope]:
        """Wait for the next chunk that is done, and look at the stop event meanwhile."""
        if self._stop is None:
            return done.get()
        while not self._stop.is_set():
            with contextlib.suppress(Empty):
                return done.get(timeout=0.05)
        raise KeyboardInterrupt

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
        if self.start_method == "spawn" or worker.in_worker():
            return
        from multiprocessing import forkserver, resource_tracker  # not on every system

        if self.start_method == "fork":
            # Else each worker that attaches shared memory would start a tracker of its own,
            # which removes the memory, with a warning, when that worker ends.
            resource_tracker.ensure_running()
            return
        self._context.set_forkserver_preload(modules)
        # First, as it unblocks SIGINT: an Interrupt would end a fork server that loads modules.
        resource_tracker.ensure_running()
        with starting_workers(blas_threads=self._blas_threads):
            forkserver.ensure_running()

    def _pack(self, fn: Callable[[Any], Any]) -> worker.Task:
        if not callable(fn):
            raise BadInput(
                f"{type(fn).__name__} is no function.",
                "The first argument is the function that every chunk goes through.",
                "Write its name without brackets: parallel_map(score, chunks).",
            )
        payload = cloudpickle.dumps(fn)
        if len(payload) > capture.LIMIT:
            warnings.warn(capture.warning_text(fn, len(payload)), SpeedlabWarning, stacklevel=5)
        digest = hashlib.sha256(payload).hexdigest()[:32]
        assert self._folder is not None
        path = Path(self._folder) / digest
        if not path.exists():
            path.write_bytes(payload)
        return worker.Task(digest, str(path))

    def _explain_death(self) -> WorkerDied:
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
