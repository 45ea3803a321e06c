"""A real Jupyter kernel that may hang, be flooded, leave workers behind, or die.

with PageKernel(folder) as kernel:      in a session of its own, with a tag in its environment
    shown = kernel.run("1 + 1", seconds=30)
    kernel.left_behind()                what its code started, and what is still running
# here the kernel and everything that carries its tag have ended
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from queue import Empty
from typing import Any, Literal, Self

import psutil

from grader.sandbox.monitor import SERVANTS, descendants, kill, sample

START_S = 120.0
LOOK_S = 0.2
ENDING_S = 3.0
POLL_S = 0.05
LONGEST, MOST_SHOWN = 20_000, 50
"""Characters of a display, and displays, that are kept; a flood is read on, and dropped."""
TAG = "SPEEDLAB_PROVING"
ROOT = Path(__file__).resolve().parents[2]
End = Literal["done", "late", "lost"]


@dataclass(frozen=True)
class Shown:
    """What a cell showed: its displays as lines of text, its error, and how it ended."""

    lines: tuple[str, ...] = ()
    error: str = ""
    end: End = "done"


class PageKernel:
    """A kernel as JupyterLab would start it for a lesson, in the lesson's small size.

    Args:
        folder: Where it starts: the lesson's files lie there.
        scratch: Where it may leave what it likes.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder, self._scratch = folder, scratch
        self._tag = uuid.uuid4().hex
        self._manager: Any = None
        self._client: Any = None
        self._servants = set[int]()

    def __enter__(self) -> Self:
        from jupyter_client.manager import KernelManager

        try:
            file = str(self._scratch / "connection.json")
            self._manager = KernelManager(kernel_name="python3", connection_file=file)
            log = (self._scratch / "kernel.log").open("w", encoding="utf-8")
            with log:
                self._manager.start_kernel(
                    cwd=str(self._folder), env=self._environment(), stdout=log, stderr=log
                )
            self._client = self._manager.blocking_client()
            self._client.start_channels()
            self._client.wait_for_ready(timeout=START_S)
        except BaseException:  # an Interrupt, too
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _environment(self) -> dict[str, str]:
        path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {
            "SPEEDLAB_SIZE": "small",
            "PYTHONPATH": os.pathsep.join(path),
            "TMPDIR": str(self._scratch),
            "IPYTHONDIR": str(self._scratch / "ipython"),  # nobody's own start-up files
            TAG: self._tag,
        }
        environment.pop("NBGRADER_EXECUTION", None)
        return environment

    @property
    def _pid(self) -> int:
        provisioner = getattr(self._manager, "provisioner", None)
        return int(getattr(provisioner, "pid", None) or 0)

    def run(self, code: str, *, seconds: float, hidden: bool = False) -> Shown:
        """Run a cell and return what it showed.

        The reply and the end are both waited for: either may come first.

        Args:
            code: Its text.
            seconds: After which it is late, and this kernel of no use any more.
            hidden: Whether it stays out of the kernel's history.
        """
        request = self._client.execute(code, silent=hidden, store_history=not hidden)
        until_s = time.monotonic() + seconds
        kept, error, answered, idle = list[str](), "", False, False
        while not (answered and idle):
            if time.monotonic() > until_s:
                return Shown(_lines(kept), error, "late")
            answered = answered or self._has_answered(request)
            try:
                message = self._client.get_iopub_msg(timeout=LOOK_S)
            except Empty:
                if not self._manager.is_alive():
                    return Shown(_lines(kept), error, "lost")
                continue
            if message["parent_header"].get("msg_id") != request:
                continue  # of an earlier cell, or of what it left running
            content, kind = message["content"], message["msg_type"]
            if kind == "error":
                error = f"{content['ename']}: {content['evalue']}"[:LONGEST]
            elif kind in ("display_data", "execute_result"):
                kept.append(_text(content["data"])[:LONGEST])
                del kept[:-MOST_SHOWN]  # the check speaks last
            idle = idle or content.get("execution_state") == "idle"
        return Shown(_lines(kept), error)

    def _has_answered(self, request: str) -> bool:
        """Return whether the kernel's own reply to a request has come; older ones are dropped."""
        with contextlib.suppress(Empty):
            while True:
                message = self._client.get_shell_msg(timeout=0)
                if message["parent_header"].get("msg_id") == request:
                    return True
        return False

    def left_behind(self) -> bool:
        """Tell whether code left processes running; those about to end get a moment for it."""
        until_s = time.monotonic() + ENDING_S
        while any(map(_at_work, descendants(self._pid)[1:])):
            if time.monotonic() > until_s:
                return True
            time.sleep(POLL_S)
        return False

    def _end(self) -> None:
        """End the kernel and whatever carries its tag, also what has cut itself loose."""
        family = descendants(self._pid)[1:] if self._pid else []
        if self._client is not None:
            self._client.stop_channels()
        if self._manager is not None:
            with contextlib.suppress(Exception):  # it may have ended by itself
                self._manager.shutdown_kernel(now=True)
            self._manager.cleanup_resources()
        for pid in [*family, *self._tagged()]:
            if _carries(pid, self._tag):
                kill(pid)

    def _tagged(self) -> list[int]:
        return [pid for pid in psutil.pids() if pid != os.getpid() and _carries(pid, self._tag)]


def _carries(pid: int, tag: str) -> bool:
    try:
        return psutil.Process(pid).environ().get(TAG) == tag
    except psutil.Error:
        return False


def _at_work(pid: int) -> bool:
    """Tell whether a process runs that is not one which Python keeps for the next pool."""
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
    return sample(pid) is not None and not any(name in command for name in SERVANTS)


def _text(data: dict[str, Any]) -> str:
    found = data.get("text/html") or data.get("text/plain") or ""
    return str(found)


def _lines(kept: list[str]) -> tuple[str, ...]:
    """Return what was displayed as lines of plain text.

    >>> _lines(["<p class='reply'>&#x2713; Right.</p><p>Hint</p>"])
    ('✓ Right.', 'Hint')
    """
    texts = (unescape(re.sub(r"<[^>]*>", "\n", html)) for html in kept)
    lines = (" ".join(line.split()) for text in texts for line in text.split("\n"))
    return tuple(line for line in lines if line)
