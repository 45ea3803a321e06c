"""How many chunks travel in one message: many where they are tiny, one where they are not.

A message costs about a tenth of a millisecond, whatever is in it. Chunks that take less than a
millisecond therefore travel together, in messages of about ten.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from speedlab.core.records import ChunkRun
from speedlab.pool.inside.batch import Answer
from speedlab.pool.inside.envelope import Envelope

TINY_S = 1e-3
"""A chunk that takes as long or longer travels alone: the message is a tenth of it at most."""
AIM_S = 1e-2
"""How long a message should keep its worker busy."""
AROUND_S = 5e-5
"""What a chunk costs its worker around the function: unpacking, clocks, packing."""
MOST_BYTES = 2**18
"""Bytes of a message above which no further chunk joins it."""


class BatchSize:
    """How many chunks the next message takes, from what was seen of those before.

    Args:
        wanted: A number, or "auto".
        workers: How many share the work.
        total: How many chunks there are; None where a generator does not say.
    """

    def __init__(self, wanted: int | str, *, workers: int, total: int | None) -> None:
        self._wanted = wanted
        self._workers, self._total = workers, total
        self._seen, self._last = 0, 1
        self._chunk_s, self._answer_bytes = 0.0, 0.0
        self._consumer_s = 0.0

    def next(self, handed_out: int) -> int:
        """Return how many chunks the next message takes at most.

        Args:
            handed_out: How many chunks have been handed out so far.
        """
        if not isinstance(self._wanted, str):
            return self._wanted
        pace_s = max(self._chunk_s, self._consumer_s)
        if self._seen < self._workers or pace_s >= TINY_S:
            self._last = 1
            return 1
        # At the end no worker may be left with much while the others have nothing. Where the
        # number of chunks is not known, as many may follow as have been.
        left = handed_out if self._total is None else self._total - handed_out
        self._last = max(
            1,
            min(
                int(AIM_S / (pace_s + AROUND_S)),
                2 * self._last,  # step by step: the first chunks may have been the small ones
                left // (4 * self._workers),
                int(MOST_BYTES / max(1.0, self._answer_bytes)),
            ),
        )
        return self._last

    def learn(self, runs: Sequence[ChunkRun]) -> None:
        """Take in how long the chunks of one message took: what is slower counts at once."""
        if self._wanted == "auto" and runs:
            self._chunk_s = _slowly_down(
                self._chunk_s, sum(run.elapsed_s for run in runs) / len(runs), first=not self._seen
            )
            sizes = [run.journey.answer_bytes for run in runs if run.journey]
            self._answer_bytes = _slowly_down(self._answer_bytes, max(sizes, default=0))
            self._seen += len(runs)

    def learn_consumer(self, seconds: float) -> None:
        """Take in how long whoever uses the results was busy with one: faster is of no use."""
        self._consumer_s = _slowly_down(self._consumer_s, seconds)


def _slowly_down(before: float, now: float, *, first: bool = False) -> float:
    return now if first or now > before else 0.5 * (before + now)


def unpacked(envelope: Envelope) -> list[Envelope]:
    """Return the answers that came in one message, each as if it had come alone.

    The way back belongs to the last one: until then the worker had not answered at all.
    """
    answers: list[Answer] = pickle.loads(envelope.content)
    alone = [_alone(answer) for answer in answers]
    alone[-1].sent_s, alone[-1].arrived_s = envelope.sent_s, envelope.arrived_s
    alone[-1].cpu_s = envelope.cpu_s
    return alone


def _alone(answer: Answer) -> Envelope:
    envelope = Envelope(answer.content, answer.record)
    envelope.sent_s = envelope.arrived_s = answer.answered_s
    envelope.cpu_s = answer.cpu_s
    return envelope
