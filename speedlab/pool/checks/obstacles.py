"""What a function carries along, and what of that cannot or should not go to a worker, by name.

What cannot travel at all, and why, is known in inside/sendable.py: a worker must say it of results.
"""

from __future__ import annotations

import dis
import functools
import io
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import BuiltinMethodType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import cloudpickle

from speedlab.core.errors import BadInput, refused_by_system
from speedlab.pool.checks.capture import name_of
from speedlab.pool.inside.failed.frames import library_of
from speedlab.pool.inside.failed.sendable import (
    DANGEROUS,
    Obstacle,
    obstacle,
    parts_of,
    refused_part,
    remembering,
    within,
)

CACHED: Any = type(functools.cache(len))

__all__ = [
    "Obstacle",
    "Sendable",
    "carried",
    "check_chunk",
    "globals_of",
    "names_used",
    "obstacle",
    "pack_chunk",
    "pack_function",
    "stuck",
    "within",
]


def pack_function(fn: Callable[..., Any]) -> bytes:
    """Return a function in pickled form.

    Raises:
        BadInput: If something that it carries along cannot go to a worker, or should not.
    """
    try:
        payload = _packed(fn)
    except Exception as error:  # every library refuses in its own way
        raise _refused(fn, error) from None
    for name, found in stuck(fn):
        # What its class takes care of, and so can be pickled, is only wrong if it is one of these.
        if found.remedy in DANGEROUS:
            raise _cannot(fn, name, found)
    return payload


class _Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """Also packs functions of a cell that remember their answers: by name no worker finds them."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, CACHED) and not _found_by_name(obj):
            return remembering, (obj.__wrapped__, obj.cache_parameters())
        return super().reducer_override(obj)


def _packed(fn: Callable[..., Any]) -> bytes:
    with io.BytesIO() as file:
        _Pickler(file).dump(fn)
        return file.getvalue()


def pack_chunk(index: int, chunk: Any) -> bytes:
    """Return a chunk in pickled form.

    Raises:
        BadInput: If something in it cannot go to a worker.
    """
    try:
        return bytes(cloudpickle.dumps(chunk))
    except Exception as error:
        too_large = refused_by_system(error)
        if too_large is not None:
            what = f"chunks[{index}] could not be packed for a worker. {too_large.what}"
            raise BadInput(what, too_large.why, too_large.next_step) from None
        raise _in_chunk(*refused_part(chunk, f"chunks[{index}]", _parts)) from None


def check_chunk(index: int, chunk: Any) -> None:
    """Look into the first chunk of its kind for what should not travel though it can.

    Raises:
        BadInput: If there is such a thing.
    """
    for name, found in within(chunk, f"chunks[{index}]", depth=1):
        if found.remedy in DANGEROUS:
            raise _in_chunk(name, found)


class Sendable:
    """Looks at functions and chunks before they are sent, at each function and kind once."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., Any]] = []
        self._kinds: set[type] = set()

    def check_function(self, fn: Callable[..., Any]) -> None:
        """Refuse a function that carries what cannot go to a worker.

        Raises:
            BadInput: If it does.
        """
        if not any(fn is known for known in self._functions):
            pack_function(fn)
            self._functions.append(fn)

    def check_chunk(self, index: int, chunk: Any) -> None:
        """Refuse a chunk, the first of its kind, that cannot go to a worker.

        Raises:
            BadInput: If it cannot.
        """
        if type(chunk) not in self._kinds:
            check_chunk(index, chunk)
            pack_chunk(index, chunk)
            self._kinds.add(type(chunk))


def stuck(fn: Callable[..., Any]) -> list[tuple[str, Obstacle]]:
    """Return what a function carries along that stands in its way, by name."""
    return [found for place, value in carried(fn).items() for found in within(value, place)]


def names_used(fn: Any) -> set[str]:
    """Return the names in a function's code and in that of the learner's functions it calls."""
    return set(_names_used(fn, set()))


