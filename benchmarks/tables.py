"""Cells and tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.summary import Estimate


def span(found: Estimate | None, *, digits: int = 2, scale: float = 1.0) -> str:
    """Return a median and its interval, such as 1.80 [1.77, 1.89]."""
    if found is None:
        return ""
    if found.n == 1:
        return f"{found.median * scale:.{digits}f}"
    low, mid, high = (f"{v * scale:.{digits}f}" for v in (found.low, found.median, found.high))
    return f"{mid} [{low}, {high}]"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column is text and whose others are figures."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
