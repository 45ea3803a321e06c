"""The learner's names on the judge's side: proxies whose calls cross into the box as data.

A proxy computes nothing itself, and nothing of the learner's runs here: its `==` compares
identity, its truth is what the box says, a number or a list that comes back is a plain one.
"""

from __future__ import annotations

import inspect
import itertools
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from grader.crossing import CannotCross, Tree, decode, encode, make_error, tell_error

MOST_ITEMS = 100_000
Message = dict[str, Any]


class Void(BaseException):
    """The check gets no answer any more; no `except Exception` of a check may hold it up.

    Args:
        outcome: "timeout", "died" or "limit".
        text: Why.
    """

    def __init__(self, outcome: str, text: str) -> None:
        super().__init__(outcome, text)
        self.outcome, self.text = outcome, text


class Line:
    """The judge's line to the supervisor.

    Attributes:
        void: What speaks against the check that runs, if anything does.
        hung: Functions of the learner that did not answer, and what was said of it.
        address: Where the box of this moment calls.
        token: What shows the supervisor that a line is the judge's own: a check may be made to
            write a learner's text to any file, but no learner knows it.
        waiting: Whether it is the supervisor's turn, who keeps the clock meanwhile.
    """

    def __init__(self, incoming: BinaryIO, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self.address = ""
        self.waiting = False
        self.token = ""
        self.void: Void | None = None
        self.hung: dict[str, Void] = {}
        self.outside: list[Callable[[Message], Any]] = []

    def tell(self, message: Message) -> None:
        """Send a message that wants no answer."""
        told = message | {"token": self.token}
        text = memoryview(json.dumps(told, separators=(",", ":")).encode() + b"\n")
        while text:
            text = text[os.write(self._outgoing, text) :]

    def hear(self) -> Message:
        """Return the next message; end where there is nobody left to judge for."""
        line = self._incoming.readline()
        if not line:
            os._exit(0)
        found: Message = json.loads(line)
        return found

    def ask(self, message: Message) -> Any:
        """Send a message and return its answer; meanwhile answer calls from the box.

        Raises:
            Void: If there is no answer, and will be none.
        """
        self.waiting = True
        self.tell(message)
        while "call" in (answer := self.hear()):
            self.tell({"op": "answer", "reply": self._compute(answer["call"])})
        self.waiting = False
        if "gone" in answer:
            self.void = Void(**answer["gone"])
            raise self.void
        return answer["ok"]

    def _compute(self, call: Message) -> Message:
        self.waiting = False
        try:
            key = call["probe"] if "probe" in call else call["callback"]
            tree = encode(self.outside[key](call), self._spare_of_answer)
            return {"ok": tree}
        except Void as void:  # told at the end of the check: the line must stay in step
            self.void = void
            return {"error": {"type": "TimeoutError", "message": void.text}}
        except Exception as error:
            return {"error": tell_error(error)}
        finally:
            self.waiting = True

    def open(self, tree: Tree, label: str) -> Any:
        """Return the value that came out of the box."""
        return decode(tree, lambda found: self._foreign(found, label))

    def _foreign(self, tree: Mapping[str, Any], label: str) -> Any:
        if tree.get("$") == "handle" and isinstance(tree.get("handle"), int):
            return Remote(self, tree["handle"], label, str(tree.get("of"))[:80])
        raise ValueError("The box sent something that is not data.")

    def request(self, request: Message, label: str) -> Message:
        """Send a request into the box and return its reply; raise what the code raised.

        Raises:
            Void: If the code hangs, died or broke a limit, now or before.
        """
        if label in self.hung:
            self.void = self.hung[label]
            raise self.void
        try:
            reply: Message = self.ask({"op": "ask", "request": request})
        except Void as void:
            if void.outcome == "timeout" and label:
                text = f"{label} did not answer in an earlier check, so it was not asked again."
                self.hung[label] = Void("timeout", text)
            raise
        if "error" in reply:
            error = make_error(reply["error"])
            error.learners = reply["error"]  # type: ignore[attr-defined]
            raise error
        return reply

    def register(self, function: Callable[[Message], Any]) -> int:
        """Let the box call a function; return its key."""
        self.outside.append(function)
        return len(self.outside) - 1

    def pack(self, value: Any) -> Tree:
        """Return an argument as data."""
        return encode(value, self._spare)

    def _spare(self, value: Any) -> Tree:
        if isinstance(value, Remote):
            return {"$": "handle", "handle": value._handle}
        if hasattr(value, "speedlab_probe"):
            return value.speedlab_probe()
        named = _importable(value)
        if named:
            return {"$": "name", **named}
        if inspect.isgenerator(value) or isinstance(value, ITERATORS):
            return items_of(value, self._spare)
        if callable(value):
            key = self.register(lambda call: self._call_back(value, call))
            return {"$": "callback", "key": key, "address": self.address}
        raise CannotCross(f"A {type(value).__name__} cannot be handed into the box.")

    def _call_back(self, function: Callable[..., Any], call: Message) -> Any:
        args, kwargs = (self.open(tree, "") for tree in call["args"])
        return function(*args, **kwargs)

    def _spare_of_answer(self, value: Any) -> Tree:
        if inspect.isgenerator(value) or isinstance(value, ITERATORS):
            return items_of(value, self._spare_of_answer)
        raise CannotCross(f"A {type(value).__name__} cannot be handed into the box.")


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


def items_of(values: Iterator[Any], spare: Callable[[Any], Tree]) -> Tree:
    """Return what an iterator gives, and the exception with which it ended."""
    items: list[Tree] = []
    try:
        for value in itertools.islice(values, MOST_ITEMS):
            items.append(encode(value, spare))
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
        found: Any = sys.modules[module]
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is value:
            return {"module": module, "name": name}
    return {}


class Remote:
    """Stands for an object in the box."""

    def __init__(self, line: Line, handle: int, label: str, of: str) -> None:
        for name, value in {"_line": line, "_handle": handle, "_label": label, "_of": of}.items():
            object.__setattr__(self, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object; what it changes in its arguments is changed here too."""
        trees = [self._line.pack(value) for value in args]
        request = {
            "op": "call",
            "handle": self._handle,
            "args": trees,
            "kwargs": {name: self._line.pack(value) for name, value in kwargs.items()},
            "mutable": [place for place, value in enumerate(args) if _is_mutable(value)],
        }
        reply = self._line.request(request, self._label)
        for place, tree in reply.get("changed", {}).items():
            _put_into(args[int(place)], self._line.open(tree, self._label))
        return self._line.open(reply["ok"], self._label)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in {"__name__", "__doc__"}:
            raise AttributeError(name)
        return _special("builtins", "getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _special("builtins", "setattr", self, name, value)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Remote) and _special("builtins", "isinstance", value, self) is True

    def __bool__(self) -> bool:
        return _special("operator", "truth", self) is True

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and other._handle == self._handle

    def __repr__(self) -> str:
        return f"<{self._of} of the learner>"


def _special(module: str, name: str, remote: Remote, *others: Any) -> Any:
    line: Line = remote._line
    args = [line.pack(value) for value in (remote, *others)]
    request = {"op": "special", "function": {"module": module, "name": name}, "args": args}
    reply = line.request(request, remote._label)
    if reply["ok"] == args[0]:
        return remote
    return line.open(reply["ok"], remote._label)


def _forward(module: str, name: str) -> Callable[..., Any]:
    return lambda self, *others: _special(module, name, self, *others)


for _name in ("len", "iter", "next", "reversed", "abs", "str", "int", "float", "round"):
    setattr(Remote, f"__{_name}__", _forward("builtins", _name))
for _name in ("getitem", "setitem", "delitem", "contains", "index", "neg", "add", "sub", "mul"):
    setattr(Remote, f"__{_name}__", _forward("operator", _name))
for _name in ("truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(Remote, f"__{_name}__", _forward("operator", _name))


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
