"""The serial side, timed chunk by chunk, and cancelled between two chunks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from speedlab import clock
from speedlab.pool import Interrupted
from speedlab.results import ChunkRun, MapTrace


class SerialPool:
    """Maps in this process, with the same traces as a NotebookPool.

    >>> pool = SerialPool()
    >>> pool.map(abs, [-1, 2])
    [1, 2]
    >>> [len(trace.runs) for trace in pool.take_traces()]
    [2]
    """

    def __init__(self, *, stop: threading.Event | None = None) -> None:
        self._stop = stop
        self._traces: list[MapTrace] = []

    def map(self, fn: Callable[[Any], Any], chunks: Iterable[Any]) -> list[Any]:
        """Apply a function to every chunk, one after the other.

        Raises:
            Interrupted: If the stop event is set between two chunks.
        """
        start_s = time.perf_counter()
        results: list[Any] = []
        runs: list[ChunkRun] = []
        for index, chunk in enumerate(chunks):
            if self._stop is not None and self._stop.is_set():
                raise Interrupted
            before = clock.start()
            results.append(fn(chunk))
            runs.append(clock.elapsed(index, before, clock.stop()))
        self._traces.append(MapTrace(start_s, time.perf_counter(), tuple(runs)))
        return results

    def take_traces(self) -> tuple[MapTrace, ...]:
        """Return the traces of the maps since the last call and forget them."""
        traces, self._traces = tuple(self._traces), []
        return traces
