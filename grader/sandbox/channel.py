"""Lines of JSON over a pipe or socket that the other side may fill with anything.

pipe ───────────────────────────────► Channel    where the system can wait for pipes
pipe ──► thread that only copies ──► socket ──► Channel    elsewhere
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from grader.inside.crossing_files import MOST_BYTES
from grader.inside.platform import PIPES_WAIT
from grader.inside.serialize import LIMIT_BYTES, has_too_many_nodes

LONGEST = LIMIT_BYTES + 2 * MOST_BYTES
"""A line holds values, and files as text."""
PIECE = 1 << 16
DRAIN_S = 1.0
LONG_S = 1e6


class Readable(Protocol):
    """What can be waited for."""

    def fileno(self) -> int:
        """Return the descriptor."""


class Socket(Readable, Protocol):
    """What of a socket a channel needs."""

    def setblocking(self, waits: bool, /) -> None:
        """Say whether recv waits."""

    def recv(self, size: int, /) -> bytes:
        """Return what has arrived."""

    def close(self) -> None:
        """Receive no more."""


class Channel:
    """Collects the lines that arrive at a pipe or a socket, without ever waiting.

    Args:
        source: The descriptor of a pipe, or a socket; who opened it closes it.
        longest: How many bytes a line may have.
    """

    def __init__(self, source: int | Socket, *, longest: int = LONGEST) -> None:
        self._longest = longest
        self._parts: list[bytes] = []
        self._size = 0
        self.total = 0
        self.lines: deque[bytes] = deque()
        self.closed = False
        self._copy = None if PIPES_WAIT or not isinstance(source, int) else _copied(source)
        self._source: int | Socket = self._copy or source
        self._read: Callable[[int], bytes]
        if isinstance(self._source, int):
            os.set_blocking(self._source, False)
            self._read = partial(os.read, self._source)
        else:
            self._source.setblocking(False)
            self._read = self._source.recv

    def fileno(self) -> int:
        """Return the descriptor: selectors ask for it."""
        return self._source if isinstance(self._source, int) else self._source.fileno()

    def feed(self) -> None:
        """Read what is there; a line that is too long closes the channel."""
        try:
            piece = self._read(PIECE)
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
            line = b"".join([*self._parts, end])
            self._parts, self._size = [], 0
            if line:  # an empty one only ends what somebody did not end
                self.lines.append(line)
        self._parts.append(rest)
        self._size += len(rest)
        if self._size > self._longest:
            self.closed, self._parts = True, []

    def wait(self, seconds: float) -> None:
        """Wait until something arrives, and read it."""
        if ready([self], seconds):
            self.feed()

    @property
    def quiet(self) -> bool:
        """Whether nothing has come that was not read, not even a part of a line."""
        if not self.closed and ready([self], 0):
            self.feed()
        return not self.lines and not self._size

    def drain(self) -> None:
        """Read what the other side, which has ended, wrote before."""
        if self._copy is None:
            self.feed()
            return
        until_s = time.monotonic() + DRAIN_S
        while not self.lines and not self.closed and (left := until_s - time.monotonic()) > 0:
            self.wait(left)

    def next(self) -> dict[str, Any] | None:
        """Return the oldest line as a JSON object; None for anything else, or too many values."""
        line = self.lines.popleft()
        if has_too_many_nodes(line):
            return None
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(line)
            if isinstance(found, dict):
                return found
        return None

    def close(self) -> None:
        """Read no more."""
        self.closed = True
        if self._copy is not None:
            self._copy.close()


def _copied(pipe: int) -> socket.socket:
    """Return a socket at which all that comes out of a pipe arrives."""
    ours, theirs = socket.socketpair()
    # A descriptor of its own: some systems do not close one from which a thread is reading.
    threading.Thread(target=_copy, args=(os.dup(pipe), theirs), daemon=True).start()
    return ours


def _copy(pipe: int, line: socket.socket) -> None:
    try:
        with line, contextlib.suppress(OSError):  # the channel was closed
            while piece := os.read(pipe, PIECE):
                line.sendall(piece)
    finally:
        os.close(pipe)


def ready(sources: Sequence[Readable], wait_s: float) -> list[Readable]:
    """Wait until one of some channels or sockets can be read; return all that can, perhaps none."""
    if not hasattr(select, "poll"):
        return select.select(sources, [], [], wait_s)[0]
    numbered = {one.fileno(): one for one in sources}
    poll = select.poll()
    for number in numbered:
        poll.register(number, select.POLLIN)
    return [numbered[number] for number, _ in poll.poll(wait_s * 1000)]


def send(descriptor: int, message: Any, *, until_s: float = math.inf) -> None:
    """Write a message as one line; waits while the other side is not reading.

    Args:
        descriptor: The pipe.
        message: What JSON can hold.
        until_s: Until when it waits, on the monotonic clock.

    Raises:
        TimeoutError: If the other side did not read in time.
        OSError: If the other side has closed.
    """
    text = memoryview(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    (_write if PIPES_WAIT else _write_in_thread)(descriptor, text, until_s)


def _write(pipe: int, left: memoryview, until_s: float) -> None:
    os.set_blocking(pipe, False)
    poll = select.poll()
    poll.register(pipe, select.POLLOUT)
    while left:
        try:
            left = left[os.write(pipe, left) :]
        except BlockingIOError:
            if not poll.poll(1000 * _until(until_s)):
                raise TimeoutError from None


def _write_in_thread(pipe: int, left: memoryview, until_s: float) -> None:
    failed: list[OSError] = []

    def write(left: memoryview = left) -> None:
        try:
            while left:
                left = left[os.write(pipe, left) :]
        except OSError as error:
            failed.append(error)

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    writing.join(_until(until_s))
    if writing.is_alive():  # it fails when the other side is ended
        raise TimeoutError
    if failed:
        raise failed[0]


def _until(until_s: float) -> float:
    """Return the seconds until then, as many as poll and join take."""
    return min(max(0.0, until_s - time.monotonic()), LONG_S)
