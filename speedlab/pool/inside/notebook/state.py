"""Make a worker what the notebook is: its environment, folders, warnings, logging, settings.

carried.py reads the same parts in the notebook, under the same names.
"""

from __future__ import annotations

import contextlib
import decimal
import importlib
import locale
import logging
import os
import pickle
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle

from speedlab.pool.inside.notebook import following, logs
from speedlab.pool.inside.startup import THREAD_VARIABLES, blas_threads, in_worker


class StateRef(NamedTuple):
    """A notebook's state: its digest, and the file it is in or, for other machines, itself."""

    digest: str
    source: str | bytes


_now = threading.local()  # decimal and numpy have their settings for each thread
_pandas_options: dict[str, Any] = {}


def settle(ref: StateRef | None) -> bool:
    """Make this worker what the notebook was when the map began; return whether that was new.

    A part that cannot be had here, such as a folder that has gone, is left as it is.
    """
    if ref is None or not in_worker() or ref.digest == getattr(_now, "digest", None):
        return False
    source = ref.source
    payload = source if isinstance(source, bytes) else Path(source).read_bytes()
    for name, content in pickle.loads(payload).items():
        with contextlib.suppress(Exception):
            _PARTS[name](cloudpickle.loads(content))
    _now.digest = ref.digest
    return True


def _environment(both: tuple[dict[str, str], set[str]]) -> None:
    wanted, gone = both
    zone = os.environ.get("TZ")
    for name in gone:
        if name in THREAD_VARIABLES:  # the notebook has none any more: ours count again
            wanted = {**wanted, name: blas_threads()}
        os.environ.pop(name, None)
    os.environ.update({k: v for k, v in wanted.items() if os.environ.get(k) != v})
    if os.environ.get("TZ") != zone and hasattr(time, "tzset"):
        time.tzset()


def _path(entries: list[str]) -> None:
    if sys.path != entries:
        sys.path[:] = entries
        importlib.invalidate_caches()


def _mask(mask: int) -> None:
    os.umask(mask)


def _cores(cores: set[int]) -> None:
    # A fork server keeps the cores that it was started with.
    if os.sched_getaffinity(0) != cores:
        os.sched_setaffinity(0, cores)


def _warnings(filters: list[tuple[str, str, type[Warning], str, int]]) -> None:
    warnings.resetwarnings()
    for action, message, category, module, line in filters:
        warnings.filterwarnings(
            action,  # type: ignore[arg-type]
            message,
            category,
            module,
            line,
            append=True,
        )


def _recursion(limit: int) -> None:
    sys.setrecursionlimit(limit)


def _digits(limit: int) -> None:
    sys.set_int_max_str_digits(limit)


def _locale(name: str) -> None:
    if locale.setlocale(locale.LC_ALL) != name:
        locale.setlocale(locale.LC_ALL, name)


def _numpy(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    import numpy as np

    np.seterr(**both[0])
    np.set_printoptions(**both[1])


def _pandas(changed: dict[str, Any]) -> None:
    import pandas as pd

    for name in _pandas_options.keys() - changed.keys():
        pd.reset_option(name)
    for name, value in changed.items():
        pd.set_option(name, value)
    _pandas_options.clear()
    _pandas_options.update(changed)


_PARTS: dict[str, Callable[[Any], None]] = {
    "environment": _environment,
    "path": _path,
    "folder": os.chdir,
    "mask": _mask,
    "cores": _cores,
    "warnings": _warnings,
    "logging": logs.become,
    "captured_warnings": logging.captureWarnings,
    "recursion": _recursion,
    "digits": _digits,
    "locale": _locale,
    "decimal": decimal.setcontext,
    "numpy": _numpy,
    "pandas": _pandas,
    "modules": following.follow,
}
