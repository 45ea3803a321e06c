"""What this machine is, and what it can and cannot show."""

from __future__ import annotations

import importlib.metadata
import os
import platform

import psutil

from speedlab.core.cpus import cpu_quota, default_start_method, gil_enabled, usable_cpus
from speedlab.pool.inside import clock

PACKAGES = ("speedlab", "numpy", "pandas", "pyarrow", "scikit-learn", "jupyterlab", "nbgrader")


def machine() -> dict[str, object]:
    """Return the facts about this machine that belong beside every measurement."""
    return {
        "cpus": usable_cpus(),
        "start_method": default_start_method(),
        "python": platform.python_version(),
        "interpreter_lock": gil_enabled(),
        "system": platform.system(),
        "processor": platform.machine(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
    }


def report() -> list[str]:
    """Return the machine's facts and what follows from them, one sentence a line."""
    facts, quota = machine(), cpu_quota()
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return [
        f"Cores: {facts['cpus']} usable of {os.cpu_count()}; "
        f"quota: {f'{quota:g} cores' if quota else 'none'}.",
        f"Memory: {facts['memory_gb']} GB. System: {facts['system']} on {facts['processor']}.",
        f"Python {facts['python']}; workers start by {facts['start_method']}.",
        f"Threads of one process {_compute(bool(facts['interpreter_lock']))}.",
        f"Packages: {versions}.",
        "Waiting for a core: "
        + ("measured." if clock.run_queue_s() is not None else "estimated from the time off it."),
        *_what_it_shows(usable_cpus()),
    ]


def _compute(gil: bool) -> str:
    if gil:
        return "compute one at a time: this Python has the interpreter's lock (GIL)"
    return "compute at the same time: this Python is free-threaded"


def _what_it_shows(cpus: int) -> list[str]:
    if cpus == 1:
        return [
            "With one usable core every lesson runs and every answer can be checked.",
            "No speedup can be seen: several workers take turns on the same core.",
        ]
    return [
        f"Expect a speedup of at most {cpus}, and somewhat less in practice.",
        f"More than {cpus} workers bring nothing here; what more cores would do is a model's word.",
    ]


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
