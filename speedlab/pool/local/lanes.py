"""Worker processes of which one can end while the others go on.

An executor that loses a worker gives up all of them, and does not say which chunk it had. Here
each worker has an executor of its own, and one chunk, or one message of tiny ones, at a time::

    Lanes --submit--> lane 1: executor of one worker  <---- note 1: chunk 17, since 12.5 s
                      lane 2: executor of one worker  <---- note 2: chunk 18, since 12.9 s

So it is known who had what; a worker that is ended, or ends, costs no other chunk anything.
The price is that a worker waits for its next chunk until its last answer was taken.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from speedlab.core.errors import ChunkTimedOut, SpeedlabError
from speedlab.pool.inside import batch
from speedlab.pool.inside.beginnings import Note
from speedlab.pool.inside.envelope import Envelope
from speedlab.pool.local.processes import ProcessBackend, name_threads
from speedlab.pool.local.workers import WorkerProcesses

UNBEGUN = "before it had begun a chunk"


@dataclass
class _Lane:
    """One worker, and what it was given last."""

    processes: WorkerProcesses
    note: Note
    indices: tuple[int, ...] = ()
    answer: Future[Envelope] = field(default_factory=Future)
    timeout_s: float | None = None
    too_long: int | None = None
    """The chunk for which the worker was ended."""
    threads: tuple[str, ...] = ()
    """Threads that its chunks had left running, once it is closed."""

    @property
    def free(self) -> bool:
        # One that was lost stays in its place until somebody asks whom to blame.
        return self.answer.done() and self.answer.exception() is None

    def close(self) -> None:
        self.processes.close()
        self.threads = self.processes.ending().threads
        self.note.close()

    def abort(self) -> None:
        self.processes.abort()
        self.note.close()


class Lanes(ProcessBackend):
    """Processes of this machine as the backend of a pool whose workers may end one by one.

    Args:
        workers: How many.
        start_method: "fork", "forkserver" or "spawn"; the safe one of this system by default.
    """

    def __init__(self, workers: int, *, start_method: str | None = None) -> None:
        super().__init__(workers, start_method=start_method)
        self.under_way = workers
        self.timeout_s: float | None = None
        """How long a chunk that is handed out from now on may take, once its worker begins it."""
        self._lanes: list[_Lane] = []
        self._numbers = itertools.count()

    def submit(
        self, function: Any, index: int | tuple[int, ...], envelope: Envelope
    ) -> Future[Envelope]:
        """Hand out one chunk, or several in one message, to a worker that has nothing to do."""
        for _ in range(2):
            lane = self._free()
            lane.indices = (index,) if isinstance(index, int) else index
            lane.answer, lane.timeout_s = Future(), self.timeout_s
            try:
                answer = lane.processes.submit(
                    batch.run_noted, lane.note.path, function, index, envelope
                )
            except BrokenProcessPool:  # it ended while it had nothing to do: that blames no chunk
                self._drop(lane)
                continue
            answer.add_done_callback(_passing_on(lane.answer))
            return lane.answer
        raise self.explain_one(None, BrokenProcessPool(), when=UNBEGUN)

    def look(self) -> None:
        """End the workers whose chunk has taken too long."""
        for lane in self._lanes:
            if lane.timeout_s is None:
                continue
            begun = lane.note.read()
            over = begun.start_s and time.perf_counter() - begun.start_s > lane.timeout_s
            if over and begun.number in lane.indices and not lane.answer.done():
                lane.too_long = begun.number
                lane.processes.abort()
                _settle(lane.answer, BrokenProcessPool())

    def blame(self, future: Future[Envelope]) -> tuple[int | None, SpeedlabError]:
        """Say which chunk a lost worker had begun, None before it has, and what happened to it."""
        lane = next(lane for lane in self._lanes if lane.answer is future)
        begun = lane.note.read()
        if lane.too_long is not None:
            self._drop(lane)
            return lane.too_long, _timed_out(lane.too_long, lane.timeout_s)
        blamed = begun.number if begun.number in lane.indices else None
        when = UNBEGUN if blamed is None else f"in the middle of chunk {blamed}"
        error = future.exception() or BrokenProcessPool()
        said = self.explain_one(lane.processes, error, when=when)
        self._drop(lane)
        return blamed, said

    def close(self) -> None:
        """Let the workers finish and end."""
        lanes = self._each(_Lane.close)
        super().close()
        name_threads([name for lane in lanes for name in lane.threads])

    def abort(self) -> None:
        """End the workers now, whatever they are doing."""
        self._each(_Lane.abort)
        super().abort()

    def _get_ready(self) -> None:
        """Do nothing: each lane is made when it is needed."""

    def _free(self) -> _Lane:
        for lane in self._lanes:
            if lane.free:
                return lane
        note = Note(Path(self.place()) / f"begun-{next(self._numbers)}")
        lane = _Lane(self._new_workers(1), note)
        self._lanes.append(lane)
        return lane

    def _drop(self, lane: _Lane) -> None:
        self._lanes.remove(lane)
        lane.abort()

    def _each(self, end: Callable[[_Lane], None]) -> list[_Lane]:
        """End all lanes at once: each may take a while."""
        lanes, self._lanes = self._lanes, []
        threads = [threading.Thread(target=end, args=(lane,)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return lanes


def _passing_on(answer: Future[Envelope]) -> Callable[[Future[Envelope]], None]:
    def pass_on(done: Future[Envelope]) -> None:
        try:
            error = done.exception()
        except CancelledError as cancelled:
            error = cancelled
        _settle(answer, error or done.result())

    return pass_on


def _settle(answer: Future[Envelope], outcome: Envelope | BaseException) -> None:
    with contextlib.suppress(InvalidStateError):  # its worker was ended: that is settled already
        if isinstance(outcome, BaseException):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)


def _timed_out(index: int, timeout_s: float | None) -> ChunkTimedOut:
    return ChunkTimedOut(
        f"Chunk {index} took longer than its limit of {timeout_s:g} s.",
        "The worker that had it was ended in the middle of it.",
        f'Call the function on chunks[{index}] alone, allow more time, or use on_error="collect".',
    )
