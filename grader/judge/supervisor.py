"""The supervisor: between a judge who must not be fooled and a box that must not be believed.

    grade_one ── judge(session, checks) ──► results
                        │
                   Supervisor (this process: keeps the clock, ends what must end)
                    │       │
       lines of JSON│       │session.ask ──► BoxClient ──lines──► runner (learner's cells)
       (Dialogue)   │       │                   ▲  ▲                 │ may start processes
                    ▼       │                   │  └── Monitor ···· sees them from outside
    judge's box ── process.py                   └───── Callbacks ◄── socket: calls from any of
      fork for each hand-in: checks run here,                        them, the kernel says who
      the learner's names are proxies

The supervisor looks into no value that passes; it only sees that replies and calls fit a schema. It
keeps the clock, starts and ends boxes, names the processes that call from inside, and takes down
verdicts, which only the judge gives. What may be said when is drawn in grader.judge.protocol.

Whatever goes wrong on this side, or with the judge, is never a verdict: the judge is ended, and the
check is judged again by another one.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.core.errors import BuildError
from grader.inside.platform import FILE_SOCKETS, FORKS
from grader.judge.dialogue import Dialogue, Late, Line
from grader.judge.protocol import Ended, Message, OutOfStep, Protocol
from grader.judge.session import Session
from grader.sandbox.box import INSIDE, Box
from grader.sandbox.channel import Channel, ready
from grader.sandbox.cleanup import prefix, remove
from grader.sandbox.client import OWN_PROCESSES
from grader.sandbox.monitor import descendants, kill
from grader.sandbox.zygote_client import Child, Zygote
from speedlab.core.text import readable

PACKAGES = (*INSIDE, "judge")
START_S = 120.0
LONGEST_PLACE = 30
ENDING_S = 10.0
SPACE_BYTES = 2_000_000_000


class Supervisor:
    """A judge that has loaded what the checks of one assignment need.

    Args:
        brief: The notebooks and their checks, as `grader.judge.process` reads them.
        files: Files of the lesson by the name they have beside the notebook.

    Raises:
        BuildError: If the course's own code, on which the checks depend, fails.
    """

    def __init__(self, brief: Mapping[str, Any], files: Mapping[str, Path]) -> None:
        self._folder = _new_folder()
        self._calls, self._exchange = Path(self._folder, "c"), Path(self._folder, "f")
        for folder in (self._calls, self._exchange):
            folder.mkdir()
        self.files = files
        self._box = Box(
            "grader.judge.process",
            _new(self._calls),
            exchange=self._exchange,
            packages=PACKAGES,
            files=files,
            size_bytes=SPACE_BYTES,
        )
        channel = Channel(self._box.replies)
        self._line = Line(channel, self._box.requests, Protocol())
        self._zygote = Zygote.start(self._calls, files, brief["preload"])
        self._dialogue: Dialogue | None = None
        self._broken = False
        self._checks = [_by_name(notebook) for notebook in brief.get("notebooks", [])]
        exchange = "" if self._box.shares_files else self._box.exchange
        errors = self._introduce({**brief, "files": self._box.files, "exchange": exchange})
        if errors:
            self.close()
            what = "The course's own code, on which its checks depend, fails."
            raise BuildError(what, f"{errors[0]}.", "Run the lesson from top to bottom, and look.")

    def _introduce(self, brief: Message) -> list[str]:
        """Tell the judge what it must know; return what of it fails."""
        printed, line = Channel(self._box.printed), self._line
        until_s = time.monotonic() + START_S
        try:
            line.send(brief, seconds=START_S)
            while not line.channel.lines and not line.ended and time.monotonic() < until_s:
                # What the course's code prints is read too: a pipe that is full would stop it.
                channels = {one for one in (line.channel, printed) if not one.closed}
                for arrived in channels.intersection(ready([*channels], ENDING_S)):
                    arrived.feed()
            return [str(text) for text in line.hear()["errors"] if text]
        except (Late, OutOfStep, KeyError, TypeError):
            while not printed.closed and ready([printed], 1.0):
                printed.feed()
            said = [text for text in printed.lines if text.strip()] or [b"nothing was said"]
            return [f"it did not start: {readable(said[-1].decode(errors='replace'))[:300]}"]

    def start_box(self, *, size_bytes: int) -> Box | Child:
        """Start a box for a hand-in: a child of the zygote if there is one."""
        calls = _new(self._calls)
        if self._zygote is not None:
            with contextlib.suppress(OSError):
                return self._zygote.spawn(calls, size_bytes=size_bytes)
            self._zygote = None
        return Box(
            "grader.inside.runner",
            calls,
            exchange=self._exchange,
            files=self.files,
            size_bytes=size_bytes,
        )

    def judge(
        self,
        session: Session,
        *,
        notebook: int,
        checks: Sequence[str],
        unsealed: Sequence[str],
        seconds: float,
        discreet: bool,
        contracts: Mapping[str, Any] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """Have the checks of one notebook judged; return the results by grade id.

        What is missing from them was not judged: the grader failed, or the check ended its judge.
        One that did not come to an end took too long, and those after it are missing.
        """
        known = self._checks[notebook] if notebook < len(self._checks) else {}
        wanted = {name: known.get(name, {}) for name in checks}
        dialogue = self._dialogue = Dialogue(self._line, session, wanted, discreet=discreet)
        order = {
            "op": "order",
            "notebook": notebook,
            "checks": checks,
            "unsealed": unsealed,
            "seconds": seconds,
            "memory_bytes": session.limits.memory_bytes,
            "discreet": discreet,
            "contracts": contracts or {},
        }
        self._broken = True  # until it is known that it is not
        try:
            self._broken = not self._hold(dialogue, session, order)
        except Exception as error:  # whatever it is, it says nothing about the hand-in
            why = f"{type(error).__name__}: {error}"[:300]
            session.notes.append(f"The grader failed at {' '.join(dialogue.left[:1])}: {why}")
        finally:
            self._dialogue = None
        # Somebody may have removed the folder while boxes worked in it: then nothing counts.
        lost = not self._calls.is_dir()
        self._broken |= lost
        return {} if lost else dialogue.results

    def _hold(self, dialogue: Dialogue, session: Session, order: Message) -> bool:
        """Hold a dialogue; return whether the judge can judge another hand-in."""
        try:
            dialogue.run(order)
        except Late:
            late = session.late
            result = {"score": 0.0, "outcome": late.outcome, "message": late.text}
            dialogue.results |= dict.fromkeys(dialogue.left[:1], result)
            return self._end_fork()
        except Ended as ended:
            session.notes.append(f"The check {' '.join(dialogue.left[:1])}: {ended}")
            self._kill_fork()  # who says so must not say anything else
        return True

    def _end_fork(self) -> bool:
        """End the process that judges, without the one that forked it; tell whether that went."""
        if not FORKS:
            return False
        self._kill_fork()
        until_s = time.monotonic() + ENDING_S
        channel, protocol = self._line.channel, self._line.protocol
        while not self._line.ended and (left := until_s - time.monotonic()) > 0:
            if not channel.lines:
                channel.wait(left)
                continue
            if protocol.hear_end(channel.next()):
                self._line.send({})  # ends a message of which only half was read
                return True
        return False

    def _kill_fork(self) -> None:
        family = descendants(self._box.process.pid)
        for pid in family[OWN_PROCESSES if self._box.isolated else 1 :]:
            kill(pid)

    @property
    def listens(self) -> bool:
        """Whether a call out of a box can be computed now."""
        return self._dialogue is not None and self._dialogue.listens

    def compute(self, call: Message) -> Message:
        """Have the judge compute a call that came out of a box."""
        assert self._dialogue is not None
        return self._dialogue.compute(call)

    @property
    def broken(self) -> bool:
        """Whether this judge can judge no more: it ended, or said what it must not say."""
        channel = self._line.channel
        # Whoever rests says nothing: an answer that comes too late would meet the next hand-in.
        return self._broken or not channel.quiet or channel.closed

    def close(self) -> None:
        """End the judge and its boxes, and remove what was exchanged."""
        self._box.end()
        self._line.channel.close()
        if self._zygote is not None:
            self._zygote.end()
        remove(Path(self._folder))


def _by_name(notebook: Message) -> dict[str, Message]:
    return {check["grade_id"]: check for check in notebook["checks"]}


def _new(place: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=place))


def _new_folder() -> str:
    """Make a folder whose name is short: that of a socket has at most 103 characters on macOS."""
    usual = tempfile.gettempdir()
    place = usual if len(usual) < LONGEST_PLACE or not FILE_SOCKETS else "/tmp"
    return tempfile.mkdtemp(prefix=prefix(), dir=place)
