"""What chunks lose by one another: more of them at once, each a little slower."""

from __future__ import annotations

from speedlab.core.records import Timing
from speedlab.model.loss_budget import SlowDown, slow_down

CERTAIN = 0.03
"""A share of the chunks' time below which being blocked longer is no sign of a lock."""


def factors(slower: SlowDown, measured: int, busy: int) -> tuple[float, float]:
    """Return how many times as long as serially a chunk takes: at most, and at least.

    What slows down a chunk that has its core, such as memory, stays at least as it was measured,
    and grows at most with every further busy worker. Waiting for one another grows at least so, and
    at most as before something that serves one at a time. With one worker measured nothing grows.

    Args:
        slower: How much longer chunks took when it was measured.
        measured: With how many workers that was.
        busy: How many workers have a chunk at once.
    """
    if measured == 1:
        return 1 + slower.whole, 1 + slower.whole
    more = (busy - 1) / (measured - 1)
    blocked, queue = slower.blocked * min(1.0, more), 0.0
    if slower.blocked >= CERTAIN:  # else it is chance, which does not grow
        blocked = slower.blocked * more
        queue = queued(served_share(2 * slower.blocked, measured), busy) - 1
    most = slower.with_core * max(1.0, more) + max(blocked, queue)
    return 1 + most, 1 + slower.with_core * min(1.0, more) + blocked


def wait_for_one_another(timing: Timing) -> bool:
    """Return whether several workers were blocked longer than one core was, beyond chance."""
    return timing.workers > 1 and slow_down(timing).blocked >= CERTAIN


def queued(share: float, workers: int) -> float:
    """Return how many times as long a chunk takes if a share of it is served one at a time.

    Args:
        share: Which part of a chunk needs what all workers share, for example a lock.
        workers: How many workers go from chunk to chunk.

    Source: M. Reiser and S. Lavenberg, Mean value analysis, J. ACM 27(2), 1980.

    >>> queued(1.0, 4), queued(0.0, 4), round(queued(0.3, 2), 2)
    (4.0, 1.0, 1.09)
    """
    length, in_line = 1.0, 0.0
    for count in range(1, workers + 1):
        served = share * (1 + in_line)
        length = 1 - share + served
        in_line = count * served / length
    return length


def served_share(longer: float, workers: int) -> float:
    """Return the share that must be served one at a time, for chunks to take so much longer.

    >>> round(served_share(0.09, 2), 3), served_share(9.0, 2)
    (0.3, 1.0)
    """
    low, high = 0.0, 1.0
    if queued(high, workers) <= 1 + longer:
        return high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if queued(middle, workers) < 1 + longer else (low, middle)
    return high
