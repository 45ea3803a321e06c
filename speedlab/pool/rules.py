"""What happens to a chunk that fails or takes too long, and how many travel in one message."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real

from speedlab.core.errors import BadInput, SpeedlabError, warn


@dataclass(frozen=True)
class FailedChunk:
    """What stands in the place of a result that could not be had.

    Attributes:
        index: The chunk's number, from 0.
        error: What happened: a ChunkFailed, whose cause is the original exception, a
            ChunkTimedOut or a WorkerDied.

    >>> found = FailedChunk(3, SpeedlabError("It failed."))
    >>> found.index, str(found.error)
    (3, 'It failed.')
    """

    index: int
    error: SpeedlabError


@dataclass(frozen=True)
class Rules:
    """How one map treats its chunks.

    Attributes:
        on_error: "raise" ends the map at the first failure; "collect" puts it in its place.
        timeout_s: How long one chunk may take; None sets no limit.
        batch: How many chunks travel in one message; "auto" measures the first ones.
    """

    on_error: str = "raise"
    timeout_s: float | None = None
    batch: int | str = 1

    @property
    def collects(self) -> bool:
        """Whether the map goes on where a chunk fails."""
        return self.on_error == "collect"

    @property
    def ends_workers(self) -> bool:
        """Whether one worker may end while the others go on."""
        return self.collects or self.timeout_s is not None


def check(rules: Rules, engine: str) -> Rules:
    """Return the rules, unless they say nothing sensible.

    Raises:
        BadInput: If an option cannot be used, or not with this engine.
    """
    if rules.on_error not in ("raise", "collect"):
        raise BadInput(
            f"on_error={rules.on_error!r} is unknown.",
            "A failure either ends the map or is collected in the place of its result.",
            'Leave on_error out, or write on_error="collect".',
        )
    if not _is_batch(rules.batch):
        raise BadInput(
            f"batch={rules.batch!r} is no number of chunks.",
            "It says how many travel in one message.",
            'Write a whole number of at least 1, or batch="auto".',
        )
    if rules.timeout_s is not None:
        _check_timeout(rules.timeout_s, engine)
    return rules


def _is_batch(batch: object) -> bool:
    if isinstance(batch, str):
        return batch == "auto"
    return isinstance(batch, Integral) and not isinstance(batch, bool) and int(batch) >= 1


def _check_timeout(timeout_s: object, engine: str) -> None:
    number = isinstance(timeout_s, Real) and not isinstance(timeout_s, bool)
    if not number or not math.isfinite(timeout_s) or timeout_s <= 0:  # type: ignore[arg-type, operator]
        raise BadInput(
            f"timeout_s={timeout_s!r} is no time limit.",
            "No chunk can keep to it: it must be a number of seconds above 0.",
            "Write for example timeout_s=60, or leave it out for no limit.",
        )
    if engine != "processes":
        raise BadInput(
            f'A time limit for each chunk cannot be kept with engine="{engine}".',
            "Only a process of this machine can be ended in the middle of a chunk while the others "
            "go on.",
            'Leave timeout_s out, or use engine="processes".',
        )


def warn_of(failures: Sequence[FailedChunk], n_chunks: int) -> None:
    """Say in one warning how many chunks failed, and what happened to the first."""
    if not failures:
        return
    first = min(failures, key=lambda failed: failed.index)
    warn(
        f"{len(failures)} of {n_chunks} chunks failed; their results are FailedChunk. "
        f"The first is chunk {first.index}: {first.error.what}"
    )
