"""The conversation with a judge as a state machine: who may say what, and when.

The states are those of the judge as its supervisor sees it; the letters count messages.

             order k                 reply to n
    RESTS ────────────► COMPUTES ◄──────────────── WAITS ────────────────► CALLED
      ▲                  │  │  │                   ▲    ◄────────────────     │
      │ ready k          │  │  └───────────────────┘       answer to m         │ a request: refused,
      │                  │  └─► verdict:                                      └─ for the box is busy
    OVER ◄───────────────┘      it goes on           call m: only from WAITS
               over             computing

    judge ► supervisor   requests: check, ask, open_barrier, read_barrier        COMPUTES (CALLED)
                         verdict, over                                           COMPUTES
                         answer to m                                             CALLED
                         ready k, once the process that judged has ended         OVER
                         broken                                                  any
    supervisor ► judge   order k (RESTS), reply to n (WAITS), call m (WAITS)

A judge's messages of one hand-in are numbered without a gap and bear its token, which no code in
the box and no check knows. `ready` comes from the process that forks the judges: it has number 0.
Whatever is out of step raises OutOfStep: that judge is of no further use, and the check is judged
again by another. A `ready` before its time says that a check ended its own process (`Ended`).

Calls out of the box that come while the judge computes wait with their callers
(grader.sandbox.callbacks) until it waits again, and are refused once the verdict is there.
"""

from __future__ import annotations

import enum
import secrets
from typing import Any

Message = dict[str, Any]
BUSY = (
    "The code that is checked is busy with a call of its own, and can be asked nothing meanwhile."
)


class State(enum.Enum):
    """What the judge does, as far as its supervisor knows."""

    RESTS = enum.auto()
    COMPUTES = enum.auto()
    WAITS = enum.auto()
    CALLED = enum.auto()
    OVER = enum.auto()


class OutOfStep(Exception):
    """A message came that cannot come now: nothing of this judge can be believed any more."""


class Ended(OutOfStep):
    """The process that judged ended before it was done; the one that forked it goes on."""


REQUESTS = ("check", "ask", "open_barrier", "read_barrier")
AFTER: dict[tuple[State, str], State] = {
    **{(State.COMPUTES, kind): State.WAITS for kind in REQUESTS},
    **{(State.CALLED, kind): State.CALLED for kind in REQUESTS},
    (State.COMPUTES, "verdict"): State.COMPUTES,
    (State.COMPUTES, "over"): State.OVER,
    (State.CALLED, "answer"): State.WAITS,
    (State.OVER, "ready"): State.RESTS,
}
"""The state after a message of the judge, by the state before it and the message's kind."""


class Protocol:
    """Where the conversation with one judge stands.

    Attributes:
        state: What the judge does.
        order: The number of the hand-in, for this judge.
        token: What shows that a message is the judge's own.
        heard: The number of the judge's last message.
        asked: The number of the request for whose reply it waits.
        called: The number of the last call to it.

    >>> protocol = Protocol()
    >>> protocol.hear({"op": "ready", "order": 0, "token": "", "number": 0})
    'ready'
    >>> signed = protocol.begin()
    >>> protocol.hear({"op": "ask", "number": 1, "token": signed["token"]}), protocol.state
    ('ask', <State.WAITS: 3>)
    >>> protocol.reply(), protocol.state
    ({'to': 1}, <State.COMPUTES: 2>)
    """

    def __init__(self) -> None:
        self.state, self.token = State.OVER, ""
        self.order = self.heard = self.asked = self.called = 0

    def begin(self) -> Message:
        """Begin with the next hand-in; return what its order must hold."""
        self._must_be(State.RESTS)
        self.state, self.token = State.COMPUTES, secrets.token_hex(16)
        self.order, self.heard, self.called = self.order + 1, 0, 0
        return {"order": self.order, "token": self.token}

    def hear(self, message: Message | None) -> str:
        """Take note of a message of the judge; return its kind.

        Raises:
            OutOfStep: If it cannot come now, or is not the judge's own.
            Ended: If it says that the process that judges has ended.
        """
        if message is None or message.get("token") != self.token:
            raise OutOfStep("A message came that is not the judge's own.")
        kind = message.get("op")
        if kind == "broken":
            raise OutOfStep(f"The judge failed: {str(message.get('why'))[:300]}.")
        if kind == "ready" and self.state is not State.OVER and self.hear_end(message):
            raise Ended("The process that judged ended before it was done.")
        if kind == "ready" and not self._tells_end(message):
            raise OutOfStep("The judge is ready after another hand-in.")
        if kind != "ready" and message.get("number") != self.heard + 1:
            raise OutOfStep(f"After message {self.heard} came {message.get('number')!r:.20}.")
        if kind == "answer" and message.get("to") != self.called:
            raise OutOfStep(f"Call {self.called} was answered as {message.get('to')!r:.20}.")
        after = AFTER.get((self.state, kind)) if isinstance(kind, str) else None
        if after is None:
            raise OutOfStep(f"A judge that is in {self.state.name} said {kind!r:.20}.")
        self.heard += 1
        if self.state is State.COMPUTES:
            self.asked = self.heard
        self.state = after
        return str(kind)

    def hear_end(self, message: Message | None) -> bool:
        """Take note of what comes when the process that judged has ended; tell if it is the last.

        What that process said before its end no longer matters.
        """
        mine = message is not None and message.get("token") == self.token
        if not mine or message is None or not self._tells_end(message):
            return False
        self.state = State.RESTS
        return True

    def _tells_end(self, message: Message) -> bool:
        last = (message.get("op"), message.get("order"), message.get("number"))
        return last == ("ready", self.order, 0)

    def reply(self) -> Message:
        """Answer the judge's request; return what the reply must hold."""
        self._must_be(State.WAITS)
        self.state = State.COMPUTES
        return {"to": self.asked}

    def refuse(self) -> Message:
        """Refuse a request that came while the judge computes a call; return the reply."""
        self._must_be(State.CALLED)
        return {"to": self.heard, "refused": BUSY}

    def call(self) -> Message:
        """Pass on a call out of the box; return what the message must hold."""
        self._must_be(State.WAITS)
        self.state, self.called = State.CALLED, self.called + 1
        return {"number": self.called}

    def _must_be(self, state: State) -> None:
        if self.state is not state:
            raise OutOfStep(f"This needs a judge that is in {state.name}, not {self.state.name}.")
