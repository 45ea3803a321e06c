"""The peers, each set up as its documentation shows it.

multiprocessing and ProcessPoolExecutor fork on Linux before Python 3.14, which is kind to them:
they fork a copy of the notebook with its functions.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from benchmarks.traps.libraries import OURS, WORKERS, Function, Library, Speedlab


class Executor(Library):
    """concurrent.futures.ProcessPoolExecutor."""

    title = "ProcessPoolExecutor"

    def open(self, **options: Any) -> AbstractContextManager[Any]:
        """Return the executor."""
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context(self.method) if self.method else None
        return ProcessPoolExecutor(WORKERS, mp_context=context, **options)

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Use as_completed."""
        from concurrent.futures import as_completed

        with self.open() as pool:
            for future in as_completed([pool.submit(fn, chunk) for chunk in chunks]):
                yield future.result()

    def collect(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Ask each future for its exception."""
        with self.open() as pool:
            futures = [pool.submit(fn, chunk) for chunk in chunks]
            return [future.result() for future in futures if not future.exception()]

    def limit(self, fn: Function, chunks: Iterable[Any], limit_s: float) -> list[Any]:
        """Wait so long for each future."""
        with self.open() as pool:
            futures = [pool.submit(fn, chunk) for chunk in chunks]
            return [future.result(timeout=limit_s) for future in futures]

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Use the initializer."""
        with self.open(initializer=setup) as pool:
            return list(pool.map(fn, chunks))


class Pool(Library):
    """multiprocessing.Pool."""

    title = "multiprocessing.Pool"

    def open(self, **options: Any) -> AbstractContextManager[Any]:
        """Return the pool."""
        context: Any = multiprocessing.get_context(self.method)
        pool: AbstractContextManager[Any] = context.Pool(WORKERS, **options)
        return pool

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Use imap_unordered."""
        with self.open() as pool:
            yield from pool.imap_unordered(fn, chunks)

    def collect(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Ask each AsyncResult."""
        with self.open() as pool:
            return _asked([pool.apply_async(fn, (chunk,)) for chunk in chunks])

    def limit(self, fn: Function, chunks: Iterable[Any], limit_s: float) -> list[Any]:
        """Wait so long for each AsyncResult."""
        with self.open() as pool:
            results = [pool.apply_async(fn, (chunk,)) for chunk in chunks]
            return [result.get(timeout=limit_s) for result in results]

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Use the initializer."""
        with self.open(initializer=setup) as pool:
            return list(pool.map(fn, chunks))


class Joblib(Library):
    """joblib with loky, its default."""

    title = "joblib"
    module = "joblib"

    @contextlib.contextmanager
    def open(self) -> Iterator[Any]:
        """Yield something with a map over one Parallel."""
        joblib = importlib.import_module("joblib")
        with joblib.Parallel(n_jobs=WORKERS) as parallel:
            yield _Mapping(lambda fn, chunks: parallel(joblib.delayed(fn)(c) for c in chunks))

    def map(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Call Parallel."""
        return self._map(fn, chunks)

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Use return_as="generator_unordered"."""
        joblib = importlib.import_module("joblib")
        parallel = joblib.Parallel(n_jobs=WORKERS, return_as="generator_unordered")
        yield from parallel(joblib.delayed(fn)(chunk) for chunk in chunks)

    def limit(self, fn: Function, chunks: Iterable[Any], limit_s: float) -> list[Any]:
        """Use timeout."""
        return self._map(fn, chunks, timeout=limit_s)

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Use the initializer of loky."""
        joblib = importlib.import_module("joblib")
        with joblib.parallel_config("loky", initializer=setup):
            return self._map(fn, chunks)

    def share(self, array: Any, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Give the array: a large one is mapped into memory, read-only."""
        joblib = importlib.import_module("joblib")
        work = (joblib.delayed(fn)(array, chunk) for chunk in chunks)
        return list(joblib.Parallel(n_jobs=WORKERS)(work))

    def progress(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Use verbose."""
        return self._map(fn, chunks, verbose=10)

    def _map(self, fn: Function, chunks: Iterable[Any], **options: Any) -> list[Any]:
        joblib = importlib.import_module("joblib")
        work = (joblib.delayed(fn)(chunk) for chunk in chunks)
        return list(joblib.Parallel(n_jobs=WORKERS, **options)(work))


class Mpire(Library):
    """mpire.WorkerPool."""

    title = "mpire"
    module = "mpire"

    def open(self) -> AbstractContextManager[Any]:
        """Return the pool."""
        mpire = importlib.import_module("mpire")
        options = {"start_method": self.method} if self.method else {}
        pool: AbstractContextManager[Any] = mpire.WorkerPool(WORKERS, **options)
        return pool

    def map(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Call map, with a result for each chunk: by default arrays come joined to one."""
        with self.open() as pool:
            return list(pool.map(fn, chunks, concatenate_numpy_output=False))

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Use imap_unordered."""
        with self.open() as pool:
            yield from pool.imap_unordered(fn, chunks)

    def collect(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Ask each AsyncResult."""
        with self.open() as pool:
            return _asked([pool.apply_async(fn, (chunk,)) for chunk in chunks])

    def limit(self, fn: Function, chunks: Iterable[Any], limit_s: float) -> list[Any]:
        """Use task_timeout."""
        with self.open() as pool:
            return list(pool.map(fn, chunks, task_timeout=limit_s))

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Use worker_init."""
        with self.open() as pool:
            return list(pool.map(fn, chunks, worker_init=setup))

    def progress(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Use progress_bar."""
        with self.open() as pool:
            return list(pool.map(fn, chunks, progress_bar=True))


class Dask(Library):
    """dask.bag on processes; distributed's client.map where the row needs an open pool."""

    title = "Dask"
    module = "distributed"

    @contextlib.contextmanager
    def open(self) -> Iterator[Any]:
        """Yield a client's map over its futures."""
        with self._client() as client:
            yield _Mapping(lambda fn, chunks: client.gather(client.map(fn, chunks, pure=False)))

    def map(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Use a bag with one partition for each chunk."""
        if self.by_client:
            return super().map(fn, list(chunks))
        chunks = list(chunks)
        return self._bag(fn, chunks, npartitions=max(1, len(chunks)))

    def many(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Use a bag that cuts by itself."""
        return self._bag(fn, chunks)

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Use as_completed."""
        distributed = importlib.import_module("distributed")
        with self._client() as client:
            futures = client.map(fn, list(chunks), pure=False)
            yield from (future.result() for future in distributed.as_completed(futures))

    def collect(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Gather with errors="skip"."""
        with self._client() as client:
            return list(client.gather(client.map(fn, list(chunks), pure=False), errors="skip"))

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Run it once on each worker."""
        with self._client() as client:
            client.run(setup)
            return list(client.gather(client.map(fn, list(chunks), pure=False)))

    def progress(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Use the ProgressBar of dask.diagnostics."""
        diagnostics: Any = importlib.import_module("dask.diagnostics")
        with diagnostics.ProgressBar():
            return self.map(fn, chunks)

    def _bag(self, fn: Function, chunks: Iterable[Any], **options: Any) -> list[Any]:
        bag: Any = importlib.import_module("dask.bag")
        work = bag.from_sequence(chunks, **options).map(fn)
        return list(work.compute(scheduler="processes", num_workers=WORKERS))

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        distributed = importlib.import_module("distributed")
        options: dict[str, Any] = {"n_workers": WORKERS, "threads_per_worker": 1}
        with (
            distributed.LocalCluster(**options, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


class _Mapping:
    """Something with a map."""

    def __init__(self, mapping: Callable[[Function, Iterable[Any]], Any]) -> None:
        self._mapping = mapping

    def map(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Apply a function to every chunk."""
        return list(self._mapping(fn, chunks))


def _asked(results: Sequence[Any]) -> list[Any]:
    """Return what those results give that are not failures."""
    found = []
    for result in results:
        with contextlib.suppress(ValueError):
            found.append(result.get())
    return found


LIBRARIES: dict[str, type[Library]] = {
    OURS: Speedlab,
    "executor": Executor,
    "pool": Pool,
    "joblib": Joblib,
    "mpire": Mpire,
    "dask": Dask,
}
