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

from grader.inside.platform import TCP
from grader.inside.serialize import NotSerializable, decode, encode, make_error

KINDS = ("watched", "callback")


class CallbackStub:
    """Stands in the box for a function that runs outside.

    Args:
        kind: "watched" for a work function that is watched, "callback" for any other.
        key: Which of the judge's functions.
        address: The socket.
    """

    def __init__(self, kind: str, key: int, address: str) -> None:
        self.kind, self.key, self.address = kind, key, address
        self.__name__ = kind  # work functions are often asked for it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Send the arguments out and return what comes back, or raise it."""
        args = tuple(list(arg) if isinstance(arg, Iterator) else arg for arg in args)
        tree = [encode(list(args), refuse_object), encode(kwargs, refuse_object)]
        answer = ask_outside(self.address, {self.kind: self.key, "args": tree})
        if "error" in answer:
            raise make_error(answer["error"])
        return decode(answer["ok"], decode_tag)


def ask_outside(address: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Send one line to the supervisor and return its answer."""
    connection, token = _connect(address)
    with contextlib.closing(connection):
        signed = {**message, "pid": os.getpid(), **token}
        connection.sendall((json.dumps(signed) + "\n").encode())
        with connection.makefile("rb") as stream:
            answer: dict[str, Any] = json.loads(stream.readline() or b'{"error": {}}')
    return answer


def _connect(address: str) -> tuple[socket.socket, dict[str, str]]:
    """Return a connection to the supervisor, and what a message must hold besides."""
    if address.startswith(TCP):
        port, _, token = address.removeprefix(TCP).partition(":")
        return socket.create_connection(("127.0.0.1", int(port))), {"token": token}
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    return connection, {}


def refuse_object(value: Any) -> Any:
    """Refuse what is no data."""
    kind = type(value).__name__
    raise NotSerializable(f"A {kind} cannot be handed to the function of the check.")


def decode_tag(tree: Mapping[str, Any]) -> Any:
    """Open the tags of the judge that any process of the box understands.

    Raises:
        ValueError: If it is another tag.
    """
    tag = tree.get("$")
    if tag in KINDS:
        return CallbackStub(tag, tree["key"], tree["address"])
    if tag == "name":
        return _import_name(tree["module"], tree["name"])
    if tag == "items":
        return _iterate_again([decode(part, decode_tag) for part in tree["v"]], tree.get("error"))
    raise ValueError(f"Nothing is known of the tag {tag!r}.")


def _import_name(module: str, name: str) -> Any:
    value: Any = __import__(module, fromlist=["_"])
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _iterate_again(items: list[Any], error: Mapping[str, Any] | None) -> Iterator[Any]:
    """Yield what a generator of the judge gave, and end as it ended."""
    yield from items
    if error is not None:
        raise make_error(error)
