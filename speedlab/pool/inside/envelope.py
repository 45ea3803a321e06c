"""What travels between a pool and its workers: pickled bytes, and the notes of their journey."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

from speedlab.core.records import ChunkRun

_FIELDS = [field.name for field in fields(ChunkRun) if field.name != "journey"]


class Envelope:
    """Pickled bytes that note, on their way, when they left and when they arrived.

    A thread of the notebook gets and gives the object itself, and notes the times itself.

    The executor pickles an envelope just before it writes to the pipe, and unpickles it just
    after it has read all of it: so the notes tell transport from waiting, on a stock executor.

    Args:
        content: A pickled chunk on the way there; a pickled result or Failure on the way back.
            Between threads, these themselves.
        record: On the way back, what the worker noted of the chunk.
        shift_s: What must be added to the clock here, so that the other side understands it.
        of_map: A number of the map it belongs to, unlike that of any other map.
    """

    def __init__(
        self,
        content: Any,
        record: Record | None = None,
        *,
        shift_s: float = 0.0,
        of_map: int = 0,
    ) -> None:
        self.content = content
        self.record = record
        self.shift_s = shift_s
        self.of_map = of_map
        self.sent_s = self.arrived_s = self.cpu_s = 0.0

    def __reduce__(self) -> tuple[Callable[..., Envelope], tuple[Any, ...]]:
        sent_s = time.perf_counter() + self.shift_s
        return _arrived, (
            self.content,
            self.record,
            sent_s,
            time.process_time(),
            self.of_map,
        )


class Record(NamedTuple):
    """What a worker noted of one chunk: plain numbers, as these are cheap to pickle."""

    run: tuple[Any, ...]
    """What fields_of(ChunkRun) says."""
    sent_s: float
    arrived_s: float
    ready_s: float
    cpu_arrived_s: float
    failed: bool


def fields_of(run: ChunkRun) -> tuple[Any, ...]:
    """Return the fields of a chunk's run in their order, without the journey, which comes last."""
    return tuple(getattr(run, name) for name in _FIELDS)


def _arrived(
    content: bytes, record: Record | None, sent_s: float, cpu_s: float, of_map: int
) -> Envelope:
    envelope = Envelope(content, record, of_map=of_map)
    envelope.sent_s, envelope.cpu_s = sent_s, cpu_s
    envelope.arrived_s = time.perf_counter()
    return envelope