def _names_used(fn: Any, seen: set[int]) -> Iterator[str]:
    if id(fn) in seen:
        return
    seen.add(id(fn))
    fn = getattr(fn, "func", None) or getattr(fn, "__func__", None) or fn
    if not isinstance(fn, FunctionType):
        call = getattr(type(fn), "__call__", None)  # noqa: B004 - its code, not whether it has one
        if isinstance(call, FunctionType):
            yield from _names_used(call, seen)
        return
    if library_of(fn.__code__.co_filename, fn.__module__):
        return
    names = _names(fn.__code__)
    yield from names
    captured = [cell.cell_contents for cell in fn.__closure__ or () if cell != CellType()]
    reached = [fn.__globals__[name] for name in names if name in fn.__globals__]
    for value in [*captured, *reached]:
        if isinstance(value, ModuleType) and not library_of(
            getattr(value, "__file__", None) or "", value.__name__
        ):
            members = (vars(value).get(name) for name in names)
            yield from (name for member in members for name in _names_used(member, seen))
        elif callable(value):
            yield from _names_used(value, seen)


def _names(code: CodeType) -> set[str]:
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return {*code.co_names}.union(*map(_names, inner))


def _refused(fn: Callable[..., Any], error: Exception) -> BadInput:
    too_large = refused_by_system(error)
    if too_large is not None:
        what = f"{name_of(fn)} could not be packed for a worker. {too_large.what}"
        return BadInput(what, too_large.why, too_large.next_step)
    found = stuck(fn)
    return _cannot(fn, *(found[0] if found else refused_part(fn, "", _parts)))


def _cannot(fn: Callable[..., Any], name: str, found: Obstacle) -> BadInput:
    name = name.removeprefix(", there ").lstrip(".")
    # Without a name it is the function itself: an object whose class cannot be packed.
    what = (
        f"{name_of(fn)} uses {name}, {found.kind}." if name else f"{name_of(fn)} is {found.kind}."
    )
    return BadInput(what, "A worker is another process, and cannot be given that.", found.remedy)


def _in_chunk(name: str, found: Obstacle) -> BadInput:
    why = "A worker is another process, and cannot be given that."
    # What the remedy says of a function holds for chunks too: a name or an address in its place.
    return BadInput(f"{name} is {found.kind}.", why, found.remedy)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Return what leads further into a value, where that may be a function or a class."""
    if isinstance(value, type):
        made = {n: p for n, p in vars(value).items() if not n.startswith("__") or callable(p)}
        yield from ((f".{name}", part) for name, part in made.items())
    elif isinstance(value, (FunctionType, MethodType, BuiltinMethodType, partial, CACHED)):
        yield from _own(value)
        yield from _class_of(value.__self__) if isinstance(value, MethodType) else ()
    else:
        yield from parts_of(value)
        yield from _class_of(value)


def _class_of(value: Any) -> Iterator[tuple[str, Any]]:
    kind = value if isinstance(value, type) else type(value)
    if not _found_by_name(kind):  # it travels by value then, with all that is in it
        yield f".{kind.__name__}", kind


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
        if isinstance(value, (FunctionType, MethodType, partial, CACHED)):
            yield from _carried(value, seen)


def _own(fn: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(fn, partial):
        yield "the function of the partial", fn.func
        yield from ((f"argument {place}", value) for place, value in enumerate(fn.args, 1))
        yield from fn.keywords.items()
    elif isinstance(fn, (MethodType, BuiltinMethodType)):
        yield from _of_method(fn)
    elif isinstance(fn, CACHED):
        yield from _own(fn.__wrapped__)
    elif isinstance(fn, FunctionType):
        # One that can be imported travels as a name; its module is loaded anew in each worker.
        yield from () if _found_by_name(fn) else _of_function(fn)
    elif hasattr(fn, "__dict__") and not isinstance(fn, type) and not _packs_itself(fn):
        yield from vars(fn).items()


def _of_method(fn: MethodType | BuiltinMethodType) -> Iterator[tuple[str, Any]]:
    if isinstance(fn.__self__, (ModuleType, type)) or fn.__self__ is None:
        return
    if obstacle(fn.__self__) is not None or isinstance(fn, BuiltinMethodType):
        yield "its own object", fn.__self__
    else:
        yield from _own(fn.__self__)
        yield fn.__func__.__name__, fn.__func__


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


def _found_by_name(fn: Any) -> bool:
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
