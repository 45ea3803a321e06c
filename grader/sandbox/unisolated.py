"""A box that is not isolated: ordinary processes, found again and ended wherever they went.

They see the system as it is. What they may use is measured from outside; what they inherit in their
variables marks them, so that one is found that has left its parents.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from grader.sandbox.cleanup import prefix
from grader.sandbox.monitor import descendants, kill, sample

PACKAGE = Path(__file__).resolve().parents[1]
MARK = "SPEEDLAB_BOX"
KEPT = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS")
"""What Windows needs to start a process at all; elsewhere there are none of these."""
PASSES = 5
GONE_S = 5.0


def own_folder() -> Path:
    """Make the folder in which such a box works."""
    return Path(tempfile.mkdtemp(prefix=prefix()))


def end_all(first: subprocess.Popen[bytes], mark: str) -> None:
    """End the processes of such a box: those that are left may start others meanwhile.

    Args:
        first: The process with which the box began.
        mark: What all of them inherited.
    """
    # Its number may belong to another process once it has ended.
    inside = set(descendants(first.pid)) if first.poll() is None else set()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(first.pid, signal.SIGKILL)
    for _ in range(PASSES):
        inside = {pid for pid in {*inside, *_marked(mark)} if sample(pid) is not None}
        if not inside:
            return
        for pid in inside:
            kill(pid)
        _wait_for(inside)


def _wait_for(pids: Iterable[int]) -> None:
    until_s = time.monotonic() + GONE_S
    while any(sample(pid) for pid in pids) and time.monotonic() < until_s:
        time.sleep(0.01)


def outside_variables(work: str) -> dict[str, str]:
    """Return the variables that a box needs besides where it sees the system as it is."""
    ours = [str(PACKAGE.parent), str(speedlab_folder().parent)]
    folders = dict.fromkeys([*ours, *packages_elsewhere()])
    windows = "SYSTEMROOT" in os.environ
    usual = {name: os.environ[name] for name in KEPT if windows and name in os.environ}
    homes = dict.fromkeys(("USERPROFILE", "APPDATA", "LOCALAPPDATA"), work) if usual else {}
    system = [str(Path(usual["SYSTEMROOT"], "System32"))] if usual else ["/usr/bin", "/bin"]
    programs = [str(Path(sys.executable).parent), *system]
    return {
        **usual,
        **homes,
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), work),
        "PATH": os.pathsep.join(programs),
        "PYTHONPATH": os.pathsep.join(folders),
        "PYTHONUTF8": "1",
    }


def _marked(mark: str) -> list[int]:
    """Return the processes that inherited a mark: they left their parents, not their variables."""
    pids = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                pids.append(process.pid)
    return pids


def packages_elsewhere() -> list[str]:
    """Return where packages lie outside the interpreter's own folders, such as a user's own."""
    own = ("/usr", *python_folders())
    packages = ("site-packages", "dist-packages")
    folders = [_without_dots(name) for name in sys.path if Path(name).name in packages]
    return [name for name in folders if not any(Path(name).is_relative_to(at) for at in own)]


def python_folders() -> list[str]:
    """Return the folders of this interpreter."""
    return list(dict.fromkeys(map(_without_dots, (sys.base_prefix, sys.prefix))))


def _without_dots(name: str) -> str:
    """Return a path without `..`: in a box the folders that it leads through are missing.

    It holds some where Python was started that way. Links stay: a virtual environment is one.
    """
    return os.path.abspath(name)  # noqa: PTH100


def speedlab_folder() -> Path:
    """Return where the package speedlab lies."""
    import speedlab

    return Path(speedlab.__file__).resolve().parent
