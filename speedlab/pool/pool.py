"""A process pool that takes functions written in a notebook cell.

Who runs where, and who reads and writes what::

    this process (a kernel)                          worker 1..N (clean processes)
    -----------------------                          -----------------------------
    map(fn, chunks)
      environment, logging, modules .. --> state --> applied where its digest is new
      fn --cloudpickle--> in a file if large ------> read once, the last few kept by digest
      chunk bytes --submit--> [call queue]  -------> answer = fn(chunk), every step noted
      results in order  <---- [result queue] <------ Answer(times, result | failure)
                                                     parent gone -> its whole group ends

    an exception, an Interrupt or a dead worker here: cancel what waits, end the workers and
    all that their chunks have started, and only then say so. The next map starts new workers.

The backend that works is the standard library's ProcessPoolExecutor (processes.py), because it
notices a worker that dies (multiprocessing.Pool waits for ever: cpython#96062), or Dask's
executor (dask/workers.py). What is added: functions, chunks and results travel by value, exceptions
that cannot be pickled arrive as text, the workers ignore Interrupt, share out the BLAS threads and
end with their parent. To threads of this process nothing travels: see local/threads.py.
"""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Sized
from typing import Any

from speedlab.core.cpus import check_workers
from speedlab.core.errors import Interrupted, WorkerDied, stopped, warn, without_our_frames
from speedlab.core.records import MapTrace
from speedlab.pool import backends, carried, rules
from speedlab.pool.batches import BatchSize
from speedlab.pool.checks import capture, given
from speedlab.pool.envelopes import Ledger, Trace
from speedlab.pool.flow import AHEAD, Came, Flow
from speedlab.pool.inside import startup
from speedlab.pool.inside.setup import WithSetup
from speedlab.pool.local import main_guard
from speedlab.pool.local.lanes import Lanes
from speedlab.pool.local.processes import ProcessBackend
from speedlab.pool.progressbar import bar
from speedlab.pool.rules import FailedChunk, Rules
from speedlab.pool.serially import serially


