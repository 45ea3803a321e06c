"""Where a worker notes which chunk it has begun, and when: its parent may have to end it.

A note is a file of sixteen bytes that both sides map into their memory: a note costs less than a
microsecond and needs no message, so that it is there also when the worker dies of the chunk.
"""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path
from typing import NamedTuple

_INDEX, _MOMENT = struct.Struct("<q"), struct.Struct("<d")
SIZE = 16
_kept: dict[str, mmap.mmap] = {}


class Beginning(NamedTuple):
    """The last chunk that a worker has begun."""

    number: int
    start_s: float
    """When, on the system's steady clock; 0 once the function is through with it."""


class Note:
    """The parent's view of one worker's note.

    Args:
        path: The file, which is made here.
    """

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        path.write_bytes(_INDEX.pack(-1) + _MOMENT.pack(0.0))
        self._memory = _mapped(self.path, mmap.ACCESS_READ)

    def read(self) -> Beginning:
        """Return the last chunk that the worker has begun; its number is -1 before the first."""
        return Beginning(
            _INDEX.unpack_from(self._memory, 0)[0], _MOMENT.unpack_from(self._memory, 8)[0]
        )

    def close(self) -> None:
        """Let go of the file: elsewhere than on Linux it cannot be removed before."""
        self._memory.close()


def keep(path: str) -> None:
    """Let this worker keep its notes in a file from now on."""
    if path not in _kept:
        _kept.clear()
        _kept[path] = _mapped(path, mmap.ACCESS_WRITE)


def begin(index: int) -> None:
    """Note that a chunk begins now; nothing happens in a worker that keeps no notes."""
    for memory in _kept.values():
        _MOMENT.pack_into(memory, 8, 0.0)  # first: else the new chunk would have the old moment
        _INDEX.pack_into(memory, 0, index)
        _MOMENT.pack_into(memory, 8, time.perf_counter())


def end() -> None:
    """Note that the chunk is over; it still tells which one was last."""
    for memory in _kept.values():
        _MOMENT.pack_into(memory, 8, 0.0)


def _mapped(path: str, access: int) -> mmap.mmap:
    with Path(path).open("r+b" if access == mmap.ACCESS_WRITE else "rb") as file:
        return mmap.mmap(file.fileno(), SIZE, access=access)
