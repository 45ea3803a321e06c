"""One hand-in's conversation with a judge: serves its requests, passes calls on, takes verdicts.

    judge ──requests──► Dialogue ──session.ask──► box
          ◄──replies──      ▲
          ◄──calls───       └── compute(call) ◄── Callbacks, while the box works on a request
          ──answers─►

What may come when is said by grader.judge.protocol. Here two things can end it before its time:

    Late          the judge does not come to an end: its check took too long (a verdict)
    anything else a fault of the grader, whatever it is: the check is judged again by another judge
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from grader.core.records import Outcome, Seal, Verdict
from grader.judge.protocol import Message, OutOfStep, Protocol, State
from grader.judge.session import Session
from grader.sandbox.channel import Channel, send
from grader.sandbox.client import BoxGone

GRACE_S = 5.0
"""How much longer than its time a check may take until it is ended from here: it ends itself."""
BEGIN_S = 60.0
"""How long a judge may take until it begins with a check: the machine may be busy."""
TICK_S = 0.05
RESULT = {field.name for field in fields(Verdict)} - {"grade_id", "points", "notebook"} | {"places"}
UNFINISHED = (
    "Work was started and not waited for: is there a .get(), a .join() or a `with` missing?"
)
NO_BOX = "There is no box any more."


class Late(Exception):
    """The judge is not done in time, and does not end by itself."""


@dataclass(frozen=True)
class Line:
    """The way to one judge: its pipes, and where the conversation stands."""

    channel: Channel
    requests: int
    protocol: Protocol

    def send(self, message: Message, *, seconds: float = GRACE_S) -> None:
        """Send a message.

        Raises:
            OutOfStep: If the judge does not read it.
        """
        try:
            with contextlib.suppress(BrokenPipeError):  # what it said before is read first
                send(self.requests, message, until_s=time.monotonic() + seconds)
        except TimeoutError:
            raise OutOfStep("The judge does not read what it is told.") from None

    @property
    def ended(self) -> bool:
        """Whether the judge has ended, and all that it said was heard."""
        return self.channel.closed and not self.channel.lines

    def hear(self) -> Message:
        """Return the judge's next message, if it may come now."""
        if self.ended:
            raise OutOfStep("The judge ended.")
        if not self.channel.lines:
            raise Late
        message = self.channel.next()
        self.protocol.hear(message)
        assert message is not None
        return message


