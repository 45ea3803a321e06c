"""Races between workers and another tool on one core, the price of a chunk, and a dead worker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedlab.core.folders import Temporary
from speedlab.measure.compare import race
from speedlab.pool.pool import NotebookPool


def one_core_beats(
    fn: Callable[[Any], Any],
    chunks: Iterable[Any],
    merge: Callable[[list[Any]], Any],
    other_tool: Callable[[], Any],
    *,
    workers: int,
    budget_s: float = 1.0,
) -> float:
    """Return how many times as fast one core with another tool is as all workers with fn.

    Args:
        fn: What each worker does with a chunk.
        chunks: Its chunks.
        merge: Turns the list of results into the answer.
        other_tool: Returns the same answer, on one core.
        workers: How many workers, started beforehand.
        budget_s: Seconds to spend on measuring.

    Raises:
        ResultMismatch: If the answers differ.
    """
    some = list(chunks)
    with NotebookPool(workers) as pool:
        found = race(lambda: merge(pool.map(fn, some)), other_tool, workers=1, budget_s=budget_s)
    return found.speedup


def hand_over_ms(pool: NotebookPool, *, chunks: int = 100) -> float:
    """Return how many milliseconds a pool takes for a chunk in which nothing is done."""
    pool.map(abs, range(2 * pool.workers))  # so that the workers have started
    start_s = time.perf_counter()
    pool.map(abs, range(chunks))
    return 1000 * (time.perf_counter() - start_s) / chunks


def survives_a_death(pool: NotebookPool) -> bool:
    """Return whether the answer is right although one worker is killed on the way."""
    with Temporary("death") as folder:
        square = SquareOrDie(str(Path(folder, "somebody died")))
        return pool.map(square, range(8)) == [number**2 for number in range(8)]


@dataclass(frozen=True)
class SquareOrDie:
    """Squares a number; whoever is called first, of all processes, ends at once instead."""

    marker: str

    def __call__(self, number: int) -> int:
        """Return the square, if somebody has died before."""
        try:
            Path(self.marker).touch(exist_ok=False)
        except FileExistsError:
            return number**2
        os._exit(1)
