"""Several chunks in one message: each is run, and noted, as if it had come alone."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from speedlab.pool.inside import beginnings, runner
from speedlab.pool.inside.envelope import Envelope, Record

LONGEST_S = 0.05
"""After so long a worker sends back what it has: the rest of its message may go to others."""


class Answer(NamedTuple):
    """One chunk's answer among several."""

    content: bytes
    record: Record
    answered_s: float
    cpu_s: float


def run(function: Any, index: int | tuple[int, ...], envelope: Envelope) -> Envelope:
    """Run one chunk, or several that came in one message; never raise."""
    if isinstance(index, int):
        return runner.run(function, index, envelope)
    return run_each(runner.run, function, index, envelope)


def run_noted(
    note: str, function: Any, index: int | tuple[int, ...], envelope: Envelope
) -> Envelope:
    """Run one chunk or several, and keep a note of the one that is running."""
    beginnings.keep(note)
    answer = run(function, index, envelope)
    beginnings.end()
    return answer


def run_each(
    run_one: Callable[[Any, int, Envelope], Envelope],
    function: Any,
    indices: tuple[int, ...],
    envelope: Envelope,
) -> Envelope:
    """Run several chunks, one after the other, and return the answers of those there was time for.

    The message's own journey belongs to its first chunk, the way back to its last: every
    second of the worker is then counted once.
    """
    answers: list[Answer] = []
    sent_s, arrived_s = envelope.sent_s, envelope.arrived_s
    end_s, shift_s = time.perf_counter() + LONGEST_S, 0.0
    for index, content in zip(indices, pickle.loads(envelope.content), strict=True):
        alone = Envelope(content, of_map=envelope.of_map)
        alone.sent_s, alone.arrived_s = sent_s, arrived_s
        answer = run_one(function, index, alone)
        sent_s = arrived_s = time.perf_counter()
        shift_s, record = answer.shift_s, answer.record
        assert record is not None, "a worker always notes a record"
        answers.append(Answer(answer.content, record, arrived_s + shift_s, time.process_time()))
        if arrived_s > end_s:
            break
    return Envelope(pickle.dumps(answers), shift_s=shift_s)
