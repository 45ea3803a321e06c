"""Objects of the learner where the author's solution gave data: what they hold, and no more.

    open ──► Snapshot, Snapshot, …  (one batch)     nothing is asked yet: a check may not look
    check:   for part in snapshot  ──►  the box is asked once for the whole batch
    then     items, attributes, text, number are data of this side and answer for themselves

So a generator, a view of a dictionary, a dataclass or a class with `__iter__` is as good here as
anywhere, and an object that only answers as a check hopes is of the wrong type, in words.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from grader.inside.serialize import Tree, make_error
from grader.judge.contract import wrong_kind

if TYPE_CHECKING:
    from grader.judge.proxies import SupervisorClient

LOOK = {"module": "grader.inside.snapshot", "name": "snapshots"}
AT_ONCE = 500
FACES = {
    **dict.fromkeys(("list", "tuple", "set", "array", "column", "bytes"), ("items",)),
    "dictionary": ("items", "fields"),
    "record": ("items", "fields"),
    "number": ("number",),
    "text": ("text",),
}
"""What is looked at, by what the author's value was at the place."""


class WrongKind(TypeError, AttributeError):
    """An object was asked for what only data can say.

    Args:
        text: For the learner, where nothing hidden was seen before.
        safe: The same without anything that the learner's code chose.
    """

    def __init__(self, text: str, safe: str) -> None:
        super().__init__(text)
        self.safe = safe


