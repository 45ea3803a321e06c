"""Functions of the judge, as the box sees them: a call goes out over a socket.

Any process of the box may call one, so it can be pickled wherever it is needed. The judge learns
from the kernel, not from the box, which process it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from grader.crossing import CannotCross, decode, encode, make_error
from grader.system import TCP

KINDS = ("probe", "callback")


class Outside:
    """A function that runs outside the box.

    Args:
        kind: "probe" for a work function that is watched, "callback" for any other.
        key: Which of the judge's functions.
        address: The socket.
    """

    def __init__(self, kind: str, key: int, address: str) -> None:
        self.kind, self.key, self.address = kind, key, address
        self.__name__ = kind  # work functions are often asked for it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Send the arguments out and return what comes back, or raise it."""
        tree = [encode(list(args), stays), encode(kwargs, stays)]
        answer = talk(self.address, {self.kind: self.key, "args": tree})
        if "error" in answer:
            raise make_error(answer["error"])
        return decode(answer["ok"], open_foreign)


def talk(address: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Send one line to the supervisor and return its answer."""
    line, token = _connect(address)
    with contextlib.closing(line):
        told = {**message, "pid": os.getpid(), **token}
        line.sendall((json.dumps(told) + "\n").encode())
        with line.makefile("rb") as stream:
            answer: dict[str, Any] = json.loads(stream.readline() or b'{"error": {}}')
    return answer


def _connect(address: str) -> tuple[socket.socket, dict[str, str]]:
    """Return a line to the supervisor, and what a message must hold besides."""
    if address.startswith(TCP):
        port, _, token = address.removeprefix(TCP).partition(":")
        return socket.create_connection(("127.0.0.1", int(port))), {"token": token}
    line = socket.socket(socket.AF_UNIX)
    line.connect(address)
    return line, {}


def stays(value: Any) -> Any:
    """Refuse what is no data."""
    raise CannotCross(f"A {type(value).__name__} cannot be handed to the function of the check.")


def open_foreign(tree: Mapping[str, Any]) -> Any:
    """Open the tags of the judge that any process of the box understands.

    Raises:
        ValueError: If it is another tag.
    """
    tag = tree.get("$")
    if tag in KINDS:
        return Outside(tag, tree["key"], tree["address"])
    if tag == "name":
        return _named(tree["module"], tree["name"])
    if tag == "items":
        return _again([decode(part, open_foreign) for part in tree["v"]], tree.get("error"))
    raise ValueError(f"Nothing is known of the tag {tag!r}.")


def _named(module: str, name: str) -> Any:
    found: Any = __import__(module, fromlist=["_"])
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _again(items: list[Any], error: Mapping[str, Any] | None) -> Iterator[Any]:
    """Yield what a generator of the judge gave, and end as it ended."""
    yield from items
    if error is not None:
        raise make_error(error)
