"""The data that an object holds, at one moment: what the judge may see of what is no data itself.

An object may answer any question as it likes, and one that answers each question as a check hopes
holds no right result. So where the author's own solution gave data, an object of the learner is
looked at once: what it iterates over, the attributes that lie in the instance itself, its text, its
number. From then on these are plain data, which answer for themselves.
"""

from __future__ import annotations

import itertools
import types
from collections import UserList
from collections.abc import Iterator, Mapping, Set
from typing import Any

from grader.inside.serialize import tell_error

MOST_ITEMS = 100_000
SLOT = types.MemberDescriptorType


def snapshots(kinds: list[str], *values: Any) -> list[dict[str, Any]]:
    """Return what each of some objects holds.

    Args:
        kinds: What is asked of each: "items", "fields", "text", "number", or several of them.
        values: The objects.

    >>> snapshots(["items fields"], iter("ab"))[0]["items"]
    ['a', 'b']
    """
    return [_snapshot(value, asked.split()) for asked, value in zip(kinds, values, strict=False)]


def _snapshot(value: Any, asked: list[str]) -> dict[str, Any]:
    held: dict[str, Any] = {"traits": _traits(value)}
    for name in asked:
        try:
            held |= LOOKS[name](value)
        except Exception as error:  # it does not hold that, or its own code fails
            held |= {"error": tell_error(error)} if name == "items" else {}
    return held


def _traits(value: Any) -> list[str]:
    kind = type(value)
    traits = {
        "once": hasattr(kind, "__next__"),
        "sized": hasattr(kind, "__len__"),
        "indexed": hasattr(kind, "__getitem__"),
        "compared": any("__eq__" in vars(one) for one in kind.__mro__[:-1]),
        "set": isinstance(value, Set),
        "list": isinstance(value, (UserList, list)),
        "mapping": isinstance(value, Mapping),
    }
    return [name for name, holds in traits.items() if holds]


def _items(value: Any) -> dict[str, Any]:
    if isinstance(value, type):
        return {}
    if isinstance(value, Mapping) or _is_shared_dictionary(value):
        return {"pairs": dict(itertools.islice(value.items(), MOST_ITEMS))}
    return _walk(_parts(value))


def _is_shared_dictionary(value: Any) -> bool:
    """Return whether it is a dictionary of a multiprocessing manager."""
    from multiprocessing import managers

    return isinstance(value, managers.DictProxy)


def _parts(value: Any) -> Iterator[Any]:
    kind = type(value)
    if hasattr(kind, "__iter__") or not (hasattr(kind, "__len__") and hasattr(kind, "__getitem__")):
        return iter(value)
    # An index alone need never end: what such an object holds is what its length says.
    return (value[place] for place in range(len(value)))


def _walk(parts: Iterator[Any]) -> dict[str, Any]:
    """Return the items, and the exception with which they ended."""
    found: list[Any] = []
    try:
        for part in parts:
            if len(found) == MOST_ITEMS:
                raise ValueError(f"There are more than {MOST_ITEMS:,} items.")
            found.append(part)
    except Exception as error:
        return {"items": found, "error": tell_error(error)}
    return {"items": found}


def _fields(value: Any) -> dict[str, Any]:
    """Return the attributes in the instance itself: nothing that a class or a property says."""
    if isinstance(value, (type, types.ModuleType)):
        return {}
    held: dict[str, Any] = {}
    for kind in reversed(type(value).__mro__):
        for name, slot in vars(kind).items():
            if isinstance(slot, SLOT) and not name.startswith("__"):
                try:
                    held[name] = slot.__get__(value)
                except AttributeError:  # a slot that is empty
                    continue
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    return {"fields": held | {name: part for name, part in own.items() if isinstance(name, str)}}


def _text(value: Any) -> dict[str, Any]:
    return {"text": str(value)}


def _number(value: Any) -> dict[str, Any]:
    kind = type(value)
    if hasattr(kind, "__index__"):
        return {"number": int(value)}
    return {"number": float(value)} if hasattr(kind, "__float__") else {}


LOOKS = {"items": _items, "fields": _fields, "text": _text, "number": _number}