class NotebookPool:
    """Workers that run functions written anywhere, notebook cells included.

    Args:
        workers: How many workers; usable_cpus() by default.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
        preload: Modules that the fork server loads before the first worker starts, so that
            no worker has to. They count only until the first pool of this process starts.
        stop: An event by which another thread can end a map as Interrupt does.
        engine: Who the workers are, as in parallel_map.
        scheduler: The address of a Dask scheduler; by default Dask starts its own workers here.
        keep_traces: Whether the notes of each map are kept until somebody takes them.

    Raises:
        BadInput: If workers is less than one, or an engine or start method cannot be used here.

    >>> with NotebookPool(1) as pool:
    ...     pool.map(lambda x: x + 1, [1, 2])
    [2, 3]
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        start_method: str | None = None,
        preload: Sequence[str] = (),
        stop: threading.Event | None = None,
        engine: str = "processes",
        scheduler: str | None = None,
        keep_traces: bool = False,
    ) -> None:
        main_guard.end_second_run()
        backends.check(engine, scheduler, start_method)
        self.workers = check_workers(workers)
        self._keep_traces, self._traces = keep_traces, list[MapTrace]()
        self._stops = self._failures = 0
        self._stop = stop
        self._here = scheduler is None  # a running cluster may be on other machines
        self._engine, self._start_method = engine, start_method
        self._lanes: Lanes | None = None
        self._backend = backends.start(
            self.workers,
            engine=engine,
            scheduler=scheduler,
            start_method=start_method,
            preload=preload,
        )

    def __enter__(self) -> NotebookPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    @without_our_frames
    def map(
        self,
        fn: Callable[..., Any],
        chunks: Iterable[Any],
        *,
        on_error: str = "raise",
        timeout_s: float | None = None,
        batch: int | str = 1,
        setup: Callable[[], Any] | None = None,
        progress: bool = False,
    ) -> list[Any]:
        """Apply a function to every chunk in the workers and return the results in order.

        Args:
            fn: Any function of one chunk.
            chunks: What the function gets, one at a time.
            on_error: As in parallel_map.
            timeout_s: As in parallel_map.
            batch: How many chunks travel in one message; "auto" measures the first ones.
            setup: As in parallel_map.
            progress: Whether a bar is shown when the work takes longer than half a second.

        Raises:
            ChunkFailed: If the function raises; the original exception is the cause.
            ChunkTimedOut: If a chunk takes longer than its limit.
            WorkerDied: If a worker ends without an answer.
            SetupFailed: If the set-up raises.
            Interrupted: If the learner presses Interrupt.
        """
        total = len(chunks) if isinstance(chunks, Sized) else None
        values, how = dict[int, Any](), Rules(on_error, timeout_s, batch)
        shown_here = progress and not startup.in_worker()
        with self._ending(), bar(total, unit="chunk", shown=shown_here) as shown:
            for came in self._come(fn, chunks, how, setup, ordered=None):
                values[came.number] = came.value
                shown.update()
        return [values[index] for index in sorted(values)]

    def imap(
        self,
        fn: Callable[..., Any],
        chunks: Iterable[Any],
        *,
        ordered: bool = True,
        on_error: str = "raise",
        timeout_s: float | None = None,
        batch: int | str = 1,
        setup: Callable[[], Any] | None = None,
    ) -> Generator[Any, None, None]:
        """Yield the results as they come; the options are those of parallel_imap.

        Whoever leaves the loop early ends the workers with it; the next map starts new ones.
        """
        how = Rules(on_error, timeout_s, batch)
        with self._ending():
            yield from (c.value for c in self._come(fn, chunks, how, setup, ordered=ordered))

    def take_traces(self) -> tuple[MapTrace, ...]:
        """Return the traces of the maps since the last call and forget them."""
        traces, self._traces = tuple(self._traces), []
        return traces

    def folder(self) -> str:
        """Return a folder for files of the job, which goes with the workers of this machine."""
        assert isinstance(self._backend, ProcessBackend), "only they have one"
        return self._backend.place()

    def close(self) -> None:
        """Let the workers finish and end; what the function has started ends with them."""
        self._stops += 1
        try:
            self._end_workers(now=False)
        except KeyboardInterrupt:
            raise Interrupted(self._backend.left) from None

    def abort(self) -> None:
        """End the workers now, whatever they are doing, and all that the function has started."""
        self._stops += 1  # before they end: a map in another thread looks for the reason
        self._end_workers()

    def _come(
        self,
        fn: Callable[..., Any],
        chunks: Iterable[Any],
        how: Rules,
        setup: Callable[[], Any] | None,
        *,
        ordered: bool | None,
    ) -> Iterator[Came]:
        """Yield the results, in order or as they come, and note the map once it is over.

        A map gets its list in any order (None), and keeps all results anyway: the workers need
        not wait for a chunk that takes long. Else at most AHEAD times the workers are kept.
        """
        rules.check(how, self._engine)
        given.check(fn, chunks, setup=setup)
        whole = WithSetup(fn, setup) if setup else fn
        if startup.in_worker():  # a pool inside a worker would only add processes, not cores
            yield from serially(whole, chunks, how)
            return
        backend, failures, n_chunks = self._backend_for(how), [], 0
        trace = Trace(backend.cpu_clock)
        flow = self._flow(backend, whole, chunks, how, trace, ahead=ordered)
        for came in flow.in_order(chunks) if ordered else flow.results(chunks):
            n_chunks += 1
            if came.run is not None:
                trace.runs.append(came.run)
            if isinstance(came.value, FailedChunk):
                failures.append(came.value)
            yield came
        if self._keep_traces:
            self._traces.append(trace.done())
        rules.warn_of(failures, n_chunks)

    def _flow(
        self,
        backend: backends.Backend,
        fn: Callable[[Any], Any],
        chunks: Iterable[Any],
        how: Rules,
        trace: Trace,
        *,
        ahead: bool | None,
    ) -> Flow:
        function = carried.hold(fn, backend, here=self._here)
        trace.packed_s = time.perf_counter()
        total = len(chunks) if isinstance(chunks, Sized) else None
        return Flow(
            backend,
            function,
            Ledger(capture.name_of(fn), pickled=not backend.shares_memory),
            how,
            BatchSize(how.batch if backend.batches else 1, workers=self.workers, total=total),
            stop=self._stop,
            ahead=AHEAD * self.workers if ahead else None,
        )

    def _backend_for(self, how: Rules) -> backends.Backend:
        """Return the workers for a map: lanes where one of them may have to end alone.

        Only one kind has workers at a time; both start them on demand.
        """
        if self._engine != "processes" or not how.ends_workers:
            if self._lanes is not None:
                self._lanes.close()
            return self._backend
        if self._lanes is None:
            self._lanes = Lanes(self.workers, start_method=self._start_method)
        self._backend.close()
        return self._lanes

    def _end_workers(self, *, now: bool = True) -> None:
        with contextlib.ExitStack() as ends:  # all of them, whatever becomes of the others
            for backend in filter(None, [self._backend, self._lanes]):
                ends.callback(backend.abort if now else backend.close)

    @contextlib.contextmanager
    def _ending(self) -> Iterator[None]:
        """End the workers if the map ends early, for whatever reason, and say why."""
        before = self._stops, self._failures
        try:
            yield
        except GeneratorExit:  # whoever used the results needs no more of them
            self._end_workers()
            raise
        except BaseException as error:
            self._refuse_stopped(error, *before)
            self._failures += 1
            if isinstance(error, self._backend.losses):
                raise self._backend.explain(error) from None
            self._end_workers()
            if self._backend.left:
                warn(stopped("", self._backend.left))
            raise

    def _refuse_stopped(self, error: BaseException, stops: int, failures: int) -> None:
        """Raise what fits if a map did not fail by itself: it or the pool was stopped."""
        if isinstance(error, KeyboardInterrupt) or stops != self._stops:
            self.abort()
            traceback.clear_frames(error.__traceback__)  # they hold the executor's semaphores
            raise Interrupted(self._backend.left) from None
        if failures != self._failures:
            self._end_workers()
            raise WorkerDied(
                "The workers were ended in the middle of the work.",
                "Another thread used the same pool, and its function failed.",
                "Mend that function, or give each thread a pool of its own.",
            ) from None
