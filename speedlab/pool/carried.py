"""What a map carries to its workers besides the function: the state of the notebook.

Read once for each map, in well under a millisecond, and compared by its digest: a worker that
has it already does nothing. What the system gives each process, and what only a worker has, stays
as it is: its limits of threads, unless the notebook sets them, and its seed for hash().
"""

from __future__ import annotations

import contextlib
import decimal
import functools
import hashlib
import locale
import logging
import os
import pickle
import re
import sys
import sysconfig
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle

from speedlab.core.errors import warn
from speedlab.pool.backends import Backend
from speedlab.pool.checks import capture, obstacles
from speedlab.pool.inside.notebook import logs, modules
from speedlab.pool.inside.setup import WithSetup
from speedlab.pool.inside.startup import HASH_SEED
from speedlab.pool.local.start import environment_is_ours

_OURS = {"speedlab", "grader"}
_seen_names: set[str] = set()
_left: list[tuple[str, str]] = []
_stays: dict[tuple[str, str], tuple[int, int]] = {}


def hold(fn: Callable[[Any], Any], backend: Backend, *, here: bool) -> Any:
    """Give a function to those who work, and return what is submitted with each chunk.

    Args:
        fn: The function.
        backend: Who works.
        here: Whether that is on this machine, with its environment and folders.

    Raises:
        BadInput: If something that the function carries along cannot go to a worker.
    """
    if backend.shares_memory:
        return fn
    backend.settle(*state(here=here))
    payload = obstacles.pack_function(fn)
    if len(payload) > capture.LIMIT:
        own = fn.fn if isinstance(fn, WithSetup) else fn
        warn(capture.warning_text(own, len(payload)))
    digest = hashlib.sha256(payload).hexdigest()[:32]
    return backend.hold(digest, payload)


def state(*, here: bool) -> tuple[str, bytes]:
    """Return the digest of the notebook's state, and the state in pickled form.

    Args:
        here: Whether the workers are on this machine. Others keep their own environment,
            folders and modules; warnings, logging and settings of libraries go there too.
    """
    readers = {**_ANYWHERE, **(_HERE if here else {})}
    parts = {}
    # Another thread may be starting workers: what it sets meanwhile is not the notebook's.
    with environment_is_ours():
        for name, read in readers.items():
            with contextlib.suppress(Exception):  # what a library refuses to tell stays here
                parts[name] = cloudpickle.dumps(read())
    parts["logging"] = cloudpickle.dumps(logs.image(files=here))
    payload = pickle.dumps(parts)
    if here:
        _warn_of_what_stays()
    return hashlib.blake2b(payload, digest_size=16).hexdigest(), payload


def learners_modules() -> list[types.ModuleType]:
    """Return the loaded modules that the learner wrote: those under the working folder, or
    beside the script that runs, that no package manager has put there."""
    main = sys.modules.get("__main__")
    beside = os.path.dirname(getattr(main, "__file__", None) or "")  # noqa: PTH120 - cheap
    roots = (os.getcwd(), os.path.abspath(beside) if beside else "")  # noqa: PTH100, PTH109
    names = _names_of_modules(len(sys.modules), roots)
    found = (sys.modules.get(name) for name in names)
    return [module for module in found if isinstance(module, types.ModuleType)]


@functools.lru_cache(maxsize=4)
def _names_of_modules(_count: int, roots: tuple[str, ...]) -> tuple[str, ...]:
    there = list(sys.modules.items())
    files = [(name, getattr(module, "__file__", None)) for name, module in there]
    return tuple(
        name
        for name, file in files
        if name not in {"__main__", "__mp_main__"}
        and name.partition(".")[0] not in _OURS
        and isinstance(file, str)
        and file.endswith(".py")
        and _is_learners(file, roots)
    )


@functools.lru_cache(maxsize=8192)
def _is_learners(file: str, roots: tuple[str, ...]) -> bool:
    path = Path(file)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}
    return any(path.is_relative_to(root) for root in roots if root) and not any(
        path.is_relative_to(folder) for folder in installed if folder
    )


def _images() -> dict[str, bytes]:
    images = {module.__name__: modules.image_of(module) for module in learners_modules()}
    _left[:] = [(name, path) for name, (image, _) in images.items() for path in image.left]
    return {name: content for name, (_, content) in images.items()}


def _warn_of_what_stays() -> None:
    """Name what was assigned in the notebook since the last map, and cannot travel."""
    for name, path in _left:
        module = sys.modules[name]
        value: Any = module
        for part in path.removesuffix("()").split("."):
            value = getattr(value, part, None)
        now = id(module.__spec__), id(value)  # a module that is loaded again has another spec
        before = _stays.setdefault((name, path), now)
        _stays[name, path] = now
        if before[0] == now[0] and before != now:
            warn(
                f"{name}.{path} was changed after {name} was imported, and cannot travel: it is "
                "too large, or cannot be pickled. Workers have the one that the file makes. Hand "
                "it to the function, or let the function read it from a file."
            )


def _environment() -> tuple[dict[str, str], set[str]]:
    now = {name: value for name, value in os.environ.items() if name != HASH_SEED}
    _seen_names.update(now)
    return now, _seen_names - now.keys()


def _mask() -> int:
    # The other way to read it is to set it, which other threads would see.
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^Umask:\s*(\d+)", status, re.M)[0], 8)


def _filters() -> list[tuple[str, str, type[Warning], str, int]]:
    there = [_filter(each) for each in warnings.filters]
    return [each for each in there if _travels(each[2])]


def _filter(each: Any) -> tuple[str, str, type[Warning], str, int]:
    action, message, category, module, line = each
    texts = [getattr(each, "pattern", None) or each or "" for each in (message, module)]
    return action, texts[0], category, texts[1], line


def _travels(value: Any) -> bool:
    return modules.pickled(value) is not None


def _numpy() -> tuple[dict[str, Any], dict[str, Any]]:
    numpy = sys.modules["numpy"]
    return numpy.geterr(), numpy.get_printoptions()


def _pandas() -> dict[str, Any]:
    # Its public way looks each name up by a pattern: sixty of these take longer than all the rest.
    options = sys.modules["pandas._config.config"]
    there = {
        name: (functools.reduce(dict.__getitem__, name.split("."), options._global_config), option)
        for name, option in options._registered_options.items()
    }
    return {name: value for name, (value, option) in there.items() if value != option.defval}


_ANYWHERE: dict[str, Callable[[], Any]] = {
    "warnings": _filters,
    "captured_warnings": lambda: getattr(logging, "_warnings_showwarning", None) is not None,
    "recursion": sys.getrecursionlimit,
    "digits": sys.get_int_max_str_digits,
    "decimal": decimal.getcontext,
    "numpy": _numpy,
    "pandas": _pandas,
}
_HERE: dict[str, Callable[[], Any]] = {
    "environment": _environment,
    "path": lambda: list(sys.path),
    "folder": os.getcwd,
    "mask": _mask,
    "cores": lambda: os.sched_getaffinity(0),
    "locale": lambda: locale.setlocale(locale.LC_ALL),
    "modules": _images,
}
