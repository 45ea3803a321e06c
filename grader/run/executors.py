"""Who grades: workers that take calls, started anew when one of them died.

this process                        worker 1..N (processes, or those of another engine)
------------                        ---------------------------------------------------
jobs --at most N under way--> submit(grade, job) ------> Graded
a worker died: jobs that were under way wait, then run once more, one at a time
it died again on the same job: that job gets a Graded that says so
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from concurrent.futures import BrokenExecutor, Future
from typing import Any, Protocol

from speedlab.pool.local.workers import WorkerProcesses

GRACE_S = 5.0  # a worker that is told to end closes its boxes first
TERMINATED = 143


class Workers(Protocol):
    """Those who grade: calls are handed out to them, and they can be ended at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""

    def close(self) -> None:
        """Let them finish, and end them."""

    def abort(self) -> None:
        """End them now, whatever they do."""


def start_processes(workers: int) -> WorkerProcesses:
    """Start worker processes of this machine."""
    return WorkerProcesses(workers, prepare=_get_ready, grace_s=GRACE_S)


def _get_ready() -> None:
    import nbformat  # noqa: F401 - what takes longest to load

    import grader.judge.grade  # noqa: F401

    # As an exception, so that open boxes are closed and their folders removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    if hasattr(signal, "SIGHUP"):  # a closed terminal tells the workers too; they are ended anyway
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


class BorrowedWorkers:
    """An executor that somebody else owns, such as a cluster's: never ended, only emptied."""

    def __init__(self, executor: futures.Executor) -> None:
        self._executor = executor
        self._futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start one call."""
        future = self._executor.submit(fn, *args, **kwargs)
        self._futures.append(future)
        return future

    def close(self) -> None:
        """Take back what has not begun."""
        for future in self._futures:
            future.cancel()

    abort = close


class Executor:
    """Run jobs one by one over some workers, whatever happens to a worker.

    Args:
        workers: How many jobs are under way at once.
        make: Starts workers; processes of this machine by default.
    """

    def __init__(self, workers: int, make: Callable[[int], Workers] = start_processes) -> None:
        self.workers = workers
        self._make = make
        self._workers = make(workers)

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._workers.close()
        else:
            self._workers.abort()

    def warm_up(self) -> None:
        """Start the workers: they load what they need while this process does something else."""
        with contextlib.suppress(BrokenExecutor):  # the first job meets the same, and says so
            for _ in range(self.workers):
                self._workers.submit(os.getpid)

    def run(
        self,
        fn: Callable[[Any], Any],
        jobs: Iterable[Any],
        *,
        began: Callable[[Any], None],
        again: Callable[[Any], bool] = lambda job: True,
    ) -> Iterator[tuple[Any, Any]]:
        """Yield each job with its result, or with the exception that ended it twice.

        Args:
            fn: Called with one job, in a worker.
            jobs: What to do.
            began: Told which job was handed to a worker.
            again: Whether a job that failed is worth a second try.
        """
        lost = deque[tuple[Any, BaseException]]()
        for job, result in self._first(fn, deque(jobs), began):
            if isinstance(result, BaseException):
                lost.append((job, result))
            else:
                yield job, result
        for job, error in lost:  # alone, so that a job that kills its worker harms no other
            yield job, self._once(fn, job) if again(job) else error

    def _first(
        self, fn: Callable[[Any], Any], waiting: deque[Any], began: Callable[[Any], None]
    ) -> Iterator[tuple[Any, Any]]:
        running: dict[Future[Any], Any] = {}
        while waiting or running:
            while waiting and len(running) < self.workers:
                job = waiting.popleft()
                began(job)
                running[self._submit(fn, job)] = job
            done, _ = futures.wait(running, return_when=futures.FIRST_COMPLETED)
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
            return self._workers.submit(fn, job)
        except BrokenExecutor:  # an idle worker was killed from outside
            self._renew()
            return self._workers.submit(fn, job)

    def _renew(self) -> None:
        self._workers.abort()
        self._workers = self._make(self.workers)


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except Exception as error:
        return error
