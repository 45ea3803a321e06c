"""What lies around a job: a service, programs that keep the cores busy, a single core."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from speedlab.core.errors import BadInput
from speedlab.pool import backends

SERVICE = """
import http.server, sys, time
kind = http.server.HTTPServer if sys.argv[1] == "one" else http.server.ThreadingHTTPServer
kind.request_queue_size = 128
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(float(self.path[1:]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
server = kind(("127.0.0.1", 0), Slow)
print(server.server_port, flush=True)
server.serve_forever()
"""
BUSY = "print(flush=True)\nwhile True: pass"


@contextlib.contextmanager
def service(kind: str, seconds: float) -> Iterator[str]:
    """Yield the address of a service that sleeps before each answer.

    Args:
        kind: "one" answers one at a time, "many" answers all at once.
        seconds: How long it sleeps.
    """
    with _program(SERVICE, kind) as said:
        yield f"http://127.0.0.1:{int(said)}/{seconds}"


@contextlib.contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keep so many cores busy with other programs."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(_program(BUSY))
        yield


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and whatever it starts, to a single core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _program(source: str, *arguments: str) -> Iterator[str]:
    """Yield the first line that another process of Python says; end it afterwards."""
    command = [sys.executable, "-c", source, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline()
        finally:
            process.kill()


def no_threads(cores: int) -> str:
    """Say that there are no threads to be workers, where there are none."""
    try:
        backends.check("threads", None)
    except BadInput:
        return "there is no engine of threads"
    return ""


def no_lock(cores: int) -> str:
    """Say that nothing keeps threads from computing at once, where that is so."""
    free = not getattr(sys, "_is_gil_enabled", lambda: True)()
    return "this Python has no lock of the interpreter" if free else no_threads(cores)


def other_system(cores: int) -> str:
    """Say that only Linux has it, anywhere else."""
    return "" if sys.platform.startswith("linux") else "only Linux has it"


def several(cores: int) -> str:
    """Say that one core is too few."""
    return "" if cores > 1 else "there is only one core"
