"""How workers of this machine are ended, and how they ended: the parent's side."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from typing import Any

POLL_S = 0.05
"""How often somebody looks for himself where the usual sign of an end may not come."""


@dataclass(frozen=True)
class Ending:
    """How the workers of a pool ended, and what they reported besides their answers.

    Args:
        exit_codes: Of all workers, those included that were ended here; a signal is negative.
        ready: How many got ready to work.
        not_ready: Why the others did not, as far as they could say it.
        threads: Names of threads that calls have left running.
        crash: The line at which one crashed in C code, as a sentence, where that is known.
    """

    exit_codes: tuple[int | None, ...] = ()
    ready: int = 0
    not_ready: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    crash: str = ""


def has_ended(process: BaseProcess) -> bool:
    """Tell whether a process has ended, without reading its exit code, which can be read once."""
    popen = getattr(process, "_popen", None)
    if popen is None or popen.returncode is not None:
        return True
    # Whoever was forked from it holds the other end of its sentinel: so the system is asked.
    with contextlib.suppress(AttributeError, ChildProcessError):  # it is the fork server's child
        unread = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, popen.pid, unread) is not None
    return bool(wait([process.sentinel], 0))


def wait_for_end(processes: Iterable[BaseProcess], *, within_s: float) -> bool:
    """Wait until processes have ended; return whether all did in time."""
    until_s = time.monotonic() + within_s
    while left := [process for process in processes if not has_ended(process)]:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            return False
        wait([process.sentinel for process in left], min(POLL_S, left_s))
    return True


def group_exists(leader: int | None) -> bool:
    """Tell whether anybody is left in the group of processes that one of them led.

    >>> group_exists(None)
    False
    """
    if leader is None or not hasattr(os, "killpg"):
        return False
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody is, who is not ours
        return False
    return True


def end_with_families(
    processes: Sequence[BaseProcess], *, ask: bool, grace_s: float, mark: str
) -> None:
    """End processes, and all that they have started, wherever that went.

    Args:
        processes: Workers, each the leader of its own group where there are groups.
        ask: Whether they may end in order first; one that ignores the request is killed.
        grace_s: For how long.
        mark: What all whom they started inherited.
    """
    from speedlab.pool.inside import families  # psutil takes as long to load as a small map

    living = [process for process in processes if not has_ended(process)]
    # Before they end: then their children are children of somebody else.
    seen = {child for process in living for child in families.descendants(process.pid or 0)}
    if ask:
        for process in living:
            process.terminate()
        wait_for_end(living, within_s=grace_s)
    families.end([process.pid for process in processes if process.pid], also=seen, mark=mark)
    wait_for_end(living, within_s=families.GONE_S)


def let_go(results: SimpleQueue[Any] | None) -> None:
    """Let the executor's thread go that reads the rest of a result which nobody will send.

    It reads until the other end is closed, and this process itself has that end open, as have all
    workers that were forked meanwhile. So what it reads from is exchanged for an empty file, and
    one byte wakes it up.
    """
    if results is None:
        return
    reader, writer = getattr(results, "_reader"), getattr(results, "_writer")  # noqa: B009
    if os.name == "nt":
        writer.close()
        return
    with contextlib.suppress(OSError):
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, reader.fileno(), inheritable=False)
        os.close(empty)
        os.set_blocking(writer.fileno(), False)
        os.write(writer.fileno(), b"\0")


def second_reader(executor: ProcessPoolExecutor, start_method: str) -> Connection | None:
    """Return another reader of the pipe through which chunks go, if workers are forked."""
    if start_method != "fork":
        return None
    calls = getattr(executor, "_call_queue")  # noqa: B009
    return Connection(os.dup(calls._reader.fileno()), writable=False)


def drop_chunks(reader: Connection | None) -> None:
    """Let the executor's thread go that sends a large chunk which nobody will read.

    The system would tell it that no reader is left, but workers of another pool that were forked
    meanwhile have inherited one. So the chunk is read here.
    """
    if reader is None:
        return
    os.set_blocking(reader.fileno(), False)
    while wait([reader], POLL_S / 10):
        if not os.read(reader.fileno(), 2**20):
            return
