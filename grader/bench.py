"""The supervisor: between a judge who must not be fooled and a box that must not be believed.

    judge (one for an assignment)  ◄─lines─►  Bench  ◄─lines─►  Session ── box of one hand-in

The supervisor looks into no value that passes. It keeps the clock, starts and ends boxes, names
the processes that call from inside, and takes down verdicts, which only the judge gives.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.box import INSIDE, Box
from grader.errors import BuildError
from grader.live import Gone
from grader.meeting import Message
from grader.nests import Nest, Nestling
from grader.session import Session
from grader.sweeping import prefix
from grader.system import FILE_SOCKETS, FORKS
from grader.wires import Wire, send

MODULES = (*INSIDE, "checks", "judge", "judging", "remote", "witness")
START_S = 120.0
LONGEST_PLACE = 30
GRACE_S = 5.0
SPACE_BYTES = 2_000_000_000


class Bench:
    """A judge that has loaded what the checks of one assignment need.

    Args:
        brief: The notebooks and their checks, as `grader.judge` reads them.
        files: Files of the lesson by the name they have beside the notebook.

    Raises:
        BuildError: If the course's own code, on which the checks depend, fails.
    """

    def __init__(self, brief: Mapping[str, Any], files: Mapping[str, Path]) -> None:
        self._exchange = _new_folder()
        self.files = files
        self._box = Box(
            "grader.judge",
            Path(self._exchange),
            modules=MODULES,
            files=files,
            size_bytes=SPACE_BYTES,
        )
        self._wire = Wire(self._box.replies)
        self._nest = Nest.here(Path(self._exchange), files, brief["preload"])
        self._session: Session | None = None
        self._token, self._broken = "", False
        self._send({**brief, "files": self._box.files})
        ready = self._hear(time.monotonic() + START_S)
        faults = [fault for fault in (ready or {}).get("faults", ["it did not start"]) if fault]
        if faults:
            self.close()
            what = "The course's own code, on which its checks depend, fails."
            raise BuildError(what, f"{faults[0]}.", "Run the lesson from top to bottom, and look.")

    def start_box(self, folder: Path, *, size_bytes: int) -> Box | Nestling:
        """Start a box for a hand-in: out of the nest if there is one."""
        if self._nest is not None:
            with contextlib.suppress(OSError):
                return self._nest.hatch(folder, size_bytes=size_bytes)
            self._nest = None
        return Box("grader.runner", folder, files=self.files, size_bytes=size_bytes)

    def new_exchange(self) -> Path:
        """Make a folder in which one hand-in exchanges files with its judge."""
        return Path(tempfile.mkdtemp(dir=self._exchange))

    def judge(
        self,
        session: Session,
        *,
        notebook: int,
        checks: Sequence[str],
        unsealed: Sequence[str],
        seconds: float,
        discreet: bool,
    ) -> dict[str, dict[str, Any]]:
        """Have the checks of one notebook judged; return what was found, by grade id.

        A check that ended the judge itself is missing from it, and so is what came after. One in
        which the judge fell silent took too long.

        Raises:
            FileNotFoundError: If somebody removed the folder of exchange meanwhile: what was found
                says nothing about the hand-in then.
        """
        self._session, found = session, dict[str, dict[str, Any]]()
        self._token = secrets.token_hex(16)
        order = {
            "notebook": notebook,
            "checks": checks,
            "unsealed": unsealed,
            "seconds": seconds,
            "discreet": discreet,
            "token": self._token,
        }
        self._send(order)
        session.begin_check()
        while True:
            message = self._hear(time.monotonic() + session.left_s + seconds + GRACE_S)
            if message is None or message["op"] in ("broken", "over"):
                self._refuse_lost_folder()
                self._broken |= not FORKS or message is None or message["op"] == "broken"
                silent = message is None and not self._wire.closed
                late = [name for name in checks if name not in found][: int(silent)]
                return found | dict.fromkeys(late, _late(seconds))
            if message["op"] == "verdict":
                found[message["grade_id"]] = self._overruled(message["found"])
            else:
                self._send(self._serve(message))

    def _overruled(self, found: dict[str, Any]) -> dict[str, Any]:
        """Void a verdict where a limit was broken while the check ran."""
        assert self._session is not None
        void = self._session.void
        if void is not None and (found["score"] or found["outcome"] == "wrong"):
            return found | {"score": 0.0, "outcome": void.outcome, "message": void.text}
        return found

    def _serve(self, message: Message) -> Message:
        assert self._session is not None
        try:
            if message["op"] == "ask":
                reply = self._session.ask(message["request"])
                self._session.remove_links()
                return {"ok": reply}
            return {"ok": getattr(self, f"_do_{message['op']}")(message, self._session)}
        except Gone as gone:
            return {"gone": {"outcome": gone.outcome, "text": gone.text}}

    def _do_check(self, message: Message, session: Session) -> Message:
        """Bring the box to the place of a check, and fetch the names that the check needs."""
        session.begin_check()
        session.advance(tuple(message["place"]))
        session.begin_check()
        reply = session.ask({"op": "get", "names": message["names"]})
        lost = {
            name: {"outcome": gone.outcome, "text": gone.text}
            for name, gone in session.lost.items()
            if name in message["names"]
        }
        values = reply.get("ok") or {}
        assert session.live is not None
        return {
            "values": values,
            "lost": lost,
            "faults": {n: f for n, f in session.faults.items() if n in message["names"]},
            "address": session.live.address,
            "folder": str(session.files_folder()),
        }

    def _do_meet(self, message: Message, session: Session) -> str:
        if session.live is None:
            raise Gone("died", "There is no box any more.")
        return session.live.open_room(message["key"], message["workers"])

    def _do_met(self, message: Message, session: Session) -> Message:
        room = session.live.room(message["key"]) if session.live is not None else None
        if session.live is None or room is None:
            return {"met": False, "vouched": False, "runner": 0, "left": []}
        return {
            "met": room.met,
            "vouched": room.vouched,
            "runner": session.live.runner,
            "left": session.live.left_since(room),
        }

    def outside(self, call: Message) -> Message:
        """Have the judge compute a call that came out of the box."""
        self._send({"call": call})
        # Nothing else is served meanwhile: answers belong to calls in the order of the calls.
        answer = self._hear_judge(time.monotonic() + START_S)
        reply: Message = (answer or {}).get("reply") or {"error": {}}
        return reply

    def _send(self, message: Message) -> None:
        with contextlib.suppress(BrokenPipeError):
            send(self._box.requests, message)

    def _hear(self, until_s: float) -> Message | None:
        """Return the judge's next message; None if it has ended or is silent."""
        if self._session is not None:
            self._session.wait(self._wire, until_s)
        return self._hear_judge(until_s)

    def _hear_judge(self, until_s: float) -> Message | None:
        while not self._wire.lines and not self._wire.closed and time.monotonic() < until_s:
            self._wire.wait(0.5)
        message = self._wire.next() if self._wire.lines else None
        return message if message is not None and message.get("token") == self._token else None

    @property
    def broken(self) -> bool:
        """Whether this judge can judge no more: it ended, or cannot judge a second hand-in."""
        return self._broken or self._wire.closed

    def _refuse_lost_folder(self) -> None:
        if not Path(self._exchange).is_dir():
            self._broken = True
            raise FileNotFoundError(f"{self._exchange} was removed while it was in use.")

    def close(self) -> None:
        """End the judge and its boxes, and remove what was exchanged."""
        self._box.end()
        self._wire.close()
        if self._nest is not None:
            self._nest.end()
        shutil.rmtree(self._exchange, ignore_errors=True)


def _late(seconds: float) -> dict[str, Any]:
    text = f"The check was not done after {seconds:g} seconds."
    return {"score": 0.0, "outcome": "timeout", "message": text}


def _new_folder() -> str:
    """Make a folder whose name is short: that of a socket has at most 103 characters on macOS."""
    usual = tempfile.gettempdir()
    place = usual if len(usual) < LONGEST_PLACE or not FILE_SOCKETS else "/tmp"
    return tempfile.mkdtemp(prefix=prefix(), dir=place)
