"""Threads of the notebook's own process as workers: nothing is pickled, and nobody can be ended.

    this thread                                   thread 1..N, daemons
    -----------                                   --------------------
    submit(fn, index, chunk)  --> [tasks] ------> answer = fn(chunk), the very objects
    future.result()           <------------------ the very answer, every step noted

    an exception or an Interrupt here: the tasks that wait are dropped; a thread in the middle of
    its chunk goes on to the chunk's end, and then ends. Python has no way to stop it earlier.

concurrent.futures.ThreadPoolExecutor is not used: at exit Python waits for its threads, so one
chunk without an end would keep the notebook's process for ever.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import BadInput, SpeedlabError
from speedlab.pool.inside import clock, runner, startup
from speedlab.pool.inside.envelope import Envelope
from speedlab.pool.local.library_limit import library_limit

GRACE_S = 1.0
"""How long threads are waited for in the end; most chunks are over by then."""


@dataclass(frozen=True)
class Task:
    """One chunk for whichever thread takes it."""

    future: Future[Envelope]
    context: contextvars.Context
    """A copy of the caller's: its decimal places, numpy's errstate, and the like."""
    function: Callable[[Any], Any]
    index: int
    envelope: Envelope


Tasks = SimpleQueue[Task | None]
Busy = set[int | None]
"""The threads that are in the middle of a chunk."""


class Here:
    """Runs chunks in the thread itself, with its clock kept open."""

    def __init__(self) -> None:
        self.ready_s = startup.prepare_thread()

    def run(self, function: Any, index: int, envelope: Envelope) -> Envelope:
        """Run one chunk."""
        return runner.run_here(function, index, envelope, self.ready_s)

    def close(self) -> None:
        """Get ready to end with the thread."""
        clock.let_go()


class ThreadBackend:
    """Threads of this process as the backend of a pool, started on demand.

    Args:
        workers: How many.
    """

    losses: tuple[type[BaseException], ...] = ()
    shares_memory, batches = True, False
    cpu_clock = staticmethod(time.thread_time)
    place: Callable[[], Here] = Here
    """Where each thread runs its chunks; made by the thread itself."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.under_way = 3 * workers
        self.left = 0
        self._library_threads = max(1, usable_cpus() // workers)
        self._threads: list[threading.Thread] = []
        self._tasks: Tasks = SimpleQueue()
        self._busy: Busy = set()

    def settle(self, digest: str, payload: bytes) -> None:
        """Do nothing: the threads are in the notebook, whatever its state."""

    def hold(self, digest: str, payload: bytes) -> Any:
        """Not called: the function is submitted as it is."""
        raise AssertionError("where memory is shared nothing is pickled")

    def submit(
        self, function: Any, index: int | tuple[int, ...], envelope: Envelope
    ) -> Future[Envelope]:
        """Hand out one chunk."""
        assert isinstance(index, int), "without batches every chunk comes alone"
        if not self._threads:
            self._start()
        future: Future[Envelope] = Future()
        tasks = self._tasks
        library_limit.hold(tasks, self._library_threads)
        future.add_done_callback(lambda _: library_limit.release(tasks))
        envelope.sent_s = time.perf_counter()
        tasks.put(Task(future, contextvars.copy_context(), function, index, envelope))
        return future

    def look(self) -> None:
        """Do nothing: a thread ends when it is told to, or with the process."""

    def close(self) -> None:
        """Let the threads finish and end."""
        tasks, threads, busy = self._tasks, self._threads, self._busy
        # First, as a second Interrupt may end the waiting: whoever maps next starts new threads.
        self._threads, self._tasks, self._busy = [], SimpleQueue(), set()
        self.left = len(busy)
        _send_home(tasks, threads)
        library_limit.drop(tasks)
        self.left = len(busy)

    def abort(self) -> None:
        """Drop the chunks that wait; those that have begun cannot be stopped."""
        with contextlib.suppress(Empty):
            while task := self._tasks.get_nowait():
                task.future.cancel()
        self.close()

    def explain(self, error: BaseException) -> SpeedlabError:
        """Not called: there are no losses, as a worker here is never lost alone."""
        raise AssertionError("a thread was lost alone") from error

    def _start(self) -> None:
        tasks, busy = self._tasks, self._busy
        for number in range(1, self.workers + 1):
            thread = threading.Thread(
                target=_work,
                args=(tasks, busy, type(self).place, self._library_threads),
                name=f"speedlab-worker-{number}",
                daemon=True,
            )
            self._threads.append(thread)  # first: an Interrupt may come while it starts
            try:
                thread.start()
            except RuntimeError as error:
                self.close()
                raise _no_more(number - 1) from error
        # A pool that nobody closed must not leave threads that wait for ever.
        weakref.finalize(self, _dismiss, tasks, self.workers).atexit = False


def _no_more(started: int) -> BadInput:
    return BadInput(
        f"Only {started} threads could be started.",
        "The system gives this process no more.",
        f"Use workers={max(1, started // 2)}, or end other programs.",
    )


def _work(tasks: Tasks, busy: Busy, place: Callable[[], Here], library_threads: int) -> None:
    """Take chunk after chunk until told to end."""
    library_limit.in_this_thread(library_threads)
    own, here = threading.get_ident(), place()
    try:
        while task := tasks.get():
            if task.future.set_running_or_notify_cancel():
                busy.add(own)
                _answer(task, here, done=lambda: busy.discard(own))
            del task  # else the last chunk would be kept while the thread waits
    finally:
        here.close()


def _answer(task: Task, here: Here, *, done: Callable[[], None]) -> None:
    """Run one chunk, and say that it is over before the parent hears of it."""
    try:
        answer = task.context.run(here.run, task.function, task.index, task.envelope)
    except BaseException as error:  # not the function's, which comes back as an answer
        done()
        task.future.set_exception(error)
    else:
        done()
        task.future.set_result(answer)


def _dismiss(tasks: Tasks, workers: int) -> None:
    for _ in range(workers):
        tasks.put(None)


def _send_home(tasks: Tasks, threads: list[threading.Thread]) -> None:
    """Tell the threads to end, and wait a little until they have."""
    _dismiss(tasks, len(threads))
    until_s = time.monotonic() + GRACE_S
    for thread in threads:
        if thread.is_alive():
            thread.join(max(0.0, until_s - time.monotonic()))
