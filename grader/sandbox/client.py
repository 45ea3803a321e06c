"""One box while it lives: requests and replies, calls from inside, limits.

supervisor ──requests──► runner            Callbacks  ◄── calls from any process of the box
           ◄──replies───                   Monitor ──► processes, memory, disk
           ◄──what is printed (counted, thrown away)

One request is answered by one reply that fits it (grader.sandbox.schema). Anything else that comes
through these pipes and sockets was not sent by the grader's own code in the box, and ends the box.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from pathlib import Path

from grader.sandbox.box import Box
from grader.sandbox.callbacks import Barrier, Callbacks, Outside
from grader.sandbox.callers import Message
from grader.sandbox.channel import Channel, ready, send
from grader.sandbox.control_groups import Group
from grader.sandbox.limits import Limits
from grader.sandbox.monitor import QUIET_S, Monitor, contents, descendants, leftovers
from grader.sandbox.schema import NO_ANSWER, NotAnAnswer, check_reply
from grader.sandbox.zygote_client import Child

TICK_S = 0.05
SHORT_TICK_S = 0.02
"""While calls are held back until all is still: they wait for the next look."""
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
    "files": "The files in the folder of the check are too many or too large to be handed over.",
}


class BoxGone(Exception):
    """There is no answer, and the box is of no further use.

    Args:
        outcome: "timeout", "died" or "limit".
        text: Why, as a sentence for the learner.
        safe: The same without any number or text that code in the box can choose; only this may
            be told once the code has met a hidden test. The text itself, where nothing is given.
    """

    def __init__(self, outcome: str, text: str, safe: str = "") -> None:
        super().__init__(outcome, text, safe)
        self.outcome, self.text, self.safe = outcome, text, safe or text


class BoxClient:
    """A box that has started and answers.

    Args:
        box: The box, which this ends when it is closed.
        outside: Computes calls that leave the box.
        limits: What the hand-in may use.
        files: The folder, as the box names it, in which it exchanges files with the judge.
        keeps_fork_server: Whether a process waits to become one; it is a child of the runner, and
            code that waits for all its children would wait for it.

    Attributes:
        runner: The process in which the learner's cells run, as the kernel numbers it.
        pid: The process from which all of the box descend.

    Raises:
        BoxGone: If it does not start.
    """

    def __init__(
        self,
        box: Box | Child,
        outside: Outside,
        *,
        limits: Limits,
        files: str = "",
        keeps_fork_server: bool = False,
    ) -> None:
        self._files, self._shares, self._lines = files, box.shares_files, 0
        self._folders: list[Path] = []
        self._keeps_fork_server = keeps_fork_server
        self._box, self._limits = box, limits
        self._replies, self._printed = Channel(box.replies), Channel(box.printed)
        self._callbacks = Callbacks(box.calls_folder, outside, seen_as=box.calls)
        self._monitor: Monitor | None = None
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
                "address": self._callbacks.address,
                "files": self._box.files,
                "exchange": "" if self._shares else self._files,
                "limits": kernel,
                "keeps_fork_server": self._keeps_fork_server,
                "watches_supervisor": not self._box.isolated,
            }
            self._send(settings, time.monotonic() + START_S)
        self.ask({"op": "get", "names": []}, time.monotonic() + START_S)
        self.runner = self._callbacks.runner
        self.pid = self._box.outermost(self.runner)
        # No code of the learner has run: without a box, what is there is Python, and on Windows
        # the little programs with which an environment starts it.
        own = OWN_PROCESSES if self._box.isolated else len(descendants(self.pid))
        # What is no memory of limited size: folders of the host.
        self._folders = [*self._box.folders, *([Path(self._files)] if self._shares else [])]
        group = Group.around(descendants(self.pid), self._limits) if self._box.isolated else None
        self._monitor = Monitor(self.pid, self._limits, own=own, folders=self._folders, group=group)

    def ask(self, request: Message, until_s: float) -> Message:
        """Send a request and return its reply.

        Raises:
            BoxGone: If there is none, or a limit was broken on the way.
        """
        request = request | {"id": secrets.token_hex(8)}  # nobody can reply before the request
        if request["op"] == "cell":
            self._lines = max(self._lines, request["source"].count("\n") + 1)
        with contextlib.suppress(BrokenPipeError):
            self._send(request, until_s)
        while not self._replies.lines:
            if time.monotonic() > until_s:
                raise BoxGone("timeout", SILENT)
            if self._replies.closed:
                raise self._death()
            self.pump(self._replies, until_s)
        try:
            reply = check_reply(self._replies.next(), request, lines=self._lines)
        except NotAnAnswer:
            raise BoxGone("died", NO_ANSWER) from None
        self.look(measure=bool(self._folders))
        return reply

    def _send(self, message: Message, until_s: float) -> None:
        try:
            send(self._box.requests, message, until_s=until_s)
        except TimeoutError:
            raise BoxGone("timeout", SILENT) from None

    def pump(self, channel: Channel, until_s: float) -> None:
        """Serve the box until a channel has a line or is closed, or the time is over.

        Raises:
            BoxGone: If the box breaks a limit or ends meanwhile.
        """
        while not channel.lines and not channel.closed and (left := until_s - time.monotonic()) > 0:
            tick_s = SHORT_TICK_S if self._callbacks.holds_back else TICK_S
            self._turn(channel, min(left, tick_s))
            if time.monotonic() > self._looked_s + tick_s:
                self.look()
                self._serve_callbacks()
            if self._box.code() is not None and not self._replies.lines:
                self._replies.drain()
                if not self._replies.lines:
                    raise self._death()

    def _turn(self, channel: Channel, wait_s: float) -> None:
        channels = {c for c in (self._replies, self._printed, channel) if not c.closed}
        readable = ready([*channels, *self._callbacks.sources()], wait_s)
        for arrived in channels.intersection(readable):
            arrived.feed()
        if not channels.issuperset(readable):
            self._serve_callbacks()
        if self._replies.lines and channel is not self._replies:
            raise BoxGone("died", NO_ANSWER)  # to no question
        self._printed.lines.clear()
        if self._printed.total > self._limits.output_bytes:
            raise BoxGone("limit", f"More than {self._limits.output_bytes / 1e6:g} MB was printed.")

    def _serve_callbacks(self) -> None:
        still_s = 0.0
        if self._monitor is not None:
            still_s = self._monitor.still_s(since_s=self._callbacks.moved_s)
        try:
            self._callbacks.serve(still_s=still_s, quiet=still_s > QUIET_S)
        except NotAnAnswer:
            raise BoxGone("died", NO_ANSWER) from None
        code = self._callbacks.worker_died
        if code is not None:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            text = "A worker process of a pool {}, and the pool waits for it."
            raise BoxGone("died", text.format(how), text.format("ended"))

    def look(self, *, measure: bool = False) -> None:
        """Look whether the box keeps its limits.

        Raises:
            BoxGone: If it does not.
        """
        self._looked_s = time.monotonic()
        if self._monitor is None:
            return
        broken = self._monitor.look()
        if not broken and (measure or self._looked_s > self._measured_s + FOLDER_S):
            self._measured_s, broken = self._looked_s, self._monitor.measure_folders()
        if broken:
            raise BoxGone("limit", broken)

    def _death(self) -> BoxGone:
        until_s = time.monotonic() + 1.0
        while (code := self._box.code()) is None and time.monotonic() < until_s:
            time.sleep(0.01)
        if code is None:
            return BoxGone("died", "The code closed the channel to the grader.")
        if self._monitor is not None and (broken := self._monitor.enforced()):
            return BoxGone("limit", broken)
        return BoxGone("died", f"The code ended Python{ending(code)}.", "The code ended Python.")

    @property
    def address(self) -> str:
        """The socket at which processes of the box call."""
        return self._callbacks.address

    def open_barrier(self, key: int, workers: int) -> str:
        """Let calls of a stub wait for one another; return the address at which they call."""
        until_s = time.monotonic() + self._limits.barrier_s
        before = contents(self.runner, self.pid)
        self._callbacks.barriers[key] = Barrier(workers, until_s=until_s, before=before)
        return self._callbacks.address

    def barrier(self, key: int) -> Barrier | None:
        """Return what is known of a barrier of this box."""
        return self._callbacks.barriers.get(key)

    def left_since(self, barrier: Barrier) -> list[str]:
        """Return sentences about what was not there when a barrier was opened, and is now."""
        return leftovers(barrier.before, lambda: contents(self.runner, self.pid))

    def end_check(self) -> bool:
        """Refuse the calls that are left; return whether work was started and not waited for.

        Raises:
            BoxGone: If somebody sent what is no call.
        """
        try:
            return self._callbacks.end_check()
        except NotAnAnswer:
            raise BoxGone("died", NO_ANSWER) from None

    def close(self) -> None:
        """End every process of the box."""
        self._callbacks.close()
        self._box.end()
        if self._monitor is not None:
            self._monitor.end()
        for channel in (self._replies, self._printed):
            channel.close()


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
