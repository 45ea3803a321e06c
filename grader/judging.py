"""Run one check on the judge's side and say what it found.

nbgrader's rule: an exception is nothing, a number as the last line is the score, everything else
is all points.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import math
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from grader.checks import LONGEST, Check, explain, line_of
from grader.remote import Line, Void
from grader.system import ALARMS
from grader.witness import Rendezvous

PRINTED = 20_000
Found = dict[str, Any]


class Judging:
    """The checks of one notebook, in their order, in one namespace.

    Args:
        line: The line to the supervisor.
        names: The namespace.
        seconds: How long one check may compute on this side.
        discreet: Whether hidden tests have met the learner's code before.
    """

    def __init__(
        self, line: Line, names: dict[str, Any], *, seconds: float, discreet: bool
    ) -> None:
        self._line, self._names, self._seconds = line, names, seconds
        self._ran: set[int] = set()
        self._faults: dict[str, Found] = {}
        self._discreet = discreet

    def judge(self, check: Check, *, sealed: bool) -> Found:
        """Run one check and return what it found; it never raises because of the learner."""
        self._line.void = None
        Rendezvous.opened.clear()
        try:
            value, printed = self._run(check) if sealed else self._run_inside(check)
        except Void as void:
            found = {"score": 0.0, "outcome": void.outcome, "message": void.text}
            found["hidden"] = line_of(check, void) in check.hidden
        except BaseException as error:
            text = explain(check, error, self._faults, discreet=self._discreet)
            found = {"score": 0.0, "outcome": "wrong", "message": text}
            found["hidden"] = line_of(check, error) in check.hidden
        else:
            found = grade(value, check.points, printed)
        if self._line.void is not None and found["score"]:
            void = self._line.void  # a check that catches everything does not undo what happened
            found |= {"score": 0.0, "outcome": void.outcome, "message": void.text}
        # From here on the learner's code may hold what only a hidden test has shown it.
        self._discreet |= bool(check.hidden)
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
        self._faults = got["faults"]
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


def set_tempdir(folder: str) -> None:
    """Let temporary files of the checks lie where the box sees them too."""
    import tempfile

    tempfile.tempdir = folder


@contextlib.contextmanager
def _deadline(seconds: float, line: Line) -> Iterator[None]:
    """End a check that goes on for ever on this side, such as a list of endless items.

    Where the system has no timers, the supervisor ends a judge that is silent.
    """
    if not ALARMS:
        yield
        return

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
