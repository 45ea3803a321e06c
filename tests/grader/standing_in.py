"""Stand-ins for a box and a clock: a Session is real, what it talks to is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader import session as module
from grader.limits import Limits
from grader.live import Gone
from grader.merging import Step
from grader.session import Session

DIED = Gone("died", "The code ended Python with exit code 3.")


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


class StandIn:
    """Takes the place of grader.live.LiveBox."""

    address = "nowhere"
    runner = pid = 0

    def __init__(self, boxes: Boxes, *_: Any, **__: Any) -> None:
        self._boxes = boxes
        boxes.ran.append([])
        boxes.open += 1

    def ask(self, request: dict[str, Any], until_s: float) -> dict[str, Any]:
        self._boxes.asked.append((request["op"], until_s))
        if request["op"] != "cell":
            reply = self._boxes.replies.get(request["op"], {"ok": {}})
            if isinstance(reply, Gone):
                raise reply
            return dict(reply)
        self._boxes.ran[-1].append(request["name"])
        if request["source"] == "die":
            raise DIED
        failed = {"error": {"name": "ValueError", "text": "no"}}
        return failed if request["source"] == "raise" else {"ok": None}

    def pump(self, wire: Any, until_s: float) -> None:
        """Find the box as it was."""

    def close(self) -> None:
        self._boxes.open -= 1


def step(number: int, source: str = "pass", *, binds: tuple[str, ...] = ()) -> Step:
    """Return a cell of a learner, named after its number."""
    return Step((number, 0), f"cell{number}", source, binds, True)


def make_session(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    steps: list[Step],
    *,
    boxes: Boxes,
    clock: Clock | None = None,
    limits: Limits | None = None,
) -> Session:
    """Return a session whose boxes are stand-ins, and whose clock stands still."""
    monkeypatch.setattr(module, "LiveBox", lambda *a, **k: StandIn(boxes, *a, **k))
    monkeypatch.setattr(module, "time", clock or Clock())
    exchange = folder / "exchange"
    exchange.mkdir()
    return Session(
        steps,
        lambda call: call,
        exchange=exchange,
        start_box=lambda _: SimpleNamespace(),  # type: ignore[arg-type, return-value]
        limits=limits or Limits(),
    )
