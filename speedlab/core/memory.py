"""The memory of processes: what they use, what they may use, and what they share.

Pages that processes share must not count several times.

PSS (proportional set size) counts a page that n processes share as 1/n in each, so the PSS of a
family of processes is what they use together. Only Linux tells it. USS (unique set size) counts the
pages that a process shares with nobody.
"""

from __future__ import annotations

import contextlib
import os
import sys
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import psutil

from speedlab.core.errors import SHARED_MEMORY, BadInput, megabytes

LEAST_ADDRESS_SPACE_BYTES = 2_500_000_000
"""With less, scikit-learn and its numerical libraries did not load on two cores."""


def pss_bytes(pid: int) -> int | None:
    """Return the PSS of a process; None where the system does not tell it.

    >>> import os
    >>> pss_bytes(os.getpid()) != 0
    True
    """
    # One line of one file: psutil would read the same file for USS and swap as well.
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    if not sys.platform.startswith("linux"):
        return None
    pss: int | None = getattr(_full_info(pid), "pss", None)  # the kernel is older than 4.14
    return pss


def uss_bytes(pid: int) -> int | None:
    """Return the USS of a process; None if it has ended, or is not ours to look at."""
    uss: int | None = getattr(_full_info(pid), "uss", None)
    return uss


def _full_info(pid: int) -> Any:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).memory_full_info()
    return None


def check_address_space() -> None:
    """Refuse to go on where numerical libraries would wait for ever while they load.

    OpenBLAS reserves address space for each core, and asks again and again where it gets none.

    Raises:
        BadInput: If a limit of this shell leaves less than the libraries reserve.
    """
    with contextlib.suppress(ImportError):  # Windows has no such limit
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY and limit < LEAST_ADDRESS_SPACE_BYTES:
            raise BadInput(
                f"A process of this shell may use {limit / 1e9:.1f} GB of address space.",
                "Numerical libraries reserve more as they load, and would wait for ever.",
                "Lift the limit with ulimit -v unlimited, or start from another shell.",
            )


def reserved(size: int) -> SharedMemory:
    """Make shared memory of so many bytes, all of which can be written.

    A system gives out shared memory that it does not have: the page for which there is no room
    then ends the process that writes it, with "Bus error" and no word of why. So it is asked first.

    Raises:
        BadInput: If there is no room for it; then nothing is left behind.
    """
    with contextlib.suppress(OSError, AttributeError):  # other systems have no such place
        if (free := _free()) < size:
            raise _no_room(size, free)
    try:
        memory = SharedMemory(create=True, size=size)
    except OSError as error:
        raise _no_room(size, None) from error
    path = SHARED_MEMORY / memory.name.lstrip("/")
    if sys.platform == "linux" and path.exists():
        try:
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            memory.close()
            memory.unlink()
            raise _no_room(size, _free()) from error
    return memory


def _free() -> int:
    found = os.statvfs(SHARED_MEMORY)
    return found.f_bavail * found.f_frsize


def _no_room(size: int, free: int | None) -> BadInput:
    left = "" if free is None else f" {megabytes(free)} MB are left."
    return BadInput(
        f"There is no room for {megabytes(size)} MB of shared memory.",
        f"It is kept in {SHARED_MEMORY}, which is full or small, as in most containers.{left}",
        "Share less, give the container more (--shm-size), or let the workers read a file.",
    )
