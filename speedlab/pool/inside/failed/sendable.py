"""What no process can hand to another, and what should not be handed over, in words.

Some of it can even be pickled, and is the more dangerous for that: an open file travels as a
copy of its text, so that every worker reads the whole of it.
"""

from __future__ import annotations

import functools
import io
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from types import ModuleType
from typing import Any

import cloudpickle

LOCKS = tuple(type(make()) for make in (threading.Lock, threading.RLock))
LIVING = (
    *LOCKS,
    threading.Thread,
    threading.Event,
    threading.Condition,
    threading.Semaphore,
    threading.Barrier,
    socket.socket,
    subprocess.Popen,
)
TOOLS = ("Executor", "Pool", "Lock", "Semaphore", "Event", "Condition", "Queue", "Process")
ON_GPU = {"torch", "cupy", "cudf", "cuml", "jax", "jaxlib", "tensorflow"}
DATABASES = {"sqlalchemy", "pymongo", "redis"}
SERVICES = {"requests", "httpx", "aiohttp", "urllib3", "http", "ftplib", "smtplib", "boto3"}
HANDLES = ("Client", "Redis", "Engine", "Session", "Database", "Collection", "Connection")
CONNECTIONS = ("Client", "Session", "Connection", "HTTPSConnection", "PoolManager", "SMTP", "FTP")
FUTURES = {"concurrent", "asyncio", "_asyncio", "distributed", "joblib", "loky"}
PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, bytearray, range})
LOOKED_AT = 100
"""Parts of a list or dictionary that are looked at: the others are most often alike."""
TRIES = 300
"""Parts that are packed one by one to find the one that cannot be."""


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
SERVICE = Obstacle(
    "a connection to a service",
    "It belongs to the process that opened it: pass the address, and connect inside the function.",
)
LIVE = Obstacle(
    "something alive",
    "It lives in this process only: make it inside the function, or do without it by returning "
    "results instead of sharing them.",
)
PROMISE = Obstacle(
    "a promise of a result",
    "Ask for the result first, with .result(), .compute(), .collect() or await.",
)
DEEP = Obstacle(
    "a value that holds others, one in the other, too deeply to be packed",
    "Pass a flat list in its place.",
)
DANGEROUS = {found.remedy for found in (FILE, ITERATOR, TENSOR)}
"""The remedies of what would be wrong in a worker even where it can be pickled."""


def obstacle(value: Any) -> Obstacle | None:
    """Return what keeps a value from travelling, or None.

    >>> obstacle(number for number in range(3)).kind
    'a generator'
    >>> obstacle([1, 2, 3]) is None
    True
    """
    if type(value) in PLAIN or isinstance(value, (ModuleType, type)):
        return None  # a module or class is found again by its name
    found = next((found for found, is_one in _known() if is_one(value)), None)
    return replace(found, kind=_kind(found, value)) if found in (LIVE, ITERATOR) else found


def _kind(found: Obstacle, value: Any) -> str:
    """Return a name that fits just this value, where an obstacle stands for several kinds."""
    kind = type(value).__name__
    if found == ITERATOR:
        plain = kind == "generator" or type(value).__module__ not in ("builtins", "itertools")
        return found.kind if plain else f"an iterator ({kind})"
    named = {socket.socket: "a socket", subprocess.Popen: "a running program"}
    named |= {threading.Thread: "a thread"} | dict.fromkeys(LOCKS, "a lock")
    return next((name for one, name in named.items() if isinstance(value, one)), f"a live {kind}")


@functools.cache
def _known() -> tuple[tuple[Obstacle, Callable[[Any], bool]], ...]:
    return (
        (FILE, is_open_file),
        (DATABASE, _is_database),
        (PROMISE, is_promise),
        (ITERATOR, lambda v: isinstance(v, Iterator) and not isinstance(v, io.IOBase)),
        (LIVE, _is_living),
        (SERVICE, lambda v: _is_named(v, SERVICES, CONNECTIONS)),
        (TENSOR, _is_on_gpu),
    )


def within(value: Any, name: str, *, depth: int = 2) -> list[tuple[str, Obstacle]]:
    """Return the obstacles in a value and, where it is a container, in its first parts.

    >>> [(name, found.kind) for name, found in within({"rows": iter([1])}, "data")]
    [("data['rows']", 'an iterator (list_iterator)')]
    """
    own = obstacle(value)
    if own is not None:
        return [(name, own)]
    if not depth or not isinstance(value, (Mapping, list, tuple)):
        return []
    parts = islice(parts_of(value), LOOKED_AT)
    return [
        pair
        for step, part in parts
        if type(part) not in PLAIN
        for pair in within(part, name + step, depth=depth - 1)
    ]


def parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Return the parts of a container or an object, each with what leads to it.

    >>> list(parts_of({"a": [1]}))
    [("['a']", [1])]
    """
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from ((f" (its member {part!r:.40})", part) for part in value)
    else:
        slots = chain.from_iterable(_slots(kind) for kind in type(value).__mro__)
        names = [*getattr(value, "__dict__", {}), *slots]
        yield from ((f".{name}", getattr(value, name)) for name in names if hasattr(value, name))


def _slots(kind: type) -> Iterable[str]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else slots


Parts = Callable[[Any], Iterator[tuple[str, Any]]]


def refused_part(value: Any, name: str, parts: Parts = parts_of) -> tuple[str, Obstacle]:
    """Return the innermost part of a value that cannot be pickled, and what it is, in words.

    Args:
        value: What could not be pickled.
        name: What it is called.
        parts: Returns the parts of a value.

    >>> name, found = refused_part({"free": 1, "held": [threading.Lock()]}, "box")
    >>> name, found.kind
    ("box['held'][0]", 'a lock')
    """
    left, seen = TRIES, {id(value)}
    reason = refusal(value) or ""
    while (known := obstacle(value)) is None and left > 0:
        for step, part in islice(parts(value), left):
            left -= 1
            if id(part) in seen or type(part) in PLAIN:
                continue
            if why := refusal(part):
                value, reason = part, why
                name += step if step.startswith((".", "[", " ")) else f", there {step}"
                seen.add(id(part))
                break
        else:
            break
    if "recursion" in reason:
        return name.partition("[0][0]")[0], DEEP
    return name, known or _unknown(value, reason)


def remembering(fn: Callable[..., Any], how: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that remembers its answers, with nothing remembered yet.

    >>> remembering(abs, {"maxsize": 2, "typed": False}).cache_parameters()
    {'maxsize': 2, 'typed': False}
    """
    remembers: Callable[..., Any] = functools.lru_cache(**how)(fn)
    return remembers


def refusal(value: Any) -> str | None:
    """Return why a value cannot be pickled, or None if it can."""
    try:
        cloudpickle.dumps(value)
    except Exception as error:  # every library refuses in its own way
        lines = str(error).strip().splitlines()
        return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
    return None


def _unknown(value: Any, reason: str) -> Obstacle:
    kind = f"an object of the kind {type(value).__name__}"
    return Obstacle(
        f"{kind}, which cannot be packed ({reason})",
        "Make it inside the function, or pass the plain values from which it can be made.",
    )


def is_promise(value: Any) -> bool:
    """Return whether a value stands for a result that may come later."""
    kinds = type(value).__mro__
    future = any(kind.__name__ == "Future" and root_of(kind) in FUTURES for kind in kinds)
    return future or isinstance(value, Awaitable)


def _is_living(value: Any) -> bool:
    return isinstance(value, LIVING) or _is_named(value, {"concurrent", "multiprocessing"}, TOOLS)


def is_open_file(value: Any) -> bool:
    """Return whether a value is a file that is open, but none of this process's own streams."""
    # On Windows a temporary file is a wrapper around the real one.
    inner = getattr(value, "file", None) if type(value).__module__ == "tempfile" else value
    if not isinstance(inner, io.IOBase) or isinstance(inner, (io.BytesIO, io.StringIO)):
        return False
    return not any(inner is own for own in (sys.stdin, sys.stdout, sys.stderr, sys.__stderr__))


def _is_database(value: Any) -> bool:
    kind = type(value)
    connection = hasattr(kind, "commit") and (hasattr(kind, "cursor") or hasattr(kind, "execute"))
    cursor = hasattr(kind, "execute") and hasattr(kind, "fetchone")
    return connection or cursor or _is_named(value, DATABASES, HANDLES)


def _is_named(value: Any, roots: set[str], endings: tuple[str, ...]) -> bool:
    kind = type(value)
    return root_of(kind) in roots and kind.__name__.endswith(endings)


def _is_on_gpu(value: Any) -> bool:
    kind = type(value)
    if root_of(kind) not in ON_GPU or not (hasattr(value, "device") or hasattr(value, "shape")):
        return False
    return "cpu" not in str(getattr(value, "device", "")).lower()


def root_of(kind: type) -> str:
    """Return the library that a class belongs to."""
    return kind.__module__.partition(".")[0]
