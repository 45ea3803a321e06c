"""In a box: a Python that has loaded libraries, and forks a closed box for each hand-in.

    bwrap ── nest (libraries loaded, no learner's code, may make namespaces)
               └─ fork ─► watcher (tells the exit code)
                           └─ fork ─► process 1 of the new box: own processes, memory, network
                                       └─ fork ─► runner, without any right

Importing takes longer than grading. So bubblewrap makes one box with the libraries; each hand-in
gets a fork of it with namespaces of its own and empty folders, and gives up the right by which
these were made before any code of a learner runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from grader import runner

NEW_NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000
"""Of mounts, control groups, host name, inter-process communication, processes and network."""
NOSUID_NODEV, NOEXEC, BIND, MOVE, ALL_PRIVATE = 2 | 4, 8, 4096, 8192, 16384 | 1 << 18
READ_ONLY, REMOUNT = 1, 32
SECURE_BITS, DROP_BOUNDING, NO_NEW_PRIVILEGES, DUMPABLE = 28, 24, 38, 4
NO_ROOT_LOCKED = 0b11_1111  # user 0 is nobody special, and cannot change that
FAILED = 125
CAPABILITIES_VERSION = 0x20080522


def main() -> None:
    """Load libraries, then fork a box for every request, until the socket closes."""
    line = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        text, pipes, _, _ = socket.recv_fds(line, 65536, 4)
        if not text:
            return
        order = json.loads(text)
        for name in order.get("preload", []):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        if pipes and os.fork() == 0:
            _watch(order, pipes)
        for pipe in pipes:
            os.close(pipe)


def _watch(order: dict[str, Any], pipes: list[int]) -> None:
    """Start process 1 of a new box, wait for its end, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = pipes[3]
    try:
        _check(_libc().unshare(NEW_NAMESPACES), "unshare")
        first = os.fork()
        if first == 0:
            _be_first(order, pipes)
        code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        os.write(status, str(code).encode())
    except OSError as error:
        os.write(pipes[2], f"{error}\n".encode())
        os.write(status, str(FAILED).encode())
    finally:
        os._exit(0)


def _be_first(order: dict[str, Any], pipes: list[int]) -> None:
    """Furnish the box, start the runner, and collect whoever ends, until the runner does."""
    try:
        _furnish(order["exchange"], order["folder"], order["work"], order["size_bytes"])
        _give_up_rights()
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


def _furnish(exchange: str, folder: str, work: str, size_bytes: int) -> None:
    """Mount empty folders of limited size, and of all exchange only this box's own folder."""
    limit = f"size={size_bytes},mode=0777"
    _mount("none", "/", None, ALL_PRIVATE)
    _mount("tmpfs", work, "tmpfs", NOSUID_NODEV, limit)
    held = {Path(work, f".held-{n}"): kept for n, kept in enumerate([folder, *_python_in_tmp()])}
    for place, kept in held.items():
        place.mkdir()
        _mount(kept, str(place), None, BIND)
    for empty in ("/tmp", "/dev/shm"):
        _mount("tmpfs", empty, "tmpfs", NOSUID_NODEV, limit)
    if not exchange.startswith("/tmp/"):
        _mount("tmpfs", exchange, "tmpfs", NOSUID_NODEV, limit)
    for place, kept in held.items():
        Path(kept).mkdir(parents=True, exist_ok=True)
        _mount(str(place), kept, None, MOVE)
        place.rmdir()
    _mount("proc", "/proc", "proc", NOSUID_NODEV | NOEXEC)
    _forbid_namespaces()
    # Read only: where the grader runs as root, its user owns the kernel's settings in there.
    _mount("proc", "/proc", None, REMOUNT | READ_ONLY | NOSUID_NODEV | NOEXEC)
    os.chdir(work)


def _python_in_tmp() -> list[str]:
    """Return the folders of this Python that an empty /tmp would hide: see box._mounts()."""
    places = {sys.base_prefix, sys.prefix, *sys.path}
    return sorted(p for p in places if p.startswith("/tmp/") and Path(p).is_mount())


def _forbid_namespaces() -> None:
    """Let nobody in here become root of another namespace, as bubblewrap's --disable-userns does.

    The setting is that of the namespace of users in which this runs, so it must be one of its own.
    """
    mapped = Path("/proc/self/uid_map").read_text().split()
    if len(mapped) == 3 and mapped[2] == "1":
        with contextlib.suppress(OSError):
            Path("/proc/sys/user/max_user_namespaces").write_text("0")


def _give_up_rights() -> None:
    """Drop every capability, for this process and whatever it becomes or starts."""
    libc = _libc()
    for number in range(64):
        libc.prctl(DROP_BOUNDING, number, 0, 0, 0)
    _check(libc.prctl(SECURE_BITS, NO_ROOT_LOCKED, 0, 0, 0), "securebits")
    _check(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    _check(libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    # A process that gave up rights hides its memory, and the supervisor must count it.
    _check(libc.prctl(DUMPABLE, 1, 0, 0, 0), "dumpable")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    parts = [source.encode(), target.encode(), kind.encode() if kind else None]
    _check(_libc().mount(*parts, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


if __name__ == "__main__":
    main()
