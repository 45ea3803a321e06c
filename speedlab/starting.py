"""What surrounds the start of workers: signals held back, libraries modest, each one known."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import Any

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextlib.contextmanager
def starting_workers(*, blas_threads: int) -> Iterator[None]:
    """Start workers inside this block.

    They inherit a blocked SIGINT, so that none dies of an Interrupt while it starts, and the
    number of threads for numeric libraries. A library that learns of the number only later has
    by then started threads, which spin for a tenth of a second on the cores of the others.
    """
    with _environment(dict.fromkeys(THREAD_VARIABLES, str(blas_threads))), _interrupt_held_back():
        yield


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Keep an Interrupt until the block ends: a worker half started is known to nobody.

    The blocked signal is for the workers, who inherit it. It is not enough here: a kernel has
    other threads, which take the signal, and Python then raises in this one all the same.
    """
    with warnings.catch_warnings():
        # Whoever asks for fork in a kernel knows that it has threads: the lesson says so.
        warnings.filterwarnings("ignore", ".*multi-threaded, use of fork.*", DeprecationWarning)
        main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGINT)
        if not main or handler is None or not hasattr(signal, "pthread_sigmask"):
            yield
            return
        came: list[int] = []
        signal.signal(signal.SIGINT, lambda number, _: came.append(number))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            signal.signal(signal.SIGINT, handler)
            if came:
                signal.raise_signal(signal.SIGINT)


class RecordingContext:
    """A multiprocessing context that remembers the processes it started.

    ProcessPoolExecutor keeps its processes private before Python 3.14; handing it this
    context is the public way to know them.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._made: list[BaseProcess] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    @property
    def started(self) -> list[BaseProcess]:
        """Those that really run or ran: an Interrupt may come between making and starting one."""
        return [process for process in self._made if process.pid is not None]

    def forget(self) -> None:
        """Begin a new list."""
        self._made.clear()

    def Process(self, *args: Any, **kwargs: Any) -> BaseProcess:
        """Make a process, as the context does, and remember it."""
        process: BaseProcess = self._context.Process(*args, **kwargs)
        self._made.append(process)
        return process
