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

The crew that works is the standard library's ProcessPoolExecutor (processes.py), because it
notices a worker that dies (multiprocessing.Pool waits for ever: cpython#96062), or Dask's
executor (engines.py). What is added: functions, chunks and results travel by value, exceptions
that cannot be pickled arrive as text, the workers ignore Interrupt, share out the BLAS threads
and end with their parent.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence, Sized
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

import cloudpickle

from speedlab import capture, engines, worker
from speedlab.chunks import serial_map
from speedlab.cpus import check_workers
from speedlab.errors import BadInput, SpeedlabWarning
from speedlab.handover import Ledger
from speedlab.progress import bar
from speedlab.results import ChunkRun, MapTrace


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
        engine: "processes" of this machine, or "dask".
        scheduler: The address of a Dask scheduler; by default Dask starts its own workers here.

    Raises:
        BadInput: If workers is less than one, or an engine or start method cannot be used here.

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
        engine: str = "processes",
        scheduler: str | None = None,
    ) -> None:
        engines.check(engine, scheduler, start_method)
        self.workers = check_workers(workers)
        self.traces: list[MapTrace] = []
        self._stop = stop
        self._packed_s = 0.0
        self._crew = engines.crew(
            self.workers,
            engine=engine,
            scheduler=scheduler,
            start_method=start_method,
            preload=preload,
        )

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
        except self._crew.losses as error:
            raise self._crew.explain(error) from error
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
        self._crew.close()

    def abort(self) -> None:
        """End the workers now, whatever they are doing."""
        self._crew.abort()

    def _collect(
        self, fn: Callable[[Any], Any], chunks: Iterable[Any], *, progress: bool
    ) -> list[tuple[ChunkRun, Any]]:
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
                while pending < self._crew.under_way and (item := next(numbered, None)):
                    envelope = ledger.pack(*item)
                    future = self._crew.submit(task, item[0], envelope)
                    future.add_done_callback(done.put)
                    pending += 1
                if not pending:
                    return [answers[index] for index in sorted(answers)]
                run, value = ledger.open(self._next(done).result())
                answers[run.index] = run, value
                pending -= 1
                shown.update()

    def _next(self, done: SimpleQueue[Future[worker.Envelope]]) -> Future[worker.Envelope]:
        """Wait for the next chunk that is done; look at the stop event and the crew meanwhile."""
        while self._stop is None or not self._stop.is_set():
            with contextlib.suppress(Empty):
                return done.get(timeout=0.05 if self._stop else 1.0)
            self._crew.look()
        raise KeyboardInterrupt

    def _pack(self, fn: Callable[[Any], Any]) -> Any:
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
        return self._crew.hold(digest, payload)
