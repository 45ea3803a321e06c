"""A box: processes that see a system, a Python and an empty folder, and nothing else.

    supervisor ── bwrap ── process 1 of the box ── runner ── whatever the learner's code starts
                           (ends: everything ends)

What the box holds is listed in `_mounts`: the system and the interpreter, read only; the package
speedlab and the few files of the grader that run inside; one folder for exchange. All else is
empty memory of a limited size. Where bubblewrap is missing or forbidden, the same runner starts as
a plain process, and every result says so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.plain import (
    MARK,
    PACKAGE,
    elsewhere,
    end_all,
    outside_variables,
    own_folder,
    speedlab_folder,
)
from grader.system import PROC
from grader.watchdog import descendants, kill

INSIDE = (
    "__init__",
    "children",
    "crossing",
    "faults",
    "lesson_files",
    "pools",
    "probe",
    "runner",
    "shell",
    "system",
    "tables",
)
"""The modules of the grader that the learner's code may read: none holds a check."""
LIBRARY, LESSON, WORK = "/box/lib", "/box/lesson", "/box/work"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETTINGS = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/alternatives",
)
ALONE = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
# As user 0 of its own namespace, or else bubblewrap makes a second one that owns no mounts.
RIGHTFUL = (*ALONE, "--unshare-user", "--uid", "0", "--gid", "0")
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
    for options in ((*ALONE, *NO_NAMESPACES), ALONE):
        command = [program, *options, *whole]
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        if not tried.returncode:
            return Isolation(program, "bubblewrap", options)
    why = tried.stderr.strip().splitlines()[-1:] or ["no reason was given"]
    return Isolation("", f"NOT ISOLATED: bubblewrap may not work here ({why[0]}). {ALLOW}")


class Box:
    """One started box: a process, its three pipes, and the way to end all of it.

    Args:
        module: The module that runs inside, such as grader.runner.
        exchange: A folder that both sides see under the same name.
        modules: Which modules of the grader lie in the box.
        files: Further files to show, read only: where they lie, by the name they have beside the
            notebook. The attribute of this name says where they lie for those inside.
        size_bytes: The space of each writable folder.
        socket: A descriptor that the module gets as its argument.
        rights: Capabilities that the module keeps, to make boxes of its own.

    Attributes:
        requests: Where the module reads; replies: where it writes; printed: where all else goes.
        folders: Folders on the disk in which the box may fill what it wants, besides the exchange.
    """

    def __init__(
        self,
        module: str,
        exchange: Path,
        *,
        modules: Iterable[str] = INSIDE,
        files: Mapping[str, Path] | None = None,
        size_bytes: int = 200_000_000,
        socket: int | None = None,
        rights: Iterable[str] = (),
    ) -> None:
        bwrap = isolation().bwrap
        self.isolated = bool(bwrap)
        self._outside = None if bwrap else own_folder()
        work = self._outside.name if self._outside else WORK
        self.folders = () if bwrap else (Path(work),)
        shown = {name: f"{LESSON}/{name}" for name in files or {}}
        self.files = shown if bwrap else {name: str(path) for name, path in (files or {}).items()}
        command = [sys.executable, "-P", "-m", module, *([] if socket is None else [str(socket)])]
        variables, self._mark = _variables(work), secrets.token_hex(8)
        if bwrap:
            mounts = _mounts(exchange, modules, files or {}, size_bytes)
            command = [bwrap, *_walls(mounts, variables, rights), *command]
            variables = {}
        else:
            variables |= outside_variables(work) | {MARK: self._mark}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=variables,
            cwd=None if bwrap else work,
            start_new_session=not bwrap,
            bufsize=0,
            pass_fds=[] if socket is None else [socket],
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.requests = self.process.stdin.fileno()
        self.replies, self.printed = self.process.stdout.fileno(), self.process.stderr.fileno()

    def code(self) -> int | None:
        """Return the exit code; None while it lives."""
        return self.process.poll()

    def outermost(self, runner: int) -> int:
        """Return the process from which all of the box descend."""
        del runner  # a box within a nest needs it to find itself
        return self.process.pid

    def end(self) -> None:
        """End every process of the box, and wait until they are gone."""
        if self.isolated:
            for one in descendants(self.process.pid)[1:]:
                kill(one)  # the first of them is process 1: with it the kernel ends the others
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
            self._outside.cleanup()


def _variables(work: str) -> dict[str, str]:
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return dict.fromkeys(threads, "1") | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": os.pathsep.join([LIBRARY, *elsewhere()]),
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


def _walls(mounts: list[str], variables: Mapping[str, str], rights: Iterable[str]) -> list[str]:
    """Return what bubblewrap is told before the command."""
    held = [part for right in rights for part in ("--cap-add", right)]
    known = [part for pair in variables.items() for part in ("--setenv", *pair)]
    options = RIGHTFUL if held else isolation().options
    return [*options, "--clearenv", *mounts, *known, *held, "--chdir", WORK, "--"]


def _mounts(
    exchange: Path, modules: Iterable[str], files: Mapping[str, Path], size_bytes: int
) -> list[str]:
    made: list[str] = []
    for name in SYSTEM:
        if Path(name).is_symlink():
            made += ["--symlink", os.readlink(name), name]  # noqa: PTH115
        elif Path(name).exists():
            made += ["--ro-bind", name, name]
    for name in SETTINGS:
        made += ["--ro-bind-try", name, name]
    made += ["--proc", "/proc", "--dev", "/dev"]
    for name in ("/dev/shm", "/tmp", WORK):
        made += ["--size", str(size_bytes), "--tmpfs", name]
    # After the empty /tmp: the Python that grades may itself lie in there.
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(prefix).is_relative_to("/usr"):
            made += ["--ro-bind", prefix, prefix]
    for folder in elsewhere():
        made += ["--ro-bind", folder, folder]
    package = speedlab_folder()
    made += ["--ro-bind", str(package), f"{LIBRARY}/speedlab"]
    made += ["--ro-bind-try", str(package.parent / "datasets"), f"{LIBRARY}/datasets"]
    for name in modules:
        made += ["--ro-bind", str(PACKAGE / f"{name}.py"), f"{LIBRARY}/grader/{name}.py"]
    for name, path in files.items():
        made += ["--ro-bind", str(path), f"{LESSON}/{name}"]
    # The folders in which all this is mounted are memory too, and of no limited size. And where the
    # grader runs as root, its user owns the kernel's settings in /proc/sys, without any right.
    closed = [part for place in ("/dev", "/proc", "/") for part in ("--remount-ro", place)]
    return [*made, "--bind", str(exchange), str(exchange), *closed]
