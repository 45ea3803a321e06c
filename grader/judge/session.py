"""A learner's code as the judge sees it: it answers, whatever happened to its boxes.

A box that died is started again and runs the same cells, without the cell that ended it. The
names which that cell would have bound are lost, and a check that asks for them is told why.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from grader.judge.reading.handin import BoxStep, Place
from grader.sandbox.box import Box
from grader.sandbox.callbacks import Outside
from grader.sandbox.callers import Message
from grader.sandbox.channel import Channel
from grader.sandbox.cleanup import remove, remove_links
from grader.sandbox.client import SHORTAGES, BoxClient, BoxGone
from grader.sandbox.limits import Limits
from grader.sandbox.zygote_client import Child

MOST_STARTS = 12


class Session:
    """One learner's code.

    Args:
        steps: What runs before and between the checks.
        outside: Computes calls that leave the box, with the judge.
        start_box: Starts a box.
        limits: What the hand-in may use.
        end_s: When all of it must be done, on the monotonic clock; by default the limits say it.

    Attributes:
        name: How the folder is called, in that of the judge and in that of the box, whose files
            cross between the two.
        starts: How many boxes were started.
        void: What speaks against the check that runs, if anything does.
        limits: What the hand-in may use.
        until_s: When the check must be done.
    """

    def __init__(
        self,
        steps: Sequence[BoxStep],
        outside: Outside,
        *,
        start_box: Callable[[], Box | Child],
        limits: Limits,
        end_s: float | None = None,
    ) -> None:
        self.name, self.limits = secrets.token_hex(8), limits
        self.notes: list[str] = []
        self.cell_errors: dict[str, Message] = {}
        self.lost: dict[str, BoxGone] = {}
        self.seconds = {"start": 0.0, "learner": 0.0}
        self.void: BoxGone | None = None
        self.starts = 0
        self.client: BoxClient | None = None
        self._steps = sorted(steps, key=lambda step: step.place)
        self._outside, self._start_box = outside, start_box
        self._end_s = time.monotonic() + limits.total_s if end_s is None else end_s
        self.until_s = self._end_s
        self._waits_for_children = any("wait" in step.source for step in self._steps)
        self._folder = ""
        self._shared: Path | None = None
        self._skipped: set[int] = set()
        self._done = 0

    def begin_check(self) -> None:
        """Begin a check: its time runs from here, and nothing speaks against it yet."""
        if self.void is not None:
            self._drop()  # what broke a limit may still fill the box
        self.void = None
        now_s = time.monotonic()
        self.until_s = min(max(self._end_s, now_s), now_s + self.limits.check_s)

    @property
    def late(self) -> BoxGone:
        """What is said of a check that is not done in time."""
        if self.until_s >= self._end_s:
            return BoxGone(
                "timeout", f"The {self.limits.total_s:g} seconds of the hand-in are over."
            )
        return BoxGone("timeout", f"The check was not done after {self.limits.check_s:g} seconds.")

    def advance(self, place: Place) -> None:
        """Run every cell that stands before a place.

        Raises:
            BoxGone: If no box can be had, or the time of the hand-in is over.
        """
        while True:
            self._start()
            number = self._done
            if number >= len(self._steps) or self._steps[number].place >= place:
                return
            if number not in self._skipped:
                try:
                    self._run(self._steps[number])
                except BoxGone as gone:
                    self._skip(number, gone)
                    continue
            self._done = number + 1

    def _run(self, step: BoxStep) -> None:
        request = {"op": "cell", "name": step.name, "source": step.source}
        reply = self._ask(request, min(self._end_s, time.monotonic() + self.limits.cell_s))
        for name in step.binds:
            self.cell_errors.pop(name, None)
        if "error" in reply and step.learners:
            error = reply["error"]
            self.cell_errors |= {name: {"cell": step.name, **error} for name in step.binds}

    def _skip(self, number: int, gone: BoxGone) -> None:
        step = self._steps[number]
        self._skipped.add(number)
        text, safe = (f"The cell {step.name} was stopped. {why}" for why in (gone.text, gone.safe))
        self.lost |= dict.fromkeys(step.binds, BoxGone(gone.outcome, text, safe))
        self.notes.append(text)

    def ask(self, request: Message) -> Message:
        """Send a request of a check to the box and return its reply.

        Raises:
            BoxGone: If there is none; the check is void then.
        """
        try:
            self._start()
            reply = self._ask(request, self.until_s)
        except BoxGone as gone:
            self.void = self.void or gone
            raise
        if self._shared is not None:
            remove_links(self._shared)
        short = SHORTAGES.get(str(reply.get("limit")))
        if short:
            self.void = self.void or BoxGone("limit", short)
        return reply

    def _ask(self, request: Message, until_s: float) -> Message:
        assert self.client is not None
        began_s = time.monotonic()
        try:
            return self.client.ask(request, until_s)
        except BoxGone:
            self._drop()
            raise
        finally:
            self.seconds["learner"] += time.monotonic() - began_s

    def wait(self, channel: Channel, until_s: float) -> None:
        """Wait for a line of somebody else, and look after the box meanwhile."""
        with self._voiding():
            if self.client is not None:
                self.client.pump(channel, until_s)
        while not channel.lines and not channel.closed and (left := until_s - time.monotonic()) > 0:
            channel.wait(left)

    def look(self) -> BoxGone | None:
        """Look whether the box keeps its limits while it waits; return what it broke."""
        try:
            if self.client is not None:
                self.client.look()
        except BoxGone as gone:
            return gone
        return None

    def end_check(self) -> bool:
        """Refuse the calls that are left; return whether work was started and not waited for."""
        unfinished = False
        with self._voiding():
            if self.client is not None:
                unfinished = self.client.end_check()
        return unfinished

    @contextlib.contextmanager
    def _voiding(self) -> Iterator[None]:
        try:
            yield
        except BoxGone as gone:
            self.void = self.void or gone
            self._drop()

    def _start(self) -> None:
        if self.client is not None:
            return
        if time.monotonic() > self._end_s:
            text = f"The {self.limits.total_s:g} seconds of the hand-in are over."
            raise BoxGone("timeout", text)
        if self.starts >= MOST_STARTS:
            raise BoxGone("died", "The code ended Python too often.")
        began_s = time.monotonic()
        self.starts += 1
        self._done = 0
        box = self._start_box()
        self._folder = f"{box.exchange}/{self.name}"
        if box.shares_files:
            self._shared = Path(self._folder)
            self._shared.mkdir(exist_ok=True)
        self.client = BoxClient(
            box,
            self._outside,
            limits=self.limits,
            files=self._folder,
            keeps_fork_server=isinstance(box, Child) and not self._waits_for_children,
        )
        self.seconds["start"] += time.monotonic() - began_s

    @property
    def meeting(self) -> Message:
        """What the judge must know of the box: where it calls, and how files cross."""
        address = self.client.address if self.client is not None else ""
        files = {"folder": self._folder, "crosses": self._shared is None}
        return files | {"address": address, "box": self.starts}

    def _drop(self) -> None:
        if self.client is not None:
            self.client.close()
            self.client = None

    def close(self) -> None:
        """End the box, and remove what was exchanged."""
        self._drop()
        if self._shared is not None:
            remove(self._shared)
