"""Values as data: what crosses between the judge and the box, and nothing but data.

Neither side unpickles anything. A value becomes a tree of JSON with tags, such as
{"$": "tuple", "v": [1, 2]}. What is no data (a generator, an instance of a learner's class) stays
where it is; a handle stands for it. Whoever calls `encode` says how, with
`default`, as with json.dumps.

Subclasses of list, dict, str and numbers cross as plain ones, so that no learner's `__eq__` ever
stands on the judge's side.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import fractions
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from grader.inside.serialize_tables import TABLES, decode_table, encode_table

DEEPEST = 40
LIMIT_BYTES = 30_000_000
MOST_NODES = 2_000_000
"""How many values a message may hold: as Python's own objects each takes tens of bytes."""
MOST_ITEMS = 100_000_000
"""How long a range may be: a check may make a list of it."""
SAFE_INTEGER = 2**53
Tree = Any
Default = Callable[[Any], Tree]


class NotSerializable(TypeError):
    """A value that is not data, or too large or too deep to cross."""


# A string without an end goes to the end: to look for one from every quote would take hours.
TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{,]', re.DOTALL)


def dumps(tree: Tree, *, limit: int = LIMIT_BYTES) -> str:
    """Return a tree as one line of JSON.

    Raises:
        NotSerializable: If it is longer than the limit, in characters, or holds too many values.
    """
    text = json.dumps(tree, separators=(",", ":"))
    if len(text) > limit:
        raise NotSerializable(f"The value is larger than {limit // 1_000_000} MB.")
    if has_too_many_nodes(text.encode()):
        raise NotSerializable(f"The value holds more than {MOST_NODES:,} values.")
    return text


def has_too_many_nodes(line: bytes) -> bool:
    """Tell whether JSON that nobody has parsed yet would become too many objects.

    >>> has_too_many_nodes(b"[" + b"[]," * MOST_NODES), has_too_many_nodes(b'"' + b"[" * MOST_NODES)
    (True, False)
    """
    if sum(line.count(sign) for sign in (b",", b"[", b"{")) < MOST_NODES:
        return False  # as it nearly always is: what stands in strings only adds to it
    nodes = strings = 0
    for token in TOKENS.finditer(line):
        if token[0][:1] == b'"':
            strings += 1
        else:
            nodes += 1
        if nodes > MOST_NODES or strings > MOST_NODES:
            return True
    return False


def encode(value: Any, default: Default, depth: int = 0) -> Tree:
    """Return a value as a tree; `default` stands in for what is no data.

    >>> encode((1, {"a"}), default=repr)
    {'$': 'tuple', 'v': [1, {'$': 'set', 'v': ['a']}]}
    """
    if depth > DEEPEST:
        raise NotSerializable(f"The value is nested more than {DEEPEST} levels deep.")
    kind = type(value)
    if value is None or kind is bool:
        return value

    def inner(part: Any) -> Tree:
        return encode(part, default, depth + 1)

    for base, pack in PACKERS:
        if kind is base or (issubclass(kind, base) and base not in LATER):
            return pack(value, inner)
    table = encode_table(value, inner)
    if table is not None:
        return table
    for base, pack in PACKERS:
        if issubclass(kind, base):
            return pack(value, inner)
    return default(value)


def _integer(value: int, _: Any) -> Tree:
    plain = int.__index__(value)
    return plain if abs(plain) < SAFE_INTEGER else {"$": "int", "v": hex(plain)}


def _float(value: float, _: Any) -> Tree:
    plain = float.__float__(value)
    return plain if math.isfinite(plain) else {"$": "float", "v": repr(plain)}


def _many(name: str, base: Any) -> Callable[[Any, Any], Tree]:
    return lambda value, inner: {"$": name, "v": [inner(part) for part in base.__iter__(value)]}


def _pairs(value: dict[Any, Any], inner: Any) -> Tree:
    tag = MAPPINGS.get(type(value), "dict")
    return {"$": tag, "v": [[inner(key), inner(part)] for key, part in dict.items(value)]}


def _tuple(value: tuple[Any, ...], inner: Any) -> Tree:
    tree = {"$": "tuple", "v": [inner(part) for part in tuple.__iter__(value)]}
    fields = getattr(type(value), "_fields", None)
    if type(value) is not tuple and isinstance(fields, tuple) and len(fields) == len(tree["v"]):
        return tree | {"name": str(type(value).__name__), "fields": [str(f) for f in fields]}
    return tree


def _bytes(value: bytes | bytearray, _: Any) -> Tree:
    name = "bytearray" if isinstance(value, bytearray) else "bytes"
    return {"$": name, "v": base64.b64encode(value).decode()}


def _range(value: range) -> Tree:
    # Not by its len(), which has a limit of its own.
    if abs(value.stop - value.start) > MOST_ITEMS * abs(value.step):
        raise NotSerializable(f"The range is longer than {MOST_ITEMS:,} numbers.")
    return {"$": "range", "v": [value.start, value.stop, value.step]}


def _text(name: str) -> Callable[[Any, Any], Tree]:
    return lambda value, _: {"$": name, "v": str(value)}


def _error(value: BaseException, _: Any) -> Tree:
    return {"$": "error", **tell_error(value)}


