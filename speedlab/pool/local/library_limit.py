"""How many threads numeric libraries may use while threads of the notebook do the work.

Worker processes are told once, when they start. Here a library has one setting for the whole
process, whichever thread asks: so the first chunk under way sets it, and the last puts it back.
Between the maps the serial side has all cores, as before.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Hashable
from typing import Any


class LibraryLimit:
    """Counts the chunks under way, and holds the libraries to few threads meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[Hashable] = Counter()
        self._limits: Any = None
        self._found: Any = None
        self._modules = 0

    def hold(self, owner: Hashable, threads: int) -> None:
        """Count one more chunk of an owner; the first of all sets the limit."""
        with self._lock:
            first = not self._under_way
            self._under_way[owner] += 1
            if first:
                libraries = self._libraries()
                if any(library["num_threads"] > threads for library in libraries.info()):
                    self._limits = libraries.limit(limits=threads, user_api="blas")

    def release(self, owner: Hashable) -> None:
        """Count one chunk less; the last of all lifts the limit."""
        with self._lock:
            self._under_way[owner] -= 1
            self._lift(owner)

    def drop(self, owner: Hashable) -> None:
        """Forget the chunks of an owner who has given them up."""
        with self._lock:
            self._under_way[owner] = 0
            self._lift(owner)

    def in_this_thread(self, threads: int) -> None:
        """Limit the libraries that keep a setting for each thread, as those with OpenMP do."""
        with self._lock:
            self._libraries().limit(limits=threads, user_api="openmp")

    def _lift(self, owner: Hashable) -> None:
        if self._under_way[owner] <= 0:  # less: it had been dropped meanwhile
            del self._under_way[owner]
        if not self._under_way and self._limits is not None:
            self._limits.restore_original_limits()
            self._limits = None

    def _libraries(self) -> Any:
        """Return the libraries; looking for them takes 3 ms, so only where modules came."""
        import threadpoolctl

        if self._modules != len(sys.modules):
            self._found, self._modules = threadpoolctl.ThreadpoolController(), len(sys.modules)
        return self._found


library_limit = LibraryLimit()
"""The one of this process."""
