"""Calls out of a box: when they are passed on, and which processes count as having met."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import callbacks
from grader.sandbox.callbacks import MOST_CALLERS, REFUSED, Barrier, Callbacks
from grader.sandbox.schema import NotAnAnswer
from speedlab.course.quiz.meeting import LINGER_S

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "SO_PASSCRED"), reason="Nobody vouches for callers here."
)
WAIT_S = 20.0
STILL_S = 2 * LINGER_S
ARGS = [[1], {"$": "dict", "v": []}]
CALL = {"watched": 7, "args": ARGS}


class Judge:
    """Computes calls, and keeps them."""

    def __init__(self) -> None:
        self.listens, self.calls = True, list[dict[str, Any]]()

    def compute(self, call: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(call)
        return {"ok": 42}


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def server(tmp_path: Path, judge: Judge) -> Iterator[Callbacks]:
    server = Callbacks(tmp_path, judge)
    server.barriers[7] = Barrier(2, until_s=float("inf"))
    yield server
    server.close()


@pytest.fixture
def connect(server: Callbacks) -> Iterator[Callable[..., socket.socket]]:
    lines: list[socket.socket] = []

    def make(message: Any = None) -> socket.socket:
        lines.append(socket.socket(socket.AF_UNIX))
        lines[-1].connect(server.address)
        if message is not None:
            say(lines[-1], message)
        return lines[-1]

    yield make
    for line in lines:
        line.close()


def say(line: socket.socket, message: Any) -> None:
    line.sendall(json.dumps(message).encode() + b"\n")


def answer(line: socket.socket) -> Any:
    line.settimeout(WAIT_S)
    return json.loads(line.makefile("rb").readline() or b"null")


def serve_until(
    server: Callbacks, done: Callable[[], bool], *, still_s: float = 0.0, quiet: bool = False
) -> None:
    until_s = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < until_s
        server.serve(still_s=still_s, quiet=quiet)


@contextlib.contextmanager
def child(work: Callable[[], None]) -> Iterator[int]:
    """Fork a process that does some work, and then waits until it is ended."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            work()
        os._exit(0)
    try:
        yield pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def call_and_wait(address: str) -> Callable[[], None]:
    def work() -> None:
        line = socket.socket(socket.AF_UNIX)
        line.connect(address)
        say(line, CALL)
        line.makefile("rb").readline()

    return work


def hand_on(address: str, there: socket.socket) -> Callable[[], None]:
    """Connect, and let somebody else have the connection."""

    def work() -> None:
        line = socket.socket(socket.AF_UNIX)
        line.connect(address)
        socket.send_fds(there, [b"x"], [line.fileno()])

    return work


