"""One box while it lives: requests and replies, calls from inside, limits.

supervisor ──requests──► runner            Meeting  ◄── calls from any process of the box
           ◄──replies───                   Watchdog ──► processes, memory, disk
           ◄──what is printed (counted, thrown away)
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from grader.box import Box
from grader.evidence import contents, leftovers
from grader.limits import Limits
from grader.meeting import Meeting, Message, Room
from grader.nests import Nestling
from grader.watchdog import Watchdog, descendants
from grader.wires import Wire, ready, send

TICK_S = 0.05
FOLDER_S = 0.5
START_S = 60.0
OWN_PROCESSES = 3  # bwrap, process 1 of the box, the runner
DEATHS = {
    6: "a crash of the interpreter (abort)",
    9: "a signal that nothing survives (kill)",
    11: "a crash of the interpreter (segmentation fault)",
}
"""What a signal did, by its number."""
LAST_SIGNAL = 64
CRASHES = {
    0xC0000005: "a crash of the interpreter (access violation)",
    0xC00000FD: "a crash of the interpreter (stack overflow)",
}
"""What an exit code of Windows means."""
SILENT = "There was no answer in time."
SHORTAGES = {
    "memory": "Python had no memory left for it.",
    "disk": "A file or a folder became larger than it may be.",
    "processes": "No further process could be started.",
}


class Gone(Exception):
    """There is no answer, and the box is of no further use.

    Args:
        outcome: "timeout", "died" or "limit".
        text: Why, as a sentence for the learner.
    """

    def __init__(self, outcome: str, text: str) -> None:
        super().__init__(outcome, text)
        self.outcome, self.text = outcome, text


class LiveBox:
    """A box that has started and answers.

    Args:
        box: The box, which this ends when it is closed.
        outside: Computes a call that leaves the box.
        folder: The folder of exchange.
        limits: What the hand-in may use.
        keeps_fork_server: Whether a process waits to become one; it is a child of the runner, and
            code that waits for all its children would wait for it.

    Attributes:
        runner: The process in which the learner's cells run, as the kernel numbers it.
        pid: The process from which all of the box descend.

    Raises:
        Gone: If it does not start.
    """

    def __init__(
        self,
        box: Box | Nestling,
        outside: Callable[[Message], Message],
        *,
        folder: Path,
        limits: Limits,
        keeps_fork_server: bool = False,
    ) -> None:
        self._keeps_fork_server = keeps_fork_server
        self._box, self._folder, self._limits = box, folder, limits
        self._replies, self._printed = Wire(box.replies), Wire(box.printed)
        self._meeting = Meeting(folder, outside)
        self._watchdog: Watchdog | None = None
        self._looked_s = self._measured_s = 0.0
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    def _greet(self) -> None:
        kernel = self._limits.of_a_process()
        with contextlib.suppress(OSError):  # a box that has ended says so below
            settings = {
                "address": self._meeting.address,
                "files": self._box.files,
                "limits": kernel,
                "keeps_fork_server": self._keeps_fork_server,
                "watches_supervisor": not self._box.isolated,
            }
            self._send(settings, time.monotonic() + START_S)
        self.ask({"op": "get", "names": []}, time.monotonic() + START_S)
        self.runner = self._meeting.runner
        self.pid = self._box.outermost(self.runner)
        # No code of the learner has run: without a box, what is there is Python, and on Windows
        # the little programs with which an environment starts it.
        own = OWN_PROCESSES if self._box.isolated else len(descendants(self.pid))
        folders = [self._folder, *self._box.folders]
        self._watchdog = Watchdog(self.pid, self._limits, own=own, folders=folders)

    def ask(self, request: Message, until_s: float) -> Message:
        """Send a request and return its reply.

        Raises:
            Gone: If there is none, or a limit was broken on the way.
        """
        name = secrets.token_hex(8)  # nobody can write the reply before the request
        with contextlib.suppress(BrokenPipeError):
            self._send(request | {"id": name}, until_s)
        while True:
            if self._replies.lines:
                reply = self._replies.next() or {}
                if reply.get("id") == name:
                    self._look(measure=bool(self._box.folders))
                    return reply
            elif time.monotonic() > until_s:
                raise Gone("timeout", SILENT)
            elif self._replies.closed:
                raise self._death()
            else:
                self.pump(self._replies, until_s)

    def _send(self, message: Message, until_s: float) -> None:
        try:
            send(self._box.requests, message, until_s=until_s)
        except TimeoutError:
            raise Gone("timeout", SILENT) from None

    def pump(self, wire: Wire, until_s: float) -> None:
        """Serve the box until a wire has a line or is closed, or the time is over.

        Raises:
            Gone: If the box breaks a limit or ends meanwhile.
        """
        while not wire.lines and not wire.closed and (left := until_s - time.monotonic()) > 0:
            self._turn(wire, min(left, TICK_S))
            if time.monotonic() > self._looked_s + TICK_S:
                self._look()
                self._attend()
            if self._box.code() is not None and not self._replies.lines:
                self._replies.drain()
                if not self._replies.lines:
                    raise self._death()

    def _turn(self, wire: Wire, wait_s: float) -> None:
        wires = {one for one in (self._replies, self._printed, wire) if not one.closed}
        found = ready([*wires, *self._meeting.sources()], wait_s)
        for one in wires.intersection(found):
            one.feed()
        if not wires.issuperset(found):
            self._attend()
        self._printed.lines.clear()
        if self._printed.total > self._limits.output_bytes:
            raise Gone("limit", f"More than {self._limits.output_bytes / 1e6:g} MB was printed.")

    def _attend(self) -> None:
        dog, heard_s = self._watchdog, self._meeting.heard_s
        self._meeting.attend(quiet=dog is not None and dog.is_quiet(since_s=heard_s))
        code = self._meeting.worker_died
        if code is not None:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise Gone("died", f"A worker process of a pool {how}, and the pool waits for it.")

    def _look(self, *, measure: bool = False) -> None:
        self._looked_s = time.monotonic()
        if self._watchdog is None:
            return
        broken = self._watchdog.look()
        if not broken and (measure or self._looked_s > self._measured_s + FOLDER_S):
            self._measured_s, broken = self._looked_s, self._watchdog.measure_folders()
        if broken:
            raise Gone("limit", broken)

    def _death(self) -> Gone:
        until_s = time.monotonic() + 1.0
        while (code := self._box.code()) is None and time.monotonic() < until_s:
            time.sleep(0.01)
        if code is None:
            return Gone("died", "The code closed the channel to the grader.")
        return Gone("died", f"The code ended Python{ending(code)}.")

    @property
    def address(self) -> str:
        """The socket at which processes of the box call."""
        return self._meeting.address

    def open_room(self, key: int, workers: int) -> str:
        """Let processes meet; return the address at which they call."""
        until_s = time.monotonic() + self._limits.meet_s
        self._meeting.rooms[key] = Room(workers, until_s, before=contents(self.runner, self.pid))
        return self._meeting.address

    def room(self, key: int) -> Room | None:
        """Return what happened in a room of this box."""
        return self._meeting.rooms.get(key)

    def left_since(self, room: Room) -> list[str]:
        """Return sentences about what was not there when a room was opened, and is now."""
        return leftovers(room.before, lambda: contents(self.runner, self.pid))

    def close(self) -> None:
        """End every process of the box."""
        self._meeting.close()
        self._box.end()
        for wire in (self._replies, self._printed):
            wire.close()


def ending(code: int) -> str:
    """Return how a process ended, by its exit code.

    >>> ending(-11), ending(3)
    (': a crash of the interpreter (segmentation fault)', ' with exit code 3')
    """
    number = -code if code < 0 else code - 128
    how = CRASHES.get(code, "")
    if 0 < number <= LAST_SIGNAL:
        how = DEATHS.get(number, f"signal {number}")
    return f": {how}" if how else f" with exit code {code}"
