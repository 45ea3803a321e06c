"""Worker processes that take calls, behind the standard library's ProcessPoolExecutor."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.context import BaseContext
from typing import Any, cast

from speedlab.core.cpus import context_of, default_start_method
from speedlab.core.errors import SHARED_MEMORY
from speedlab.core.files import named
from speedlab.pool.inside import endings, startup
from speedlab.pool.inside.failed.crash import CrashNotes
from speedlab.pool.local.ending import (
    POLL_S,
    Ending,
    drop_chunks,
    end_with_families,
    group_exists,
    has_ended,
    let_go,
    second_reader,
    wait_for_end,
)
from speedlab.pool.local.start import RecordingContext, interrupt_held_back, starting_workers

LATE_S = 2.0
"""How long a worker may take, besides its time for ending, until it ends itself."""
GONE_S = 10.0
"""Far longer than a killed process takes to be gone; past it nothing more can be done."""


class CannotStart(BrokenProcessPool):
    """The system started no worker; what it said is the message, its exception the cause."""


class WorkerProcesses:
    """Worker processes that take calls: every one is known, and none is left behind.

    They are started on demand, deaf to Interrupt, which their parent handles, and end with it.
    What their calls have started ends with them.

    Args:
        workers: How many.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        prepare: Called first in each worker, with `arguments`.
        blas_threads: Threads for numeric libraries in each worker.
        folder: A folder that goes when the parent was killed, and cannot remove it itself.
        grace_s: How long a worker may take to end when it is told to.
    """

    def __init__(
        self,
        workers: int,
        *,
        start_method: str | None = None,
        prepare: Callable[..., None],
        arguments: tuple[Any, ...] = (),
        blas_threads: int = 1,
        folder: str | None = None,
        grace_s: float = 1.0,
    ) -> None:
        self._workers, self._blas_threads, self._grace_s = workers, blas_threads, grace_s
        self._context = RecordingContext(context_of(start_method or default_start_method()))
        self._mark = uuid.uuid4().hex
        self._running: set[Future[Any]] = set()
        self._reports = endings.Reports(*self._context.Pipe(duplex=False))
        self._crashes = CrashNotes(*self._context.Pipe(duplex=False))
        self._shutting: threading.Thread | None = None
        self._manager: threading.Thread | None = None
        self._ended, self._dead_before, self._shut = 0, False, False
        begin = partial(
            startup.begin,
            reports=self._reports,
            crashes=self._crashes,
            mark=self._mark,
            grace_s=grace_s,
        )
        with named(SHARED_MEMORY):  # its locks lie there
            self._executor = ProcessPoolExecutor(
                workers,
                mp_context=cast(BaseContext, self._context),
                initializer=begin,
                initargs=(folder, prepare, arguments),
            )
        self._second_reader = second_reader(self._executor, self._context.get_start_method())

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call.

        Raises:
            CannotStart: If the system starts no worker.
            BrokenProcessPool: If one has died.
        """
        try:
            with self._starting():
                future = self._executor.submit(fn, *args, **kwargs)
        except (BrokenPipeError, ConnectionError, EOFError) as error:
            raise CannotStart("a new Python ended before it could work") from error
        except BrokenProcessPool:  # a RuntimeError too: a worker died a moment ago
            raise
        except (OSError, MemoryError, RuntimeError) as error:  # or no thread could be started
            raise CannotStart(str(error)) from error
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    def look(self) -> None:
        """Tell the executor of a worker that was killed, where it cannot notice that itself.

        What the worker forked has inherited the pipe by whose end the executor would notice; and
        while it reads the first half of a result it looks at nothing else.

        Raises:
            CannotStart: If the executor's own thread is dead: nobody would ever answer.
        """
        manager = getattr(self._executor, "_executor_manager_thread", None)
        if manager is not None and not manager.is_alive() and self._running:
            raise CannotStart("can't start new thread")  # the only reason why Python 3.11's dies
        dead = [process for process in self._context.started if has_ended(process)]
        if dead:
            end_with_families(dead, ask=False, grace_s=0.0, mark=self._mark)
        if dead and self._dead_before:
            let_go(self._context.results)
        self._dead_before = bool(dead)

    def close(self) -> None:
        """Let the workers finish what they do, and end, with all that they have started."""
        self._shut_down()
        try:
            while self._running:
                futures.wait([*self._running], timeout=POLL_S)
            in_time = self._grace_s + LATE_S
            if wait_for_end(self._context.started, within_s=in_time):
                self._ended = len(self._context.started)
                self._join(self._grace_s)  # the executor's thread counts them, and ends
        finally:  # an Interrupt may come while this waits
            self.abort()

    def abort(self) -> None:
        """End the workers now, whatever they are doing, with all that they have started."""
        with interrupt_held_back():
            self._shut_down()
            self._end(ask=True)
            until_s = time.monotonic() + GONE_S
            # The executor's thread may be in the middle of a result; another one may be about to
            # start a worker, and is done with it before the executor is shut down.
            while self._at_work() and time.monotonic() < until_s:
                let_go(self._context.results)
                drop_chunks(self._second_reader)
                self._join(POLL_S)
                self._end(ask=False)
            self._end(ask=False)

    def ending(self) -> Ending:
        """Return how the workers ended, and what they reported besides their answers.

        The executor joins them first, for at most two seconds: the exit code of a forkserver's
        child can be read once. A join here, at the same time as the one of the executor's own
        thread, would leave one of the two with 255.
        """
        self._shut_down()
        self._join(2.0)
        said = self._reports.received()
        return Ending(
            exit_codes=tuple(process.exitcode for process in self._context.started),
            ready=sum(kind == endings.READY for kind, _ in said),
            not_ready=tuple(text for kind, text in said if kind == endings.NOT_READY),
            threads=tuple(text for kind, text in said if kind == endings.THREAD),
            crash=self._crashes.line(),
        )

    def _starting(self) -> contextlib.AbstractContextManager[None]:
        """Guard a submit that may still start a worker: the executor starts them on demand."""
        if len(self._context.started) >= self._workers:
            return contextlib.nullcontext()
        return starting_workers(blas_threads=self._blas_threads)

    def _shut_down(self) -> None:
        """Tell the executor to start nothing more.

        In a thread, as whoever waits for a worker holds the lock that this needs.
        """
        if self._shut:
            return
        self._shut = True
        self._manager = getattr(self._executor, "_executor_manager_thread", None)
        shutdown = partial(self._executor.shutdown, wait=False, cancel_futures=True)
        thread = threading.Thread(target=shutdown, daemon=True)
        try:
            thread.start()
            self._shutting = thread
        except RuntimeError:  # memory is so short that there is none for a thread
            shutdown()

    def _join(self, within_s: float) -> None:
        """Wait for the executor's threads, each for at most so long."""
        for thread in self._at_work():
            thread.join(within_s)

    def _at_work(self) -> list[threading.Thread]:
        threads = [thread for thread in (self._shutting, self._manager) if thread is not None]
        return [thread for thread in threads if thread.is_alive()]

    def _end(self, *, ask: bool) -> None:
        started = self._context.started
        if len(started) == self._ended and not any(group_exists(each.pid) for each in started):
            return
        end_with_families(started, ask=ask, grace_s=self._grace_s, mark=self._mark)
        self._ended = len(started)
