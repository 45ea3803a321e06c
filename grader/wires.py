"""Lines of JSON over a pipe or socket that the other side may fill with anything."""

from __future__ import annotations

import contextlib
import json
import os
import select
from collections import deque
from typing import Any

LONGEST = 40_000_000
PIECE = 1 << 16


class Wire:
    """Collects the lines that arrive at a file descriptor, without ever waiting."""

    def __init__(self, descriptor: int, *, longest: int = LONGEST) -> None:
        self.descriptor, self._longest = descriptor, longest
        self._parts: list[bytes] = []
        self._size = 0
        self.total = 0
        self.lines: deque[bytes] = deque()
        self.closed = False
        os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """Return the descriptor: selectors ask for it."""
        return self.descriptor

    def feed(self) -> None:
        """Read what is there; a line that is too long closes the wire."""
        try:
            piece = os.read(self.descriptor, PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.closed = True
        self.total += len(piece)
        self._take(piece)

    def _take(self, piece: bytes) -> None:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            self.lines.append(b"".join([*self._parts, end]))
            self._parts, self._size = [], 0
        self._parts.append(rest)
        self._size += len(rest)
        if self._size > self._longest:
            self.closed, self._parts = True, []

    def wait(self, seconds: float) -> None:
        """Wait until something arrives, and read it."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        if poll.poll(seconds * 1000):
            self.feed()

    def next(self) -> dict[str, Any] | None:
        """Return the oldest line as a JSON object; None for anything else."""
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(self.lines.popleft())
            if isinstance(found, dict):
                return found
        return None


def send(descriptor: int, message: Any) -> None:
    """Write a message as one line; waits while the other side is not reading.

    Raises:
        OSError: If the other side has closed.
    """
    left = memoryview(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    os.set_blocking(descriptor, True)
    while left:
        left = left[os.write(descriptor, left) :]
