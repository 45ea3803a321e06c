"""Limits that the kernel keeps for all of a box together: control groups, version 2.

    the grader's own group ─┬─ speedlab-graders   the processes of the grader, moved here
    (may be divided)        ├─ speedlab-box-…     one box: memory.max, no swap, pids.max
                            └─ speedlab-box-…     at its end: cgroup.kill

A group may be divided where its files may be written and nobody else is in it, as under
`systemd-run --user --scope -p Delegate=yes python -m grader …`. Elsewhere nothing is changed, and
what a box uses is watched from outside.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

from grader.sandbox.limits import Limits

TREE = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
CONTROLLERS = ("memory", "pids")
GRADERS, BOX = "speedlab-graders", "speedlab-box-"
OWN_TASKS = 8  # bubblewrap, process 1 of the box, and those that look after a fork
ENDING_S = 2.0


@functools.cache
def divided_group() -> Path | None:
    """Return the group in which boxes get groups of their own; None where that is not possible."""
    try:
        group = _own_group()
        if group is None or not set(CONTROLLERS) <= _words(group / "cgroup.controllers"):
            return None
        if group.name == GRADERS:  # a process that started this one has divided the group
            divided = set(CONTROLLERS) <= _words(group.parent / "cgroup.subtree_control")
            return group.parent if divided else None
        return group if _divide(group) else None
    except OSError:
        return None


def _own_group() -> Path | None:
    """Return the folder of this process's group; the root of the tree is nobody's to divide."""
    for line in MEMBERSHIP.read_text().splitlines():
        if line.startswith("0::/") and line != "0::/":
            return TREE / line.removeprefix("0::/")
    return None


def _words(file: Path) -> set[str]:
    return set(file.read_text().split())


def _divide(group: Path) -> bool:
    """Move this process one group down: only a group without processes hands limits on."""
    if not os.access(group / "cgroup.subtree_control", os.W_OK):
        return False
    if _words(group / "cgroup.procs") != {str(os.getpid())}:
        return False
    for left in group.glob(f"{BOX}*"):  # of a grader that was killed
        with contextlib.suppress(OSError):
            left.rmdir()
    below = group / GRADERS
    below.mkdir(exist_ok=True)
    (below / "cgroup.procs").write_text(str(os.getpid()))
    (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in CONTROLLERS))
    return True


class Group:
    """The control group of one box.

    Args:
        folder: Its folder, which exists.
        limits: What the hand-in may use.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder, self._limits = folder, limits

    @classmethod
    def around(cls, pids: Iterable[int], limits: Limits) -> Group | None:
        """Return a group with these processes in it; None where the kernel keeps no such limits."""
        place = divided_group()
        if place is None:
            return None
        group = cls(place / f"{BOX}{secrets.token_hex(8)}", limits)
        try:
            group._fill(pids)
        except OSError:
            group.end()
            return None
        return group

    def _fill(self, pids: Iterable[int]) -> None:
        self._folder.mkdir()
        (self._folder / "memory.max").write_text(str(self._limits.memory_bytes))
        for name, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            with contextlib.suppress(OSError):  # a system without swap has no such file
                (self._folder / name).write_text(value)
        (self._folder / "pids.max").write_text(str(self._limits.tasks + OWN_TASKS))
        for pid in pids:
            (self._folder / "cgroup.procs").write_text(str(pid))

    def broken(self) -> str:
        """Return which limit the kernel has enforced, as a sentence; "" if none."""
        if self._happened("memory.events", "oom_kill"):
            return f"More than {self._limits.memory_bytes / 1e9:g} GB of memory was used."
        if self._happened("pids.events", "max"):
            return f"More than {self._limits.tasks} threads ran at the same time."
        return ""

    def _happened(self, file: str, event: str) -> bool:
        with contextlib.suppress(OSError):
            lines = (self._folder / file).read_text().splitlines()
            return any(line.split() != [event, "0"] for line in lines if line.startswith(event))
        return False

    def end(self) -> None:
        """End every process of the group, and remove it."""
        with contextlib.suppress(OSError):
            (self._folder / "cgroup.kill").write_text("1")
        until_s = time.monotonic() + ENDING_S
        while self._folder.is_dir() and time.monotonic() < until_s:
            with contextlib.suppress(OSError):
                self._folder.rmdir()  # as soon as the last process has ended
                return
            time.sleep(0.01)
