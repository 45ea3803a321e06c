"""The learner's names on the judge's side: proxies whose calls cross into the box as data.

A proxy computes nothing itself, and nothing of the learner's runs here: its `==` compares
identity, its truth is what the box says, a number or a list that comes back is a plain one.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from grader.inside.serialize import NotSerializable, Tree, decode, encode, tell_error
from grader.judge.contract import Contract, handles_in, step_to
from grader.judge.conversation import Conversation, Message
from grader.judge.snapshots import Snapshot

MOST_ITEMS = 100_000


class SupervisorClient(Conversation):
    """A conversation in whose messages values cross, as data or as handles.

    Attributes:
        contract: Where a handle is believed in the check that runs.
    """

    contract = Contract()

    def open(
        self, tree: Tree, label: str, place: str = "", batch: list[Snapshot] | None = None
    ) -> Any:
        """Return the value that came out of the box.

        Args:
            tree: The value.
            label: The learner's name from which it came.
            place: Where it came from (see grader.judge.contract); by default the name itself.
            batch: Objects that are no data and are looked at together with those in this value.
        """
        found = handles_in(tree, place or label, self.contract)
        places = {id(node): (place, inside) for node, place, inside in found}
        batch = [] if batch is None else batch
        return decode(tree, lambda tagged: self._decode_object(tagged, label, places, batch))

    def _decode_object(
        self,
        tree: Mapping[str, Any],
        label: str,
        places: Mapping[int, tuple[str, str]],
        batch: list[Snapshot],
    ) -> Any:
        if tree.get("$") != "handle" or type(tree.get("handle")) is not int:
            raise ValueError("The box sent something that is not data.")
        handle, kind = tree["handle"], str(tree.get("of"))[:80]
        place, inside = places.get(id(tree), (":elsewhere", ""))
        if self.contract.believes(place):
            proxy = Proxy(self, handle, label, kind=kind, place=place)
            return AWAITED.get(kind, _itself)(proxy)
        return Snapshot(self, handle, label, kind=kind, place=place, inside=inside, batch=batch)

    def pack(self, value: Any) -> Tree:
        """Return an argument as data."""
        return encode(value, self._encode_object)

    def _encode_object(self, value: Any) -> Tree:
        if isinstance(value, (Proxy, Snapshot)):
            return {"$": "handle", "handle": value._handle}
        if hasattr(value, "as_callback"):
            return value.as_callback()
        named = _importable(value)
        if named:
            return {"$": "name", **named}
        if inspect.isgenerator(value) or isinstance(value, ITERATORS):
            return items_of(value, self._encode_object)
        if callable(value):
            key = self.register(lambda call: self._call_back(value, call))
            return {"$": "callback", "key": key, "address": self.address}
        raise NotSerializable(f"A {type(value).__name__} cannot be handed into the box.")

    def _call_back(self, function: Callable[..., Any], call: Message) -> Any:
        args, kwargs = (self.open(tree, "") for tree in call["args"])
        return function(*args, **kwargs)

    def pack_answer(self, value: Any) -> Tree:
        """Return the answer to a call of the box as data."""
        return encode(value, self._encode_answer_object)

    def _encode_answer_object(self, value: Any) -> Tree:
        if inspect.isgenerator(value) or isinstance(value, ITERATORS):
            return items_of(value, self._encode_answer_object)
        raise NotSerializable(f"A {type(value).__name__} cannot be handed into the box.")


ITERATORS: tuple[type[Iterator[Any]], ...] = (
    map,
    filter,
    zip,
    enumerate,
    type(iter([])),
    type(iter(())),
    type(iter({})),
    reversed,
)


def items_of(values: Iterator[Any], default: Callable[[Any], Tree]) -> Tree:
    """Return what an iterator gives, and the exception with which it ended."""
    items: list[Tree] = []
    try:
        for value in itertools.islice(values, MOST_ITEMS):
            items.append(encode(value, default))
    except Exception as error:
        return {"$": "items", "v": items, "error": tell_error(error)}
    return {"$": "items", "v": items}


def _importable(value: Any) -> dict[str, str]:
    """Return the module and name under which any Python finds a function or class."""
    name = getattr(value, "__qualname__", getattr(value, "__name__", ""))
    if not callable(value) or not isinstance(name, str) or "<" in name:
        return {}
    for module in (getattr(value, "__module__", ""), "numpy"):
        if not module or module == "__main__" or module not in sys.modules:
            continue
        attribute: Any = sys.modules[module]
        for part in name.split("."):
            attribute = getattr(attribute, part, None)
        if attribute is value:
            return {"module": module, "name": name}
    return {}


class Proxy:
    """Stands for an object in the box."""

    def __init__(
        self, client: SupervisorClient, handle: int, label: str, *, kind: str, place: str
    ) -> None:
        own = {"_client": client, "_handle": handle, "_label": label, "_kind": kind}
        own["_place"] = place
        for name, value in own.items():  # past __setattr__, which crosses into the box
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object; what it changes in its arguments is changed here too."""
        trees = [self._client.pack(value) for value in args]
        request = {
            "op": "call",
            "handle": self._handle,
            "args": trees,
            "kwargs": {name: self._client.pack(value) for name, value in kwargs.items()},
            "mutable": [place for place, value in enumerate(args) if _is_mutable(value)],
        }
        reply = self._client.ask_box(request, self._label)
        for place, tree in reply.get("changed", {}).items():
            now = self._client.open(tree, self._label, step_to(self._place, f"(#{place})"))
            _put_into(args[int(place)], now)
        return self._client.open(reply["ok"], self._label, step_to(self._place, "()"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in {"__name__", "__doc__"}:
            raise AttributeError(name)
        return special("builtins", "getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        special("builtins", "setattr", self, name, value)

    def __instancecheck__(self, value: Any) -> bool:
        ours = isinstance(value, (Proxy, Snapshot))
        return ours and special("builtins", "isinstance", value, self) is True

    def __bool__(self) -> bool:
        return special("operator", "truth", self) is True

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Proxy) and other._handle == self._handle

    def __repr__(self) -> str:
        return f"<{self._kind} of the learner>"


def special(module: str, name: str, proxy: Proxy, *others: Any) -> Any:
    """Let the box apply a function that can be imported there to one of its objects."""
    client: SupervisorClient = proxy._client
    args = [client.pack(value) for value in (proxy, *others)]
    request = {"op": "special", "function": {"module": module, "name": name}, "args": args}
    reply = client.ask_box(request, proxy._label)
    if reply["ok"] == args[0]:
        return proxy
    return client.open(reply["ok"], proxy._label, _place_of(proxy, name, others))


def _place_of(proxy: Proxy, name: str, others: tuple[Any, ...]) -> str:
    """Return where a part of an object lies: its items as those of a list, by whatever name."""
    place: str = proxy._place
    if name in ("iter", "reversed"):
        return place
    if name == "next":
        return step_to(place, "[*]")
    if name == "getattr":
        return step_to(place, f".{others[0]}")
    if name == "getitem":
        key = others[0]
        return step_to(place, f"{{{key[:40]}}}" if isinstance(key, str) else "[*]")
    return step_to(place, f":{name}")


def send_tool(tool: Callable[..., Any], *args: Any) -> Any:
    """Call a tool of a check (quiz.probes.beside) in the box, beside the learner's code.

    Its answer is believed no more than that code, which stands in the same process.
    """
    if args and isinstance(args[0], Proxy):
        return special(tool.__module__, tool.__qualname__, *args)
    return tool(*args)


async def _await(proxy: Proxy) -> Any:
    """Stand for a coroutine of the learner; it is awaited in the box."""
    return special("grader.inside.cells", "finish", proxy)


async def _iterate(proxy: Proxy) -> AsyncIterator[Any]:
    """Stand for an asynchronous generator of the learner."""
    with contextlib.suppress(StopAsyncIteration):
        while True:
            yield special("grader.inside.cells", "next_of", proxy)


def _itself(proxy: Proxy) -> Proxy:
    return proxy


AWAITED: dict[str, Callable[[Proxy], Any]] = {"coroutine": _await, "async_generator": _iterate}
"""What asyncio takes only as the real thing; a learner's class of that name can only fail in it."""


def _forward(module: str, name: str) -> Callable[..., Any]:
    return lambda self, *others: special(module, name, self, *others)


for _name in ("len", "iter", "next", "reversed", "abs", "str", "int", "float", "round"):
    setattr(Proxy, f"__{_name}__", _forward("builtins", _name))
for _name in ("getitem", "setitem", "delitem", "contains", "index", "neg", "add", "sub", "mul"):
    setattr(Proxy, f"__{_name}__", _forward("operator", _name))
for _name in ("truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(Proxy, f"__{_name}__", _forward("operator", _name))


def _is_mutable(value: Any) -> bool:
    if type(value) in (list, dict, set, bytearray, deque):
        return True
    return type(value).__name__ in ("ndarray", "DataFrame")


def _put_into(old: Any, new: Any) -> None:
    """Give a value the content that its twin in the box has now."""
    if type(new) is not type(old):
        return
    if isinstance(old, (list, bytearray)):
        old[:] = new
    elif isinstance(old, (dict, set)):
        old.clear()
        old.update(new)
    elif isinstance(old, deque):
        old.clear()
        old.extend(new)
    elif type(old).__name__ == "DataFrame":
        old._update_inplace(new)
    elif old.shape == new.shape and old.flags.writeable:
        old[...] = new
