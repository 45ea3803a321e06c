"""What a command does when whoever read its output reads no more, as `head` does.

Python turns the system's signal for this (SIGPIPE) into an OSError, and into another one when it
empties its buffers at the very end. Neither is a defect of the command.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable

CLOSED = 141
"""The exit code that shells give to a command that SIGPIPE ended: 128 + 13."""
# Windows has no EPIPE: there, writing to a closed pipe is an invalid argument.
_BROKEN = {errno.EPIPE, errno.EINVAL}


def until_closed(command: Callable[[], int]) -> int:
    """Return what a command returns, or CLOSED if nobody reads its output any more.

    Source: the note on SIGPIPE in the documentation of Python's module signal.

    >>> until_closed(lambda: 0)
    0
    """
    try:
        try:
            return command()
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except OSError as error:
        if not is_closed(error):
            raise
        return CLOSED


def is_closed(error: Exception) -> bool:
    """Tell whether an exception says that nobody reads this program's output any more.

    If so, whatever is still written goes nowhere. A pipe to a worker can break as well; therefore
    the output is looked at.
    """
    if not isinstance(error, OSError) or error.errno not in _BROKEN:
        return False
    unread = [number for number in (1, 2) if _is_unread(number)]
    for number in unread:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
    return bool(unread)


def _is_unread(number: int) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(number, 0)  # nothing is awaited; an error or a hang-up is always told
        return bool(poll.poll(0))
    try:
        os.write(number, b"\n")  # Windows cannot ask, only try
    except OSError:
        return True
    return False
