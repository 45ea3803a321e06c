"""Random generators as a pool gets them: made in one process, drawn from in another.

Two tasks may share one generator and draw different numbers in the process that made it. Each
worker gets a copy, and all copies draw the same. So streams are compared after they have travelled,
and with those of another run in another new Python.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle

from speedlab.course.quiz import values
from speedlab.course.quiz.probes.afresh import in_new_python, sent_whole
from speedlab.course.quiz.probes.beside import beside

Make = Callable[[int, int], Any]
MOST, MOST_OTHERS = 100_000, 1_001
"""For how many tasks streams are made at most: numpy's generators, and those of other kinds."""


@beside
def drawn_after_travel(make: Make, seed: int, tasks: int, numbers: int) -> list[list[float]]:
    """Make streams in a new Python, bring each by itself to this process, and draw from them here.

    Args:
        make: Returns one generator for each task, from a seed and the number of tasks.
        seed: The seed.
        tasks: How many tasks there are.
        numbers: How many numbers each task draws.

    Returns:
        The numbers of each task; none where it got what cannot draw.

    Raises:
        RuntimeError: If make raises; the text is that of its error.
    """
    with sent_whole(sys.modules[__name__], values):
        sent = in_new_python(_packed_streams, make, seed, tasks)
    return [draw(pickle.loads(stream), numbers) for stream in sent]


@beside
def first_numbers(make: Make, *asked: Sequence[int]) -> list[list[float]]:
    """Return the first number of each of many streams, drawn where they are made, in a new Python.

    Args:
        make: Returns one generator for each task, from a seed and the number of tasks.
        asked: Pairs of a seed and a number of tasks, asked for one after the other. Of generators
            that take long to make no more than a thousand and one are asked for.

    Raises:
        RuntimeError: If make raises; the text is that of its error.
    """
    with sent_whole(sys.modules[__name__], values):
        found: list[list[float]] = in_new_python(_first_numbers, make, asked)
    return found


def _packed_streams(make: Make, seed: int, tasks: int) -> list[bytes]:
    """Return the streams, each packed as if it went to a worker alone."""
    return [cloudpickle.dumps(stream) for stream in values.unpacked(make(seed, tasks))]


def _first_numbers(make: Make, asked: Sequence[Sequence[int]]) -> list[list[float]]:
    [one, *_] = [*values.unpacked(make(0, 1)), None]
    # Generators of other kinds take long to make.
    most = MOST if type(one).__name__ == "Generator" else MOST_OTHERS
    made = (values.unpacked(make(seed, min(tasks, most))) for seed, tasks in asked)
    return [[number for stream in streams for number in draw(stream, 1)] for streams in made]


def draw(stream: Any, numbers: int) -> list[float]:
    """Return some numbers of a generator; none of what cannot draw.

    >>> import numpy as np
    >>> draw(np.random.default_rng(7), 2) == np.random.default_rng(7).random(2).tolist()
    True
    >>> draw("seed", 2)
    []
    """
    one = getattr(stream, "random", None)
    return [float(one()) for _ in range(numbers)] if callable(one) else []
