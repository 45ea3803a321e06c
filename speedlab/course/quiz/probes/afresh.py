"""A learner's function called in a Python that was started a moment ago.

What an answer takes from the process it runs in (the hash of a text, a clock, what an earlier call
has left behind) is the same all day in one notebook, and another one in the next.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import cloudpickle

from speedlab.course.quiz.probes.beside import beside

LONGEST_S = 60.0
PROGRAM = """
import os, pickle, sys
out = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what the function prints is no part of its answer
try:
    function, args = pickle.load(sys.stdin.buffer)
except Exception:
    os._exit(17)
try:
    found = function(*args)
    reply = pickle.dumps((True, list(found) if hasattr(found, "__next__") else found))
except Exception as error:
    reply = pickle.dumps((False, f"{type(error).__name__}: {error}"))
out.write(reply)
out.close()
"""
"""It imports what the function needs, and no more: so it is there in a fraction of a second."""
NOT_READ = 17  # how it ends where it cannot read what was sent


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Packs functions of a cell, also those that keep their results."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, functools._lru_cache_wrapper):  # else by its name, known here alone
            return functools.lru_cache, (value.__wrapped__,)
        return super().reducer_override(value)


@beside
def in_new_python(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a Python that was just started; return what came back by pickle.

    A function that cannot be sent is called here: that alone makes no answer wrong.

    Args:
        function: Any function, also one written in a notebook cell.
        args: What it gets.

    Raises:
        RuntimeError: If the function raises there; the text is that of its error.
    """
    order = io.BytesIO()
    try:
        _Pickler(order).dump((function, args))
    except Exception:  # a lock or an open file among its globals
        return function(*args)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=order.getvalue(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=LONGEST_S,
        env=_environment(),
        check=False,
    )
    if done.returncode == NOT_READ:
        return function(*args)
    if done.returncode:
        raise RuntimeError("A Python that was started anew could not run the function.")
    went_well, found = pickle.loads(done.stdout)
    if not went_well:
        raise RuntimeError(f"In a Python that was started anew: {found}")
    return found


def _environment() -> dict[str, str]:
    """Return the variables of a Python that finds what this one finds, and shares no seed."""
    paths = os.pathsep.join(path for path in sys.path if path)
    # The course gives all its processes one seed for the hash of texts; other companies do not.
    return os.environ | {"PYTHONPATH": paths, "PYTHONHASHSEED": "random"}


@contextlib.contextmanager
def sent_whole(*modules: ModuleType) -> Iterator[None]:
    """Let functions of some modules travel as those of a cell do: nobody has to import them there.

    It spares the new Python to import the whole package.
    """
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
