"""Who calls out of a box: what the kernel says of a connection, and of the process behind it."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.sandbox.channel import Channel

LONGEST = 4_000_000
CREDENTIALS = struct.Struct("3i")
"""struct ucred of the kernel: process, user, group."""
Message = dict[str, Any]


class SignedConnection:
    """A connection that notes which processes send on it, as the kernel names them."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.senders: set[int] = set()
        self.fileno, self.close = connection.fileno, connection.close
        self.setblocking = connection.setblocking

    def recv(self, size: int) -> bytes:
        """Receive what one process sent."""
        room = socket.CMSG_SPACE(CREDENTIALS.size)  # for no descriptor that somebody sends along
        data, notes, *_ = self._connection.recvmsg(size, room)
        for level, kind, content in notes:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                self.senders.add(CREDENTIALS.unpack(content[: CREDENTIALS.size])[0])
        return data


@dataclass(eq=False)
class Caller:
    """One connection: who calls, and the call once it has arrived.

    Attributes:
        pid: The process that connected, 0 where the kernel does not say it.
        began: When that process began, in the kernel's own count.
        senders: The processes that sent something; None where the kernel does not say it.
        came: The place of its call among all of the box, in the order in which they came.
    """

    connection: socket.socket
    channel: Channel
    pid: int
    began: int | None
    senders: set[int] | None
    message: Message = field(default_factory=dict)
    came: int = 0

    @property
    def vouched(self) -> bool:
        """Whether the kernel named the process."""
        return self.senders is not None

    @property
    def is_one_process(self) -> bool:
        """Whether the process that connected also sent the call."""
        return self.senders is None or self.senders == {self.pid}

    @property
    def counts(self) -> bool:
        """Whether the process counts as one that is at work."""
        return self.is_one_process and self.lives

    @property
    def lives(self) -> bool:
        """Whether the process that connected is still there, and no other of its number."""
        return self.senders is None or (
            self.began is not None and _living_since(self.pid) == self.began
        )


def meet(connection: socket.socket) -> Caller:
    """Return a caller, as the kernel names it."""
    in_a_file = connection.family == getattr(socket, "AF_UNIX", None)
    if not in_a_file or not hasattr(socket, "SO_PEERCRED") or not hasattr(socket, "SO_PASSCRED"):
        return Caller(connection, Channel(connection, longest=LONGEST), 0, None, None)
    signed = SignedConnection(connection)
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid: int = CREDENTIALS.unpack(found)[0]
    channel = Channel(signed, longest=LONGEST)
    return Caller(connection, channel, pid, _living_since(pid), signed.senders)


def _living_since(pid: int) -> int | None:
    """Return when a process began; None if it has ended, waited for or not."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if words[0] in "ZX" else int(words[19])
