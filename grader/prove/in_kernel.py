"""Runs in the kernel: the names above a task as they were, after each answer to it."""

from __future__ import annotations

import os
from typing import Any

_kept: dict[str, Any] = {}


def begin(method: str) -> None:
    """Set the default start method of multiprocessing, before anything of the lesson runs."""
    import multiprocessing

    if method:
        multiprocessing.set_start_method(method, force=True)
    _kept["method"] = multiprocessing.get_start_method(allow_none=True)


def remember() -> None:
    """Keep what the cells above the task made."""
    shell = _shell()
    _kept["names"] = dict(shell.user_ns)
    _kept["inputs"] = len(shell.user_ns["In"])
    _kept["count"] = shell.execution_count
    _kept["environment"] = dict(os.environ)
    _kept["folder"] = os.getcwd()  # noqa: PTH109 - a text, as os.chdir takes it


def restore() -> None:
    """Put back what an answer may have changed: names, history, folder, environment, method."""
    import multiprocessing

    shell = _shell()
    names = shell.user_ns
    for name in [name for name in names if name not in _kept["names"]]:
        del names[name]
    names.update(_kept["names"])
    del names["In"][_kept["inputs"] :]
    names["Out"].clear()
    shell.execution_count = _kept["count"]
    os.chdir(_kept["folder"])
    os.environ.clear()
    os.environ.update(_kept["environment"])
    multiprocessing.set_start_method(_kept["method"], force=True)


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()
