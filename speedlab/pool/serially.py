"""What a map does inside a worker: one chunk after the other, by the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from speedlab.core.errors import ChunkFailed
from speedlab.pool.checks.capture import name_of
from speedlab.pool.flow import Came
from speedlab.pool.rules import FailedChunk, Rules


def serially(fn: Callable[[Any], Any], chunks: Iterable[Any], rules: Rules) -> Iterator[Came]:
    """Yield the result of each chunk; a time limit is not kept, as nobody could end the chunk."""
    for index, chunk in enumerate(chunks):
        try:
            value = fn(chunk)
        except Exception as error:
            if not rules.collects:
                raise
            value = FailedChunk(index, _failed(name_of(fn), index, error))
        yield Came(index, None, value)


def _failed(name: str, index: int, error: Exception) -> ChunkFailed:
    failed = ChunkFailed(
        f"{name} failed on chunk {index}: {type(error).__name__}: {error}.",
        "It happened in a map inside a worker.",
        f"Call it on chunks[{index}] alone, without workers, and look there.",
    )
    failed.__cause__ = error
    return failed
