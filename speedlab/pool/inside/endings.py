"""How a worker ends: with its parent whatever it does, and with all that its chunks started.

the parent is killed   the kernel ends the worker's group (Linux); elsewhere a thread does
the parent is done     the worker returns: it ends what is left, and waits for no one else
a chunk left a thread  after a moment the worker names it to the parent, and ends
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import util
from multiprocessing.connection import Connection, wait
from typing import Any

LINUX = sys.platform.startswith("linux")
PR_SET_CHILD_SUBREAPER = 36
LAST = 0
"""The lowest priority of what multiprocessing calls when a worker returns, before it waits."""
MARK = "SPEEDLAB_WORKERS"
"""What a worker's children inherit in their variables: it finds those that left their parents."""
CANNOT_START = 70
"""The exit code of a worker that could not get ready."""
THREAD, NOT_READY, READY = "thread", "not ready", "ready"
"""What a worker reports to its parent."""
_late: list[threading.Thread] = []


class Reports:
    """What a worker tells its parent besides its answers: short messages through a pipe of its own.

    They are shorter than what a pipe takes in one piece, so that workers need no lock for it: one
    that is killed cannot leave the lock taken.
    """

    LIMIT = 1000

    def __init__(self, reader: Connection, writer: Connection) -> None:
        self._reader, self._writer = reader, writer
        self._received: list[tuple[str, str]] = []

    def __reduce__(self) -> tuple[type[Reports], tuple[Connection, Connection]]:
        return Reports, (self._reader, self._writer)

    def send(self, kind: str, text: str = "") -> None:
        """Send one report; if the parent is gone, nobody misses it."""
        with contextlib.suppress(OSError):
            self._writer.send_bytes(f"{kind}\n{text}".encode(errors="replace")[: self.LIMIT])

    def received(self) -> list[tuple[str, str]]:
        """Return the kind and text of all that came so far."""
        with contextlib.suppress(OSError, EOFError):
            while self._reader.poll(0):
                kind, _, text = self._reader.recv_bytes().decode(errors="replace").partition("\n")
                self._received.append((kind, text))
        return self._received


def lead_group() -> None:
    """Become the leader of a group of processes, so that one signal reaches what chunks start.

    Not of a session: on a desktop, Linux gives each session a share of the cores, and workers would
    get more of a busy machine than the serial code with which they are compared.
    """
    if hasattr(os, "setpgid"):
        with contextlib.suppress(OSError):  # it leads a session already
            os.setpgid(0, 0)


def adopt_orphans() -> None:
    """Become the parent of whom a chunk's processes leave behind: so they stay to be found."""
    if LINUX:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(folder: str | None) -> None:
    """End this worker when its parent has ended.

    Args:
        folder: A folder that goes when the parent was killed, and cannot remove it itself.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    threading.Thread(target=_watch, args=(parent, folder), daemon=True).start()
    _let_kernel_watch(parent.sentinel)


def end_tidily(reports: Reports, grace_s: float) -> None:
    """See to it that a worker that returns is gone within a moment, with all that it started.

    Without this, multiprocessing would wait for every child of a chunk, such as the workers of a
    pool that joblib keeps for the next call, and threading for every thread.
    """
    _late.append(threading.Thread(target=_end_late, args=(reports, grace_s), daemon=True))
    # In the order in which multiprocessing calls them, just before it joins the children.
    util.Finalize(None, _end_joblib, exitpriority=LAST + 1)
    util.Finalize(None, end_children, exitpriority=LAST)


def work(target: Callable[..., None], *args: Any) -> None:
    """Be the target of a worker's process: work, and be given a deadline for the end.

    From here, as nothing else is called in all versions of Python before threads are waited for.
    """
    try:
        target(*args)
    except (OSError, EOFError):
        # Of the executor's own pipe, as calls return what they raise: while a pool is ended, its
        # parent empties it, and a worker that has only just started may stand at it. Whoever still
        # waits for it learns of its end as of any other; a traceback would tell nobody more.
        raise SystemExit(1) from None
    finally:
        # A spawned process ends as a script does: what chunks have kept, such as a pool, is deleted
        # when half of Python is gone already, and each would write of that to the terminal.
        sys.unraisablehook = lambda _: None
        for thread in _late:
            thread.start()


def end_children() -> None:
    """End what the chunks of this worker have started and left running."""
    if hasattr(os, "waitid"):
        try:  # a system call, where a look at all processes takes milliseconds
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
    from speedlab.pool.inside import families

    families.end_children()


def _let_kernel_watch(sentinel: int) -> None:
    """Let the system kill this worker's whole group when the other end of a pipe is closed.

    The other end is the parent's. A thread that watches it is not enough: while the chunk is in C
    code that keeps the interpreter's lock, such as a regular expression, no thread runs. The usual
    call for this, PR_SET_PDEATHSIG, waits for the end of the *thread* that started the worker, and
    kills the workers of a pool that was made in a short-lived one. It kills one process, too.
    """
    if not LINUX or os.getpgrp() != os.getpid():
        return
    import fcntl  # not on every system

    with contextlib.suppress(OSError):  # a sandbox may forbid it: the thread is left
        fcntl.fcntl(sentinel, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(sentinel, fcntl.F_GETFL)
        fcntl.fcntl(sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)


def _watch(parent: multiprocessing.process.BaseProcess, folder: str | None) -> None:
    wait([parent.sentinel, *_file_of(parent)])
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    end_children()
    os._exit(1)  # whatever the main thread does


def _file_of(parent: multiprocessing.process.BaseProcess) -> list[int]:
    """Return a file that is ready when the parent has ended, where there is one.

    With the start method fork, workers that start later inherit the parent's end of the pipe.
    """
    with contextlib.suppress(AttributeError, OSError):
        return [os.pidfd_open(parent.pid)] if parent.pid else []
    return []


def _end_joblib() -> None:
    """Let joblib remove the folder in shared memory of the workers that it keeps for later.

    It would do so when Python ends, which a worker never does: its parent's exit functions are in
    it too, and are not for it.
    """
    kept = getattr(sys.modules.get("joblib.externals.loky.reusable_executor"), "_executor", None)
    with contextlib.suppress(Exception):  # whatever another version of it does
        if kept is not None:
            kept.terminate(kill_workers=True)


def _end_late(reports: Reports, grace_s: float) -> None:
    time.sleep(grace_s)  # a worker that ends in time takes this thread with it
    left = [thread for thread in threading.enumerate() if _is_left(thread)]
    for thread in left:
        reports.send(THREAD, thread.name)
    end_children()
    os._exit(0)


def _is_left(thread: threading.Thread) -> bool:
    return not thread.daemon and thread is not threading.main_thread()
