"""What a function carries along when it travels to a worker by value."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

LIMIT = 1_000_000
"""Bytes of a pickled function above which it surely carries data along."""


def name_of(fn: Callable[..., Any]) -> str:
    """Return the function's name as a sentence can use it.

    >>> name_of(len), name_of(lambda x: x), name_of(partial(len, "ab"))
    ('len', 'The function', 'len')
    """
    if isinstance(fn, partial):
        return name_of(fn.func)
    name = str(getattr(fn, "__name__", type(fn).__name__))
    return "The function" if name == "<lambda>" else name


def warning_text(fn: Callable[..., Any], n_bytes: int) -> str:
    """Return the warning for a function of n_bytes, naming what it captures, with the remedy."""
    names = _captured(fn)
    carried = f"captures {names}" if names else "carries data along"
    return (
        f"{name_of(fn)} {carried}, {n_bytes / 1e6:.0f} MB in all, which every worker receives "
        "and unpacks. Pass the rows by reference instead, for example chunks = "
        "sl.row_groups(path), and read them inside the function."
    )


def _captured(fn: Callable[..., Any]) -> str:
    try:
        seen = inspect.getclosurevars(fn)
    except TypeError:
        return ""
    values = {**seen.globals, **seen.nonlocals}
    sizes = {name: _size(value) for name, value in values.items()}
    large = [name for name in sizes if sizes[name] > LIMIT / 10]
    return ", ".join(f"{name} ({type(values[name]).__name__})" for name in large)


def _size(value: Any) -> int:
    if hasattr(value, "memory_usage"):
        usage = value.memory_usage()
        return int(usage.sum() if hasattr(usage, "sum") else usage)
    return int(getattr(value, "nbytes", sys.getsizeof(value)))
