"""The same conditions on both sides of a measurement: allocator and garbage collector."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

from speedlab.pool.inside.allocator import keep_freed_memory

_lock = threading.Lock()
_measuring = {"now": 0, "thaw": False}
"""How many measurements run in this process, and whether the last shall give the heap back."""


def set_heap_aside() -> None:
    """Take what lives so far out of the garbage collector's sight: it will see what comes.

    Without this the side with the larger heap, which is the notebook, would pay for every object
    that it holds, in each full run of the collector.
    """
    gc.freeze()
    # It puts off a full run by what the last one has seen: that shall be nothing, on both sides.
    gc.collect()


@contextlib.contextmanager
def as_in_a_worker() -> Iterator[None]:
    """Give this process the conditions of a worker while the block runs.

    The allocator keeps freed memory, and the collector does not see what lives already. The
    second is undone, unless somebody had frozen objects before.

    >>> with as_in_a_worker():
    ...     gc.get_freeze_count() > 0
    True
    """
    keep_freed_memory()
    with _lock:
        if not _measuring["now"]:
            _measuring["thaw"] = gc.get_freeze_count() == 0
        _measuring["now"] += 1
    collect_and_set_aside()
    try:
        yield
    finally:
        with _lock:
            _measuring["now"] -= 1
            if not _measuring["now"] and _measuring["thaw"]:
                gc.unfreeze()


def collect_and_set_aside() -> None:
    """Free what is garbage by now, then set the rest of the heap aside."""
    gc.collect()
    set_heap_aside()
