"""A script without its main guard, and a pool of the learner's own: one sentence, and the end.

A new process of multiprocessing runs the script before it works. Without the guard it comes to
the line that starts processes, and so does each process that the pool starts in its place: a
flood of tracebacks without end. Our own workers are spared that (start.py).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

SENTENCES = """\
speedlab: this script starts processes, and each of them has begun to run it again.
  Why:  a new process of multiprocessing runs the whole script first, to find your functions.
  Next: put what starts processes into a function, and end the script with these two lines:
        if __name__ == "__main__":
            main()
"""


def end_second_run() -> None:
    """End this process if it is one that multiprocessing starts and that runs the script again.

    The first one to notice says so, and interrupts the script, which would wait for ever.
    """
    if not getattr(multiprocessing.current_process(), "_inheriting", False):
        return
    script = _script()
    with contextlib.suppress(OSError):
        _mark(script).open("x").close()
        print(SENTENCES, end="", file=sys.stderr, flush=True)
        if os.name != "nt":  # where no signal can be sent that the script could take
            os.kill(script, signal.SIGINT)
    os._exit(1)  # not by an exception, which would be shown at length


@contextlib.contextmanager
def ending_quietly() -> Iterator[None]:
    """Run code of the learner that may start processes; exit if these ran the script again.

    Raises:
        SystemExit: If one of them has said so.
    """
    mark = _mark(os.getpid())
    mark.unlink(missing_ok=True)  # of an earlier process with this number
    try:
        yield
    except BaseException:
        if not mark.exists():
            raise
        mark.unlink(missing_ok=True)
        raise SystemExit(1) from None


def _script() -> int:
    """Return the process that runs the script, which multiprocessing does not yet know here."""
    import psutil

    parent = psutil.Process(os.getppid())
    server = "multiprocessing.forkserver" in " ".join(parent.cmdline())
    return parent.ppid() if server else parent.pid


def _mark(pid: int) -> Path:
    return Path(tempfile.gettempdir(), f"speedlab-second-run-{pid}")
