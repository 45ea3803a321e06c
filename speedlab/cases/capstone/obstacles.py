"""Things that no worker can be given, or that go wrong there: found before anything is sent.

Some of them can even be pickled, and are the more dangerous for that: an open file travels as a
copy of its text, so that every worker reads the whole of it.
"""

from __future__ import annotations

import dis
import io
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

LOCKS = tuple(type(make()) for make in (threading.Lock, threading.RLock))
ON_GPU = {"torch", "cupy", "cudf", "cuml", "jax", "jaxlib", "tensorflow"}
DATABASES = {"sqlalchemy", "pymongo", "redis"}
HANDLES = ("Client", "Redis", "Engine", "Session", "Database", "Collection", "Connection")
LOOKED_AT = 100
"""Parts of a list or dictionary that are looked at: the others are most often alike."""


@dataclass(frozen=True)
class Obstacle:
    """One kind of thing that should not travel, in words."""

    kind: str
    remedy: str


FILE = Obstacle(
    "an open file",
    "Pass the file's name, and open the file inside the function.",
)
ITERATOR = Obstacle(
    "a generator",
    "It can be walked through once and in one place: pass a list, or the name of a file that the "
    "function reads.",
)
TENSOR = Obstacle(
    "a tensor on a GPU",
    "Its data lie on one card that processes cannot share: pass value.cpu().numpy(), or leave "
    "the work to the GPU in one process.",
)
DATABASE = Obstacle(
    "a database handle",
    "It belongs to the process that opened it: pass the address and the key range, and connect "
    "inside the function.",
)
LIVE = Obstacle(
    "a lock, a thread, a socket or a running program",
    "It lives in this process only: make it inside the function, or do without it by returning "
    "results instead of sharing them.",
)


def obstacle(value: Any) -> Obstacle | None:
    """Return what keeps a value from travelling, or None.

    >>> obstacle(number for number in range(3)).kind
    'a generator'
    >>> obstacle([1, 2, 3]) is None
    True
    """
    if isinstance(value, (ModuleType, type)):
        return None  # a module or class is found again by its name
    if _is_open_file(value):
        return FILE
    if _is_database(value):
        return DATABASE
    if isinstance(value, Iterator) and not isinstance(value, io.IOBase):
        return ITERATOR
    if isinstance(value, (*LOCKS, threading.Thread, socket.socket, subprocess.Popen)):
        return LIVE
    return TENSOR if _is_on_gpu(value) else None


def within(value: Any, name: str, *, depth: int = 2) -> list[tuple[str, Obstacle]]:
    """Return the obstacles in a value and, where it is a container, in its first parts.

    >>> [(name, found.kind) for name, found in within({"rows": iter([1])}, "data")]
    [("data['rows']", 'a generator')]
    """
    found = obstacle(value)
    if found is not None:
        return [(name, found)]
    if not depth:
        return []
    parts: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        parts = [(f"{name}[{key!r}]", part) for key, part in islice(value.items(), LOOKED_AT)]
    elif isinstance(value, (list, tuple)):
        parts = [(f"{name}[{place}]", part) for place, part in enumerate(value[:LOOKED_AT])]
    return [pair for place, part in parts for pair in within(part, place, depth=depth - 1)]


def carried(fn: Callable[..., Any]) -> dict[str, Any]:
    """Return what a function takes along when it travels by value, by name.

    That is what it captures, the globals that it reads, its defaults, the arguments of a partial
    and the attributes of its object; and the same of each function among these.
    """
    return dict(_carried(fn, set()))


def _carried(fn: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(fn) in seen:
        return
    seen.add(id(fn))
    for name, value in _own(fn):
        yield name, value
        if isinstance(value, (FunctionType, MethodType, partial)):
            yield from _carried(value, seen)


def _own(fn: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(fn, partial):
        yield "the function of the partial", fn.func
        yield from ((f"argument {place}", value) for place, value in enumerate(fn.args, 1))
        yield from fn.keywords.items()
    elif isinstance(fn, MethodType):
        yield from _own(fn.__self__)
        yield fn.__func__.__name__, fn.__func__
    elif isinstance(fn, FunctionType):
        # One that can be imported travels as a name; its module is loaded anew in each worker.
        yield from () if _found_by_name(fn) else _of_function(fn)
    elif hasattr(fn, "__dict__") and not isinstance(fn, type) and not _packs_itself(fn):
        yield from vars(fn).items()


def _of_function(fn: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # a name that has no value yet
            continue
    defaults = fn.__defaults__ or ()
    named = fn.__code__.co_varnames[: fn.__code__.co_argcount]
    yield from zip(named[len(named) - len(defaults) :], defaults, strict=True)
    yield from (fn.__kwdefaults__ or {}).items()
    names = sorted(globals_of(fn.__code__) & fn.__globals__.keys())
    yield from ((name, fn.__globals__[name]) for name in names)


def _found_by_name(fn: FunctionType) -> bool:
    found: Any = None if fn.__module__ == "__main__" else sys.modules.get(fn.__module__)
    for part in fn.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is fn


def _packs_itself(value: Any) -> bool:
    kind = type(value)
    return any(
        getattr(kind, name, None) is not getattr(object, name, None)
        for name in ("__getstate__", "__reduce__", "__reduce_ex__")
    )


def globals_of(code: CodeType, *, opcodes: tuple[str, ...] = ("LOAD_GLOBAL",)) -> set[str]:
    """Return the global names that a function's code uses, functions inside it included."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in opcodes}
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return names.union(*(globals_of(part, opcodes=opcodes) for part in inner))


def _is_open_file(value: Any) -> bool:
    # On Windows a temporary file is a wrapper around the real one.
    inner = getattr(value, "file", None) if type(value).__module__ == "tempfile" else value
    return isinstance(inner, io.IOBase) and not isinstance(inner, (io.BytesIO, io.StringIO))


def _is_database(value: Any) -> bool:
    kind = type(value)
    connection = hasattr(kind, "commit") and (hasattr(kind, "cursor") or hasattr(kind, "execute"))
    cursor = hasattr(kind, "execute") and hasattr(kind, "fetchone")
    known = _root(kind) in DATABASES and kind.__name__.endswith(HANDLES)
    return connection or cursor or known


def _is_on_gpu(value: Any) -> bool:
    kind = type(value)
    if _root(kind) not in ON_GPU or not (hasattr(value, "device") or hasattr(value, "shape")):
        return False
    return "cpu" not in str(getattr(value, "device", "")).lower()


def _root(kind: type) -> str:
    return kind.__module__.partition(".")[0]
