"""The serial side, timed chunk by chunk, and cancelled between two chunks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from speedlab.core.errors import Interrupted, SpeedlabError
from speedlab.core.records import ChunkRun, MapTrace
from speedlab.pool.checks import obstacles
from speedlab.pool.checks.capture import name_of
from speedlab.pool.checks.worker_lines import check_result, failed_here
from speedlab.pool.inside import clock


class SerialPool:
    """Maps in this process, with the same traces as a NotebookPool.

    Args:
        stop: An event by which another thread can end a map between two chunks.
        sent: Whether the same functions and chunks will go to workers: what cannot is refused
            before it runs here, where a function that waits on a queue would wait for ever.

    >>> pool = SerialPool()
    >>> pool.map(abs, [-1, 2])
    [1, 2]
    >>> [len(trace.runs) for trace in pool.take_traces()]
    [2]
    """

    def __init__(self, *, stop: threading.Event | None = None, sent: bool = False) -> None:
        self._stop = stop
        self._sendable = obstacles.Sendable() if sent else None
        self._traces: list[MapTrace] = []

    def map(self, fn: Callable[[Any], Any], chunks: Iterable[Any]) -> list[Any]:
        """Apply a function to every chunk, one after the other.

        Raises:
            BadInput: If the function or a chunk is to go to workers as well, and cannot.
            ChunkFailed: If the function raises, or returns a recipe; the original is the cause.
            Interrupted: If the stop event is set between two chunks.
        """
        start_s = time.perf_counter()
        results: list[Any] = []
        runs: list[ChunkRun] = []
        real: set[type] = set()
        if self._sendable is not None:
            self._sendable.check_function(fn)
        for index, chunk in enumerate(chunks):
            if self._stop is not None and self._stop.is_set():
                raise Interrupted
            if self._sendable is not None:
                self._sendable.check_chunk(index, chunk)
            before = clock.start()
            results.append(_answer(fn, index, chunk))
            runs.append(clock.elapsed(index, before, clock.stop()))
            if type(results[-1]) not in real:
                check_result(name_of(fn), index, results[-1])
                real.add(type(results[-1]))
        self._traces.append(MapTrace(start_s, time.perf_counter(), tuple(runs)))
        return results

    def take_traces(self) -> tuple[MapTrace, ...]:
        """Return the traces of the maps since the last call and forget them."""
        self._sendable = None  # they were looked at in the first run: the timed ones shall not pay
        traces, self._traces = tuple(self._traces), []
        return traces


def _answer(fn: Callable[[Any], Any], index: int, chunk: Any) -> Any:
    try:
        return fn(chunk)
    except SpeedlabError:
        raise
    except (Exception, SystemExit) as error:
        raise failed_here(name_of(fn), index, error) from error
