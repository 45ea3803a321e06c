"""The machine described, as far as it explains the figures: no names of hosts, users, folders."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from speedlab.core.cpus import cpu_quota, usable_cpus

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn")
PEERS = ("joblib", "mpire", "multiprocess", "dill", "ray", "distributed", "cloudpickle")


def describe(measured: Sequence[str] = (*LIBRARIES, *PEERS)) -> dict[str, Any]:
    """Return processor, cores, memory, system and the versions of what is measured."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "usable_cores": usable_cpus(),
        "quota": cpu_quota(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in measured},
    }


def processor() -> str:
    """Return the processor's own name, or its architecture where the system keeps it to itself."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()


def slug(machine: dict[str, Any]) -> str:
    """Return a file name for a machine.

    >>> slug({"processor": "AMD EPYC (TM)", "usable_cores": 2})
    'amd-epyc-tm-2-cores'
    """
    name = f"{machine['processor']} {machine['usable_cores']} cores".lower()
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
