"""Where a worker was when it crashed in C code: Python cannot catch that, but can still note it."""

from __future__ import annotations

import contextlib
import os
import re
from multiprocessing.connection import Connection

from speedlab.pool.inside.failed.frames import Frame, library_of

_CALL = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.M)
MOST_BYTES = 2**16
"""What a pipe holds on Linux; what does not fit is not written."""
_kept: list[CrashNotes] = []
"""It is written to from within the handler of a signal, so it stays open."""


class CrashNotes:
    """A pipe into which Python writes the calls of a worker that crashes in C code.

    A pipe and no file: of a parent that is killed by force no file is left.
    """

    def __init__(self, reader: Connection, writer: Connection) -> None:
        self._reader, self._writer = reader, writer

    def __reduce__(self) -> tuple[type[CrashNotes], tuple[Connection, Connection]]:
        return CrashNotes, (self._reader, self._writer)

    def take(self) -> None:
        """Let Python note a crash of this process from now on."""
        if os.name == "nt":  # its pipes have no number that the C library knows
            return
        import faulthandler  # a second interpreter, which needs others of this room, lacks it

        with contextlib.suppress(OSError, RuntimeError, ValueError):
            os.set_blocking(self._writer.fileno(), False)  # a full pipe must not hold the crash up
            faulthandler.enable(self._writer.fileno(), all_threads=False)
            _kept[:] = [self]

    def line(self) -> str:
        """Return the sentence that names the learner's line at which one crashed, or nothing."""
        text = ""
        with contextlib.suppress(OSError):
            os.set_blocking(self._reader.fileno(), False)
            text = os.read(self._reader.fileno(), MOST_BYTES).decode(errors="replace")
        own = [Frame(f, int(n), name) for f, n, name in _CALL.findall(text)]
        own = [frame for frame in own if not library_of(frame.file, None)]
        return f"It was in {own[0].function}, {own[0].place()}" if own else ""  # innermost first
