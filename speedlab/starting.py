"""What surrounds the start of worker processes: signals held back, libraries kept modest."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import warnings
from collections.abc import Iterator

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
    """Block SIGINT: the mask is inherited; an Interrupt that comes is seen when it is lifted."""
    with warnings.catch_warnings():
        # Whoever asks for fork in a kernel knows that it has threads: the lesson says so.
        warnings.filterwarnings("ignore", ".*multi-threaded, use of fork.*", DeprecationWarning)
        main = threading.current_thread() is threading.main_thread()
        if not main or not hasattr(signal, "pthread_sigmask"):
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
