"""Pictures that learners paste into a cell: what is one is kept, and nothing else of them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

Attachments = dict[str, dict[str, str]]
"""By name, the base64 text by MIME type, as a notebook keeps it."""

SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
LARGEST_BYTES = 5_000_000
MOST = 50  # in one cell


def kept_pictures(attachments: Any) -> Attachments:
    """Return the attachments of a cell that are pictures of pixels; an SVG can hold a program.

    Args:
        attachments: What the notebook says; learners write it, so it may be anything.
    """
    kept: Attachments = {}
    items = attachments.items() if isinstance(attachments, Mapping) else ()
    for name, data in list(items)[:MOST]:
        for kind in SIGNATURES:
            text = data.get(kind) if isinstance(data, Mapping) else None
            text = "".join(text) if isinstance(text, list) and all(map(_is_text, text)) else text
            if isinstance(name, str) and isinstance(text, str) and _kind(text) == kind:
                kept[name] = {kind: "".join(text.split())}
                break
    return kept


def is_picture(address: str) -> bool:
    """Tell whether a data: address holds the picture that it says; anything else may."""
    if not address.startswith("data:"):
        return True
    head, _, text = address.partition(";base64,")
    return _kind(text) == head.removeprefix("data:")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _kind(text: str) -> str:
    """Return the type of a picture in base64 by how it begins; "" if it is none."""
    if len(text) > LARGEST_BYTES * 4 / 3:
        return ""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return next((kind for kind, start in SIGNATURES.items() if data.startswith(start)), "")
