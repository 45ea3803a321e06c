"""Apply a function to many chunks at once: the maps of the public face."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Callable, Generator, Iterable, Sized
from functools import partial
from itertools import chain, islice
from typing import Any

from speedlab.core.chunks import Result
from speedlab.core.cpus import check_workers
from speedlab.core.errors import BadInput, warn, without_our_frames
from speedlab.pool import backends, rules
from speedlab.pool.checks import given
from speedlab.pool.pool import NotebookPool


@without_our_frames
def parallel_map(
    fn: Callable[..., Result],
    chunks: Iterable[Any],
    *,
    workers: int | None = None,
    start_method: str | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    on_error: str = "raise",
    timeout_s: float | None = None,
    batch: int | str = "auto",
    setup: Callable[[], Any] | None = None,
    progress: bool = True,
) -> list[Result]:
    """Apply a function to every chunk in workers and return the results in order.

    The workers end before it returns, and with them all that the function has started.

    Args:
        fn: Any function of one chunk, also one written in a notebook cell.
        chunks: What the function gets, one at a time; best a reference to data on disk. A
            generator is read only as fast as its chunks are used.
        workers: How many workers; usable_cpus() by default, or all that the scheduler has.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        engine: "processes" of this machine, "threads" of this process, which share its memory and
            cannot be stopped in the middle of a chunk, "interpreters" in it (from Python 3.14
            on), or "dask".
        scheduler: The address of a Dask scheduler; by default Dask starts its workers here.
        on_error: "raise" ends the map at the first failure. With "collect" it goes on: a
            FailedChunk stands in the place of each result that could not be had, also where a
            worker died of its chunk, and one warning says how many there are.
        timeout_s: How many seconds one chunk may take from when its worker begins it. A chunk
            that takes longer is ended with its worker; the others go on. Not kept inside a worker.
        batch: How many chunks travel in one message. "auto" lets those that take less than a
            millisecond travel together, as a message costs a tenth of one.
        setup: A function without arguments, run once in each worker before its first chunk, for
            example to load a model. fn then gets two arguments: the chunk and what it returned.
        progress: Whether a bar is shown when the work takes longer than half a second.

    Raises:
        BadInput: If an option cannot be used, it is no function of one chunk, or something cannot
            go to a worker.
        ChunkFailed: If the function raises; the original exception is the cause.
        ChunkTimedOut: If a chunk takes longer than timeout_s.
        WorkerDied: If a worker ends without an answer.
        SetupFailed: If the set-up raises; with on_error="collect" too.

    >>> parallel_map(len, ["a", "bc", "def"], workers=2, progress=False)
    [1, 2, 3]
    """
    backends.check(engine, scheduler, start_method)
    given.check(fn, chunks, setup=setup)
    chunks, workers = _shared_out(chunks, workers, scheduler)
    with NotebookPool(
        workers, start_method=start_method, engine=engine, scheduler=scheduler
    ) as pool:
        results = pool.map(
            fn,
            chunks,
            on_error=on_error,
            timeout_s=timeout_s,
            batch=batch,
            setup=setup,
            progress=progress,
        )
    if results and all(result is None for result in results):
        warn(
            "The function returned None for every chunk. If it should compute something, "
            "end it with: return result"
        )
    return results


@without_our_frames
def parallel_imap(
    fn: Callable[..., Result],
    chunks: Iterable[Any],
    *,
    ordered: bool = True,
    workers: int | None = None,
    start_method: str | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    on_error: str = "raise",
    timeout_s: float | None = None,
    batch: int | str = "auto",
    setup: Callable[[], Any] | None = None,
) -> Generator[Result, None, None]:
    """Apply a function to every chunk in worker processes and yield the results as they come.

    Only a few chunks and results for each worker are held at a time: whoever uses the results
    slowly holds the workers back. They end with the loop, also where it is left early, by break,
    an exception or an Interrupt. A generator that is kept in a variable ends them when it is
    closed or forgotten.

    Args:
        fn: As in parallel_map.
        chunks: As in parallel_map.
        ordered: Whether the results come in the order of the chunks; else whichever is done first.
        workers: As in parallel_map.
        start_method: As in parallel_map.
        engine: As in parallel_map.
        scheduler: As in parallel_map.
        on_error: As in parallel_map.
        timeout_s: As in parallel_map; looked at while the next result is waited for.
        batch: As in parallel_map.
        setup: As in parallel_map.

    Raises:
        BadInput: If an option cannot be used; at once, before the first result is asked for.
        ChunkFailed: If the function raises; the original exception is the cause.
        ChunkTimedOut: If a chunk takes longer than timeout_s.
        WorkerDied: If a worker ends without an answer.
        SetupFailed: If the set-up raises.

    >>> for length in parallel_imap(len, ["a", "bc", "def"], workers=2):
    ...     print(length)
    1
    2
    3
    """
    backends.check(engine, scheduler, start_method)
    rules.check(rules.Rules(on_error, timeout_s, batch), engine)
    given.check(fn, chunks, setup=setup)
    chunks, workers = _shared_out(chunks, workers, scheduler)
    make_pool = partial(
        NotebookPool, workers, start_method=start_method, engine=engine, scheduler=scheduler
    )

    def results() -> Generator[Result, None, None]:
        # No worker starts before the first result is asked for.
        with make_pool() as pool:
            _end_with_program(pool)
            yield from pool.imap(
                fn,
                chunks,
                ordered=ordered,
                on_error=on_error,
                timeout_s=timeout_s,
                batch=batch,
                setup=setup,
            )

    return results()


_open: weakref.WeakSet[NotebookPool] = weakref.WeakSet()


def _end_with_program(pool: NotebookPool) -> None:
    """End a pool when the program ends while its results are still kept in a variable.

    Its executor would wait at exit for the chunks that are under way, and those may never end.
    """
    _open.add(pool)
    _register_once(os.getpid())


@functools.cache
def _register_once(process: int) -> None:
    # What is registered with atexit comes only after the executors have waited. They register
    # themselves here, which is not public; the last one registered is called first.
    register = getattr(threading, "_register_atexit", None)
    if register is not None:
        register(functools.partial(_end_open, process))


def _end_open(process: int) -> None:
    if os.getpid() == process:  # a forked worker ends: the pools are its parent's
        for pool in list(_open):
            pool.abort()


def _shared_out(
    chunks: Iterable[Any], workers: int | None, scheduler: str | None
) -> tuple[Iterable[Any], int]:
    """Return the chunks, not read yet, and how many workers there is work for."""
    if isinstance(chunks, Sized):
        return chunks, enough_chunks(workers, len(chunks), scheduler)
    if workers is not None:
        return chunks, check_workers(workers)
    usable = backends.usable_workers(scheduler)
    following = iter(chunks)
    first = list(islice(following, usable))  # they would be handed out at once anyway
    return chain(first, following), max(1, len(first))


def enough_chunks(
    workers: int | None, n_chunks: int, scheduler: str | None, *, strict: bool = False
) -> int:
    """Return how many workers there is work for.

    Args:
        workers: How many were asked for; all by default.
        n_chunks: How many chunks there are.
        scheduler: The address of a Dask scheduler, or None for this machine.
        strict: Whether more workers than chunks are refused; else a warning says so.

    Raises:
        BadInput: If the number cannot be used.
    """
    if workers is None:
        return max(1, min(backends.usable_workers(scheduler), n_chunks))
    workers = check_workers(workers)
    if workers <= n_chunks or n_chunks == 0:
        return workers
    error = BadInput(
        f"{workers} workers, but only {n_chunks} chunks.",
        f"{workers - n_chunks} of them would have nothing to do.",
        f"Cut the work into at least {workers} chunks, or use workers={n_chunks}.",
    )
    if strict:
        raise error
    warn(str(error))
    return n_chunks
