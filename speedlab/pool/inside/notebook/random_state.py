"""The global random numbers of a process: drawn anew in every worker, and watched for draws.

A worker that was forked has the generators of its fork server, so that all workers would draw
the same numbers; so would fresh processes with a library whose first seed is a constant.
"""

from __future__ import annotations

import contextlib
import functools
import random
import secrets
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

_WORDS = {
    "numpy": "numpy's global random numbers",
    "random": "the global random numbers of the module random",
    "torch": "torch's global random numbers",
}
_SEEDED_BITS = 64
"""A seed that somebody wrote is shorter than this; numpy's own entropy has 128 bits."""
_drawn_for = {"map": 0}


def draw_anew() -> None:
    """Seed the global generators of every library that is loaded from fresh entropy."""
    random.seed()
    for name, seed in _SEEDS.items():
        module = sys.modules.get(name)
        if module is not None:
            with contextlib.suppress(Exception):  # half loaded, or with a generator put in place
                seed(module)


def draw_anew_for(of_map: int) -> None:
    """Do so at the first chunk of each map: what the one before has seeded ends with it."""
    if _drawn_for["map"] != of_map:
        _drawn_for["map"] = of_map
        draw_anew()


def draw_anew_from(values: Iterable[Any]) -> None:
    """Give each numpy generator among these that nobody has seeded a stream of this process.

    A generator with a seed keeps its stream: whoever wrote the seed wanted these numbers.
    """
    for value in values:
        if unseeded(value):
            with contextlib.suppress(Exception):  # a bit generator of whoever's making
                source = _source_of(value)
                source.state = type(source)().state


def unseeded(value: Any) -> bool:
    """Return whether a value is a generator of numpy's that was made without a seed."""
    if not isinstance(value, _kinds()):
        return False
    entropy = getattr(getattr(_source_of(value), "seed_seq", None), "entropy", None)
    return isinstance(entropy, int) and entropy.bit_length() > _SEEDED_BITS


def like(generator: Any) -> tuple[type, type]:
    """Return of what kind a generator of numpy's is; made() makes another one."""
    return type(generator), type(_source_of(generator))


def made(kind: type, source: type) -> Any:
    """Make a generator of numpy's without a seed."""
    return kind(source())


def _kinds() -> tuple[type, ...]:
    module = sys.modules.get("numpy.random")
    names = ("Generator", "RandomState")
    return tuple(getattr(module, name) for name in names if hasattr(module, name))


def _source_of(generator: Any) -> Any:
    return getattr(generator, "bit_generator", None) or generator._bit_generator


def functions_reached(fn: Any) -> list[types.FunctionType]:
    """Return a function and those of the same module that it uses by their names."""
    waiting: list[Any] = [fn]
    found: dict[int, types.FunctionType] = {}
    while waiting:
        one = _function_of(waiting.pop())
        if not isinstance(one, types.FunctionType) or id(one) in found:
            continue
        home = next(iter(found.values()), one).__module__
        if one.__module__ == home:  # else it would go through all of pandas
            found[id(one)] = one
            waiting += values_of(one)
    return list(found.values())


def _function_of(value: Any) -> Any:
    if isinstance(value, functools.partial):
        return _function_of(value.func)
    if isinstance(value, types.MethodType):
        return value.__func__
    if isinstance(value, types.FunctionType):
        return value
    return vars(type(value)).get("__call__")  # of an object of the learner's own class


def values_of(fn: types.FunctionType) -> list[Any]:
    """Return what a function captures: its closure, its defaults, and the globals it names."""
    cells = [cell.cell_contents for cell in fn.__closure__ or () if _filled(cell)]
    names = fn.__globals__
    named = [names[name] for name in fn.__code__.co_names if name in names]
    return [*cells, *(fn.__defaults__ or ()), *(fn.__kwdefaults__ or {}).values(), *named]


def values_reached(fn: Any) -> list[Any]:
    """Return what a function, and those that it uses, captures."""
    return [value for one in functions_reached(fn) for value in values_of(one)]


def captures_generator(fn: types.FunctionType) -> bool:
    """Return whether a function captures a generator, of which every worker gets a copy."""
    kinds = (random.Random, *_kinds())
    return any(isinstance(value, kinds) for value in values_of(fn))


def positions() -> dict[str, Any]:
    """Return where each library's global generator stands; comparing two tells of a draw."""
    found: dict[str, Any] = {"random": random.getstate()}
    for name, read in _POSITIONS.items():
        module = sys.modules.get("numpy.random" if name == "numpy" else name)
        if module is not None:
            with contextlib.suppress(Exception):
                found[name] = read(module)
    return found


def drawn_since(before: dict[str, Any]) -> list[str]:
    """Return in words whose global generators have moved since positions() were taken."""
    now = positions()
    # numpy and torch first: many of their functions also touch the standard library's.
    return [_WORDS[name] for name in _WORDS if name in before and before[name] != now.get(name)]


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True


def _position_of_numpy(numpy_random: Any) -> Any:
    state = numpy_random.get_state(legacy=False)
    inner = state["state"]
    return bytes(inner["key"]), inner["pos"], state.get("has_gauss"), state.get("gauss")


_SEEDS: dict[str, Callable[[Any], Any]] = {
    "numpy.random": lambda module: module.seed(),
    "torch": lambda module: module.seed(),
    "tensorflow": lambda module: module.random.set_seed(secrets.randbits(31)),
}
_POSITIONS: dict[str, Callable[[Any], Any]] = {
    "numpy": _position_of_numpy,
    "torch": lambda module: bytes(module.get_rng_state().numpy()),
}