class Snapshot:
    """Stands for an object of which only what it holds is believed.

    Args:
        client: Asks the supervisor.
        handle: The object in the box.
        label: The learner's name from which it came.
        kind: What its class is called, as the box says.
        place: Where it lay (see grader.judge.contract).
        inside: In a word, what it lay in.
        batch: Those that came with it: they are looked at together.
    """

    def __init__(
        self,
        client: SupervisorClient,
        handle: int,
        label: str,
        *,
        kind: str,
        place: str,
        inside: str,
        batch: list[Snapshot],
    ) -> None:
        words = client.contract.words(place)
        self.__dict__.update(_client=client, _handle=handle, _label=label, _kind=kind)
        self.__dict__.update(_place=place, _inside=inside, _batch=batch, _words=words)
        self.__dict__.update(_faces=_faces_of(words), _held=None)  # past __setattr__
        batch.append(self)

    def _look(self) -> dict[str, Any]:
        if self._held is None:
            _look_at(self, self._batch)
        return cast(dict[str, Any], self._held)

    def _wrong(self) -> WrongKind:
        place = self._place, self._inside, self._words
        return WrongKind(*wrong_kind(self._label, self._kind, *place))

    def _items(self) -> Any:
        held = self._look()
        if "pairs" in held:
            return held["pairs"]
        if "items" not in held:
            raise self._wrong()
        return held["items"]

    def _plain(self) -> Any:
        """Return the plain value that takes its place in arithmetic and comparisons."""
        held = self._look()
        if "number" in held:
            return held["number"]
        for trait, kind in (("set", set), ("list", list)):
            if trait in held["traits"] and "items" in held:
                return kind(held["items"])
        if "mapping" in held["traits"] and "pairs" in held:
            return held["pairs"]
        raise self._wrong()

    def __iter__(self) -> Iterator[Any]:
        held = self._look()
        walk = _ending(iter(self._items()), held.get("error"))
        return held.setdefault("walk", walk) if "once" in held["traits"] else walk

    def __next__(self) -> Any:
        if "once" not in self._look()["traits"]:
            raise self._wrong()
        return next(iter(self))

    def __len__(self) -> int:
        if "sized" not in self._look()["traits"]:
            raise self._wrong()
        return len(self._items())

    def __bool__(self) -> bool:
        held = self._look()
        if "number" in held:
            return bool(held["number"])
        return bool(self._items()) if "sized" in held["traits"] and "items" in self._faces else True

    def __getitem__(self, key: Any) -> Any:
        held = self._look()
        if "indexed" not in held["traits"] or ("items" in held and not _is_place(key)):
            raise self._wrong()
        return self._items()[key]

    def __contains__(self, value: Any) -> bool:
        return value in (self._items() if "once" not in self._look()["traits"] else iter(self))

    def __reversed__(self) -> Iterator[Any]:
        if "sized" not in self._look()["traits"]:
            raise self._wrong()
        return iter([*self._items()][::-1])

    def __getattr__(self, name: str) -> Any:
        if name == "__array__" and "number" in self._faces:  # NumPy's functions ask for it
            return self._as_array
        if name.startswith("__"):
            raise AttributeError(name)
        held = self._look()
        if name in held.get("fields", {}):
            return held["fields"][name]
        if "pairs" in held and name in ("keys", "values", "items", "get"):
            return getattr(held["pairs"], name)
        raise self._wrong()

    def __setattr__(self, name: str, value: Any) -> None:
        raise self._wrong()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: what it would answer is nothing that it holds."""
        raise self._wrong()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Snapshot):
            return self._handle == other._handle or _same_record(self._look(), other._look())
        try:
            return bool(self._plain() == other)
        except WrongKind:
            return False

    __hash__ = object.__hash__

    def _as_array(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.array(self._plain(), dtype=dtype)

    def __str__(self) -> str:
        return str(self._look().get("text", repr(self)))

    def __format__(self, wanted: str) -> str:
        held = self._look()
        return format(held["number"] if "number" in held else str(self), wanted)

    def __repr__(self) -> str:
        return f"<{self._kind} of the learner>"


@cache
def _faces_of(words: frozenset[str]) -> frozenset[str]:
    return frozenset(face for word in words for face in FACES.get(word, ()))


def _unary(apply: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: apply(self._plain(), *others)


def _binary(name: str) -> Callable[[Snapshot, Any], Any]:
    def apply(self: Snapshot, other: Any) -> Any:
        plain = other._plain() if isinstance(other, Snapshot) else other
        return getattr(operator, name)(self._plain(), plain)

    return apply


def _swapped(name: str) -> Callable[[Snapshot, Any], Any]:
    return lambda self, other: getattr(operator, name)(other, self._plain())


for _function in (int, float, complex, round, abs, operator.index, operator.neg, operator.pos):
    setattr(Snapshot, f"__{_function.__name__}__", _unary(_function))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Snapshot, f"__{_name}__", _binary(_name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor"):
    setattr(Snapshot, f"__{_name.rstrip('_')}__", _binary(_name))
    setattr(Snapshot, f"__r{_name.rstrip('_')}__", _swapped(_name))


def _is_place(key: Any) -> bool:
    return isinstance(key, slice) or hasattr(key, "__index__")


def _ending(items: Iterator[Any], told: dict[str, Any] | None) -> Iterator[Any]:
    """Yield items, and end as they ended in the box."""
    yield from items
    if told is not None:
        error = make_error(told)
        error.learners = told  # type: ignore[attr-defined]
        raise error


def _same_record(one: dict[str, Any], other: dict[str, Any]) -> bool:
    compared = "compared" in one["traits"] and "compared" in other["traits"]
    return compared and bool(one.get("fields")) and one.get("fields") == other.get("fields")


def _look_at(wanted: Snapshot, batch: list[Snapshot]) -> None:
    """Ask the box what an object holds, and those that came with it and will be asked next."""
    place = next(number for number, one in enumerate(batch) if one is wanted)
    waiting = [one for one in batch[place : place + AT_ONCE] if one._held is None]
    replies = _ask(waiting)
    if replies is None:  # together they are too large
        waiting = [wanted]
        replies = _ask(waiting)
    for one in waiting:
        one.__dict__["_held"] = {"traits": []}
    _take(replies, waiting)


def _ask(waiting: list[Snapshot]) -> list[Any] | None:
    asker = waiting[0]
    request = {
        "op": "special",
        "function": LOOK,
        "args": [
            [" ".join(sorted(one._faces)) for one in waiting],
            *({"$": "handle", "handle": one._handle} for one in waiting),
        ],
    }
    try:
        found = asker._client.ask_box(request, asker._label).get("ok")
    except Exception:  # what the code raised when it was looked at says nothing about its result
        return []
    return found if isinstance(found, list) else None


def _take(replies: list[Any] | None, waiting: list[Snapshot]) -> None:
    following: list[Snapshot] = []
    for tree, one in zip(replies or [], waiting, strict=False):
        pairs = tree.get("v") if isinstance(tree, dict) and tree.get("$") == "dict" else None
        for pair in pairs if isinstance(pairs, list) else []:
            if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
                _take_one(one, pair[0], pair[1], following)


def _take_one(one: Snapshot, name: str, tree: Tree, batch: list[Snapshot]) -> None:
    held: dict[str, Any] = one._held
    client, label = one._client, one._label
    if name == "fields":
        parts = tree.get("v") if isinstance(tree, dict) and name in one._faces else None
        held[name] = {
            str(key): client.open(part, label, f"{one._place}.{key}", batch)
            for key, part in parts or []
        }
    elif name in ("traits", "error"):
        held[name] = client.open(tree, label, ":traits", batch)
    elif name == "pairs" or name in one._faces:
        held[name] = client.open(tree, label, one._place, batch)
    if name in held and not isinstance(held[name], KINDS[name]):
        del held[name]


KINDS: dict[str, type | tuple[type, ...]] = {
    "fields": dict,
    "traits": list,
    "error": dict,
    "pairs": dict,
    "items": list,
    "text": str,
    "number": (int, float),
}
