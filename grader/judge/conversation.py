"""The judge's side of the channel to the supervisor: it asks, and answers calls meanwhile.

What may be said when is drawn in grader.judge.protocol. Files that changed cross with each request
to the box and with its reply (grader.inside.crossing_files).
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from typing import Any, BinaryIO

from grader.inside.crossing_files import MOST_BYTES, SharedFolder
from grader.inside.serialize import (
    LIMIT_BYTES,
    NotSerializable,
    Tree,
    has_too_many_nodes,
    make_error,
    tell_error,
)

Message = dict[str, Any]


class CheckVoided(BaseException):
    """The check gets no answer any more; no `except Exception` of a check may hold it up.

    Args:
        outcome: "timeout", "died" or "limit".
        text: Why.
        safe: What of it may be told once the learner's code has met a hidden test.
    """

    def __init__(self, outcome: str, text: str, safe: str = "") -> None:
        super().__init__(outcome, text, safe)
        self.outcome, self.text, self.safe = outcome, text, safe or text


class OutOfStep(BaseException):
    """The supervisor's message is not the one that must come now: this judge can judge no more."""


class Conversation:
    """The judge's side of the channel to the supervisor: it asks, and answers calls meanwhile.

    Attributes:
        void: What speaks against the check that runs, if anything does.
        hung: Functions of the learner that did not answer, and what was said of it.
        address: Where the box of this moment calls.
        token: What shows the supervisor that a message is the judge's own: a check may be made to
            write a learner's text to any file, but no learner knows it.
        number: The number of the last message to the supervisor; a process that only forks others
            has none to number.
        files: The folder whose files cross, if they do.
        waiting: Whether it is the supervisor's turn, who keeps the clock meanwhile.
    """

    def __init__(self, incoming: BinaryIO, outgoing: int) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self.address = ""
        self.waiting = False
        self.token, self.number = "", 0
        self.files: SharedFolder | None = None
        self._box, self._lost = 0, False
        self.void: CheckVoided | None = None
        self.hung: dict[str, CheckVoided] = {}
        self.outside: list[Callable[[Message], Any]] = []

    def send(self, message: Message) -> None:
        """Send a message that wants no answer."""
        if self._lost:  # a check may hold up whatever it is told of it
            raise OutOfStep("The judge and its supervisor are out of step.")
        self._write(message | {"number": self.number + 1})
        self.number += 1

    def tell_ready(self, order: int, errors: list[str], *, cut_short: bool = False) -> None:
        """Say that the next order can come.

        Args:
            order: The number of the last one.
            errors: What went wrong before the first one.
            cut_short: Whether a judge may have ended in the middle of a line.
        """
        if cut_short:
            os.write(self._outgoing, b"\n")
        self._write({"op": "ready", "order": order, "errors": errors, "number": 0})

    def tell_broken(self, why: str) -> None:
        """Say that this judge can judge no more."""
        self._write({"op": "broken", "why": why})

    def _write(self, message: Message) -> None:
        line = json.dumps(message | {"token": self.token}, separators=(",", ":")).encode()
        if len(line) > LIMIT_BYTES + 2 * MOST_BYTES or has_too_many_nodes(line):
            raise NotSerializable("The check hands over more than may cross.")
        text = memoryview(line + b"\n")
        while text:
            text = text[os.write(self._outgoing, text) :]

    def receive(self) -> Message:
        """Return the next message; end where there is nobody left to judge for."""
        line = self._incoming.readline()
        if not line:
            os._exit(0)
        message: Message = json.loads(line)
        return message

    def receive_order(self) -> Message:
        """Return the next order; what was meant for a judge that has ended is left out."""
        while True:
            with contextlib.suppress(ValueError):
                message = self.receive()
                if isinstance(message, dict) and message.get("op") == "order":
                    return message

    def ask(self, message: Message) -> Any:
        """Send a message and return its answer; meanwhile answer calls from the box.

        Raises:
            CheckVoided: If there is no answer, and will be none.
            RuntimeError: If this is asked while the judge computes a call of the box.
        """
        self.waiting = True
        try:
            self.send(message)
            number = self.number
            while "call" in (answer := self.receive()):
                reply = self._compute(answer["call"])
                self.send({"op": "answer", "to": answer["number"], "reply": reply})
        finally:
            self.waiting = False
        if answer.get("to") != number:
            self._lost = True
            raise OutOfStep(f"Request {number} was answered as {answer.get('to')}.")
        if "refused" in answer:
            raise RuntimeError(answer["refused"])
        if "gone" in answer:
            self.void = CheckVoided(**answer["gone"])
            raise self.void
        return answer["ok"]

    def _compute(self, call: Message) -> Message:
        try:
            self.waiting = False
            key = call["watched"] if "watched" in call else call["callback"]
            return {"ok": self.pack_answer(self.outside[key](call))}
        except CheckVoided as void:  # told at the end of the check: answers must stay in step
            self.void = void
            return {"error": {"type": "TimeoutError", "message": void.text}}
        except Exception as error:
            return {"error": tell_error(error)}
        finally:
            self.waiting = True

    def meet(self, box: Message) -> None:
        """Take note of the box in which the next check finds the learner's code."""
        self.address = box["address"]
        if not box["crosses"]:
            return
        if self.files is None:
            self.files = SharedFolder(box["folder"])
        if box["box"] != self._box:  # a new one, whose folder is empty
            self.files.forget()
        self._box = box["box"]
        self.files.apply(box["files"])

    def ask_box(self, request: Message, label: str) -> Message:
        """Send a request into the box and return its reply; raise what the code raised.

        Raises:
            CheckVoided: If the code hangs, died or broke a limit, now or before.
        """
        if label in self.hung:
            self.void = self.hung[label]
            raise self.void
        if self.files is not None:
            request = request | {"files": self.files.changes()}
        try:
            reply: Message = self.ask({"op": "ask", "request": request})
        except CheckVoided as void:
            if void.outcome == "timeout" and label:
                text = f"{label} did not answer in an earlier check, so it was not asked again."
                self.hung[label] = CheckVoided("timeout", text)
            raise
        if self.files is not None:
            self.files.apply(reply.get("files", {}))
        if "error" in reply:
            error = make_error(reply["error"])
            error.learners = reply["error"]  # type: ignore[attr-defined]
            raise error
        return reply

    def register(self, function: Callable[[Message], Any]) -> int:
        """Let the box call a function; return its key."""
        self.outside.append(function)
        return len(self.outside) - 1

    def pack_answer(self, value: Any) -> Tree:
        """Return the answer to a call of the box as data."""
        raise AssertionError("What crosses as data is said by SupervisorClient.")
