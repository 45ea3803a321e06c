"""Try a function on a few pieces in fresh workers, and keep what each of them saw.

    worker A:  first   first   second   third   first      (and what the clocks said of each)
    worker B:  first   first and second as one
    worker C:  second  third
    two more:  first, second, third and again, at the same time

All begin from nothing. So a first answer that differs between A and B comes from chance or from
the clock. One that changes within A, or is another one in C, depends on what ran before: on a
cache, say, that the first call has filled. What waits longer beside another worker than alone
waits for that one.
"""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle
import numpy as np

from speedlab.core.errors import SpeedlabWarning
from speedlab.core.records import ChunkRun
from speedlab.course.capstone import cut
from speedlab.pool.checks.capture import name_of
from speedlab.pool.checks.obstacles import Obstacle, obstacle
from speedlab.pool.inside import clock
from speedlab.pool.pool import NotebookPool

EMPTY_CHUNKS = 60
SHORT_S = 2.0
"""Pieces that take less than this together are tried twice beside one another."""


@dataclass(frozen=True)
class PieceTask:
    """The learner's function, given a piece: it reads the data behind the piece first."""

    fn: Callable[[Any], Any]

    @property
    def __name__(self) -> str:  # errors then name the learner's function, not this class
        return name_of(self.fn)

    def __call__(self, piece: Any) -> Any:
        """Read the piece and work on it."""
        return self.fn(cut.read(piece))


@dataclass(frozen=True)
class WorkerView:
    """What one worker saw: an answer for each request, or what kept an answer from travelling."""

    answers: tuple[Any, ...]
    runs: tuple[ChunkRun, ...]
    held_back: Obstacle | None = None

    @property
    def took_s(self) -> tuple[float, ...]:
        """Seconds of each request."""
        return tuple(run.elapsed_s for run in self.runs)


@dataclass(frozen=True)
class SharingTrial:
    """What the workers saw, and what handing over an empty chunk costs, in seconds."""

    alone: WorkerView
    other: WorkerView
    later: WorkerView
    overhead_s: float
    together: tuple[ChunkRun, ...] = ()
    """What the clocks said of pieces that two workers had at the same time."""


def look(fn: Callable[[Any], Any], pieces: Sequence[Any]) -> SharingTrial:
    """Run a function on the first pieces, as the drawing above says.

    Raises:
        ChunkFailed: If the function raises.
        WorkerDied: If a worker ends without an answer.
    """
    first, *others = pieces[:3]
    one_by_one = [[first], [first], *([piece] for piece in others), [first]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpeedlabWarning)  # large captures are told elsewhere
        with NotebookPool(1) as pool:
            [alone] = pool.map(_Requests(fn), [one_by_one])
            overhead_s = _overhead(pool)
        with NotebookPool(1) as pool:
            [other] = pool.map(_Requests(fn), [[[first], [first, *others[:1]]]])
        with NotebookPool(1) as pool:
            [later] = pool.map(_Requests(fn), [[[piece] for piece in others]])
        together = _together(fn, pieces[:3], alone) if others and alone.answers else ()
    return SharingTrial(alone, other, later, overhead_s, together)


def _together(
    fn: Callable[[Any], Any], pieces: Sequence[Any], alone: WorkerView
) -> tuple[ChunkRun, ...]:
    """Return what the clocks say of the pieces while two workers share them."""
    rounds = 2 if sum(alone.took_s) < SHORT_S else 1
    with NotebookPool(2) as pool:
        pool.map(_nothing, range(2))  # both have begun before the first piece comes
        views = pool.map(_Requests(fn), [[[piece]] for piece in [*pieces] * rounds])
    return tuple(run for view in views for run in view.runs)


@dataclass(frozen=True)
class _Requests:
    """Runs in a worker: one call of the function for each request, a list of pieces."""

    fn: Callable[[Any], Any]

    @property
    def __name__(self) -> str:
        return name_of(self.fn)

    def __call__(self, requests: Sequence[Sequence[Any]]) -> WorkerView:
        # A worker may inherit the state of a random generator, and chance would look like none.
        random.seed()
        np.random.seed()
        answers, runs = [], []
        for request in requests:
            before = clock.start()
            answer = self.fn(cut.join([cut.read(piece) for piece in request]))
            runs.append(clock.elapsed(0, before, clock.stop()))
            held_back = obstacle(answer)
            try:
                # A copy: an answer that the next call changes must be kept as it was.
                answers.append(cloudpickle.loads(cloudpickle.dumps(answer)))
            except Exception as error:  # every library refuses in its own way
                held_back = held_back or Obstacle(f"something that cannot be packed ({error})", "")
            if held_back is not None:
                return WorkerView((), tuple(runs), held_back)
        return WorkerView(tuple(answers), tuple(runs))


def _overhead(pool: NotebookPool) -> float:
    start_s = time.perf_counter()
    pool.map(_nothing, range(EMPTY_CHUNKS))
    return (time.perf_counter() - start_s) / EMPTY_CHUNKS


def _nothing(_: int) -> None:
    return None
