"""Record the tasks of anybody's pool: multiprocessing.Pool, an executor, joblib, threads.

The function is wrapped, nothing of the pool is touched::

    with sl.Recorder() as record:
        with multiprocessing.Pool(2) as pool:
            results = pool.map(record(score), chunks)
    record.timeline()
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary
from speedlab.core.records import ChunkRun, MapTrace
from speedlab.model import lanes
from speedlab.pool.inside import clock
from speedlab.pool.local import main_guard
from speedlab.report import charts


@dataclass(frozen=True)
class Recorded:
    """A function that notes each of its calls; it can be pickled wherever the function can."""

    fn: Callable[..., Any]
    folder: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function and note when, and in which thread of which process."""
        before = clock.start()
        try:
            return self.fn(*args, **kwargs)
        finally:
            self._note(clock.elapsed(0, before, clock.stop()))

    def _note(self, run: ChunkRun) -> None:
        # One file for each thread: nobody waits for a lock, and no line is cut in two.
        # A task that outlives the recording is not in it, but must not fail for that.
        with (
            contextlib.suppress(FileNotFoundError),
            Path(self.folder, f"{run.pid}-{run.thread}.jsonl").open("a", encoding="utf-8") as file,
        ):
            file.write(json.dumps(asdict(run)) + "\n")


class Recorder:
    """Notes when each call of a function ran, and in which thread of which process, in any pool.

    >>> with Recorder() as record:
    ...     list(map(record(abs), [-1, 2]))
    [1, 2]
    >>> len(record.trace.runs)
    2
    """

    def __init__(self) -> None:
        self._trace: MapTrace | None = None
        self._folder: Temporary | None = None
        self._start_s = 0.0
        self._quietly = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Start the recording."""
        main_guard.end_second_run()
        self._quietly.enter_context(main_guard.ending_quietly())
        self._folder = Temporary("record")
        self._start_s = time.perf_counter()
        self._trace = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the recording and read what was noted."""
        stop_s = time.perf_counter()
        assert self._folder is not None
        runs = sorted(_notes(Path(self._folder.name)), key=lambda run: run.start_s)
        self._trace = MapTrace(self._start_s, stop_s, tuple(runs))
        self._folder.cleanup()
        self._folder = None
        self._quietly.__exit__(kind, error, trace)

    def __call__(self, fn: Callable[..., Any]) -> Recorded:
        """Return the function, wrapped so that its calls are noted.

        Raises:
            BadInput: Outside the with block.
        """
        if self._folder is None:
            raise BadInput(
                "The recorder is not recording.",
                "It records inside its with block only.",
                "Write: with sl.Recorder() as record:",
            )
        return Recorded(fn, self._folder.name)

    @property
    def trace(self) -> MapTrace:
        """When the recording began and ended, and every call in between.

        Raises:
            BadInput: If nothing was recorded.
        """
        if self._trace is None or not self._trace.runs:
            raise BadInput(
                "Nothing was recorded.",
                "The pool was given the bare function, or the with block has not ended.",
                "Write pool.map(record(fn), chunks) inside: with sl.Recorder() as record.",
            )
        return self._trace

    def timeline(self) -> charts.Chart:
        """Draw which worker, a process or a thread, computed when."""
        workers = len(lanes.by_worker(self.trace))
        return charts.timeline(self.trace, workers=workers)


def _notes(folder: Path) -> Iterator[ChunkRun]:
    for path in folder.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield ChunkRun(**json.loads(line))
