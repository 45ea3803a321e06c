"""A cell's header, `# %% check m1-split-test 2`, and the nbgrader metadata it stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

KINDS = {
    "question": "code",
    "answer": "code",
    "check": "code",
    "memo": "markdown",
    "folded": "code",
}
GRADED = ("question", "answer", "check", "memo")
POINTED = ("question", "check", "memo")
LOCKED = ("question", "check")

WORD_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
POINTS = re.compile(r"\d+(\.\d+)?")
LONGEST_ID = 64  # the notebook format allows no longer cell id


@dataclass(frozen=True)
class Header:
    """What an author says about one cell; kind is "" for ordinary code and prose."""

    cell_type: str
    kind: str = ""
    grade_id: str = ""
    points: float = 0.0


def parse_header(title: str, cell_type: str) -> Header:
    """Read the words of a cell title.

    >>> parse_header("check m1-split-test 2", "code").points
    2.0

    Args:
        title: The text between `# %%` and `[markdown]`.
        cell_type: "code" or "markdown".

    Raises:
        ValueError: With one sentence that says what is wrong with the title.
    """
    kind, *words = title.split() or [""]
    if not kind:
        return Header(cell_type)
    if kind not in KINDS:
        raise ValueError(f"Unknown kind {kind!r}; known are {', '.join(KINDS)}.")
    if cell_type != KINDS[kind]:
        raise ValueError(f"A cell of kind {kind} must be a {KINDS[kind]} cell, not {cell_type}.")
    grade_id = _grade_id(kind, words) if kind in GRADED else ""
    points = _points(kind, words) if kind in POINTED else 0.0
    expected = (kind in GRADED) + (kind in POINTED)
    if len(words) > expected:
        raise ValueError(f"A header of kind {kind} has no place for {words[expected]!r}.")
    return Header(cell_type, kind, grade_id, points)


def _grade_id(kind: str, words: list[str]) -> str:
    if not words:
        raise ValueError(f"The grade id is missing after {kind}.")
    if not WORD_ID.fullmatch(words[0]) or len(words[0]) > LONGEST_ID:
        raise ValueError(
            f"The grade id {words[0]!r} is not made of lower-case words joined by hyphens, "
            f"at most {LONGEST_ID} characters, such as m1-split."
        )
    return words[0]


def _points(kind: str, words: list[str]) -> float:
    text = words[1] if len(words) > 1 else ""
    if not POINTS.fullmatch(text) or float(text) == 0:
        raise ValueError(f"The points are missing after {kind} {words[0]}; write a number above 0.")
    return float(text)


def metadata(header: Header) -> dict[str, Any]:
    """Return the notebook metadata of a cell with this header.

    >>> metadata(Header("code"))
    {}
    """
    if header.kind == "folded":
        return {"jupyter": {"source_hidden": True}}
    if not header.kind:
        # Prose is the course's; a stray keystroke should not change it.
        return {"deletable": False, "editable": False} if header.cell_type == "markdown" else {}
    fields: dict[str, Any] = {"deletable": False, "nbgrader": _nbgrader(header)}
    if header.kind in {"answer", *LOCKED}:
        # Without this tag ▶▶ would stop at the first question that is not answered yet.
        fields["tags"] = ["raises-exception"]
    if header.kind in LOCKED:
        fields |= {"editable": False, "jupyter": {"source_hidden": True}}
    return fields


def _nbgrader(header: Header) -> dict[str, Any]:
    graded = header.kind in POINTED
    marks: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": header.grade_id,
        "grade": graded,
        "solution": header.kind not in LOCKED,
        "locked": header.kind in LOCKED,
        "task": False,
    }
    if graded:
        whole = header.points.is_integer()
        marks["points"] = int(header.points) if whole else header.points
    return marks
