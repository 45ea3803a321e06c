"""In which order chunks were handed out: asked of the calls, not of what the answer says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Calls = Sequence[tuple[int, Any]]
"""The process and the chunk of each call, in the order in which they came."""


def in_turn(calls: Calls, chunks: Iterable[Any], workers: int) -> bool:
    """Tell whether chunks may have been handed out in this order, one at a time.

    Whoever takes a chunk may be slow to begin with it. So each of the other workers may be one
    chunk behind, and no more. And the first calls, which wait until as many have come as there are
    workers, are those of the first chunks: else somebody took several at once.

    Args:
        calls: As a Rendezvous notes them.
        chunks: In the order wanted.
        workers: How many processes took them.

    >>> calls = [(1, 9), (2, 5), (2, 3), (1, 4)]
    >>> in_turn(calls, [9, 5, 4, 3], 2), in_turn(calls, [3, 4, 5, 9], 2)
    (True, False)
    """
    wanted, begun = list(chunks), [chunk for _, chunk in calls]
    first = wanted[:workers]
    for chunk in begun[:workers]:
        if chunk not in first:
            return False
        first.remove(chunk)
    for chunk in begun:
        if chunk not in wanted[:workers]:  # at most workers - 1 before it have not begun yet
            return False
        wanted.remove(chunk)
    return not wanted
