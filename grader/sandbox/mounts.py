"""What a box sees of the file system: bubblewrap's options, in the order in which it mounts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.sandbox.unisolated import PACKAGE, packages_elsewhere, python_folders, speedlab_folder

LIBRARY, LESSON, WORK = "/box/lib", "/box/lesson", "/box/work"
CALLS, FILES = "/box/calls", "/box/files"
WRITABLE = ("/dev/shm", "/tmp", WORK, FILES)
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETTINGS = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/alternatives",
)
NAMES = ("hosts", "nsswitch.conf")
"""Whose names are known in a box: its own. All others are refused at once, and nobody is asked."""


def mounts(
    calls: Path, packages: Iterable[str], files: Mapping[str, Path], size_bytes: int
) -> list[str]:
    """Return bubblewrap's options for all that a box sees of the file system."""
    ours = [*_python_mounts(), *_our_mounts(packages, files), *_read_only(calls, CALLS)]
    # The folders in which all this is mounted are memory too, and of no limited size. And where the
    # grader runs as root, its user owns the kernel's settings in /proc/sys, without any right.
    closed = [part for place in ("/dev", "/proc", "/") for part in ("--remount-ro", place)]
    return [*_system_mounts(size_bytes), *ours, *closed]


def _system_mounts(size_bytes: int) -> list[str]:
    options: list[str] = []
    for name in SYSTEM:
        if Path(name).is_symlink():
            options += ["--symlink", os.readlink(name), name]  # noqa: PTH115
        elif Path(name).exists():
            options += _read_only(name)
    for name in SETTINGS:
        options += ["--ro-bind-try", name, name]
    options += ["--proc", "/proc", "--dev", "/dev"]
    for name in WRITABLE:
        options += ["--size", str(size_bytes), "--tmpfs", name]
    return options


def _python_mounts() -> list[str]:
    """Return the mounts of this Python; they follow the empty /tmp, in which it may itself lie."""
    outside = [name for name in python_folders() if not Path(name).is_relative_to("/usr")]
    return [part for name in [*outside, *packages_elsewhere()] for part in _read_only(name)]


def _our_mounts(packages: Iterable[str], files: Mapping[str, Path]) -> list[str]:
    """Return the mounts of speedlab, of a few files of the grader, and of the lesson."""
    speedlab = speedlab_folder()
    options = _read_only(speedlab, f"{LIBRARY}/speedlab")
    options += ["--ro-bind-try", str(speedlab.parent / "datasets"), f"{LIBRARY}/datasets"]
    for name in NAMES:
        options += _read_only(PACKAGE / "inside" / "etc" / name, f"/etc/{name}")
    for name in ("__init__.py", *packages):
        options += _read_only(PACKAGE / name, f"{LIBRARY}/grader/{name}")
    for name, path in files.items():
        options += _read_only(path, f"{LESSON}/{name}")
    return options


def _read_only(place: str | Path, seen_at: str = "") -> list[str]:
    return ["--ro-bind", str(place), seen_at or str(place)]
