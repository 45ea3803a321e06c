"""Results that are none yet: what makes them has still to be run, where it was made."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from speedlab.pool.inside.failed.sendable import is_open_file, is_promise, root_of

LAZY = {("polars", "LazyFrame"), ("dask", "Delayed"), ("pyspark", "DataFrame")}


def recipe(value: Any) -> str | None:
    """Return what a result is, where nothing has been computed yet; None for a real result.

    >>> recipe(map(abs, [1])), recipe([1])
    ('an iterator (map)', None)
    """
    kind = type(value)
    if inspect.isgenerator(value) or inspect.isasyncgen(value):
        return "a generator"
    if inspect.iscoroutine(value):
        value.close()  # or Python complains that nobody has waited for it
        return "a coroutine"
    if is_open_file(value):
        return "an open file"
    if (
        is_promise(value)
        or (root_of(kind), kind.__name__) in LAZY
        or hasattr(kind, "__dask_graph__")
    ):
        return f"a promise of a result ({kind.__name__})"
    # Those that people write themselves may well be an answer.
    if kind.__module__ in ("builtins", "itertools") and isinstance(value, Iterator):
        return f"an iterator ({kind.__name__})"
    return None
