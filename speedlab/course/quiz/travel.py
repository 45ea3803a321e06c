"""Random generators as a pool gets them: made in one process, sent one by one, drawn from in another.

Two tasks may share one generator and draw different numbers in the process that made it. Each
worker gets a copy, and all copies draw the same. So streams are compared after they have travelled,
and those of another run in another new Python.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle

from speedlab.course.quiz.afresh import in_new_python
from speedlab.course.quiz.beside import beside
from speedlab.course.quiz.shapes import unpacked

Order = tuple[int, int, int]
"""A seed, a number of tasks, and how many numbers each task draws."""


@beside
def drawn_after_travel(make: Callable[[int, int], Any], *orders: Order) -> list[list[list[float]]]:
    """Make streams in a new Python, bring each by itself to this process, and draw from them here.

    Args:
        make: Returns one generator for each task, from a seed and the number of tasks.
        orders: A seed, a number of tasks, and how many numbers each task draws; one after the
            other in the same new Python.

    Returns:
        For each order a list of the tasks, each a list of the numbers drawn; an empty one for what
        cannot draw.

    Raises:
        RuntimeError: If make raises; the text is that of its error.
    """
    sent = in_new_python(_packed_streams, make, orders)
    return [
        [_draw(pickle.loads(stream), order[2]) for stream in streams]
        for streams, order in zip(sent, orders, strict=True)
    ]


def _packed_streams(make: Callable[[int, int], Any], orders: Sequence[Order]) -> list[list[bytes]]:
    """Return the streams of each order, each packed as if it went to a worker alone."""
    made = [unpacked(make(seed, tasks)) for seed, tasks, _ in orders]
    return [[cloudpickle.dumps(stream) for stream in streams] for streams in made]


def _draw(stream: Any, numbers: int) -> list[float]:
    draw = getattr(stream, "random", None)
    return [float(draw()) for _ in range(numbers)] if callable(draw) else []
