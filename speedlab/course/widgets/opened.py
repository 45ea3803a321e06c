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


def opened(said: str, things: Sequence[Any]) -> Opened:
    """Draw a sentence, and below it things: more sentences, charts, whatever a notebook can show.

    Args:
        said: What a screen reader says when the page appears.
        things: One below the other.
    """
    pairs = [_both(thing) for thing in things]
    first = f"<p role='status' class='speedlab-reply'><strong>{escape(said)}</strong></p>"
    html = "".join([first, *(html for html, _ in pairs)])
    return Opened(html, "\n".join([said, *(plain for _, plain in pairs)]))


def _both(thing: Any) -> tuple[str, str]:
    from IPython.core.formatters import DisplayFormatter

    if isinstance(thing, str):
        return f"<p>{escape(thing)}</p>", thing
    formatter: Any = DisplayFormatter()
    found, _ = formatter.format(thing, include=FORMATS)
    plain = str(found.get("text/plain", thing))
    return str(found.get("text/html", f"<pre>{escape(plain)}</pre>")), plain
