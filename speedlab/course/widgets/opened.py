"""Several things shown as one page, as a cell would show them one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

FORMATS = ("text/html", "text/plain")


@dataclass(frozen=True)
class Opened:
    """What is shown, as a page and as plain text."""

    html: str
    plain: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.plain}


def opened(things: Sequence[Any]) -> Opened:
    """Draw things one below the other: sentences, charts, tables, whatever a notebook can show."""
    pairs = [_both(thing) for thing in things]
    return Opened("".join(html for html, _ in pairs), "\n".join(plain for _, plain in pairs))


def _both(thing: Any) -> tuple[str, str]:
    from IPython.core.formatters import DisplayFormatter

    if isinstance(thing, str):
        return f"<p class='speedlab-reply'>{escape(thing)}</p>", thing
    found, _ = DisplayFormatter().format(thing, include=FORMATS)
    plain = str(found.get("text/plain", thing))
    return str(found.get("text/html", f"<pre>{escape(plain)}</pre>")), plain