def test_two_processes_that_call_at_the_same_time_have_met(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    connect({"hello": True})
    serve_until(server, lambda: bool(server.runner))
    with child(call_and_wait(server.address)) as one, child(call_and_wait(server.address)) as two:
        serve_until(server, lambda: len(judge.calls) == 2, still_s=STILL_S)
        assert server.barriers[7].met and server.barriers[7].vouched
        assert {call["pid"] for call in judge.calls} == {one, two}


def test_one_process_more_than_asked_for_is_seen_before_anybody_is_answered(
    server: Callbacks, judge: Judge
) -> None:
    with contextlib.ExitStack() as stack:
        for number in (1, 2, 3):
            stack.enter_context(child(call_and_wait(server.address)))
            serve_until(server, lambda: len(server.barriers[7].waiting) == number)  # noqa: B023
        serve_until(server, lambda: len(judge.calls) == 3, still_s=STILL_S)
    assert server.barriers[7].most == 3


def test_the_latest_call_is_answered_first_and_the_others_wait_for_what_comes_of_it(
    server: Callbacks, judge: Judge
) -> None:
    with contextlib.ExitStack() as stack:
        pids = []
        for number in (1, 2):
            pids.append(stack.enter_context(child(call_and_wait(server.address))))
            serve_until(server, lambda: len(server.barriers[7].waiting) == number)  # noqa: B023
        serve_until(server, lambda: bool(judge.calls), still_s=STILL_S)
        assert judge.calls[0]["pid"] == pids[1]
        os.kill(pids[1], 9)  # it ended, so nothing more comes of it
        os.waitpid(pids[1], 0)
        serve_until(server, lambda: len(judge.calls) == 2)
    assert judge.calls[1]["pid"] == pids[0]
    assert [call["came"] for call in judge.calls] == [2, 1]


def test_connections_of_processes_that_have_ended_are_nobodys(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    connect({"hello": True})
    serve_until(server, lambda: bool(server.runner))
    for _ in range(3):
        here, there = socket.socketpair()
        with child(hand_on(server.address, there)) as pid:
            found = socket.recv_fds(here, 10, 1)[1]
            os.waitpid(pid, 0)
        say(socket.socket(fileno=found[0]), CALL)
    server.serve()
    serve_until(server, lambda: not server._callers, quiet=True)
    assert not server.barriers[7].met and judge.calls == []


def test_a_process_that_dies_while_its_call_is_held_does_not_count_and_gets_no_answer(
    server: Callbacks, judge: Judge
) -> None:
    with child(call_and_wait(server.address)) as one:
        serve_until(server, lambda: len(server.barriers[7].waiting) == 1)
        os.kill(one, 9)
        os.waitpid(one, 0)
    with child(call_and_wait(server.address)) as two:
        serve_until(server, lambda: len(server.barriers[7].waiting) == 2)
        assert not server.barriers[7].met and judge.calls == []
        serve_until(server, lambda: bool(judge.calls), quiet=True)
        assert [call["pid"] for call in judge.calls] == [two]
        assert not server.barriers[7].met


def test_a_dead_process_that_nobody_waited_for_does_not_count(
    server: Callbacks, judge: Judge
) -> None:
    with child(call_and_wait(server.address)) as one:
        serve_until(server, lambda: len(server.barriers[7].waiting) == 1)
        os.kill(one, 9)
        os.waitid(os.P_PID, one, os.WEXITED | os.WNOWAIT)  # it has ended, and is still there
        with child(call_and_wait(server.address)):
            serve_until(server, lambda: len(server.barriers[7].waiting) == 2)
            assert not server.barriers[7].met


def test_calls_wait_while_nobody_listens_and_are_answered_when_somebody_does(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    judge.listens = False
    line = connect({"callback": 0, "args": ARGS})
    serve_until(server, lambda: len(server._held) == 1)
    server.serve(quiet=True)
    assert judge.calls == [] and server.early == 1
    judge.listens = True
    server.serve()
    assert answer(line) == {"ok": 42}


def test_calls_that_are_left_at_the_end_of_a_check_are_refused(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    judge.listens = False
    lines = [connect({"callback": 0, "args": ARGS}), connect(CALL)]
    serve_until(server, lambda: bool(server._held and server.barriers[7].waiting))
    assert server.end_check()
    assert [answer(line) for line in lines] == [REFUSED, REFUSED]
    assert judge.calls == [] and not server._callers
    assert not server.end_check()


def test_what_was_answered_in_time_was_waited_for(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    connect({"callback": 0, "args": ARGS})
    serve_until(server, lambda: bool(judge.calls))
    assert not server.end_check()


@pytest.mark.parametrize("message", [[], {}, {"watched": -1, "args": ARGS}, {"hello": 1, "x": 2}])
def test_what_is_no_call_is_told_to_whoever_serves(
    server: Callbacks, connect: Any, message: Any
) -> None:
    connect(message)
    with pytest.raises(NotAnAnswer):
        serve_until(server, lambda: False)


def test_no_more_callers_are_kept_than_there_may_be(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    judge.listens = False
    lines = []
    for _ in range(MOST_CALLERS + 5):
        lines.append(connect({"callback": 0, "args": ARGS}))
        server.serve()
    serve_until(server, lambda: len(server._held) == MOST_CALLERS)
    with contextlib.suppress(ConnectionResetError):
        assert answer(lines[-1]) is None


def test_no_more_bytes_are_kept_than_there_may_be(
    server: Callbacks, judge: Judge, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "MOST_BYTES", 1000)
    judge.listens = False
    lines = [connect() for _ in range(3)]
    for line in lines:
        line.sendall(b"x" * 500)
    with pytest.raises(NotAnAnswer):
        serve_until(server, lambda: False)


@pytest.mark.skipif(sys.platform == "win32", reason="It hands on descriptors.")
def test_descriptors_that_somebody_sends_along_are_not_taken(
    server: Callbacks, judge: Judge, connect: Any
) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    line = connect()
    text = json.dumps({"callback": 0, "args": ARGS}).encode() + b"\n"
    socket.send_fds(line, [text], [0, 1, 2, 0, 1, 2])
    serve_until(server, lambda: bool(judge.calls))
    assert len([*Path("/proc/self/fd").iterdir()]) == before + 1
