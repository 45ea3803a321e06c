"""The learner's own modules: how they stand in the notebook, and the same in a worker.

A worker imports a module by its name, from its file. The notebook may have another one: loaded
before the file was edited, reloaded since this worker loaded it, or changed by an assignment
such as helper.FACTOR = 10. So the notebook takes an image of each, and the worker changes its own
module, in place, where that differs. Classes stay what they are, so that results are instances of
the notebook's classes; what cannot be pickled (a lock, a connection) stays the worker's own.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import importlib
import io
import marshal
import operator
import pickle
import random
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import cloudpickle

from speedlab.pool.inside.notebook import random_state

LARGEST = 1_000_000
"""Bytes of a value above which it stays where it is: it would travel with every map."""
_FEW = 1000
"""Parts of a container that are quick to pickle, as a rule; the bounded way takes longer."""
_ATOMS = (bool, int, float, complex, str, bytes, type(None))
_PLAIN = (*_ATOMS, tuple, list, dict, set, frozenset)
_REFERRED = (type, types.FunctionType, types.BuiltinFunctionType)
REMEMBERING = type(functools.lru_cache(len))


class Image(NamedTuple):
    """How a module stands: the code of its functions, and its values, in pickled form."""

    shapes: dict[str, str]
    """What each of its classes is made of; an assignment cannot make one class another."""
    codes: dict[str, bytes]
    values: dict[str, bytes]
    left: tuple[str, ...]
    """Names of values that are too large to travel, or cannot."""


@dataclass
class _Taken:
    """An image that was taken, and of what: where that is the same, only little is looked at."""

    parts: list[Any]
    """What the module held. Kept, not only known by its address, which another may get."""
    image: Image
    changing: list[tuple[str, Any]]
    """Values that may have changed although they are the same objects, as a list may."""
    content: bytes = b""


_taken: dict[str, _Taken] = {}


def image_of(module: types.ModuleType) -> tuple[Image, bytes]:
    """Take the image of a module; return it, and it in pickled form."""
    parts = _held_by(module)
    taken = _taken.get(module.__name__)
    if taken is None or not _same(taken.parts, parts):
        taken = _taken[module.__name__] = _take(module, parts)
    again = {path: pickled(value) for path, value in taken.changing}
    old = taken.image
    if not taken.content or any(old.values.get(path) != again[path] for path in again):
        values = {**old.values, **again}
        stay = {path for path in old.left if path not in again}
        left = (*sorted(stay), *(path for path, content in again.items() if content is None))
        there = {path: content for path, content in values.items() if content is not None}
        taken.image = old._replace(values=there, left=left)
        taken.content = pickle.dumps(taken.image)
    return taken.image, taken.content


def _take(module: types.ModuleType, parts: list[Any]) -> _Taken:
    functions = functions_of(module)
    codes = {path: _marshalled(fn.__code__) for path, fn in functions.items()}
    values, changing = {}, []
    for path, value in _values_of(module, functions):
        if isinstance(value, (*_ATOMS, *_REFERRED, types.ModuleType)):
            values[path] = pickled(value)
        else:
            changing.append((path, value))
    there = {path: content for path, content in values.items() if content is not None}
    left = tuple(path for path in values if path not in there)
    return _Taken(parts, Image(shapes_of(module), codes, there, left), changing)


def _held_by(module: types.ModuleType) -> list[Any]:
    """Return what makes a module what it is, as objects that are compared by their identity."""
    held: list[Any] = []
    for value in list(vars(module).values()):
        held.append(value)
        if isinstance(value, types.FunctionType):
            held += (value.__code__, value.__defaults__, value.__kwdefaults__)
        elif isinstance(value, type) and value.__module__ == module.__name__:
            held += vars(value).values()
    return held


def _same(before: list[Any], now: list[Any]) -> bool:
    return len(before) == len(now) and all(map(operator.is_, before, now))


def shapes_of(module: types.ModuleType) -> dict[str, str]:
    """Return of each class of a module its name, its bases, what it has, and an enum's members."""
    return {
        name: repr(
            (
                [base.__qualname__ for base in kind.__mro__],
                sorted(vars(kind)),
                [(each.name, each.value) for each in kind] if issubclass(kind, enum.Enum) else (),
            )
        )
        for name, kind in list(vars(module).items())
        if isinstance(kind, type) and kind.__module__ == module.__name__
    }


