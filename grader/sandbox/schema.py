"""What may leave a box: one schema for replies and for calls, since any code may write both.

    bytes of a line (Channel) ─► number of values, before parsing ─► JSON ─► the shapes below

    reply   {"id", "ok": tree, "changed": {place: tree}, "files"}   or   {"id", "error", "limit"}
    call    {"watched" or "callback": key, "args": [list, dict]}, {"hello"}, {"worker_died": code}

What the grader's own code in the box sends always fits: it hands out a handle where a value is too
large (grader.inside.serialize). So whatever does not fit was sent by somebody else, and ends its
box; no judge and no other hand-in ever sees it.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from grader.inside.crossing_files import check_files
from grader.inside.serialize import DEEPEST, MOST_ITEMS, OPENERS, SAFE_INTEGER
from grader.inside.serialize_tables import TABLES

Message = dict[str, Any]
ERRORS = frozenset(
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
)
LIMITS = ("", "memory", "disk", "processes", "files")
TAGS = frozenset([*OPENERS, *TABLES, "handle"])
LONGEST_NAME = 80
LONGEST_MESSAGE = 2000
LARGEST_KEY = 1_000_000
NO_ANSWER = "The code sent something that is no answer."


class NotAnAnswer(ValueError):
    """It does not fit: the grader's own code in the box did not send it."""


def check_reply(reply: Message | None, request: Mapping[str, Any], *, lines: int) -> Message:
    """Return a reply that fits a request.

    Args:
        reply: What came, parsed.
        request: What was asked.
        lines: How many lines the longest cell has that ran in the box.

    Raises:
        NotAnAnswer: If it does not fit.
    """
    _must(reply is not None and reply.get("id") == request["id"])
    assert reply is not None
    if "error" in reply:
        _only(reply, {"id", "error", "limit", "files"})
        own = request["source"].count("\n") + 1 if "source" in request else 0
        _check_told(reply["error"], {"line": own, "cell_line": max(own, lines)})
        _must(reply.get("limit", "") in LIMITS)
    else:
        _only(reply, {"id", "ok", "changed", "files"})
        _check_values(reply, request)
    if "files" in reply:
        _must("files" in request)
        _check_crossing(reply["files"])
    return reply


def _check_values(reply: Message, request: Mapping[str, Any]) -> None:
    values, changed = reply.get("ok"), reply.get("changed", {})
    _must("ok" in reply and isinstance(changed, dict))
    if request["op"] == "get":
        found = values if isinstance(values, dict) else {"": None}
        _must(set(found) <= set(request["names"]))
        values = [*found.values()]
    _must(set(changed) <= {str(place) for place in request.get("mutable", ())})
    check_tree([values, *changed.values()])


def _check_told(told: Any, most: Mapping[str, int] | None = None) -> None:
    """Check an error: no field of it may hold a text or a number of somebody's choice.

    Only its message is free; after a hidden test nobody is told it.
    """
    most = most or {}
    _must(isinstance(told, dict))
    _only(told, {"$", "type", "name", "message", *most})
    name, message = told.get("name"), told.get("message")
    _must(isinstance(told.get("type"), str) and told["type"] in ERRORS)
    _must(isinstance(name, str) and len(name) <= LONGEST_NAME and name.isidentifier())
    _must(isinstance(message, str) and len(message) <= LONGEST_MESSAGE)
    for place, lines in most.items():
        _must(_is_count(told.get(place, 0), lines))


def check_tree(tree: Any) -> None:
    """Check that a tree holds tags that are known, and is not too deep.

    Raises:
        NotAnAnswer: If not.

    >>> check_tree([1, {"$": "tuple", "v": [None, {"$": "handle", "handle": 7, "of": "Pool"}]}])
    """
    level, depth = [tree], 0
    while level:
        _must(depth <= 2 * DEEPEST)
        following: list[Any] = []
        for part in level:
            if type(part) is dict:
                _check_tag(part)
                following += [one for one in part.values() if type(one) in (list, dict)]
            elif type(part) is list:
                following += [one for one in part if type(one) in (list, dict)]
        level, depth = following, depth + 1


def _check_tag(tree: Message) -> None:
    tag = tree.get("$")
    _must(isinstance(tag, str) and tag in TAGS)
    if tag == "handle":
        _only(tree, {"$", "handle", "of"})
        _must(type(tree.get("handle")) is int and 0 <= tree["handle"] < 1 << 64)
        _must(isinstance(tree.get("of"), str) and len(tree["of"]) <= LONGEST_NAME)
    elif tag == "error":
        _check_told(tree)
    elif tag == "range":
        _check_range(tree.get("v"))


def _check_range(parts: Any) -> None:
    _must(isinstance(parts, list) and len(parts) == 3)
    _must(all(type(part) is int for part in parts) and parts[2] != 0)
    _must(abs(parts[1] - parts[0]) <= MOST_ITEMS * abs(parts[2]))


def _check_crossing(files: Any) -> None:
    try:
        check_files(files)
    except ValueError as error:
        raise NotAnAnswer(NO_ANSWER) from error


def check_call(call: Message | None) -> Message:
    """Return a call out of the box that fits.

    Raises:
        NotAnAnswer: If it does not.

    >>> check_call({"callback": 0, "args": [[1], {"$": "dict", "v": []}], "pid": 7})["callback"]
    0
    """
    _must(call is not None)
    assert call is not None
    kinds = {"hello", "worker_died", "watched", "callback"} & set(call)
    _must(len(kinds) == 1)
    _only(call, {*kinds, "args", "pid", "token"})
    _must(_is_count(call.get("pid", 0), SAFE_INTEGER))
    _must(isinstance(call.get("token", ""), str))
    if kinds & {"watched", "callback"}:
        args = call.get("args")
        _must(_is_count(call[kinds.pop()], LARGEST_KEY))
        given, named = args if isinstance(args, list) and len(args) == 2 else (None, None)
        _must(isinstance(given, list) and isinstance(named, dict) and named.get("$") == "dict")
        check_tree(args)
    elif "worker_died" in call:
        code = call["worker_died"]
        _must(type(code) is int and abs(code) <= 1 << 32)
    return call


def _is_count(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _only(found: Mapping[str, Any], names: set[str]) -> None:
    _must(set(found) <= names)


def _must(fits: bool) -> None:
    if not fits:
        raise NotAnAnswer(NO_ANSWER)
