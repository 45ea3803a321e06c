"""Hand chunks to workers and take their answers back, with a note of when each was where.

The parent's side of the ledger; the worker's side is in inside/.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cloudpickle

from speedlab.core.records import ChunkRun, Journey, MapTrace
from speedlab.pool.checks import obstacles
from speedlab.pool.checks.worker_lines import chunk_failed
from speedlab.pool.inside.envelope import Envelope, Record
from speedlab.pool.inside.failed import failures


class Ledger:
    """What the parent knows of the chunks of one map that are under way.

    Args:
        fn_name: What the function is called in an error.
        pickled: Whether chunks and results travel as bytes; threads get and give them as they are.
    """

    def __init__(self, fn_name: str, *, pickled: bool = True) -> None:
        self._fn_name = fn_name
        self._pickled = pickled
        self.of_map = secrets.randbits(62)
        """A number that no other map has."""
        self._packs: dict[int, tuple[float, float, int]] = {}
        self._looked_at: set[type] = set()

    def pack(self, index: int, chunk: Any) -> Envelope:
        """Return a chunk ready to be sent: in pickled form, where it must be.

        Raises:
            BadInput: If something in it cannot go to a worker.
        """
        packing_s = time.perf_counter()
        content = self._packed(index, chunk) if self._pickled else chunk
        self._packs[index] = packing_s, time.perf_counter(), self._size_bytes(content)
        return Envelope(content, of_map=self.of_map)

    def open(self, envelope: Envelope) -> tuple[ChunkRun, Any]:
        """Return the record of a chunk and its result.

        Raises:
            ChunkFailed: If the function raised, or its result could not travel.
        """
        record = envelope.record
        assert record is not None, "a worker sent no record"
        try:
            answer = cloudpickle.loads(envelope.content) if self._pickled else envelope.content
        except Exception as error:  # whatever its class does when it is put together again
            why = "The result arrived, but could not be unpacked here."
            failure = failures.in_words(error, why=why)
            error = error.with_traceback(None)  # frames of ours and of the unpacking
            raise chunk_failed(self._fn_name, record.run[0], failure, error) from error
        if record.failed:
            raise chunk_failed(self._fn_name, record.run[0], answer)
        return self._complete(record, envelope), answer

    def noted(self, envelope: Envelope) -> ChunkRun:
        """Return the record of a chunk that failed."""
        assert envelope.record is not None, "a worker sent no record"
        return self._complete(envelope.record, envelope)

    def _packed(self, index: int, chunk: Any) -> bytes:
        if type(chunk) not in self._looked_at:
            obstacles.check_chunk(index, chunk)
            self._looked_at.add(type(chunk))
        return obstacles.pack_chunk(index, chunk)

    def _size_bytes(self, content: Any) -> int:
        return len(content) if self._pickled else 0

    def _complete(self, there: Record, back: Envelope) -> ChunkRun:
        packing_s, packed_s, size = self._packs.pop(there.run[0])
        journey = Journey(
            packing_s=packing_s,
            packed_s=packed_s,
            sent_s=there.sent_s,
            arrived_s=there.arrived_s,
            answered_s=back.sent_s,
            received_s=back.arrived_s,
            ready_s=there.ready_s,
            chunk_bytes=size,
            answer_bytes=self._size_bytes(back.content),
            cpu_arrived_s=there.cpu_arrived_s,
            cpu_answered_s=back.cpu_s,
        )
        fields: tuple[Any, ...] = (
            *there.run,
            journey,
        )  # dataclasses.replace() takes ten times as long
        return ChunkRun(*fields)


@dataclass
class Trace:
    """What is noted of a map while it runs."""

    clock: Callable[[], float]
    """What handing out and taking back costs this process."""
    start_s: float = field(default_factory=time.perf_counter)
    cpu_s: float = 0.0
    packed_s: float = 0.0
    runs: list[ChunkRun] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cpu_s = self.clock()

    def done(self) -> MapTrace:
        """Return the trace of the map, which is over now."""
        cpu_s, stop_s = self.clock() - self.cpu_s, time.perf_counter()
        runs = sorted(self.runs, key=lambda run: run.index)
        return MapTrace(self.start_s, stop_s, tuple(runs), self.packed_s, cpu_s)
