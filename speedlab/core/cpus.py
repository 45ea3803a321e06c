"""How many cores this process may really use, and how to start workers on this system."""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput

CGROUP_ROOT = Path("/sys/fs/cgroup")
PROC_CGROUP = Path("/proc/self/cgroup")


def usable_cpus() -> int:
    """Return the number of cores that this process can keep busy.

    The count respects processor affinity and the CPU quota of a container, which
    os.cpu_count() does not see (cpython#149452). It is never less than one.

    >>> usable_cpus() >= 1
    True
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = cpu_quota()
    return max(1, min(affinity or 1, math.ceil(quota) if quota else sys.maxsize))


def cpu_quota(root: Path = CGROUP_ROOT, own: Path = PROC_CGROUP) -> float | None:
    """Return the cores that control groups allow, or None where no quota is set.

    Both cgroup versions are read, from the process's own group up to the root: the
    smallest quota on the way counts.
    """
    quotas = [_quota_of(folder) for folder in _cgroup_folders(root, own)]
    return min((quota for quota in quotas if quota), default=None)


def default_start_method() -> str:
    """Return how speedlab starts workers here: forkserver on Linux, spawn elsewhere.

    fork copies a kernel that runs threads, which can hang; forkserver forks from a clean
    process with the libraries already loaded. macOS system libraries do not survive a fork.

    >>> default_start_method() in {"forkserver", "spawn"}
    True
    """
    return "forkserver" if sys.platform.startswith("linux") else "spawn"


def check_workers(workers: int | None) -> int:
    """Return a usable number of workers; None means every usable core.

    Raises:
        BadInput: If it is less than one or no whole number.
    """
    if workers is None:
        return usable_cpus()
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise BadInput(
            f"{workers!r} workers cannot do any work.",
            "A pool needs at least one worker process.",
            f"Ask for 1 or more; this machine has {usable_cpus()} usable cores.",
        )
    return workers


def context_of(name: str) -> Any:
    """Return the multiprocessing context of a start method.

    Raises:
        BadInput: If this system does not know it.
    """
    known = multiprocessing.get_all_start_methods()
    if name not in known:
        raise BadInput(
            f"The start method {name!r} is unknown here.",
            f"This system knows {', '.join(known)}.",
            "Leave start_method out to get the safe one.",
        )
    return multiprocessing.get_context(name)


def gil_enabled() -> bool:
    """Return whether the interpreter's lock lets only one thread at a time run Python code.

    Always before Python 3.13; from then on, unless this is the free-threaded build and nothing
    that was imported has switched the lock on again.

    >>> gil_enabled() in {True, False}
    True
    """
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def _cgroup_folders(root: Path, own: Path) -> list[Path]:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers not in {"", "cpu", "cpu,cpuacct", "cpuacct,cpu"}:
            continue
        base = root / controllers if controllers else root
        path = base / group.lstrip("/")
        folders += [path, *(parent for parent in path.parents if parent.is_relative_to(base))]
    return folders


def _quota_of(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return None if quota in {"max", "-1"} else int(quota) / int(period)
