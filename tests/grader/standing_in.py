"""Stand-ins for a box and a clock: a Session is real, what it talks to is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.judge import session
from grader.judge.reading.handin import BoxStep
from grader.judge.session import Session
from grader.sandbox.client import BoxGone
from grader.sandbox.limits import Limits

DIED = BoxGone("died", "The code ended Python with exit code 3.", "The code ended Python.")


class Clock:
    """Time that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@dataclass
class Boxes:
    """What happens in the boxes of one hand-in: the cells that ran in each, what was asked.

    A cell `die` ends its box, `raise` raises; others run. replies answers requests by their op.
    """

    ran: list[list[str]] = field(default_factory=list)
    asked: list[tuple[str, float]] = field(default_factory=list)
    replies: dict[str, Any] = field(default_factory=dict)
    open: int = 0
    broken: BoxGone | None = None
    unfinished: bool = False


class Nobody:
    """Computes no call that leaves a box."""

    listens = True

    def compute(self, call: dict[str, Any]) -> dict[str, Any]:
        return {"ok": None}


class StandIn:
    """Takes the place of grader.sandbox.client.BoxClient."""

    address = "nowhere"
    runner = pid = 0

    def __init__(self, boxes: Boxes, box: Any, outside: Any, **_: Any) -> None:
        self._boxes, self._outside = boxes, outside
        boxes.ran.append([])
        boxes.open += 1

    def ask(self, request: dict[str, Any], until_s: float) -> dict[str, Any]:
        self._boxes.asked.append((request["op"], until_s))
        if request["op"] != "cell":
            reply = self._boxes.replies.get(request["op"], {"ok": {}})
            if isinstance(reply, BoxGone):
                raise reply
            if callable(reply):  # the code in the box calls out meanwhile
                reply = reply(self._outside)
            return dict(reply)
        self._boxes.ran[-1].append(request["name"])
        if request["source"] == "die":
            raise DIED
        failed = {"error": {"name": "ValueError", "text": "no"}}
        return failed if request["source"] == "raise" else {"ok": None}

    def pump(self, channel: Any, until_s: float) -> None:
        """Find the box as it was."""

    def look(self) -> None:
        """Find what limit is broken."""
        if self._boxes.broken is not None:
            raise self._boxes.broken

    def end_check(self) -> bool:
        return self._boxes.unfinished

    def close(self) -> None:
        self._boxes.open -= 1


def step(number: int, source: str = "pass", *, binds: tuple[str, ...] = ()) -> BoxStep:
    """Return a cell of a learner, named after its number."""
    return BoxStep((number, 0), f"cell{number}", source, binds, True)


def make_session(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    steps: list[BoxStep],
    *,
    boxes: Boxes,
    clock: Clock | None = None,
    limits: Limits | None = None,
    end_s: float | None = None,
    outside: Any = None,
) -> Session:
    """Return a session whose boxes are stand-ins, and whose clock stands still."""
    monkeypatch.setattr(session, "BoxClient", lambda *a, **k: StandIn(boxes, *a, **k))
    monkeypatch.setattr(session, "time", clock or Clock())
    exchange = folder / "exchange"
    exchange.mkdir(exist_ok=True)
    box = SimpleNamespace(exchange=str(exchange), shares_files=True)
    return Session(
        steps,
        outside or Nobody(),
        start_box=lambda: box,  # type: ignore[arg-type, return-value]
        limits=limits or Limits(),
        end_s=end_s,
    )
