"""Try a function on a few pieces in two fresh workers, and keep what each of them saw.

    worker A:  first   first   second   third   first      (and how long each took)
    worker B:  first   first and second as one

Both begin from nothing. So a first answer that differs between them comes from chance or from
the clock; one that is the same there, but changes within A, depends on what ran before.
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

from speedlab.capture import name_of
from speedlab.cases.capstone import cutting
from speedlab.cases.capstone.obstacles import Obstacle, obstacle
from speedlab.errors import SpeedlabWarning
from speedlab.pool import NotebookPool

EMPTY_CHUNKS = 60


@dataclass(frozen=True)
class Task:
    """The learner's function, given a piece: it reads the data behind the piece first."""

    fn: Callable[[Any], Any]

    @property
    def __name__(self) -> str:  # errors then name the learner's function, not this class
        return name_of(self.fn)

    def __call__(self, piece: Any) -> Any:
        """Read the piece and work on it."""
        return self.fn(cutting.read(piece))


@dataclass(frozen=True)
class Seen:
    """What one worker saw: an answer for each request, or what kept an answer from travelling."""

    answers: tuple[Any, ...]
    took_s: tuple[float, ...]
    held_back: Obstacle | None = None


@dataclass(frozen=True)
class Trial:
    """What both workers saw, and what handing over an empty chunk costs, in seconds."""

    alone: Seen
    other: Seen
    overhead_s: float


def look(fn: Callable[[Any], Any], pieces: Sequence[Any]) -> Trial:
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
    return Trial(alone, other, overhead_s)


@dataclass(frozen=True)
class _Requests:
    """Runs in a worker: one call of the function for each request, a list of pieces."""

    fn: Callable[[Any], Any]

    @property
    def __name__(self) -> str:
        return name_of(self.fn)

    def __call__(self, requests: Sequence[Sequence[Any]]) -> Seen:
        # A worker may inherit the state of a random generator, and chance would look like none.
        random.seed()
        np.random.seed()
        answers, took_s = [], []
        for request in requests:
            start_s = time.perf_counter()
            answer = self.fn(cutting.join([cutting.read(piece) for piece in request]))
            took_s.append(time.perf_counter() - start_s)
            held_back = obstacle(answer)
            try:
                # A copy: an answer that the next call changes must be kept as it was.
                answers.append(cloudpickle.loads(cloudpickle.dumps(answer)))
            except Exception as error:  # every library refuses in its own way
                held_back = held_back or Obstacle(f"something that cannot be packed ({error})", "")
            if held_back is not None:
                return Seen((), tuple(took_s), held_back)
        return Seen(tuple(answers), tuple(took_s))


def _overhead(pool: NotebookPool) -> float:
    start_s = time.perf_counter()
    pool.map(_nothing, range(EMPTY_CHUNKS))
    return (time.perf_counter() - start_s) / EMPTY_CHUNKS


def _nothing(_: int) -> None:
    return None
