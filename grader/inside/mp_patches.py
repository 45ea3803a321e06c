"""In the box: what is done to Python's pools before any code of the learner runs.

A worker of multiprocessing.Pool that dies is reported, not waited for. Pool itself starts another
worker, loses the task that the first one had, and waits for it for ever (cpython#96062).

A fork server is the fork of a process that is clean and has the libraries already, instead of a
new Python that must load them: the same thing to its users, in milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from multiprocessing import pool, util
from typing import Any

from grader.inside.callback_stub import ask_outside

HIGH = 200  # no descriptor of the fork server is as high


def watch(address: str) -> None:
    """Tell the supervisor of every worker that ends with an exit code while its pool works."""
    original = pool.Pool._join_exited_workers  # type: ignore[attr-defined]

    def join_exited_workers(workers: list[Any]) -> Any:
        codes = [worker.exitcode for worker in workers]
        for code in codes:
            if code:
                with contextlib.suppress(OSError):
                    ask_outside(address, {"worker_died": code})
        return original(workers)

    pool.Pool._join_exited_workers = staticmethod(join_exited_workers)  # type: ignore[attr-defined]


def keep_fork_server() -> None:
    """Fork a process that becomes the fork server when one is first asked for."""
    ours, theirs = socket.socketpair()
    waiting = os.fork()
    if waiting == 0:
        _become_fork_server(theirs)
    theirs.close()
    original, unused = util.spawnv_passfds, [waiting]

    def spawn(path: bytes, args: Any, descriptors: Any) -> int:
        if "multiprocessing.forkserver" not in args[-1] or not unused:
            return int(original(path, args, descriptors))
        order = {"code": args[-1], "descriptors": [*descriptors]}
        with ours:
            socket.send_fds(ours, [json.dumps(order).encode()], descriptors)
        return unused.pop()

    vars(util)["spawnv_passfds"] = spawn


def _become_fork_server(order_socket: socket.socket) -> None:
    """Wait for the order, and run the code that a new Python would be started with."""
    try:
        os.dup2(order_socket.fileno(), HIGH)
        os.closerange(3, HIGH)
        os.closerange(HIGH + 1, 1 << 12)
        text, descriptors, _, _ = socket.recv_fds(socket.socket(fileno=HIGH), 1 << 16, 4)
        if text:
            order = json.loads(text)
            for number, descriptor in zip(order["descriptors"], descriptors, strict=True):
                os.dup2(descriptor, number)
            exec(order["code"], {"__name__": "__main__"})
    finally:
        os._exit(0)
