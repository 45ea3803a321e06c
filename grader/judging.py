"""Run one check on the judge's side and say what it found.

nbgrader's rule: an exception is nothing, a number as the last line is the score, everything else
is all points. What a learner is told never comes from the hidden part of a check, except for the
words that its author wrote into an `assert`.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import math
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from grader.faults import line_in, origin
from grader.remote import Line, Void
from grader.witness import NoEvidence, Rendezvous

HIDDEN = "A further check, which is not shown, failed."
LONGEST = 400
PRINTED = 20_000
Found = dict[str, Any]


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


class Judging:
    """The checks of one notebook, in their order, in one namespace."""

    def __init__(self, line: Line, names: dict[str, Any], *, seconds: float) -> None:
        self._line, self._names, self._seconds = line, names, seconds
        self._ran: set[int] = set()
        self._why: dict[str, str] = {}

    def judge(self, check: Check, *, sealed: bool) -> Found:
        """Run one check and return what it found; it never raises because of the learner."""
        self._line.void = None
        Rendezvous.opened.clear()
        try:
            value, printed = self._run(check) if sealed else self._run_inside(check)
        except Void as void:
            found = _failed(check, void)
            found |= {"outcome": void.outcome, "message": void.text}
        except BaseException as error:
            found = _failed(check, error) | {"outcome": "wrong"}
            found["message"] = self._explain(check, error)
        else:
            found = grade(value, check.points, printed)
        if self._line.void is not None and found["score"]:
            void = self._line.void  # a check that catches everything does not undo what happened
            found |= {"score": 0.0, "outcome": void.outcome, "message": void.text}
        vouched = [one.vouched for one in Rendezvous.opened]
        seal = "sealed" if sealed else "unsealed"
        return found | {"seal": seal, "vouched": all(vouched) if vouched else None}

    def _run(self, check: Check) -> tuple[Any, str]:
        self._fetch(check)
        with _deadline(self._seconds, self._line):
            for number, statement in check.dynamic:
                if number not in self._ran:
                    exec(compile(statement, "<course>", "exec", dont_inherit=True), self._names)
                    self._ran.add(number)
            return run_code(check.code, check.file, self._names, check.hidden)

    def _fetch(self, check: Check) -> None:
        request = {"op": "check", "place": check.place, "names": check.names}
        got = self._line.ask(request)
        self._line.address = got["address"]
        self._why = got["why"]
        set_tempdir(got["folder"])
        for name in check.names:
            if name in got["lost"] and name not in got["values"]:
                self._line.void = Void(**got["lost"][name])
                raise self._line.void
            if name in got["values"]:
                self._names[name] = self._line.open(got["values"][name], name)
            else:
                self._names.pop(name, None)

    def _run_inside(self, check: Check) -> tuple[Any, str]:
        self._line.ask({"op": "check", "place": check.place, "names": []})
        request = {"op": "cell", "name": check.grade_id, "source": check.code, "value": True}
        reply = self._line.request(request, "")
        return self._line.open(reply["ok"], ""), ""

    def _explain(self, check: Check, error: BaseException) -> str:
        """Return one sentence for the learner."""
        line, error = _line_of(check, error), origin(error)
        if line in check.hidden:
            return _of_hidden(check, line, error)
        if isinstance(error, NameError) and error.name in self._why:
            return self._why[error.name][:LONGEST]
        if isinstance(error, NameError) and error.name in check.names:
            return f"`{error.name}` has no value: the cell that should give it one does not."
        text = " ".join(_text(error).split())[:LONGEST]
        if isinstance(error, AssertionError):
            return text or f"This does not hold: {_assertion(check, line)}"
        return f"{_kind(error)}: {text}".rstrip(": ")


def _failed(check: Check, error: BaseException) -> Found:
    return {"score": 0.0, "hidden": _line_of(check, error) in check.hidden}


def _line_of(check: Check, error: BaseException) -> int:
    inside = getattr(error, "learners", {}).get("line")
    return line_in(error, check.file) or (inside if isinstance(inside, int) else 0)


def grade(value: Any, points: float, printed: str) -> Found:
    """Turn the last value of a check that did not fail into a score.

    >>> grade(0.5, 2.0, "half of it")["outcome"], grade(None, 2.0, "")["score"]
    ('partly', 2.0)
    """
    plain = value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
    if type(plain) not in (int, float) or math.isnan(plain):
        return {"score": points, "outcome": "right", "message": "", "hidden": False}
    score = min(max(float(plain), 0.0), points)
    outcome = "right" if score == points else "partly" if score else "wrong"
    message = "" if score == points else " ".join(printed.split())[:LONGEST]
    return {"score": score, "outcome": outcome, "message": message, "hidden": False}


def run_code(
    code: str, file: str, names: dict[str, Any], hidden: frozenset[int]
) -> tuple[Any, str]:
    """Run code; return the value of its last expression and what its shown lines printed."""
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    tree = ast.parse(code, file)
    last_one = tree.body[-1] if tree.body else None
    shown = last_one if isinstance(last_one, ast.Expr) else None
    if shown is not None:
        tree.body.pop()
    printed = _Printed(file, hidden)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(_Printed("", hidden)):
        exec(compile(tree, file, "exec", dont_inherit=True), names)
        if shown is None:
            return None, printed.text
        last = compile(ast.Expression(shown.value), file, "eval", dont_inherit=True)
        return eval(last, names), printed.text


class _Printed:
    """Keeps what the shown lines of one file print."""

    def __init__(self, file: str, hidden: frozenset[int]) -> None:
        self._file, self._hidden, self.text = file, hidden, ""

    def write(self, text: str) -> int:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        if frame is not None and frame.f_lineno not in self._hidden:
            self.text = (self.text + text)[:PRINTED]
        return len(text)

    def flush(self) -> None:
        """Do nothing: all of it is here."""


def _of_hidden(check: Check, line: int, error: BaseException) -> str:
    """Return what may be said of a hidden line: the author's own words, without values."""
    if isinstance(error, NoEvidence):
        return error.safe
    words = _words(check, line)
    if isinstance(error, AssertionError) and words:
        return words[:LONGEST]
    if isinstance(error, AssertionError):
        return HIDDEN
    kind = str(getattr(error, "learners", {}).get("type", type(error).__name__))
    return f"{HIDDEN} The code raised {kind}."


def _words(check: Check, line: int) -> str:
    """Return the message of the assert at a line, with … for what is filled in when it runs."""
    found = _assert_at(check, line)
    message = found.msg if found is not None else None
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.JoinedStr):
        parts = message.values
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in parts)
    return ""


def _assertion(check: Check, line: int) -> str:
    found = _assert_at(check, line)
    return ast.unparse(found.test)[:LONGEST] if found is not None else "a condition of the check."


def _assert_at(check: Check, line: int) -> ast.Assert | None:
    nodes = (node for node in ast.walk(ast.parse(check.code)) if isinstance(node, ast.Assert))
    return next((n for n in nodes if n.lineno <= line <= (n.end_lineno or n.lineno)), None)


def _kind(error: BaseException) -> str:
    return str(getattr(error, "learners", {}).get("name") or type(error).__name__)


def _text(error: BaseException) -> str:
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def set_tempdir(folder: str) -> None:
    """Let temporary files of the checks lie where the box sees them too."""
    import tempfile

    tempfile.tempdir = folder


@contextlib.contextmanager
def _deadline(seconds: float, line: Line) -> Iterator[None]:
    """End a check that goes on for ever on this side, such as a list of endless items."""

    def over(*_: object) -> None:
        if line.waiting:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
        else:
            raise Void("timeout", f"The check was not done after {seconds:g} seconds.")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
