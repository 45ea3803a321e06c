"""Boxes that start in milliseconds: forks of one that has loaded the libraries.

    Zygote (one for an assignment and process) ── Child (one for a hand-in), ended before the next

See grader/inside/zygote.py for what happens inside. Where that is not possible, boxes start one by
one.
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

from grader.inside.zygote import FAILED
from grader.sandbox.box import Box, filter_text, isolation
from grader.sandbox.limits import MOST_NAMES
from grader.sandbox.monitor import parent
from grader.sandbox.mounts import CALLS, FILES, WORK

ENDING_MS = 5000
STARTING_MS = 60_000


class Zygote:
    """A box in which libraries are loaded, and no code of a learner ever runs.

    Args:
        calls: The folder that holds the folders of calls of all hand-ins.
        files: Files of the lesson, by the name they have beside the notebook.
        preload: Modules to load.
    """

    def __init__(self, calls: Path, files: Mapping[str, Path], preload: Iterable[str]) -> None:
        self._calls = calls
        # Each order stays a message of its own, however many are waiting.
        self._orders, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._box = Box(
            "grader.inside.zygote",
            calls,
            files=files,
            socket=inside.fileno(),
            confined=False,
        )
        inside.close()
        self.files = self._box.files
        self._orders.send(json.dumps({"preload": [*preload]}).encode())

    @classmethod
    def start(cls, calls: Path, files: Mapping[str, Path], preload: Iterable[str]) -> Zygote | None:
        """Return a zygote that has proved that it works, or None."""
        if not isolation().capable:
            return None
        zygote = cls(calls, files, preload)
        if zygote._works():
            return zygote
        zygote.end()
        return None

    def _works(self) -> bool:
        """Start a box and let it end at once, for want of requests."""
        calls = Path(tempfile.mkdtemp(dir=self._calls))
        try:
            trial = self.spawn(calls, size_bytes=1_000_000)
        except OSError:
            return False
        trial.hang_up()
        ended = trial.wait(STARTING_MS) and trial.code() != FAILED
        trial.end()
        calls.rmdir()
        return ended

    def spawn(self, calls: Path, *, size_bytes: int, names: int = MOST_NAMES) -> Child:
        """Start a box.

        Args:
            calls: A folder in the zygote's own: in it only the socket of this box lies.
            size_bytes: The space of each writable folder.
            names: How many files and folders each of them may hold.

        Raises:
            OSError: If the zygote is gone.
        """
        order = {
            "calls": [f"{CALLS}/{calls.name}", CALLS],
            "work": WORK,
            "empty": ["/tmp", "/dev/shm", FILES],
            "size_bytes": size_bytes,
            "names": names,
            "filter": filter_text(),
        }
        pipes = [os.pipe() for _ in range(4)]
        theirs = [pipes[0][0], *(write for _, write in pipes[1:])]
        ours = [pipes[0][1], *(read for read, _ in pipes[1:])]
        try:
            socket.send_fds(self._orders, [json.dumps(order).encode()], theirs)
        except OSError:
            for pipe in ours:
                os.close(pipe)
            raise
        finally:
            for pipe in theirs:
                os.close(pipe)
        return Child(self, ours, calls)

    def end(self) -> None:
        """End it, and with it every box that it started."""
        self._orders.close()
        self._box.end()


class Child:
    """One box of a zygote; it answers to the same calls as Box."""

    isolated, shares_files = True, False
    folders: tuple[Path, ...] = ()  # all that it may write to is memory of limited size
    calls, exchange = CALLS, FILES

    def __init__(self, zygote: Zygote, pipes: list[int], calls_folder: Path) -> None:
        self._zygote = zygote
        self.requests, self.replies, self.printed, self._status = self._open = pipes
        self.files, self.calls_folder = zygote.files, calls_folder
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
        if self._first > 1 and self.code() is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self._first, signal.SIGKILL)
        if self._code is None and not (self._first and self.wait(ENDING_MS)):
            self._zygote.end()
        while self._open:  # once: a number that was closed is soon that of another thread's file
            os.close(self._open.pop())

    def hang_up(self) -> None:
        """Send no more requests: a box that is served no longer ends."""
        self._open.remove(self.requests)
        os.close(self.requests)

    def wait(self, milliseconds: int) -> bool:
        """Wait for the end; tell whether it came in time."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        return bool(poll.poll(milliseconds))
