"""A command that is asked to end by its system ends in order, and removes what it made meanwhile.

A service manager, a scheduler or a closed terminal sends SIGTERM or SIGHUP, and Python's answer to
both is to end at once: no block is left, no folder is removed. Here they are what Ctrl-C is.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
KILLED = 128
"""What shells add to the number of the signal that ended a command."""


@contextlib.contextmanager
def in_order() -> Iterator[list[int]]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt in this block, once.

    Yields:
        The signals that came; empty as long as none did.
    """
    came: list[int] = []
    # Only the main thread may set handlers, and another owner's stay. nohup has SIGHUP ignored.
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    ours, owner = [s for s in SIGNALS if signal.getsignal(s) is signal.SIG_DFL], os.getpid()

    def stop(number: int, _: FrameType | None) -> None:
        if os.getpid() != owner:  # a forked child that has not yet become a worker
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        came.append(number)
        for each in ours:  # what is removed now is removed to the end
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in ours:
        signal.signal(each, stop)
    try:
        yield came
    finally:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)
