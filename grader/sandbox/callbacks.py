"""Calls that leave a box: a socket at which the kernel says which process is calling.

    worker 1 ──connect, item──►  ┐
    worker 2 ──connect, item──►  ├─ Callbacks (supervisor): the kernel names who connects
    runner   ──connect, hello─►  ┘  (SO_PEERCRED) and who sends (SO_PASSCRED)
                                     │ calls of a watched stub are held at a barrier
                                     ▼
                                    held, until the judge waits ──► Outside computes ──► answer
                                     └─ refused once the check is over

When a barrier lets go (`_wait_at`, `_let_go`, and speedlab.course.quiz.meeting):

    enough different processes wait at it, without the runner   they have met: one after the other
                                                                is answered, the latest first
    the runner calls, in which the notebook itself runs         the runner alone is answered
    every process of the box is asleep, or the time is over     all are answered, and who comes

So whoever holds an answer of a barrier that was met has proved that several processes were under
way at the same time. The runner must not count, or a notebook that starts one worker and works
along would pass for two; and it must not wait, since the workers may be waiting for it. Waiting is
given up for good, not call by call: else serial code would wait once for each of its chunks.

A connection can be handed on, and whoever made it may have ended. So a process counts only if it
connected and sent the call itself, and is the same living process when it meets the others and when
it is answered. A call over a connection that changed hands is the runner's, if the runner had a
hand in it.

Where the kernel does not say it, callers do, and results tell that nobody vouches for it. Where
sockets cannot lie in folders, anybody on the machine can call, so every call repeats a token.

No clock is read and no speed is judged: on one core the processes take turns and meet as well.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.inside.platform import FILE_SOCKETS, NESTED_WAITS, TCP
from grader.sandbox.callers import Caller, Message, meet
from grader.sandbox.channel import Readable
from grader.sandbox.schema import NO_ANSWER, NotAnAnswer, check_call
from speedlab.course.quiz.meeting import Meeting

MOST_CALLERS = 200
MOST_BYTES = 40_000_000
"""Of all calls that have arrived, and are not answered."""
REFUSED: Message = {
    "error": {"type": "RuntimeError", "message": "The check is over: nobody computes this call."}
}


class Outside(Protocol):
    """Who computes the calls that leave a box."""

    @property
    def listens(self) -> bool:
        """Whether a call can be computed now."""

    def compute(self, call: Message) -> Message:
        """Return the reply to a call."""


@dataclass
class Barrier(Meeting[Caller]):
    """Where the calls of one watched stub wait for one another.

    Attributes:
        until_s: When waiting ends, on the monotonic clock.
        before: The processes and pieces of shared memory that were there before.
        vouched: Whether the kernel named every caller.
    """

    until_s: float = 0.0
    before: frozenset[int | str] = frozenset()
    vouched: bool = True


class Callbacks:
    """The socket of one box.

    Args:
        folder: Where the socket lies.
        outside: Computes the calls: never anybody in the box.
        seen_as: The folder's name for those inside.

    Attributes:
        address: Where those inside call.
        runner: The process in which the learner's cells run.
        early: How many calls came while nobody waited for the learner's code.
    """

    def __init__(self, folder: Path, outside: Outside, *, seen_as: str = "") -> None:
        self._place, self._token = folder / "socket", ""
        self.address = f"{seen_as or folder}/socket"
        self.runner = self.early = 0
        self.barriers: dict[int, Barrier] = {}
        self.worker_died: int | None = None
        self.moved_s = time.monotonic()  # when somebody called or was answered last
        self._outside = outside
        self._callers: set[Caller] = set()
        self._numbers = itertools.count(1)
        self._held: deque[Caller] = deque()
        self._selector = selectors.DefaultSelector()
        self._listener = self._open()
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _open(self) -> socket.socket:
        if FILE_SOCKETS:
            listener = socket.socket(socket.AF_UNIX)
            if hasattr(socket, "SO_PASSCRED"):  # whom it accepts inherits it
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            listener.bind(str(self._place))
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

    def serve(self, *, still_s: float = 0.0, quiet: bool = False) -> None:
        """Take every call that has arrived, and answer those for which somebody waits.

        Args:
            still_s: For how long all of the box has been asleep, in seconds.
            quiet: Whether that is so long that nobody else will come; barriers are given up.

        Raises:
            NotAnAnswer: If somebody sent what is no call.
        """
        self._take_calls()
        for barrier in self.barriers.values():
            if barrier.waiting:
                self._let_go(barrier, still_s, quiet=quiet)
        for _ in range(len(self._held)):  # who calls meanwhile has to wait for the next time
            if self._held and self._outside.listens:
                self._answer(self._held.popleft())

    @property
    def holds_back(self) -> bool:
        """Whether a call waits at a barrier."""
        return any(barrier.waiting for barrier in self.barriers.values())

    def end_check(self) -> bool:
        """Refuse every call that is not answered; return whether work was not waited for."""
        self._take_calls()
        waiting = [*self._held]
        for barrier in self.barriers.values():
            waiting += barrier.end()
        self._held.clear()
        for caller in waiting:
            self._reply(caller, REFUSED)
        early, self.early = self.early, 0
        return bool(early or waiting)

    def _take_calls(self) -> None:
        for key, _ in self._selector.select(timeout=0):
            if key.fileobj is self._listener:
                self._accept()
            else:
                self._read(key.data)
        if sum(caller.channel.total for caller in self._callers) > MOST_BYTES:
            raise NotAnAnswer(NO_ANSWER)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            self.moved_s = time.monotonic()
            if len(self._callers) >= MOST_CALLERS:
                connection.close()
                return
            caller = meet(connection)
            self._callers.add(caller)
            self._selector.register(connection, selectors.EVENT_READ, caller)

    def _read(self, caller: Caller) -> None:
        caller.channel.feed()
        if caller.channel.lines:
            self._selector.unregister(caller.connection)
            self._dispatch(caller)
        elif caller.channel.closed:
            self._selector.unregister(caller.connection)
            self._hang_up(caller)

    def _dispatch(self, caller: Caller) -> None:
        found = caller.channel.next()
        if self._token and not secrets.compare_digest(_token_in(found), self._token.encode()):
            self._hang_up(caller)  # not from this box
            return
        message = caller.message = check_call(found)
        caller.came = next(self._numbers)
        if not caller.vouched:
            caller.pid = message.get("pid", 0)  # its own word; results say that nobody vouches
        elif not caller.is_one_process and self.runner in (caller.senders or ()):
            caller.pid = self.runner
        if "hello" in message:
            self.runner = self.runner or caller.pid
            self._reply(caller, {"ok": None})
        elif "worker_died" in message:
            self.worker_died = message["worker_died"]
            self._reply(caller, {"ok": None})
        else:
            self.early += not self._outside.listens
            if message.get("watched") in self.barriers:
                self._wait_at(self.barriers[message["watched"]], caller)
            else:
                self._held.append(caller)

    def _wait_at(self, barrier: Barrier, caller: Caller) -> None:
        barrier.vouched &= caller.vouched
        # The parent never becomes a second process by waiting: it is answered, and noted.
        if caller.pid == self.runner or barrier.open:
            self._held.append(caller)
        else:
            barrier.arrive(caller)

    def _let_go(self, barrier: Barrier, still_s: float, *, quiet: bool) -> None:
        now_s = time.monotonic()
        if now_s > barrier.until_s or (quiet and not barrier.met):
            self._held.extend(barrier.end())
        # While an answer is under way nobody else goes: the order is the barrier's.
        while not self._held and (going := barrier.due(still_s, now_s - self.moved_s)):
            self._held.extend(going)

    def _answer(self, caller: Caller) -> None:
        if caller.lives:
            seen = {"pid": caller.pid, "came": caller.came}
            reply = self._outside.compute(caller.message | seen)
            self._reply(caller, reply)
        else:
            self._hang_up(caller)  # nobody does the work of a process that has ended

    def _reply(self, caller: Caller, reply: Message) -> None:
        with contextlib.suppress(OSError):
            caller.connection.settimeout(0.5)
            caller.connection.sendall((json.dumps(reply) + "\n").encode())
        self.moved_s = time.monotonic()
        self._hang_up(caller)

    def _hang_up(self, caller: Caller) -> None:
        caller.connection.close()
        self._callers.discard(caller)

    def close(self) -> None:
        """Hang up on everybody."""
        for caller in [*self._callers]:
            self._hang_up(caller)
        self._selector.close()
        self._listener.close()
        if not self._token:
            with contextlib.suppress(OSError):
                self._place.unlink()


def _token_in(message: Message | None) -> bytes:
    return str((message or {}).get("token")).encode(errors="replace")
