"""Serve a copy of the course with the settings that start.py uses."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "browser-test"
READY_S = 120
"""Far more than a server needs on a busy machine, to start or to end."""


@dataclass(frozen=True)
class Served:
    """A running server: where its files lie, and the address before every path of it."""

    root: Path
    base: str

    def url(self, path="course"):
        """Return an address that carries the token."""
        return f"{self.base}/{path}?token={TOKEN}"


@contextlib.contextmanager
def serve(course, *, lay_out=lambda root: None, base_url=""):
    """Copy modules/ into the folder course, and run the server there.

    lay_out may put more into the folder before the server starts. A base_url is what a JupyterHub
    or Binder puts before every path, such as /user/ada.
    """
    shutil.copytree(ROOT / "modules", course / "modules", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "course.toml", course)
    lay_out(course)
    start = _load_start()
    start.ROOT, start.STATE, port = course, course / ".speedlab", free_port()
    start.lay_out_settings()
    command = start.server_command(start.read_arguments(["--no-browser", "--port", str(port)]))
    flags = [*command[3:], f"--ServerApp.base_url={base_url}/"]
    with run_server(course, flags, start.environment({}), port=port, base_url=base_url) as base:
        yield Served(course, base)


@contextlib.contextmanager
def run_server(folder, flags, env, *, port, base_url=""):
    """Run JupyterLab in a folder until the block ends; yield its address."""
    start = _load_start()
    # PYTHONPATH: else the tests of one checkout would serve the pages of another.
    kept = ("HOME", "SPEEDLAB_DATA", "PYTHONPATH")
    keep = {name: os.environ[name] for name in kept if name in os.environ}
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    ours = {"JUPYTER_TOKEN": TOKEN, "SPEEDLAB_SIZE": "small", "PATH": path}
    command = [sys.executable, "-m", "jupyterlab", *flags]
    log = folder / "server.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            command, env=keep | env | ours, stdout=stream, stderr=stream, cwd=folder
        )
    base, end = f"http://127.0.0.1:{port}{base_url}", time.monotonic() + READY_S
    while not start.answers(base + "/api"):
        assert server.poll() is None and time.monotonic() < end, log.read_text()
    try:
        yield base
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=READY_S)


def _load_start():
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    return start


def free_port():
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
