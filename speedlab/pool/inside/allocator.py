"""Keep freed memory for the next chunk, instead of giving it back page by page."""

from __future__ import annotations

import contextlib
import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Names of the GNU C library's mallopt(3)."""
LARGEST_KEPT_BYTES = 32 * 2**20
"""Larger blocks still go straight back; more than this the library does not take."""
MOST_KEPT_BYTES = 128 * 2**20
"""How much of its freed memory a process keeps at the end of its heap."""


def keep_freed_memory() -> bool:
    """Tell the C library to keep freed memory; return whether it took the advice.

    By default it maps each large array anew and unmaps it when it is freed, and every chunk pays
    for the same pages again: a fifth of the time of the fraud job. Where there is no GNU C
    library, nothing happens.

    >>> keep_freed_memory() in {True, False}
    True
    """
    if not sys.platform.startswith("linux"):
        return False
    with contextlib.suppress(OSError, AttributeError):  # another C library, such as musl
        mallopt = ctypes.CDLL(None).mallopt
        mapped = mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BYTES)
        return bool(mapped and mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES))
    return False