def functions_of(module: types.ModuleType) -> dict[str, types.FunctionType]:
    """Return every function that was written in a module, its methods among them, by its place."""
    found: dict[str, types.FunctionType] = {}
    seen: set[int] = set()
    waiting = [(name, value) for name, value in list(vars(module).items()) if name[:2] != "__"]
    waiting.reverse()
    while waiting:
        path, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, types.FunctionType) and value.__globals__ is vars(module):
            found[path] = value
        waiting += [(f"{path}.{name}", part) for name, part in _parts_of(value, module)]
    return found


def pickled(value: Any) -> bytes | None:
    """Return a value in pickled form, or None where it is too large or cannot be."""
    try:
        if isinstance(value, types.ModuleType) and sys.modules.get(value.__name__) is value:
            return pickle.dumps(_ByName(value.__name__))
        if random_state.unseeded(value):  # sent along, it would draw the same in each worker
            return pickle.dumps(_Unseeded(*random_state.like(value)))
        if isinstance(value, _REFERRED) and value.__module__ not in {None, "__main__"}:
            with contextlib.suppress(Exception):
                return pickle.dumps(value)
        if type(value) in _ATOMS or (type(value) in _PLAIN and len(value) <= _FEW):
            content = pickle.dumps(value)
            if b"__main__" not in content:  # what is written in the notebook travels by value
                return content if len(content) < LARGEST else None
        file = _Bounded()
        cloudpickle.CloudPickler(file).dump(value)
        return file.getvalue()
    except Exception:  # every library refuses in its own way
        return None


class _ByName:
    """A module that a module has imported: unpacked, it is the module of that name there."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, (self.name,)


class _Unseeded:
    """A random generator that nobody has seeded: unpacked, it is another one there."""

    def __init__(self, kind: type, source: type) -> None:
        self.kind, self.source = kind, source

    def __reduce__(self) -> tuple[Any, ...]:
        return random_state.made, (self.kind, self.source)


class _Bounded(io.BytesIO):
    def write(self, content: Any) -> int:
        if self.tell() + len(content) > LARGEST:
            raise OverflowError("too large to travel")
        return super().write(content)


def _parts_of(value: Any, module: types.ModuleType) -> list[tuple[str, Any]]:
    """Return where functions may be inside a value: those of a class, those that it wraps."""
    parts: list[tuple[str, Any]] = []
    if isinstance(value, types.FunctionType):
        parts = [(f"<{n}>", _content(cell)) for n, cell in enumerate(value.__closure__ or ())]
        parts.append(("__wrapped__", value.__dict__.get("__wrapped__")))
    elif isinstance(value, (staticmethod, classmethod)):
        parts = [("__func__", value.__func__)]
    elif isinstance(value, property):
        parts = [("fget", value.fget), ("fset", value.fset), ("fdel", value.fdel)]
    elif isinstance(value, functools.cached_property):
        parts = [("func", value.func)]
    elif isinstance(value, REMEMBERING):
        parts = [("__wrapped__", value.__wrapped__)]
    elif isinstance(value, type) and value.__module__ == module.__name__:
        parts = list(vars(value).items())[::-1]
    return parts


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _values_of(
    module: types.ModuleType, functions: dict[str, types.FunctionType]
) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(module).items()):
        # Of the standard library's generators nobody can say whether they were seeded.
        if name.startswith("__") or isinstance(value, (REMEMBERING, random.Random)):
            continue
        if isinstance(value, types.FunctionType) and value.__globals__ is vars(module):
            continue
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from _values_of_class(name, value)
        else:
            yield name, value
    for path, fn in functions.items():
        if fn.__defaults__ or fn.__kwdefaults__:
            yield f"{path}()", (fn.__defaults__, fn.__kwdefaults__)


def _values_of_class(path: str, kind: type) -> Iterator[tuple[str, Any]]:
    if not issubclass(kind, enum.Enum):  # whose members are made by the class
        for name, value in list(vars(kind).items()):
            if not name.startswith("__") and type(value) in _PLAIN:
                yield f"{path}.{name}", value


@functools.lru_cache(maxsize=4096)
def _marshalled(code: types.CodeType) -> bytes:
    # Kept, as the bytes of equal code may differ: they depend on who else refers to its parts.
    return marshal.dumps(code)
