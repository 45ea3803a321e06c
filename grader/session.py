"""A learner's code as the judge sees it: it answers, whatever happened to its boxes.

A box that died is started again and runs the same cells, without the cell that ended it. The
names which that cell would have bound are lost, and a check that asks for them is told why.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.box import Box
from grader.limits import Limits
from grader.live import SHORTAGES, Gone, LiveBox
from grader.meeting import Message
from grader.merging import Place, Step
from grader.nests import Nestling
from grader.wires import Wire

MOST_STARTS = 12


class Session:
    """One learner's code.

    Args:
        steps: What runs before and between the checks.
        outside: Computes a call that leaves the box, with the judge.
        exchange: A folder of this hand-in, seen by judge and box.
        start_box: Starts a box that exchanges files in the folder it is given.
        limits: What the hand-in may use.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        outside: Callable[[Message], Message],
        *,
        exchange: Path,
        start_box: Callable[[Path], Box | Nestling],
        limits: Limits,
    ) -> None:
        self.notes: list[str] = []
        self.faults: dict[str, Message] = {}
        self.lost: dict[str, Gone] = {}
        self.seconds = {"start": 0.0, "learner": 0.0}
        self.void: Gone | None = None
        self.starts = 0
        self.live: LiveBox | None = None
        self._steps = sorted(steps, key=lambda step: step.place)
        self._outside, self._exchange, self._start_box = outside, exchange, start_box
        self._limits = limits
        self._end_s = time.monotonic() + limits.total_s
        self._until_s = self._end_s
        self._waits_for_children = any("wait" in step.source for step in self._steps)
        self._skipped: set[int] = set()
        self._done = 0

    def begin_check(self) -> None:
        """Begin a check: its time runs from here, and nothing speaks against it yet."""
        if self.void is not None:
            self._drop()  # what broke a limit may still fill the box
        self.void = None
        self._until_s = min(self._end_s, time.monotonic() + self._limits.check_s)

    @property
    def left_s(self) -> float:
        """How long the check that runs may go on, in seconds."""
        return self._until_s - time.monotonic()

    def advance(self, place: Place) -> None:
        """Run every cell that stands before a place.

        Raises:
            Gone: If no box can be had, or the time of the hand-in is over.
        """
        while True:
            self._start()
            number = self._done
            if number >= len(self._steps) or self._steps[number].place >= place:
                return
            if number not in self._skipped:
                try:
                    self._run(self._steps[number])
                except Gone as gone:
                    self._skip(number, gone)
                    continue
            self._done = number + 1

    def _run(self, step: Step) -> None:
        request = {"op": "cell", "name": step.name, "source": step.source}
        reply = self._ask(request, min(self._end_s, time.monotonic() + self._limits.cell_s))
        for name in step.binds:
            self.faults.pop(name, None)
        if "error" in reply and step.learners:
            error = reply["error"]
            self.faults |= {name: {"cell": step.name, **error} for name in step.binds}

    def _skip(self, number: int, gone: Gone) -> None:
        step = self._steps[number]
        self._skipped.add(number)
        text = f"The cell {step.name} was stopped. {gone.text}"
        self.lost |= dict.fromkeys(step.binds, Gone(gone.outcome, text))
        self.notes.append(text)

    def ask(self, request: Message) -> Message:
        """Send a request of a check to the box and return its reply.

        Raises:
            Gone: If there is none; the check is void then.
        """
        try:
            self._start()
            reply = self._ask(request, self._until_s)
        except Gone as gone:
            self.void = self.void or gone
            raise
        short = SHORTAGES.get(str(reply.get("limit")))
        if short:
            self.void = self.void or Gone("limit", short)
        return reply

    def _ask(self, request: Message, until_s: float) -> Message:
        assert self.live is not None
        began_s = time.monotonic()
        try:
            return self.live.ask(request, until_s)
        except Gone:
            self._drop()
            raise
        finally:
            self.seconds["learner"] += time.monotonic() - began_s

    def wait(self, wire: Wire, until_s: float) -> None:
        """Wait for a line of somebody else, and look after the box meanwhile."""
        try:
            if self.live is not None:
                self.live.pump(wire, until_s)
        except Gone as gone:
            self.void = self.void or gone
            self._drop()
        while not wire.lines and not wire.closed and (left := until_s - time.monotonic()) > 0:
            wire.wait(left)

    def _start(self) -> None:
        if self.live is not None:
            return
        if time.monotonic() > self._end_s:
            raise Gone("timeout", f"The {self._limits.total_s:g} seconds of the hand-in are over.")
        if self.starts >= MOST_STARTS:
            raise Gone("died", "The code ended Python too often.")
        began_s = time.monotonic()
        self.starts += 1
        self._done = 0
        self._folder = Path(tempfile.mkdtemp(dir=self._exchange))
        box = self._start_box(self._folder)
        self.live = LiveBox(
            box,
            self._outside,
            folder=self._folder,
            limits=self._limits,
            keeps_fork_server=isinstance(box, Nestling) and not self._waits_for_children,
        )
        self.seconds["start"] += time.monotonic() - began_s

    def files_folder(self) -> Path:
        """Return a folder for temporary files that judge and box both see under its name."""
        folder = self._folder / "files"
        folder.mkdir(exist_ok=True)
        return folder

    def remove_links(self) -> None:
        """Remove what is no plain file from the folder of exchange, before the judge looks there.

        A link could lead the judge to another file, and a pipe would keep it waiting.
        """
        for place, folders, files in os.walk(self._folder / "files"):
            for name in [*folders, *files]:
                path = Path(place, name)
                with contextlib.suppress(OSError):
                    if not stat.S_ISREG(mode := path.lstat().st_mode) and not stat.S_ISDIR(mode):
                        path.unlink()

    def _drop(self) -> None:
        if self.live is not None:
            self.live.close()
            self.live = None

    def close(self) -> None:
        """End the box, and remove what was exchanged."""
        self._drop()
        with contextlib.suppress(OSError):
            shutil.rmtree(self._exchange)