MAPPINGS: dict[type, str] = {collections.Counter: "Counter", collections.OrderedDict: "OrderedDict"}
PACKERS: list[tuple[type, Callable[[Any, Any], Tree]]] = [
    (int, _integer),
    (float, _float),
    (str, lambda value, _: str.__str__(value)),
    (list, lambda value, inner: [inner(part) for part in list.__iter__(value)]),
    (tuple, _tuple),
    (dict, _pairs),
    (set, _many("set", set)),
    (frozenset, _many("frozenset", frozenset)),
    (bytes, _bytes),
    (bytearray, _bytes),
    (range, lambda value, _: _range(value)),
    (slice, lambda v, inner: {"$": "slice", "v": [inner(v.start), inner(v.stop), inner(v.step)]}),
    (complex, lambda value, inner: {"$": "complex", "v": [inner(value.real), inner(value.imag)]}),
    (collections.deque, _many("deque", collections.deque)),
    (PurePath, _text("path")),
    (decimal.Decimal, _text("decimal")),
    (
        fractions.Fraction,
        lambda v, inner: {"$": "fraction", "v": [inner(n) for n in v.as_integer_ratio()]},
    ),
    (datetime.datetime, lambda value, _: {"$": "datetime", "v": value.isoformat()}),
    (datetime.date, lambda value, _: {"$": "date", "v": value.isoformat()}),
    (datetime.time, lambda value, _: {"$": "time", "v": value.isoformat()}),
    (datetime.timedelta, lambda v, _: {"$": "delta", "v": [v.days, v.seconds, v.microseconds]}),
    (BaseException, _error),
]
LATER: set[type] = {
    int,
    float,
    complex,
    str,
    bytes,
    datetime.datetime,
    datetime.date,
    datetime.timedelta,
}
"""Their subclasses are asked at the tables first: numpy's float64 is a float too."""


def decode(tree: Tree, decode_object: Callable[[Mapping[str, Any]], Any], depth: int = 0) -> Any:
    """Return the value that a tree stands for; `decode_object` opens the tags that are not data.

    Raises:
        ValueError: If it is no tree that encode makes.

    >>> decode({"$": "tuple", "v": [1, {"$": "float", "v": "nan"}]}, decode_object=dict)
    (1, nan)
    """
    if depth > DEEPEST * 2:
        raise ValueError("A value is nested too deep.")
    if isinstance(tree, list):
        return [decode(part, decode_object, depth + 1) for part in tree]
    if not isinstance(tree, dict):
        return tree
    try:
        tag = tree["$"]
        if tag in OPENERS:
            return OPENERS[tag](tree, lambda part: decode(part, decode_object, depth + 1))
        if tag in TABLES:
            return decode_table(tree, lambda part: decode(part, decode_object, depth + 1))
    except (KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"A value arrived damaged: {type(error).__name__}.") from error
    return decode_object(tree)


def _open_tuple(tree: Mapping[str, Any], inner: Any) -> Any:
    parts = tuple(inner(part) for part in tree["v"])
    if "fields" not in tree:
        return parts
    named = collections.namedtuple(tree["name"], tree["fields"])  # type: ignore[misc]
    return named(*parts)


def _open_mapping(kind: Callable[[Any], Any]) -> Callable[[Mapping[str, Any], Any], Any]:
    return lambda tree, inner: kind({inner(key): inner(part) for key, part in tree["v"]})


def _open_many(kind: Callable[[Any], Any]) -> Callable[[Mapping[str, Any], Any], Any]:
    return lambda tree, inner: kind([inner(part) for part in tree["v"]])


OPENERS: dict[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "int": lambda tree, _: int(tree["v"], 16),
    "float": lambda tree, _: float(tree["v"]),
    "tuple": _open_tuple,
    "dict": _open_mapping(dict),
    "Counter": _open_mapping(collections.Counter),
    "OrderedDict": _open_mapping(collections.OrderedDict),
    "set": _open_many(set),
    "frozenset": _open_many(frozenset),
    "deque": _open_many(collections.deque),
    "bytes": lambda tree, _: base64.b64decode(tree["v"]),
    "bytearray": lambda tree, _: bytearray(base64.b64decode(tree["v"])),
    "range": lambda tree, _: range(*tree["v"]),
    "slice": lambda tree, inner: slice(*map(inner, tree["v"])),
    "complex": lambda tree, inner: complex(*map(inner, tree["v"])),
    "path": lambda tree, _: Path(tree["v"]),
    "decimal": lambda tree, _: decimal.Decimal(tree["v"]),
    "fraction": lambda tree, inner: fractions.Fraction(*map(inner, tree["v"])),
    "datetime": lambda tree, _: datetime.datetime.fromisoformat(tree["v"]),
    "date": lambda tree, _: datetime.date.fromisoformat(tree["v"]),
    "time": lambda tree, _: datetime.time.fromisoformat(tree["v"]),
    "delta": lambda tree, _: datetime.timedelta(*tree["v"]),
    "error": lambda tree, _: make_error(tree),
}


def tell_error(error: BaseException) -> dict[str, str]:
    """Return an exception as data: its nearest builtin type, its own type, its message.

    >>> tell_error(ZeroDivisionError("division by zero"))["message"]
    'division by zero'
    """
    import builtins

    lines = [kind for kind in type(error).__mro__ if getattr(builtins, kind.__name__, None) is kind]
    try:
        # KeyError shows its key quoted; the message of a learner's class may itself raise
        message = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    except BaseException:
        message = ""
    kind, name = lines[0].__name__ if lines else "Exception", type(error).__name__[:80]
    named = name if name.isidentifier() else kind  # type() takes any text for a name
    return {"type": kind, "name": named, "message": message[:2000]}


def make_error(told: Mapping[str, Any]) -> BaseException:
    """Return the builtin exception that tell_error told of."""
    import builtins

    kind = getattr(builtins, str(told.get("type")), None)
    message = str(told.get("message", ""))
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        return RuntimeError(message)
    try:
        return kind(message)
    except TypeError:  # UnicodeDecodeError and the like want more than a message
        return RuntimeError(f"{kind.__name__}: {message}")
