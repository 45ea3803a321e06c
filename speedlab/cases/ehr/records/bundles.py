"""Read the entries of a FHIR bundle with the place of each, whatever its layout.

A library that streams JSON does not say at which byte a value began, and the quarantine needs it.
The standard library's decoder does, value by value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")


def is_bundle(head: bytes) -> bool:
    """Return whether a file that begins so is FHIR: a bundle, or one resource by itself."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"resourceType"' in head


def entries(content: bytes) -> Iterator[tuple[int, bytes, Any]]:
    """Return (first byte, bytes, resource) of each entry; references point at types and ids.

    A file that holds one resource gives that one; what is no JSON gives itself, unparsed.
    """
    try:
        text = content.decode("utf-8-sig")
        members = list(_members(text))
    except (ValueError, RecursionError, IndexError):
        yield 0, content, None
        return
    if not any(m.name == "resourceType" and m.value == "Bundle" for m in members):
        yield 0, content, None
        return
    entry_members = [m for m in members if m.name == "entry" and _resource(m.value) is not None]
    ids = dict(_ids(entry_members))
    done_chars, done_bytes = 0, len(content) - len(text.encode())  # a byte order mark
    for entry in entry_members:
        done_bytes += len(text[done_chars : entry.start].encode())
        done_chars = entry.start
        slice_ = text[entry.start : entry.stop].encode()
        yield done_bytes, slice_, _resolved(_resource(entry.value), ids)


class _Member(NamedTuple):
    """A member of the bundle; each element of "entry" counts as a member of that name."""

    name: str
    start: int
    stop: int
    value: Any


def _members(text: str) -> Iterator[_Member]:
    at = _skip(text, _after(text, _skip(text, 0), "{"))
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _after(text, _skip(text, at), ":"))
        if name == "entry" and text[at] == "[":
            at = _skip(text, at + 1)
            while text[at] != "]":
                value, stop = _DECODER.raw_decode(text, at)
                yield _Member(name, at, stop, value)
                at = _comma(text, stop, "]")
            stop = at + 1
        else:
            value, stop = _DECODER.raw_decode(text, at)
            yield _Member(name, at, stop, value)
        at = _comma(text, stop, "}")


def _after(text: str, at: int, sign: str) -> int:
    if text[at] != sign:
        raise ValueError(f"no {sign} at {at}")
    return at + 1


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found is not None, "the pattern matches the empty string"
    return found.end()


def _comma(text: str, at: int, end: str) -> int:
    at = _skip(text, at)
    return at if text[at] == end else _skip(text, _after(text, at, ","))


def _resource(entry: Any) -> Any:
    return entry.get("resource") if isinstance(entry, dict) else None


def _ids(entries_: list[_Member]) -> Iterator[tuple[str, str]]:
    for entry in entries_:
        resource, url = _resource(entry.value), entry.value.get("fullUrl")
        if isinstance(resource, dict) and isinstance(url, str):
            yield url, f"{resource.get('resourceType')}/{resource.get('id')}"


def _resolved(value: Any, ids: dict[str, str]) -> Any:
    """Return a value in which references to an entry's fullUrl name its type and id."""
    if isinstance(value, list):
        return [_resolved(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _resolved(item, ids) for name, item in value.items()}
    target = changed.get("reference")
    if isinstance(target, str):
        changed["reference"] = ids.get(target, target)
    return changed