class Dialogue:
    """The conversation about the checks of one notebook of a hand-in.

    Args:
        line: The way to the judge.
        session: The learner's code.
        checks: What the judge knows of the checks, by their grade ids, in the order in which it
            judges them.
        discreet: Whether the code may have met a hidden test before.

    Attributes:
        results: What the judge found, by grade id.
    """

    def __init__(
        self,
        line: Line,
        session: Session,
        checks: Mapping[str, Mapping[str, Any]],
        *,
        discreet: bool,
    ) -> None:
        self._line, self._session, self._checks = line, session, checks
        self._discreet, self._begun = discreet, False
        self.results: dict[str, dict[str, Any]] = {}

    def run(self, order: Message) -> None:
        """Have everything judged that an order names.

        Raises:
            Late: If a check takes too long.
            OutOfStep: If the judge says what it cannot say now.
        """
        protocol = self._line.protocol
        self._session.begin_check()
        self._line.send(order | protocol.begin())
        while protocol.state is not State.RESTS:
            patience_s = GRACE_S if self._begun else BEGIN_S
            self._session.wait(self._line.channel, self._session.until_s + patience_s)
            if protocol.state is State.OVER and self._line.ended:
                break  # where nothing can be forked, a judge judges once
            message = self._hear()
            if protocol.state is State.WAITS:
                reply = self._serve(message)
                self._line.send(reply | protocol.reply())
            elif message["op"] == "verdict":
                self._take_verdict(message)
        if self.left:
            raise OutOfStep("The judge was done too early.")

    def _hear(self) -> Message:
        try:
            return self._line.hear()
        except Late:
            if self._begun:
                raise
            raise OutOfStep("The judge does not begin.") from None  # no check takes its time

    @property
    def left(self) -> list[str]:
        """The checks that have no result yet."""
        return [name for name in self._checks if name not in self.results]

    @property
    def listens(self) -> bool:
        """Whether the judge waits, and can compute a call."""
        return self._line.protocol.state is State.WAITS

    def compute(self, call: Message) -> Message:
        """Have the judge compute a call that came out of the box.

        Raises:
            BoxGone: If the box broke a limit meanwhile; the judge has answered by then.
        """
        line = self._line
        line.send({"call": call} | line.protocol.call())
        broken, reply = None, None
        while reply is None:
            broken = broken or self._wait_for_answer()
            message = line.hear()
            if message["op"] == "answer":
                reply = message["reply"]
            else:
                line.send(line.protocol.refuse())
        if broken is not None:
            raise broken
        if not isinstance(reply, dict):
            raise OutOfStep("The judge answered a call with no reply.")
        return reply

    def _wait_for_answer(self) -> BoxGone | None:
        """Wait for the judge's next message; return what the box broke meanwhile."""
        channel, broken = self._line.channel, None
        until_s = self._session.until_s + GRACE_S
        while not channel.lines and not channel.closed and time.monotonic() < until_s:
            channel.wait(TICK_S)
            broken = broken or self._session.look()
        return broken

    def _serve(self, message: Message) -> Message:
        try:
            if message["op"] == "ask":
                return {"ok": self._session.ask(message["request"])}
            return {"ok": getattr(self, f"_do_{message['op']}")(message, self._session)}
        except BoxGone as gone:
            return {"gone": _told(gone)}

    def _do_check(self, message: Message, session: Session) -> Message:
        """Bring the box to the place of a check, and fetch the names that the check needs."""
        session.begin_check()
        self._begun = True
        session.advance(tuple(message["place"]))
        session.begin_check()
        request = {"op": "get", "names": message["names"]}
        reply = session.ask(request | {"files": {}})
        lost = _chosen(session.lost, message["names"])
        return {
            "values": reply.get("ok") or {},
            "lost": {name: _told(gone) for name, gone in lost.items()},
            "cell_errors": _chosen(session.cell_errors, message["names"]),
            "files": reply.get("files", {}),
            **session.meeting,
        }

    def _do_open_barrier(self, message: Message, session: Session) -> str:
        if session.client is None:
            raise BoxGone("died", NO_BOX)
        return session.client.open_barrier(message["key"], message["workers"])

    def _do_read_barrier(self, message: Message, session: Session) -> Message:
        barrier = session.client.barrier(message["key"]) if session.client is not None else None
        if session.client is None or barrier is None:
            return {"most": 0, "vouched": False, "runner": 0, "left": []}
        return {
            "most": barrier.most,
            "vouched": barrier.vouched,
            "runner": session.client.runner,
            "left": session.client.left_since(barrier),
        }

    def _take_verdict(self, message: Message) -> None:
        """Take down a verdict; void it where a limit was broken while the check ran."""
        name, result = message.get("grade_id"), message.get("result")
        if not isinstance(name, str) or [name] != self.left[:1]:
            raise OutOfStep(f"A verdict came on {name!r:.80}.")
        result = check_result(result, self._checks[name])
        # Half a surrogate pair is no text that a file can hold.
        result = result | {"message": result["message"].encode(errors="replace").decode()}
        self._begun = False
        unfinished = self._session.end_check()
        self._discreet |= bool(self._checks[name].get("hidden"))
        void = self._session.void
        if void is not None and (result["score"] or result["outcome"] == "wrong"):
            text = void.safe if self._discreet else void.text
            result = result | {"score": 0.0, "outcome": void.outcome, "message": text}
        elif unfinished and result["outcome"] in ("wrong", "partly"):
            result = result | {"message": f"{result['message']} {UNFINISHED}".strip()}
        self.results[name] = result


def check_result(result: Any, check: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result that a verdict can hold.

    Raises:
        OutOfStep: If it cannot.

    >>> right = {"score": 2.0, "outcome": "right", "message": ""}
    >>> check_result(right, {"points": 2}) == right
    True
    """
    if not isinstance(result, dict) or not {"score", "outcome", "message"} <= set(result) <= RESULT:
        raise OutOfStep("The judge sent a verdict that is none.")
    score, vouched = result["score"], result.get("vouched")
    fits = (
        isinstance(score, (int, float))
        and math.isfinite(score)
        and 0 <= score <= check.get("points", math.inf)
        and result["outcome"] in get_args(Outcome)
        and isinstance(result["message"], str)
        and result.get("seal", "none") in get_args(Seal)
        and isinstance(result.get("hidden", False), bool)
        and (vouched is None or isinstance(vouched, bool))
        and isinstance(result.get("answer", ""), str)
    )
    if not fits:
        raise OutOfStep("The judge sent a verdict that is none.")
    return result


def _chosen(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _told(gone: BoxGone) -> Message:
    return {"outcome": gone.outcome, "text": gone.text, "safe": gone.safe}
