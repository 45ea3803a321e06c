"""Who grades: any concurrent.futures.Executor, made anew when a worker died.

this process                        worker 1..N (processes, or those of another engine)
------------                        ---------------------------------------------------
jobs --at most N under way--> submit(grade, job) ------> Graded
a worker died: jobs that were under way wait, then run once more, one at a time
it died again on the same job: that job gets a Graded that says so
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from types import TracebackType
from typing import Any, Protocol

from speedlab.cpus import context_of, default_start_method
from speedlab.starting import RecordingContext

JOIN_S = 5.0
TERMINATED = 143


class Ending(Protocol):
    """An executor that can be ended at once, with all its workers."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""

    def end(self, *, now: bool) -> None:
        """End the workers: at once, whatever they do, or when they have nothing to do."""


class Processes:
    """Worker processes of this machine: a ProcessPoolExecutor that leaves nobody behind."""

    def __init__(self, workers: int) -> None:
        self._context = RecordingContext(context_of(default_start_method()))
        context: Any = self._context
        self._pool = ProcessPoolExecutor(workers, context, initializer=_begin)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""
        return self._pool.submit(fn, *args, **kwargs)

    def end(self, *, now: bool) -> None:
        """End the workers; what they graded is kept elsewhere."""
        self._pool.shutdown(wait=not now, cancel_futures=True)
        for process in self._context.started if now else ():
            process.terminate()
        for process in self._context.started:
            process.join(JOIN_S)
            process.kill()


class Borrowed:
    """An executor that somebody else owns, such as a cluster's: never ended, only emptied."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""
        future = self._executor.submit(fn, *args, **kwargs)
        self._futures.append(future)
        return future

    def end(self, *, now: bool) -> None:
        """Take back what has not begun."""
        for future in self._futures:
            future.cancel()


def _begin() -> None:
    """Make a worker deaf to Ctrl-C, which its parent handles, tidy, and never an orphan."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As an exception, so that open boxes are closed and their folders removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Crew:
    """Run jobs one by one over some workers, whatever happens to a worker.

    Args:
        workers: How many jobs are under way at once.
        make: Makes the executor; worker processes by default.
    """

    def __init__(self, workers: int, make: Callable[[int], Ending] = Processes) -> None:
        self.workers = workers
        self._make = make
        self._executor = make(workers)

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.end(now=kind is not None)

    def run(
        self,
        fn: Callable[[Any], Any],
        jobs: Iterable[Any],
        *,
        began: Callable[[Any], None],
    ) -> Iterator[tuple[Any, Any]]:
        """Yield each job with its result, or with the exception that ended it twice.

        Args:
            fn: Called with one job, in a worker.
            jobs: What to do.
            began: Told which job was handed to a worker.
        """
        lost = deque[Any]()
        for job, result in self._first(fn, deque(jobs), began):
            if isinstance(result, BaseException):
                lost.append(job)
            else:
                yield job, result
        for job in lost:  # alone, so that a job that kills its worker harms no other
            yield job, self._once(fn, job)

    def _first(
        self, fn: Callable[[Any], Any], waiting: deque[Any], began: Callable[[Any], None]
    ) -> Iterator[tuple[Any, Any]]:
        running: dict[Future[Any], Any] = {}
        while waiting or running:
            while waiting and len(running) < self.workers:
                job = waiting.popleft()
                began(job)
                running[self._submit(fn, job)] = job
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            results = [(running.pop(future), _result(future)) for future in done]
            if any(isinstance(result, BrokenExecutor) for _, result in results):
                results += [(job, _result(future)) for future, job in running.items()]
                running.clear()
                self._renew()
            yield from results

    def _once(self, fn: Callable[[Any], Any], job: Any) -> Any:
        result = _result(self._submit(fn, job))
        if isinstance(result, BrokenExecutor):
            self._renew()
        return result

    def _submit(self, fn: Callable[[Any], Any], job: Any) -> Future[Any]:
        try:
            return self._executor.submit(fn, job)
        except BrokenExecutor:  # an idle worker was killed from outside
            self._renew()
            return self._executor.submit(fn, job)

    def _renew(self) -> None:
        self._executor.end(now=True)
        self._executor = self._make(self.workers)


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except Exception as error:
        return error
