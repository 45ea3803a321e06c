"""In a box: a Python that has loaded libraries, and forks a closed box for each hand-in.

    zygote_client (supervisor)
      │ one message an order (see `_mount_folders`) and four pipes
      ▼
    bwrap ── zygote (libraries loaded, no learner's code, may make namespaces)
               └─ fork ─► watcher ──exit code──► fourth pipe
                           └─ fork ─► process 1 of the new box: own processes, memory, network
                                       └─ fork ─► runner, without any capability
                                                    ▲ first three pipes: requests, replies, printed

Importing takes longer than grading. So bubblewrap makes one box with the libraries; each hand-in
gets a fork of it with namespaces of its own and empty folders, and gives up the capabilities by
which these were made before any code of a learner runs.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from grader.inside import runner
from grader.inside.confine import (
    TMPFS_FLAGS,
    check,
    drop_capabilities,
    filter_calls,
    join_new_keyring,
    libc,
    limits,
    mount,
    mount_own_proc,
)

# Numbers of the kernel's headers, under the kernel's names: Python 3.11 does not know them.
# sched.h. A child shares none of these with the zygote or with another child:
CLONE_NEWNS = 0x00020000  # mounts: what one mounts or hides, no other sees
CLONE_NEWCGROUP = 0x02000000  # control groups: their names tell what else runs on the machine
CLONE_NEWUTS = 0x04000000  # the host's name
CLONE_NEWIPC = 0x08000000  # shared memory and semaphores of System V, message queues
CLONE_NEWPID = 0x20000000  # processes: no other can be seen, signalled or traced
CLONE_NEWNET = 0x40000000  # ports and abstract sockets: two hand-ins cannot talk to each other
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # sockios.h, if.h: switch a network device on
NEW_NAMESPACES = (
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
)
# sys/mount.h
MS_BIND, MS_MOVE = 4096, 8192
MS_REC, MS_PRIVATE = 16384, 1 << 18  # no mount made here spreads to the zygote, or from it
FAILED = 125
"""The exit code of a box that could not be made."""


def main() -> None:
    """Load libraries, then fork a box for every request, until the socket closes."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        text, pipes, _, _ = socket.recv_fds(orders, 65536, 4)
        if not text:
            return
        order = json.loads(text)
        for name in order.get("preload", []):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        if pipes and os.fork() == 0:
            _run_watcher(order, pipes)
        for pipe in pipes:
            os.close(pipe)


def _run_watcher(order: dict[str, Any], pipes: list[int]) -> None:
    """Start process 1 of a new box, wait for its end, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = pipes[3]
    try:
        check(libc().unshare(NEW_NAMESPACES), "unshare")
        first = os.fork()
        if first == 0:
            _run_process_1(order, pipes)
        code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        os.write(status, str(code).encode())
    except OSError as error:
        os.write(pipes[2], f"{error}\n".encode())
        os.write(status, str(FAILED).encode())
    finally:
        os._exit(0)


def _run_process_1(order: dict[str, Any], pipes: list[int]) -> None:
    """Mount what the box sees, start the runner, and collect whoever ends until it does."""
    try:
        _raise_walls(order)
        for number, pipe in enumerate(pipes[:3]):
            os.dup2(pipe, number)
        os.closerange(3, 1 << 16)
        child = os.fork()
        if child == 0:
            os.setsid()
            runner.main()
        for number in range(3):
            os.close(number)
        while True:
            pid, status = os.wait()
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(FAILED)


def _raise_walls(order: dict[str, Any]) -> None:
    join_new_keyring()
    _mount_folders(order)
    _raise_loopback()
    drop_capabilities()
    filter_calls(order["filter"])


def _mount_folders(order: dict[str, Any]) -> None:
    """Mount empty folders of limited size, and of all calls only the folder of this box."""
    limit = limits(order)
    work = order["work"]
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", work, "tmpfs", TMPFS_FLAGS, limit)
    held = {Path(work, f".held-{n}"): kept for n, kept in enumerate(_python_in_tmp())}
    for place, kept in held.items():
        place.mkdir()
        mount(kept, str(place), None, MS_BIND)
    own_calls, calls = order["calls"]
    mount(own_calls, calls, None, MS_BIND)  # read only, as what it is bound from
    for empty in order["empty"]:
        mount("tmpfs", empty, "tmpfs", TMPFS_FLAGS, limit)
    for place, kept in held.items():
        Path(kept).mkdir(parents=True, exist_ok=True)
        mount(str(place), kept, None, MS_MOVE)
        place.rmdir()
    mount_own_proc()
    os.chdir(work)


def _raise_loopback() -> None:
    """Let programs of the box call each other under 127.0.0.1; bubblewrap does it for its own."""
    import fcntl  # not on every system on which this file is read

    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_one:
        fcntl.ioctl(any_one, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))


def _python_in_tmp() -> list[str]:
    """Return the folders of this Python that an empty /tmp would hide: see sandbox/mounts.py."""
    places = {sys.base_prefix, sys.prefix, *sys.path}
    return sorted(p for p in places if p.startswith("/tmp/") and Path(p).is_mount())


if __name__ == "__main__":
    main()
