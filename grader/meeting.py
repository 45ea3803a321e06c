"""Where processes of a box meet: a socket at which the kernel says who is calling.

    worker 1 ──connect, item──►  ┐
    worker 2 ──connect, item──►  ├─ Meeting (supervisor): the pid comes from the kernel
    runner   ──connect, hello─►  ┘  (SO_PEERCRED), calls of a probe are held until enough
                                    different processes wait at the same time, then answered

Where the kernel does not say it, callers do, and results tell that nobody vouches for it. Where
sockets cannot lie in folders, anybody on the machine can call, so every call repeats a token.

No clock is read and no speed is judged: on one core the processes take turns and meet as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.system import FILE_SOCKETS, NESTED_WAITS, TCP
from grader.wires import Readable, Wire

MOST_CALLERS = 80
LONGEST = 4_000_000
Message = dict[str, Any]


@dataclass
class Caller:
    """One connection: who calls, and the call once it has arrived."""

    line: socket.socket
    wire: Wire
    pid: int
    vouched: bool
    message: Message = field(default_factory=dict)


@dataclass
class Room:
    """What is known of one probe.

    Attributes:
        workers: How many processes must meet.
        until_s: When waiting ends, on the monotonic clock.
        open: Whether nobody waits any longer: they met, or waiting was given up.
        met: Whether they met.
        before: The processes and pieces of shared memory that were there before.
        vouched: Whether the kernel named every caller.
    """

    workers: int
    until_s: float
    before: frozenset[int | str] = frozenset()
    open: bool = False
    met: bool = False
    vouched: bool = True
    waiting: list[Caller] = field(default_factory=list)


class Meeting:
    """The socket of one box.

    Args:
        folder: Where the socket lies; the box sees it under the same name.
        answer: Computes the reply to a call: it is asked outside, never in the box.
    """

    def __init__(self, folder: Path, answer: Callable[[Message], Message]) -> None:
        self.address, self._token = str(folder / "meet"), ""
        self.runner = 0
        self.rooms: dict[int, Room] = {}
        self.worker_died: int | None = None
        self.heard_s = time.monotonic()  # when somebody called last
        self._answer = answer
        self._selector = selectors.DefaultSelector()
        self._listener = self._open()
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _open(self) -> socket.socket:
        if FILE_SOCKETS:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self.address)
            return listener
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self._token = secrets.token_hex(16)
        self.address = f"{TCP}{listener.getsockname()[1]}:{self._token}"
        return listener

    def sources(self) -> list[Readable]:
        """Return what can be read when somebody calls."""
        if NESTED_WAITS:
            return [self._selector]
        return [key.fileobj for key in self._selector.get_map().values()]  # type: ignore[misc]

    def attend(self, *, quiet: bool) -> None:
        """Take every call that has arrived; give up on rooms where nobody else will come."""
        for key, _ in self._selector.select(timeout=0):
            if key.fileobj is self._listener:
                self._welcome()
            else:
                self._hear(key.data)
        for room in self.rooms.values():
            if room.waiting and (quiet or time.monotonic() > room.until_s):
                self._release(room)

    def _welcome(self) -> None:
        with contextlib.suppress(OSError):
            line, _ = self._listener.accept()
            self.heard_s = time.monotonic()
            if len(self._selector.get_map()) > MOST_CALLERS:
                line.close()
                return
            pid, vouched = _peer(line)
            caller = Caller(line, Wire(line, longest=LONGEST), pid, vouched)
            self._selector.register(line, selectors.EVENT_READ, caller)

    def _hear(self, caller: Caller) -> None:
        caller.wire.feed()
        if caller.wire.lines:
            self._selector.unregister(caller.line)
            caller.message = caller.wire.next() or {}
            self._sort(caller)
        elif caller.wire.closed:
            self._selector.unregister(caller.line)
            caller.line.close()

    def _sort(self, caller: Caller) -> None:
        message = caller.message
        if self._token and not secrets.compare_digest(_token_in(message), self._token.encode()):
            caller.line.close()  # not from this box
            return
        if not caller.vouched and isinstance(message.get("pid"), int):
            caller.pid = message["pid"]  # its own word; results say that nobody vouches for it
        if "hello" in message:
            self.runner = self.runner or caller.pid
            self._reply(caller, {"ok": None})
        elif "worker_died" in message:
            code = message["worker_died"]
            self.worker_died = code if isinstance(code, int) else 1
            self._reply(caller, {"ok": None})
        elif isinstance(message.get("probe"), int) and message["probe"] in self.rooms:
            self._enter(self.rooms[message["probe"]], caller)
        else:
            self._reply(caller, self._answer(message | {"pid": caller.pid}))

    def _enter(self, room: Room, caller: Caller) -> None:
        room.vouched &= caller.vouched
        room.waiting.append(caller)
        present = {one.pid for one in room.waiting} - {self.runner}
        if len(present) >= room.workers:
            room.met = True
        # The parent never becomes a second process by waiting: it is answered, and noted.
        if room.met or room.open or caller.pid == self.runner:
            self._release(room, opened=room.met)

    def _release(self, room: Room, *, opened: bool = True) -> None:
        room.open |= opened
        waiting = room.waiting if room.open else [c for c in room.waiting if c.pid == self.runner]
        room.waiting = [c for c in room.waiting if c not in waiting]
        for caller in waiting:
            self._reply(caller, self._answer(caller.message | {"pid": caller.pid}))

    def _reply(self, caller: Caller, reply: Message) -> None:
        with contextlib.suppress(OSError), contextlib.closing(caller.line):
            caller.line.settimeout(0.5)
            caller.line.sendall((json.dumps(reply) + "\n").encode())

    def close(self) -> None:
        """Hang up on everybody."""
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                key.data.line.close()
        for room in self.rooms.values():
            for caller in room.waiting:
                caller.line.close()
        self._selector.close()
        self._listener.close()
        if not self._token:
            with contextlib.suppress(OSError):
                os.unlink(self.address)  # noqa: PTH108


def _token_in(message: Message) -> bytes:
    return str(message.get("token")).encode(errors="replace")


def _peer(line: socket.socket) -> tuple[int, bool]:
    """Return the process at the other end, and whether the kernel vouches for it."""
    if not FILE_SOCKETS or not hasattr(socket, "SO_PEERCRED"):
        return 0, False
    found = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", found)[0]
    return pid, True
