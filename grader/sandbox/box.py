"""A box: processes that see a system, a Python and an empty folder, and nothing else.

    supervisor ── bwrap ── process 1 of the box ── runner ── whatever the learner's code starts
                           (ends: everything ends)

What the box holds is listed in `mounts`: the system and the interpreter, read only; the package
speedlab and the few files of the grader that run inside; one folder for exchange. All else is
empty memory of a limited size. Where bubblewrap is missing or forbidden, the same runner starts as
a plain process, and every result says so.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.inside.platform import PROC
from grader.sandbox.cleanup import remove
from grader.sandbox.limits import MOST_NAMES
from grader.sandbox.monitor import descendants, kill
from grader.sandbox.mounts import CALLS, FILES, LESSON, LIBRARY, WORK, WRITABLE, mounts
from grader.sandbox.seccomp import program
from grader.sandbox.unisolated import (
    MARK,
    end_all,
    outside_variables,
    own_folder,
    packages_elsewhere,
)

PYTHON = (os.path.abspath(sys.executable), "-P", "-m")  # noqa: PTH100 - its link stays
INSIDE = ("inside",)
"""The package of the grader that the learner's code may read: it holds no check."""
OFFLINE = {
    "PIP_RETRIES": "0",
    "PIP_DEFAULT_TIMEOUT": "1",
    "PIP_NO_INPUT": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "CONDA_OFFLINE": "true",
    "CONDA_REMOTE_MAX_RETRIES": "0",
    "UV_OFFLINE": "1",
    "npm_config_fetch_retries": "0",
    "HF_HUB_OFFLINE": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
"""There is no network: installers, which try again and again, are told not to."""
ALONE = ("--unshare-all", "--die-with-parent", "--new-session", "--hostname", "box")
UNSHARED = (*ALONE, "--cap-drop", "ALL")
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETPCAP", "CAP_SYS_RESOURCE", "CAP_NET_ADMIN")
"""What it takes to limit folders, to make namespaces and forbid them, to let a box call itself
under 127.0.0.1, and to drop all of it."""
# As user 0 of its own namespace, or else bubblewrap makes a second one that owns no mounts.
CAPABLE = (
    *UNSHARED,
    *("--unshare-user", "--uid", "0", "--gid", "0"),
    *(part for name in CAPABILITIES for part in ("--cap-add", name)),
)
NO_NAMESPACES = ("--unshare-user", "--disable-userns")  # since bubblewrap 0.8
REMEDY = "Install it (Debian and Ubuntu: apt install bubblewrap) and grade again."
ELSEWHERE = {
    "win32": "Windows has no bubblewrap. Grade in WSL 2, which is a Linux, or on Linux.",
    "darwin": "macOS has no bubblewrap. Grade on Linux; a virtual machine is enough.",
}
ALLOW = "Allow user namespaces, or start the container with --privileged, and grade again."


@dataclass(frozen=True)
class Isolation:
    """Whether boxes are isolated here; text is what results say, options are bubblewrap's."""

    bwrap: str
    text: str
    options: tuple[str, ...] = ()

    @property
    def real(self) -> bool:
        """Whether the system keeps the box in."""
        return bool(self.bwrap)

    @property
    def capable(self) -> bool:
        """Whether the first process of a box may close it further: see grader.inside.confine."""
        return self.options == CAPABLE


@functools.cache
def isolation() -> Isolation:
    """Find out whether bubblewrap works here."""
    if not PROC:
        other = f"{sys.platform} has no bubblewrap. Grade on Linux."
        return Isolation("", f"NOT ISOLATED: {ELSEWHERE.get(sys.platform, other)}")
    program = shutil.which("bwrap")
    if program is None:
        return Isolation("", f"NOT ISOLATED: bubblewrap is not installed. {REMEDY}")
    whole = ["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    for options in (CAPABLE, (*UNSHARED, *NO_NAMESPACES), UNSHARED):
        command = [program, *options, *whole]
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        if not tried.returncode:
            return Isolation(program, "bubblewrap", options)
    why = tried.stderr.strip().splitlines()[-1:] or ["no reason was given"]
    return Isolation("", f"NOT ISOLATED: bubblewrap may not work here ({why[0]}). {ALLOW}")


class Box:
    """One started box: a process, its three pipes, and the way to end all of it.

    Args:
        module: The module that runs inside, such as grader.inside.runner.
        calls: The folder of the host in which only the supervisor's socket lies; read only inside.
        exchange: The folder of the host for exchanged files, where the box is not isolated.
        packages: Which packages of the grader lie in the box.
        files: Further files to show, read only: where they lie, by the name they have beside the
            notebook. The attribute of this name says where they lie for those inside.
        size_bytes: The space of each writable folder.
        names: How many files and folders each of them may hold.
        socket: A descriptor that the module gets as its argument.
        confined: Whether the box is closed before the module runs; one that keeps the right to make
            boxes of its own is not.

    Attributes:
        requests: Where the module reads; replies: where it writes; printed: where all else goes.
        folders: Folders on the disk in which the box may fill what it wants, besides the exchange.
        calls_folder: Where the socket for calls lies; calls: how those inside name this folder.
        exchange: The folder for exchanged files, as those inside name it.
        shares_files: Whether that folder is one of the host, which boxes share.
    """

    def __init__(
        self,
        module: str,
        calls: Path,
        *,
        exchange: Path | None = None,
        packages: Iterable[str] = INSIDE,
        files: Mapping[str, Path] | None = None,
        size_bytes: int = 200_000_000,
        names: int = MOST_NAMES,
        socket: int | None = None,
        confined: bool = True,
    ) -> None:
        files = files or {}
        started = [module, *([] if socket is None else [str(socket)])]
        self.isolated, self._mark = isolation().real, secrets.token_hex(8)
        self._outside = None if self.isolated else own_folder()
        self.folders: tuple[Path, ...] = ()
        self.calls_folder, self.shares_files = calls, not self.isolated
        self.calls = CALLS if self.isolated else str(calls)
        self.exchange = FILES if self.isolated else str(exchange or calls)
        if self._outside is None:
            self.files = {name: f"{LESSON}/{name}" for name in files}
            seen = mounts(calls, packages, files, size_bytes)
            walls = ["grader.inside.confine", _walls(size_bytes, names)] if confined else []
            self.process = _start_isolated(seen, [*walls, *started], socket)
        else:
            work = str(self._outside)
            self.folders = (self._outside,)
            self.files = {name: str(path) for name, path in files.items()}
            variables = _variables(work) | outside_variables(work) | {MARK: self._mark}
            self.process = _start([*PYTHON, *started], variables, [socket], folder=work)
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.requests = self.process.stdin.fileno()
        self.replies, self.printed = self.process.stdout.fileno(), self.process.stderr.fileno()

    def code(self) -> int | None:
        """Return the exit code; None while it lives."""
        return self.process.poll()

    def outermost(self, runner: int) -> int:
        """Return the process from which all of the box descend."""
        del runner  # a child of a zygote needs it to find itself
        return self.process.pid

    def end(self) -> None:
        """End every process of the box, and wait until they are gone."""
        if self.isolated:
            for pid in descendants(self.process.pid)[1:]:
                kill(pid)  # the first of them is process 1: with it the kernel ends the others
        else:
            end_all(self.process, self._mark)
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if self._outside is not None:
            remove(self._outside)


def _start_isolated(
    seen: Iterable[str], started: Iterable[str], socket: int | None
) -> subprocess.Popen[bytes]:
    """Start bubblewrap with a module; its options name places of the host, and go unseen."""
    variables = [part for pair in _variables(WORK).items() for part in ("--setenv", *pair)]
    options = [*isolation().options, "--clearenv", *seen, *variables, "--chdir", WORK]
    reading, writing = os.pipe()  # they fit: a pipe holds 64 KB
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(b"".join(os.fsencode(part) + b"\0" for part in options))
        command = [isolation().bwrap, "--args", str(reading), "--", *PYTHON, *started]
        return _start(command, {}, [socket, reading])
    finally:
        os.close(reading)


def _start(
    command: list[str],
    variables: Mapping[str, str],
    open_inside: Iterable[int | None],
    *,
    folder: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start the first process of a box; one that is not isolated works in a folder."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables,
        cwd=folder,
        start_new_session=folder is not None,  # so that one signal reaches all of it
        bufsize=0,
        pass_fds=[number for number in open_inside if number is not None],
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _variables(work: str) -> dict[str, str]:
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return (
        dict.fromkeys(threads, "1")
        | OFFLINE
        | {
            "PATH": os.pathsep.join([str(Path(PYTHON[0]).parent), "/usr/bin", "/bin"]),
            "PYTHONPATH": os.pathsep.join([LIBRARY, *packages_elsewhere()]),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": work,
            "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "MPLCONFIGDIR": str(Path(work, ".matplotlib")),
            "NBGRADER_EXECUTION": "autograde",
            "SPEEDLAB_SIZE": "small",
            "SPEEDLAB_DATA": str(Path(work, ".speedlab-data")),
        }
    )


def _walls(size_bytes: int, names: int) -> str:
    """Return what `grader.inside.confine` is told."""
    return json.dumps(
        {
            "capable": isolation().capable,
            "folders": WRITABLE,
            "size_bytes": size_bytes,
            "names": names,
            "filter": filter_text(),
        }
    )


def filter_text() -> str:
    """Return the filter for calls of the kernel as text."""
    return base64.b64encode(program()).decode()
