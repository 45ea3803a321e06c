"""Hand chunks to workers and take their answers back, with a note of when each was where.

The parent's side of the ledger; the worker's side is in worker.py.
"""

from __future__ import annotations

import time
from typing import Any

import cloudpickle

from speedlab import worker
from speedlab.errors import ChunkFailed
from speedlab.results import ChunkRun, Journey


class Ledger:
    """What the parent knows of the chunks of one map that are under way."""

    def __init__(self, fn_name: str) -> None:
        self._fn_name = fn_name
        self._packs: dict[int, tuple[float, float, int]] = {}

    def pack(self, index: int, chunk: Any) -> worker.Envelope:
        """Return a chunk in pickled form, ready to be sent."""
        packing_s = time.perf_counter()
        content = cloudpickle.dumps(chunk)
        self._packs[index] = packing_s, time.perf_counter(), len(content)
        return worker.Envelope(content)

    def open(self, envelope: worker.Envelope) -> tuple[ChunkRun, Any]:
        """Return the record of a chunk and its result.

        Raises:
            ChunkFailed: If the function raised, or its result could not travel.
        """
        record = envelope.record
        assert record is not None, "a worker sent no record"
        try:
            answer = cloudpickle.loads(envelope.content)
        except Exception as error:  # whatever its class does when it is put together again
            raise self._failed(record.chunk, _not_unpacked(error)) from error
        if record.failed:
            raise self._failed(record.chunk, answer)
        return self._complete(record, envelope), answer

    def _complete(self, there: worker.Record, back: worker.Envelope) -> ChunkRun:
        packing_s, packed_s, size = self._packs.pop(there.chunk)
        journey = Journey(
            packing_s=packing_s,
            packed_s=packed_s,
            sent_s=there.sent_s,
            arrived_s=there.arrived_s,
            answered_s=back.sent_s,
            received_s=back.arrived_s,
            ready_s=there.ready_s,
            chunk_bytes=size,
            answer_bytes=len(back.content),
            cpu_arrived_s=there.cpu_arrived_s,
            cpu_answered_s=back.cpu_s,
        )
        return ChunkRun(
            there.chunk,
            there.pid,
            there.start_s,
            there.stop_s,
            there.waited_s,
            there.cpu_s,
            there.thread_s,
            journey,
        )

    def _failed(self, index: int, failure: worker.Failure) -> ChunkFailed:
        error = ChunkFailed(
            f"{self._fn_name} failed on chunk {index}: {failure.kind}: {failure.message}",
            failure.where,
            f"Call it on chunks[{index}] alone, without workers, and look there.",
        )
        error.__cause__ = failure.original()  # as `raise ... from` would
        return error


def _not_unpacked(error: Exception) -> worker.Failure:
    where = "The result arrived, but could not be unpacked here."
    return worker.Failure(type(error).__name__, worker.message_of(error), where, None)
