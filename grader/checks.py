"""What a check is, and what a learner may be told of its failure.

Nothing of a hidden test is quoted, except for the words that its author wrote into an `assert`.
And no message carries it out on a detour: once the learner's code has met a hidden test, it could
put what it saw there into the text of any later error. From then on only the kind of an error
is told, and the line.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.faults import line_in, origin
from grader.witness import NoEvidence

HIDDEN = "A further check, which is not shown, failed."
LONGEST = 400


@dataclass(frozen=True)
class Check:
    """One check as the judge gets it.

    Attributes:
        grade_id: Its name.
        points: The most it can earn.
        place: Where it stands among the cells.
        code: Python.
        hidden: The lines of the code that learners do not see.
        names: Names of the learner that it needs.
        dynamic: Statements of the course that it needs and that need the learner's code, numbered.
    """

    grade_id: str
    points: float
    place: tuple[int, int]
    code: str
    hidden: frozenset[int]
    names: tuple[str, ...]
    dynamic: tuple[tuple[int, str], ...]

    @property
    def file(self) -> str:
        """The name of its code in tracebacks."""
        return f"<check {self.grade_id}>"

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Check:
        """Read a check from JSON."""
        return cls(
            grade_id=found["grade_id"],
            points=found["points"],
            place=(found["place"][0], found["place"][1]),
            code=found["code"],
            hidden=frozenset(found["hidden"]),
            names=tuple(found["names"]),
            dynamic=tuple((number, text) for number, text in found["dynamic"]),
        )


def line_of(check: Check, error: BaseException) -> int:
    """Return the line of a check at which it failed, 0 if that is not known."""
    inside = getattr(error, "learners", {}).get("line")  # it ran in the box
    return line_in(error, check.file) or (inside if isinstance(inside, int) else 0)


def explain(
    check: Check, error: BaseException, faults: Mapping[str, Mapping[str, Any]], *, discreet: bool
) -> str:
    """Return one sentence for the learner.

    Args:
        check: The check that failed.
        error: What it raised.
        faults: By name, the error of the cell that should have given the name a value.
        discreet: Whether the learner's code may have met a hidden test before.
    """
    line, error = line_of(check, error), origin(error)
    if line in check.hidden:
        return _of_hidden(check, line, error)
    if isinstance(error, NameError) and error.name in check.names:
        return _of_missing(error.name, faults.get(error.name), discreet=discreet)
    if isinstance(error, NoEvidence):
        return error.safe if discreet else str(error)
    if isinstance(error, AssertionError) and not hasattr(error, "learners"):
        said = _words(check, line) if discreet else _text(error)
        return said or f"This does not hold: {_assertion(check, line)}"
    return _of_learner(error, discreet=discreet)


def _of_hidden(check: Check, line: int, error: BaseException) -> str:
    """Return what may be said of a hidden line: the author's own words, without values."""
    if isinstance(error, NoEvidence):
        return error.safe
    if isinstance(error, AssertionError):
        return _words(check, line) or HIDDEN
    kind = getattr(error, "learners", {}).get("type", type(error).__name__)
    return f"{HIDDEN} The code raised {kind}."


def _of_missing(name: str, fault: Mapping[str, Any] | None, *, discreet: bool) -> str:
    if fault is None:
        return f"`{name}` has no value: the cell that should give it one does not."
    kind = fault.get("type") if discreet else fault.get("name")
    text = "" if discreet else f": {fault.get('message')}"
    return _short(f"The cell {fault.get('cell')} stopped with {kind}{text}")


def _of_learner(error: BaseException, *, discreet: bool) -> str:
    told: Mapping[str, Any] = getattr(error, "learners", {})
    if not discreet:
        kind = told.get("name") or type(error).__name__
        return _short(f"{kind}: {_text(error)}".rstrip(": "))
    line = told.get("cell_line")
    where = f" in line {line} of its cell" if isinstance(line, int) and line > 0 else ""
    return f"The code raised {told.get('type') or type(error).__name__}{where}."


def _words(check: Check, line: int) -> str:
    """Return the message of the assert at a line, with … for what is filled in when it runs."""
    found = _assert_at(check, line)
    message = found.msg if found is not None else None
    if isinstance(message, ast.Constant):
        return _short(str(message.value))
    if isinstance(message, ast.JoinedStr):
        parts = message.values
        words = (str(p.value) if isinstance(p, ast.Constant) else "…" for p in parts)
        return _short("".join(words))
    return ""


def _assertion(check: Check, line: int) -> str:
    found = _assert_at(check, line)
    return _short(ast.unparse(found.test)) if found is not None else "a condition of the check."


def _assert_at(check: Check, line: int) -> ast.Assert | None:
    nodes = (node for node in ast.walk(ast.parse(check.code)) if isinstance(node, ast.Assert))
    return next((n for n in nodes if n.lineno <= line <= (n.end_lineno or n.lineno)), None)


def _text(error: BaseException) -> str:
    quoted = isinstance(error, KeyError) and error.args
    return _short(str(error.args[0]) if quoted else str(error))


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
