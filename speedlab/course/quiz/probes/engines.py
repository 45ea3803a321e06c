"""Which library did the work: asked of the library, since the answer alone does not show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from unittest import mock

from speedlab.course.quiz.probes.beside import beside


@beside
def through_joblib(function: Callable[..., Any], *args: Any) -> tuple[Any, bool]:
    """Call a function; return its answer, and whether joblib's Parallel was given work meanwhile.

    Args:
        function: Any function, also one written in a notebook cell.
        args: What it gets.
    """
    from joblib import Parallel

    original, runs = Parallel.__call__, list[int]()

    def noted(self: Any, calls: Iterable[Any]) -> Any:
        runs.append(1)
        return original(self, calls)

    with mock.patch.object(Parallel, "__call__", noted):
        found = function(*args)
    return found, bool(runs)
