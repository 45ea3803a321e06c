"""Boxes that start in milliseconds: forks of one that has loaded the libraries.

    Nest (one for an assignment and process) ── Nestling (one for a hand-in), ended before the next

See grader/nest.py for what happens inside. Where it is not possible, boxes start one by one.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.box import INSIDE, WORK, Box, isolation
from grader.nest import FAILED
from grader.watchdog import parent

MODULES = (*INSIDE, "nest")
RIGHTS = ("CAP_SYS_ADMIN", "CAP_SETPCAP", "CAP_SYS_RESOURCE")
"""What it takes to make namespaces, to forbid others to, and to give up every right for good."""
ENDING_MS = 5000
STARTING_MS = 60_000


class Nest:
    """A box in which libraries are loaded, and no code of a learner ever runs.

    Args:
        exchange: The folder that holds the folders of exchange of all hand-ins.
        files: Files of the lesson, by the name they have beside the notebook.
        preload: Modules to load.
    """

    def __init__(self, exchange: Path, files: Mapping[str, Path], preload: Iterable[str]) -> None:
        self._exchange = exchange
        # Each order stays a message of its own, however many are waiting.
        self._line, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._box = Box(
            "grader.nest",
            exchange,
            modules=MODULES,
            files=files,
            socket=inside.fileno(),
            rights=RIGHTS,
        )
        inside.close()
        self.files = self._box.files
        self._line.send(json.dumps({"preload": [*preload]}).encode())

    @classmethod
    def here(cls, exchange: Path, files: Mapping[str, Path], preload: Iterable[str]) -> Nest | None:
        """Return a nest that has proved that it works, or None."""
        if not isolation().real:
            return None
        nest = cls(exchange, files, preload)
        if nest._works():
            return nest
        nest.end()
        return None

    def _works(self) -> bool:
        """Start a box and let it end at once, for want of requests."""
        folder = Path(tempfile.mkdtemp(dir=self._exchange))
        try:
            trial = self.hatch(folder, size_bytes=1_000_000)
        except OSError:
            return False
        os.close(trial.requests)
        ended = trial.wait(STARTING_MS) and trial.code() != FAILED
        trial.end()
        folder.rmdir()
        return ended

    def hatch(self, folder: Path, *, size_bytes: int) -> Nestling:
        """Start a box.

        Raises:
            OSError: If the nest is gone.
        """
        order = {
            "exchange": str(self._exchange),
            "folder": str(folder),
            "work": WORK,
            "size_bytes": size_bytes,
        }
        pipes = [os.pipe() for _ in range(4)]
        theirs = [pipes[0][0], *(write for _, write in pipes[1:])]
        ours = [pipes[0][1], *(read for read, _ in pipes[1:])]
        try:
            socket.send_fds(self._line, [json.dumps(order).encode()], theirs)
        except OSError:
            for pipe in ours:
                os.close(pipe)
            raise
        finally:
            for pipe in theirs:
                os.close(pipe)
        return Nestling(self, ours)

    def end(self) -> None:
        """End it, and with it every box that it started."""
        self._line.close()
        self._box.end()


class Nestling:
    """One box of a nest; it answers to the same calls as Box."""

    isolated = True
    folders: tuple[Path, ...] = ()  # all that it may write to is memory of limited size

    def __init__(self, nest: Nest, pipes: list[int]) -> None:
        self._nest = nest
        self.requests, self.replies, self.printed, self._status = pipes
        self.files = nest.files
        self._first = 0
        self._code: int | None = None

    def code(self) -> int | None:
        """Return the exit code; None while it lives."""
        if self._code is None and select.select([self._status], [], [], 0)[0]:
            text = os.read(self._status, 100)
            self._code = int(text) if text else -signal.SIGKILL
        return self._code

    def outermost(self, runner: int) -> int:
        """Return the process from which all of the box descend: two above the runner."""
        self._first = parent(runner)
        return parent(self._first)

    def end(self) -> None:
        """End every process of the box, and wait until they are gone."""
        if self._first > 1:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._first, signal.SIGKILL)
        if self._code is None and not (self._first and self.wait(ENDING_MS)):
            self._nest.end()
        for pipe in (self.requests, self.replies, self.printed, self._status):
            with contextlib.suppress(OSError):
                os.close(pipe)

    def wait(self, milliseconds: int) -> bool:
        """Wait for the end; tell whether it came in time."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        return bool(poll.poll(milliseconds))
