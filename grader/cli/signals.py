"""A command that somebody ends: by SIGTERM, as schedulers do, or by closing its terminal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGTERM", "SIGHUP")  # Windows has the first alone
SHELLS = 128
"""Shells add it to a signal's number, and that is the exit code."""


class Terminated(KeyboardInterrupt):
    """The command is to end now. All that cleans up after Ctrl-C cleans up after this as well.

    Args:
        number: Of the signal.
    """

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__(number)
        self.exit_code = SHELLS + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let signals that end a program end it as an exception, so that it leaves nothing behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers belong to the main thread; somebody else's program has its own
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    # Whoever started this with nohup wants it to go on.
    ours = [number for number, handler in before.items() if handler is signal.SIG_DFL]

    def end(number: int, _: FrameType | None) -> None:
        for each in ours:  # a second one would stop the cleaning up
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(number)

    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
