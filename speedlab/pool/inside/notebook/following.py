"""A worker's side of the learner's own modules: they become what the notebook's images show."""

from __future__ import annotations

import contextlib
import functools
import importlib
import marshal
import pickle
import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

import cloudpickle

from speedlab.pool.inside.notebook import random_state
from speedlab.pool.inside.notebook.modules import (
    REMEMBERING,
    Image,
    functions_of,
    pickled,
    shapes_of,
)


class _Follower:
    """Finds modules of which there is an image, and lets them be what it shows once loaded."""

    def __init__(self) -> None:
        self.images: dict[str, bytes] = {}
        self.shown: dict[str, bytes] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        if name not in self.images:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_show(module: types.ModuleType) -> None:
            load(module)
            self.show(name, module, fresh=True)

        # On the loader itself: another one around it would lack what inspect and others ask for.
        with contextlib.suppress(AttributeError):
            spec.loader.exec_module = load_and_show  # type: ignore[method-assign]
        return spec

    def show(self, name: str, module: types.ModuleType, *, fresh: bool = False) -> None:
        content = self.images[name]
        if not fresh and name not in self.shown:  # it came with the fork
            random_state.draw_anew_from(list(vars(module).values()))
        if fresh or self.shown.get(name) != content:
            self.shown[name] = content
            _become(module, pickle.loads(content), fresh=fresh)


_follower = _Follower()


def follow(images: dict[str, bytes]) -> None:
    """Make this worker's modules what the images show: those that are loaded, and later ones."""
    _follower.images = images
    if _follower not in sys.meta_path:
        sys.meta_path.insert(0, _follower)
    for name in images:
        module = sys.modules.get(name)
        if module is not None:
            _follower.show(name, module)


def load_as_there() -> None:
    """Import the learner's modules in the notebook's order.

    Where two of them import each other, they can be loaded in one order only.
    """
    for name in _follower.images:
        with contextlib.suppress(Exception):  # the one that is asked for says it again
            importlib.import_module(name)


def _become(module: types.ModuleType, image: Image, *, fresh: bool) -> None:
    codes = {path: marshal.loads(code) for path, code in image.codes.items()}
    own = functions_of(module)
    fits = all(_fits(own.get(path), code) for path, code in codes.items())
    if not fresh and not (fits and image.shapes.items() <= shapes_of(module).items()):
        # It was loaded before the file was edited, by this worker or its fork server.
        with contextlib.suppress(Exception):  # the file may be half written
            importlib.reload(module)
        own = functions_of(module)
    changed = _set_codes(module, own, codes)
    for path, content in image.values.items():
        with contextlib.suppress(Exception):  # what belongs to it may be gone from the file
            changed |= _set(module, own, path, content)
    for value in list(vars(module).values()) if changed else []:
        if isinstance(value, REMEMBERING):
            value.cache_clear()  # what it remembers was found by what there was before


def _set_codes(
    module: types.ModuleType, own: dict[str, types.FunctionType], codes: dict[str, types.CodeType]
) -> bool:
    changed = False
    for path, code in codes.items():
        fn = own.get(path)
        if fn is None and path.isidentifier() and not code.co_freevars:
            vars(module)[path] = types.FunctionType(code, vars(module), path)
        elif fn is not None and _fits(fn, code) and fn.__code__ != code:
            fn.__code__ = code  # in place: others may hold the function
            changed = True
    return changed


def _fits(fn: types.FunctionType | None, code: types.CodeType) -> bool:
    return fn is not None and len(fn.__code__.co_freevars) == len(code.co_freevars)


def _set(
    module: types.ModuleType, own: dict[str, types.FunctionType], path: str, content: bytes
) -> bool:
    # Only where it differs: what is equal may be known by its identity, as a sentinel is.
    if path.endswith("()"):
        fn = own.get(path[:-2]) or getattr(module, path[:-2])
        if pickled((fn.__defaults__, fn.__kwdefaults__)) == content:
            return False
        fn.__defaults__, fn.__kwdefaults__ = cloudpickle.loads(content)
        return True
    *above, name = path.split(".")
    holder = functools.reduce(getattr, above, module)
    if name in vars(holder) and pickled(vars(holder)[name]) == content:
        return False
    setattr(holder, name, cloudpickle.loads(content))
    return True
