"""Find what learners must not get: solution lines, hidden tests, outputs, scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.build.scripts import LessonScript
from grader.core.markers import USUAL, split_regions

SEARCHED_SIZE = 1_000_000  # bytes: larger files are data, not text
SUBSTRING_LENGTH = 12  # a shorter line counts only as a whole line: "x = 1" is in "max = 1"
PLAIN = {"pass", "else:", "try:", "return", "break", "continue", "finally:", "return None"}


@dataclass(frozen=True)
class Leak:
    """One thing that should not be in a released file."""

    path: Path
    what: str


def find_leaks(lesson: LessonScript, folder: Path) -> list[Leak]:
    """Return what the released folder of a lesson tells too much.

    Args:
        lesson: The lesson with its solutions.
        folder: What learners get, such as modules/01_fraud_detection.
    """
    visible, secrets = _texts(lesson)
    told = [line for line in secrets if not _tells(visible, line)]
    leaks = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if ".ipynb_checkpoints" not in path.relative_to(folder).parts:
            leaks += [Leak(path, what) for what in _leaks_in(path, told)]
    return leaks


def _texts(lesson: LessonScript) -> tuple[list[str], list[str]]:
    """Return the lines that learners may read, and those they may not."""
    visible: list[str] = []
    secret: list[str] = []
    for cell in lesson.cells:
        regions = split_regions(cell.source)
        # nbgrader empties a memo without a region as a whole
        whole = cell.header.kind == "memo" and not regions.opened
        visible += [] if whole else regions.visible
        secret += regions.visible if whole else regions.secret
    unique = dict.fromkeys(line.strip() for line in secret)
    return [line.strip() for line in visible], [line for line in unique if not _trivial(line)]


def _trivial(line: str) -> bool:
    return len(re.sub(r"\W", "", line)) < 4 or line in PLAIN


def _tells(lines: list[str], secret: str) -> bool:
    if len(secret) >= SUBSTRING_LENGTH:
        return any(secret in line for line in lines)
    return secret in lines


def _leaks_in(path: Path, secrets: list[str]) -> Iterator[str]:
    if path.suffix == ".py":
        yield "a script"
    if path.stat().st_size > SEARCHED_SIZE and path.suffix != ".ipynb":
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # a binary file
    if path.suffix == ".ipynb":
        try:
            notebook = json.loads(text)
        except json.JSONDecodeError:
            yield "no readable notebook"
            return
        yield from _leftovers(notebook)
        text = "\n".join(_strings(notebook))
    yield from (f"the marker {marker}" for marker in USUAL.all if marker in text)
    lines = [line.strip() for line in text.split("\n")]
    yield from (f"the secret line {secret!r}" for secret in secrets if _tells(lines, secret))


def _leftovers(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook.get("cells", []):
        if cell.get("outputs"):
            yield f"an output of cell {cell.get('id')}"
        if cell.get("execution_count") is not None:
            yield f"an execution count of cell {cell.get('id')}"


def _strings(node: Any) -> Iterator[str]:
    """Walk through every text of a notebook: a solution may also hide in metadata."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list):
        # nbformat keeps a text as a list of lines, each with its line end
        yield from (
            _strings("".join(node))
            if all(isinstance(n, str) for n in node)
            else (text for item in node for text in _strings(item))
        )
