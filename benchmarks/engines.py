"""The engines: speedlab and its peers, each as a map over the same chunks.

Each is set up as fairly as its documentation allows:

- chunks go out one by one (chunk size 1), so that all see the same load balancing;
- numeric libraries get max(1, cores // workers) threads in every worker;
- what runs under forkserver preloads the modules that speedlab preloads too;
- functions live in importable modules, which every peer can send by name;
- mpire and multiprocess use fork, their default here and the fastest they have; Dask starts its
  workers by forkserver, which it supports and which is quicker than its default, spawn.

Nothing of a peer is imported before its engine starts: the import is part of a cold start.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.tasks import limit_threads
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.cpus import usable_cpus
from speedlab.pool.inside.allocator import keep_freed_memory
from speedlab.pool.inside.startup import THREAD_VARIABLES

OURS = "speedlab"
SERIAL = "serial"
Start = Callable[[int, Sequence[str]], contextlib.AbstractContextManager[Mapper]]
Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Engine:
    """One way to map a function over chunks.

    Attributes:
        name: What --engines calls it.
        title: What the table calls it.
        start: Starts it for (workers, modules to preload) and yields its map.
        module: The module that must be installed, or None for the standard library's.
    """

    name: str
    title: str
    start: Start
    module: str | None = None

    @property
    def missing(self) -> bool:
        """Return whether the peer is not installed here."""
        return self.module is not None and find_spec(self.module) is None


def threads_for(workers: int) -> int:
    """Return how many threads numeric libraries get in each of so many workers."""
    return max(1, usable_cpus() // workers)


@contextlib.contextmanager
def _serial(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    keep_freed_memory()  # as speedlab's workers do, and as compare() does for its serial side
    yield serial_map


@contextlib.contextmanager
def _speedlab(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    from speedlab.pool.pool import NotebookPool

    with NotebookPool(workers, preload=preload) as pool:
        yield pool.map


def _preloaded(method: str, preload: Sequence[str]) -> Any:
    """Return a multiprocessing context that loads what speedlab's own pool loads."""
    from speedlab.pool.local.processes import PRELOAD

    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([*PRELOAD, *preload])
    return context


def _pool(method: str) -> Start:
    @contextlib.contextmanager
    def start(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
        with _modest(workers) as threads:
            context = _preloaded(method, preload)
            with context.Pool(workers, limit_threads, (threads,)) as pool:
                yield lambda fn, chunks: list(pool.map(fn, chunks, chunksize=1))
                pool.close()  # end by itself, as the others do, before `with` terminates it
                pool.join()

    return start


@contextlib.contextmanager
def _executor(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    with _modest(workers) as threads:
        context = _preloaded("forkserver", preload)
        with ProcessPoolExecutor(
            workers, mp_context=context, initializer=limit_threads, initargs=(threads,)
        ) as pool:
            yield lambda fn, chunks: list(pool.map(fn, chunks))


@contextlib.contextmanager
def _joblib(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    joblib = import_module("joblib")
    with (
        joblib.parallel_config("loky", inner_max_num_threads=threads_for(workers)),
        joblib.Parallel(n_jobs=workers, batch_size=1) as parallel,
    ):
        yield lambda fn, chunks: list(parallel(joblib.delayed(fn)(chunk) for chunk in chunks))
    # Its executor outlives Parallel by design; the measurement ends with its workers gone.
    import_module("joblib.externals.loky").get_reusable_executor().shutdown(wait=True)


@contextlib.contextmanager
def _mpire(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    mpire = import_module("mpire")
    with (
        _modest(workers) as threads,
        mpire.WorkerPool(workers, start_method="fork", keep_alive=True) as pool,
    ):
        initializer = _Initializer(threads)

        def map_(fn: Function, chunks: Iterable[Any]) -> list[Any]:
            # mpire spreads a tuple over the arguments, so each chunk is wrapped in one.
            wrapped = [(chunk,) for chunk in chunks]
            return list(pool.map(fn, wrapped, chunk_size=1, worker_init=initializer,
                                 concatenate_numpy_output=False))  # fmt: skip

        yield map_
        pool.stop_and_join()


@dataclass(frozen=True)
class _Initializer:
    """Limits a worker's threads; equal to its like, so that mpire keeps its workers."""

    threads: int

    def __call__(self) -> None:
        limit_threads(self.threads)


@contextlib.contextmanager
def _multiprocess(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    context = import_module("multiprocess").get_context("fork")
    with (
        _modest(workers) as threads,
        context.Pool(workers, limit_threads, (threads,)) as pool,
    ):
        yield lambda fn, chunks: list(pool.map(fn, chunks, chunksize=1))
        pool.close()
        pool.join()


@contextlib.contextmanager
def _ray(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # a benchmark tells nobody
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"  # silences a notice about GPUs
    with _modest(workers):
        ray = import_module("ray")
        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        remote = lru_cache(maxsize=None)(ray.remote)  # a function is exported once, not each run
        try:
            yield lambda fn, chunks: list(ray.get([remote(fn).remote(chunk) for chunk in chunks]))
        finally:
            ray.shutdown()


@contextlib.contextmanager
def _dask(workers: int, preload: Sequence[str]) -> Iterator[Mapper]:
    distributed, config = import_module("distributed"), import_module("dask").config
    settings: dict[str, Any] = {"distributed.worker.multiprocessing-method": "forkserver"}
    for name in THREAD_VARIABLES:
        settings[f"distributed.nanny.pre-spawn-environ.{name}"] = threads_for(workers)
    with (
        config.set(settings),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.ERROR,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        # pure=False: Dask would otherwise return a remembered answer instead of computing it.
        yield lambda fn, chunks: list(client.gather(client.map(fn, list(chunks), pure=False)))


@contextlib.contextmanager
def _modest(workers: int) -> Iterator[int]:
    """Let processes that are started in this block inherit the number of library threads."""
    threads = threads_for(workers)
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        yield threads
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(SERIAL, "serial", _serial),
        Engine(OURS, "**speedlab** NotebookPool", _speedlab),
        Engine("pool-fork", "multiprocessing.Pool, fork", _pool("fork")),
        Engine("pool-forkserver", "multiprocessing.Pool, forkserver", _pool("forkserver")),
        Engine("pool-spawn", "multiprocessing.Pool, spawn", _pool("spawn")),
        Engine("executor", "ProcessPoolExecutor, forkserver", _executor),
        Engine("joblib", "joblib, loky", _joblib, "joblib"),
        Engine("mpire", "mpire, fork", _mpire, "mpire"),
        Engine("multiprocess", "multiprocess (dill), fork", _multiprocess, "multiprocess"),
        Engine("ray", "Ray", _ray, "ray"),
        Engine("dask", "Dask LocalCluster", _dask, "distributed"),
    )
}
