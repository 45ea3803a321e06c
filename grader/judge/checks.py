"""What a check is, and what a learner may be told of its failure.

Nothing of a hidden test is quoted, except for the words that its author wrote into an `assert`.
And no message carries it out on a detour: once the learner's code has met a hidden test, it could
put what it saw there into the text of any later error, into the name of its type, the number of a
line or of processes, or how it ends. From then on nothing is told that it chose: the words of the
check's author, and the name of an exception only where it is one of Python's own.
"""

from __future__ import annotations

import ast
import builtins
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from grader.inside.cells import origin
from grader.judge.conversation import CheckVoided
from grader.judge.snapshots import WrongKind
from speedlab.course.quiz.evidence import NoEvidence

HIDDEN = "A further check, which is not shown, failed."
LONGEST = 400
EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


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
        contract: What lay where in the author's run; None where that is found out.
    """

    grade_id: str
    points: float
    place: tuple[int, int]
    code: str
    hidden: frozenset[int]
    names: tuple[str, ...]
    dynamic: tuple[tuple[int, str], ...]
    contract: Mapping[str, Sequence[str]] | None = None

    @property
    def file(self) -> str:
        """The name of its code in tracebacks."""
        return f"<check {self.grade_id}>"

    @classmethod
    def of(
        cls, entry: Mapping[str, Any], contracts: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> Check:
        """Read a check from JSON, and find its contract among those of its notebook."""
        return cls(
            grade_id=entry["grade_id"],
            points=entry["points"],
            place=(entry["place"][0], entry["place"][1]),
            code=entry["code"],
            hidden=frozenset(entry["hidden"]),
            names=tuple(entry["names"]),
            dynamic=tuple((number, text) for number, text in entry["dynamic"]),
            contract=contracts.get(entry["grade_id"]),
        )


def lines_of(check: Check, error: BaseException) -> tuple[int, ...]:
    """Return the lines of a check that were at work when it failed, the outermost first.

    Where the check ran in the box, its code says which: that is believed only where nothing is
    hidden.
    """
    try:
        frames = traceback.extract_tb(origin(error).__traceback__)
    except Exception:  # a learner's traceback may be anything
        frames = traceback.StackSummary()
    lines = tuple(frame.lineno or 0 for frame in frames if frame.filename == check.file)
    inside = getattr(error, "learners", {}).get("line")
    return lines if lines or check.hidden or type(inside) is not int else (inside,)


def fails_hidden(check: Check, error: BaseException) -> bool:
    """Tell whether a hidden line was at work, perhaps in a function that is shown."""
    return not check.hidden.isdisjoint(lines_of(check, error))


def explain(
    check: Check,
    error: BaseException,
    cell_errors: Mapping[str, Mapping[str, Any]],
    *,
    discreet: bool,
) -> str:
    """Return one sentence for the learner.

    Args:
        check: The check that failed.
        error: What it raised.
        cell_errors: By name, the error of the cell that should have given the name a value.
        discreet: Whether the learner's code may have met a hidden test before.
    """
    lines, hidden = lines_of(check, error), fails_hidden(check, error)
    line, error = lines[-1] if lines else 0, origin(error)
    if hidden:
        return _of_hidden(check, line, error)
    discreet = discreet or _met_hidden(check, lines)
    if isinstance(error, NameError) and error.name in check.names:
        return _of_missing(error.name, cell_errors.get(error.name), discreet=discreet)
    if isinstance(error, (NoEvidence, WrongKind)):
        return error.safe if discreet else _short(str(error))
    if isinstance(error, AssertionError) and not hasattr(error, "learners"):
        message = _words(check, line) if discreet else _text(error)
        return message or f"This does not hold: {_assertion(check, line)}"
    return _of_own_line(check, line, error) or _of_learner(error, discreet=discreet)


def ending(void: CheckVoided, *, discreet: bool) -> str:
    """Return what may be told of a check that got no answer."""
    return void.safe if discreet else void.text


def words_printed(check: Check, lines: Iterable[int]) -> str:
    """Return what the print calls at some lines say, with … for what is filled in."""
    calls = [node for node in ast.walk(ast.parse(check.code)) if _prints(node)]
    said = []
    for line in dict.fromkeys(lines):
        at = [c for c in calls if c.lineno <= line <= (c.end_lineno or c.lineno)]
        said += [" ".join(_constant(arg) for arg in at[-1].args)] if at else []
    return _short(" ".join(said))


def _prints(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def _met_hidden(check: Check, lines: tuple[int, ...]) -> bool:
    """Tell whether a hidden line of this check may have run before the failing one."""
    if not lines:
        return bool(check.hidden)
    tops = ast.parse(check.code).body
    ends = [n.end_lineno or n.lineno for n in tops if n.lineno <= lines[0]]
    return bool(check.hidden) and min(check.hidden) <= max(ends, default=lines[0])


def _of_hidden(check: Check, line: int, error: BaseException) -> str:
    """Return what may be said of a hidden line: the author's own words, without values."""
    if isinstance(error, (NoEvidence, WrongKind)):
        return error.safe
    if isinstance(error, AssertionError) and not hasattr(error, "learners"):
        return _words(check, line) or HIDDEN
    return _of_own_line(check, line, error) or f"{HIDDEN} The code raised {_kind(error)}."


def _of_own_line(check: Check, line: int, error: BaseException) -> str:
    """Return what an assert says whose own line raised: what came back cannot be compared."""
    learners = hasattr(error, "learners") or isinstance(error, NameError)
    return "" if learners else _words(check, line)


def _of_missing(name: str, cell_error: Mapping[str, Any] | None, *, discreet: bool) -> str:
    if cell_error is None:
        return f"`{name}` has no value: the cell that should give it one does not."
    if discreet:
        return f"The cell that should give `{name}` a value stopped with an error."
    text = f"{cell_error.get('name')}: {cell_error.get('message')}"
    return _short(f"The cell {cell_error.get('cell')} stopped with {text}")


def _of_learner(error: BaseException, *, discreet: bool) -> str:
    if discreet:
        return f"The code raised {_kind(error)}."
    told: Mapping[str, Any] = getattr(error, "learners", {})
    kind = told.get("name") or type(error).__name__
    return _short(f"{kind}: {_text(error)}".rstrip(": "))


def _kind(error: BaseException) -> str:
    """Return the name of an exception if it is Python's own: any other one could be a message."""
    kind = getattr(error, "learners", {}).get("type", type(error).__name__)
    return kind if isinstance(kind, str) and kind in EXCEPTIONS else "an error of its own kind"


def _words(check: Check, line: int) -> str:
    """Return the message of the assert at a line, with … for what is filled in when it runs."""
    failed = _assert_at(check, line)
    message = failed.msg if failed is not None else None
    known = isinstance(message, (ast.Constant, ast.JoinedStr))
    return _short(_constant(message)) if known and message is not None else ""


def _constant(text: ast.expr) -> str:
    """Return what an author wrote, with … for what is filled in when it runs."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in parts)


def _assertion(check: Check, line: int) -> str:
    failed = _assert_at(check, line)
    return _short(ast.unparse(failed.test)) if failed is not None else "a condition of the check."


def _assert_at(check: Check, line: int) -> ast.Assert | None:
    nodes = (node for node in ast.walk(ast.parse(check.code)) if isinstance(node, ast.Assert))
    return next((n for n in nodes if n.lineno <= line <= (n.end_lineno or n.lineno)), None)


def _text(error: BaseException) -> str:
    quoted = isinstance(error, KeyError) and error.args
    return _short(str(error.args[0]) if quoted else str(error))


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
