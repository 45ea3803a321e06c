"""Several engines on one job: what their workers are called, and which engine is ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from speedlab.core import laws
from speedlab.core.errors import BadInput
from speedlab.core.records import Timing

NOUNS = {
    "processes": ("process", "processes"),
    "threads": ("thread", "threads"),
    "interpreters": ("interpreter", "interpreters"),
    "dask": ("Dask worker", "Dask workers"),
}
SURE = 0.9
"""How often an interval must hold the truth before an engine is called ahead: from 5 rounds on."""


@dataclass(frozen=True)
class Lead:
    """How much faster one engine was than another in the same rounds."""

    first: Timing
    other: Timing
    ratio: float
    """The median, over the rounds, of the other's seconds over the first one's."""
    low: float
    high: float
    coverage: float
    """How often such an interval holds the true ratio."""

    @property
    def rounds(self) -> int:
        """In how many rounds both ran."""
        return len(self.first.wall_s)


def named(timing: Timing, *, several: bool = False) -> str:
    """Return who worked, as "2 workers"; of several engines processes are called that.

    >>> named(Timing(2, (1.0,), (1.0,), 1.0, (), engine="threads"))
    '2 threads'
    """
    return in_words(timing.workers, timing.engine, several=several)


def in_words(workers: int, engine: str, *, several: bool = False) -> str:
    """Return for example "2 workers", "1 thread".

    >>> in_words(2, "processes"), in_words(2, "processes", several=True)
    ('2 workers', '2 processes')
    """
    nouns = ("worker", "workers")
    if several or engine != "processes":
        nouns = NOUNS.get(engine, nouns)
    return f"{workers} {nouns[workers != 1]}"


def names(timings: Sequence[Timing]) -> tuple[str, ...]:
    """Return the engines in the order in which they were named."""
    return tuple(dict.fromkeys(timing.engine for timing in timings))


def most_workers(timings: Sequence[Timing], engine: str) -> Timing:
    """Return the series of an engine with the most workers."""
    return max((t for t in timings if t.engine == engine), key=lambda timing: timing.workers)


def find(timings: Sequence[Timing], *, workers: int | None, engine: str | None) -> Timing:
    """Return the series with this number of workers and this engine; None leaves it open.

    Raises:
        BadInput: If none was measured.
    """
    found = [t for t in timings if engine in {None, t.engine} and workers in {None, t.workers}]
    if found:
        return most_workers(found, found[0].engine)
    asked = [engine, None if workers is None else f"{workers} workers"]
    known = [named(timing, several=len(names(timings)) > 1) for timing in timings]
    raise BadInput(
        f"{', '.join(filter(None, asked))} were not measured.",
        f"This comparison holds {', '.join(known)}.",
        "Call compare() again, with them among workers=[...] and engine=[...].",
    )


def leads(timings: Sequence[Timing]) -> list[Lead]:
    """Compare the fastest engine with each other one, by the rounds in which both ran.

    Each engine stands for itself with its most workers. An engine that is faster than the fastest
    in no more rounds than chance allows has an interval that holds 1.

    Returns:
        One for each other engine; none where only one round was run.
    """
    best = [most_workers(timings, engine) for engine in names(timings)]
    fastest = min(best, key=lambda timing: median(timing.wall_s))
    found = []
    for other in best:
        ratios = [b / a for a, b in zip(fastest.wall_s, other.wall_s, strict=True)]
        interval = laws.median_interval(ratios)
        if other is not fastest and interval:
            held = interval.low, interval.high, interval.coverage
            found.append(Lead(fastest, other, median(ratios), *held))
    return found
