"""What surrounds the start of workers: signals held back, libraries modest, each one known."""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import process, spawn, util
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from typing import Any

from speedlab.core.errors import BadInput
from speedlab.pool.inside.endings import work
from speedlab.pool.inside.startup import HASH_SEED, THREAD_VARIABLES

_MAIN = ("init_main_from_name", "init_main_from_path")
_LONGEST_FOLDER = 70
"""Bytes: a socket's name may have 104 on macOS, and multiprocessing adds 32 to the folder's."""
_PREPARED_BY_PYTHON = spawn.get_preparation_data
_locks: dict[int, threading.RLock] = {}
_spared: list[Callable[[str], bool]] = []


@contextlib.contextmanager
def starting_workers(*, blas_threads: int) -> Iterator[None]:
    """Start workers inside this block.

    They inherit a blocked SIGINT, so that none dies of an Interrupt while it starts, and the
    number of threads for numeric libraries. A library that learns of the number only later has
    by then started threads, which spin for a tenth of a second on the cores of the others.
    """
    values = dict.fromkeys(THREAD_VARIABLES, str(blas_threads))
    me = threading.get_ident()
    with environment_is_ours(), _environment({**values, HASH_SEED: hash_seed()}):
        _keep_socket_names_short()
        with sparing_main(lambda _: threading.get_ident() == me), interrupt_held_back():
            yield


@contextlib.contextmanager
def environment_is_ours() -> Iterator[None]:
    """Let one thread at a time change this process's environment, or read all of it.

    Two threads that start workers at once would each take the other's values for the user's, and
    leave them behind. The lock is one of this process: a forked child may have got that of its
    parent while another thread, which it does not have, held it.
    """
    with _locks.setdefault(os.getpid(), threading.RLock()):
        yield


@contextlib.contextmanager
def sparing_main(spare: Callable[[str], bool]) -> Iterator[None]:
    """Start some processes without the main file of this one.

    multiprocessing lets each new process run the script, so that functions of it can be found by
    name; without `if __name__ == "__main__":` it would start workers again, in each worker. Our
    functions travel by value, so nobody needs the script, nor has to wait for its imports. It
    counts for those processes alone: others that are started meanwhile get their main file.

    Args:
        spare: Says by the name of a process whether it is one of ours.
    """
    with environment_is_ours():
        if not _spared:
            spawn.get_preparation_data = _prepared
        _spared.append(spare)
    try:
        yield
    finally:
        with environment_is_ours():
            _spared.remove(spare)
            if not _spared:
                spawn.get_preparation_data = _PREPARED_BY_PYTHON


def _prepared(name: str) -> dict[str, Any]:
    data = _PREPARED_BY_PYTHON(name)
    if any(spare(name) for spare in list(_spared)):
        data = {key: value for key, value in data.items() if key not in _MAIN}
    return data


def hash_seed() -> str:
    """Return the seed of hash() for new processes: the user's, or else one for this session.

    With it workers agree with one another on the hash of a text. They agree with this process
    where its seed is known: by PYTHONHASHSEED, which the course sets. A seed that Python has
    chosen by chance cannot be read.
    """
    if not sys.flags.hash_randomization:
        return "0"
    given = os.environ.get(HASH_SEED, "")
    return given if given.isdigit() else _session_seed()


@functools.cache
def _session_seed() -> str:
    return str(1 + secrets.randbelow(2**32 - 1))


def _keep_socket_names_short() -> None:
    """Let multiprocessing keep its sockets elsewhere where the folder's name is too long for one.

    Raises:
        BadInput: If there is no other place.
    """
    settings: dict[str, Any] = process.current_process()._config  # type: ignore[attr-defined]
    long = tempfile.gettempdir()
    if os.name == "nt" or len(os.fsencode(long)) <= _LONGEST_FOLDER or settings.get("tempdir"):
        return
    for place in ("/tmp", "/var/tmp"):
        with contextlib.suppress(OSError):
            folder = tempfile.mkdtemp(prefix="pymp-", dir=place)
            util.Finalize(None, shutil.rmtree, (folder, True), exitpriority=-100)
            settings["tempdir"] = folder  # as multiprocessing.util.get_temp_dir notes its own
            return
    raise BadInput(
        f"No worker can be reached from {long}.",
        "The system takes names of sockets up to about a hundred letters, and this folder's is "
        "longer.",
        "Set TMPDIR to a folder with a short name, such as /tmp, and start again.",
    )


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
def interrupt_held_back() -> Iterator[None]:
    """Keep an Interrupt until the block ends: a worker half started is known to nobody.

    The blocked signal is for the workers, who inherit it. It is not enough here: a kernel has
    other threads, which take the signal, and Python then raises in this one all the same.
    """
    with warnings.catch_warnings():
        # Whoever asks for fork in a kernel knows that it has threads: the lesson says so.
        warnings.filterwarnings("ignore", ".*multi-threaded, use of fork.*", DeprecationWarning)
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        came: list[int] = []
        handler = signal.getsignal(signal.SIGINT)
        # Only the main thread is raised in, and only it may change the handler.
        raised_here = threading.current_thread() is threading.main_thread() and handler is not None
        if raised_here:
            signal.signal(signal.SIGINT, lambda number, _: came.append(number))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            if raised_here:
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
        self._processes: list[BaseProcess] = []
        self.results: SimpleQueue[Any] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    @property
    def started(self) -> list[BaseProcess]:
        """Those that really run or ran: an Interrupt may come between making and starting one."""
        return [process for process in self._processes if process.pid is not None]

    def Process(self, *, target: Callable[..., None], args: tuple[Any, ...]) -> BaseProcess:
        """Make a process, as the context does, that ends as a worker does, and remember it."""
        process: BaseProcess = self._context.Process(target=work, args=(target, *args))
        self._processes.append(process)
        return process

    def SimpleQueue(self) -> SimpleQueue[Any]:
        """Make a queue, as the context does, and remember it: the executor's results."""
        self.results = self._context.SimpleQueue()
        return self.results
