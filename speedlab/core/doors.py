"""A room's door for lessons: short names for what lies deeper, loaded when they are first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def door(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` (PEP 562) that finds names in the rooms behind it.

    A lesson imports from a room what a reader would look for there; workers and tests import the
    modules themselves. Nothing is loaded before it is used, since some of it loads Jupyter.

    Args:
        package: The package whose door this is.
        names: Where each name lies below the package: a module, or module:object.

    >>> find = door("speedlab.core", {"laws": "laws", "split": "chunks:split"})
    >>> find("split").__module__
    'speedlab.core.chunks'
    """

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, item = names[name].partition(":")
        loaded = import_module(f"{package}.{module}")
        return getattr(loaded, item) if item else loaded

    return find
