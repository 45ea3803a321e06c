"""Run one check on the judge's side and return its result.

nbgrader's rule: an exception is nothing, a number as the last line is the score, everything else
is all points.
"""

from __future__ import annotations

import contextlib
import math
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from grader.inside.cells import CompiledCell
from grader.inside.platform import ALARMS
from grader.judge.checks import LONGEST, Check, ending, explain, fails_hidden, words_printed
from grader.judge.contract import Contract
from grader.judge.conversation import CheckVoided
from grader.judge.proxies import SupervisorClient
from grader.judge.rendezvous import Rendezvous

PRINTED = 20_000
NO_MEMORY = "The check had no memory left for what the code returned."
CheckResult = dict[str, Any]


class CheckRunner:
    """The checks of one notebook, in their order, in one namespace.

    Args:
        client: Asks the supervisor.
        names: The namespace.
        seconds: How long one check may compute on this side.
        discreet: Whether hidden tests have met the learner's code before.
    """

    def __init__(
        self, client: SupervisorClient, names: dict[str, Any], *, seconds: float, discreet: bool
    ) -> None:
        self._client, self._names, self._seconds = client, names, seconds
        self._ran: set[int] = set()
        self._cell_errors: dict[str, CheckResult] = {}
        self._discreet = discreet

    def judge(self, check: Check, *, sealed: bool) -> CheckResult:
        """Run one check and return its result; it never raises because of the learner."""
        self._begin(check)
        try:
            value, printed = self._run(check) if sealed else self._run_inside(check)
        except BaseException as error:
            result = self._failure(check, error)
        else:
            result = grade(value, check.points, printed)
        if self._client.void is not None and result["score"]:
            # A check that catches everything does not undo what happened.
            result |= self._failure(check, self._client.void)
        # From here on the learner's code may hold what only a hidden test has shown it.
        self._discreet |= bool(check.hidden)
        vouched = [rendezvous.vouched for rendezvous in Rendezvous.opened]
        result |= {"seal": "sealed" if sealed else "unsealed"}
        contract = self._client.contract
        learned = {"places": contract.places} if contract.learns else {}
        return result | learned | {"vouched": all(vouched) if vouched else None}

    def _begin(self, check: Check) -> None:
        self._client.void = None
        self._client.contract = Contract(check.contract)
        Rendezvous.opened.clear()

    def _failure(self, check: Check, error: BaseException) -> CheckResult:
        if isinstance(error, CheckVoided):
            # Where it happened is not known: any hidden line may have run before.
            text = ending(error, discreet=self._discreet or bool(check.hidden))
            outcome: str = error.outcome
        else:
            text = explain(check, error, self._cell_errors, discreet=self._discreet)
            outcome = "wrong"
        hidden = fails_hidden(check, error)
        return {"score": 0.0, "outcome": outcome, "message": text, "hidden": hidden}

    def _run(self, check: Check) -> tuple[Any, str]:
        self._fetch(check)
        with _deadline(self._seconds, self._client), _memory():
            for number, statement in check.dynamic:
                if number not in self._ran:
                    CompiledCell(statement, "<course>").run(self._names)
                    self._ran.add(number)
            value, printed = run_code(check.code, check.file, self._names, check.hidden)
        words = self._discreet or check.hidden
        return value, words_printed(check, printed.lines) if words else printed.text

    def _fetch(self, check: Check) -> None:
        request = {"op": "check", "place": check.place, "names": check.names}
        got = self._client.ask(request)
        self._client.meet(got)
        self._cell_errors = got["cell_errors"]
        set_tempdir(got["folder"])
        for name in check.names:
            if name in got["lost"] and name not in got["values"]:
                self._client.void = CheckVoided(**got["lost"][name])
                raise self._client.void
            if name in got["values"]:
                self._names[name] = self._client.open(got["values"][name], name)
            else:
                self._names.pop(name, None)

    def _run_inside(self, check: Check) -> tuple[Any, str]:
        self._client.ask({"op": "check", "place": check.place, "names": []})
        request = {"op": "cell", "name": check.grade_id, "source": check.code, "value": True}
        reply = self._client.ask_box(request, "")
        return self._client.open(reply["ok"], ""), ""


def grade(value: Any, points: float, printed: str) -> CheckResult:
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
) -> tuple[Any, Printed]:
    """Run code; return the value of its last expression and what its shown lines printed."""
    cell = CompiledCell(code, file)
    printed = Printed(file, hidden)
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(Printed("", hidden)):
        return cell.run(names), printed


class Printed:
    """Keeps what the shown lines of one file print, and which lines they were.

    A line that is shown prints what is hidden where a hidden one calls it.
    """

    def __init__(self, file: str, hidden: frozenset[int]) -> None:
        self._file, self._hidden, self.text, self.lines = file, hidden, "", list[int]()

    def write(self, text: str) -> int:
        """Keep a text, unless a hidden line is at work."""
        at: FrameType | None = sys._getframe(1)
        lines = list[int]()
        while at is not None:
            lines += [at.f_lineno] if at.f_code.co_filename == self._file else []
            at = at.f_back
        if lines and self._hidden.isdisjoint(lines) and len(self.text) < PRINTED:
            self.text = (self.text + text)[:PRINTED]
            self.lines.append(lines[0])
        return len(text)

    def flush(self) -> None:
        """Do nothing: all of it is here."""


def set_tempdir(folder: str) -> None:
    """Let temporary files of the checks lie where the box sees them too."""
    import tempfile

    tempfile.tempdir = folder


@contextlib.contextmanager
def _memory() -> Iterator[None]:
    """Void a check that has no memory left on this side, such as for a list of a long range."""
    try:
        yield
    except MemoryError as error:
        if hasattr(error, "learners"):  # it was raised in the box
            raise
        raise CheckVoided("limit", NO_MEMORY) from error


@contextlib.contextmanager
def _deadline(seconds: float, client: SupervisorClient) -> Iterator[None]:
    """End a check that goes on for ever on this side, such as a list of endless items.

    Where the system has no timers, the supervisor ends a judge that is silent.
    """
    if not ALARMS:
        yield
        return

    def over(*_: object) -> None:
        if client.waiting:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
        else:
            raise CheckVoided("timeout", f"The check was not done after {seconds:g} seconds.")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
