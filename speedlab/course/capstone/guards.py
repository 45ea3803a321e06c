"""The usual mistakes of a job that is to be shared, each with its remedy in one sentence.

What can be seen without running anything is looked for first; a function that carries an open
file or a generator is not run at all. The rest is tried on a few pieces: trial.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from speedlab.core.errors import BadInput, ChunkFailed
from speedlab.course.capstone import waits
from speedlab.course.capstone.trial import SharingTrial, look
from speedlab.measure import equality
from speedlab.pool.checks import capture, obstacles
from speedlab.pool.checks.capture import name_of

Merge = Callable[[list[Any]], Any]
DRAWS = {"default_rng", "SeedSequence", "RandomState", "Random", "Generator", "seed"} | {
    "PCG64",
    "PCG64DXSM",
    "Philox",
    "SFC64",
    "MT19937",
}
"""Names with which code makes a stream of random numbers."""
GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
TINY = 10
"""A chunk that takes less than this many times its handing over is tiny."""


@dataclass(frozen=True)
class Mistake:
    """One mistake: which guard saw it, what it saw, and what to do.

    Attributes:
        guard: The kind of mistake, in a word or two.
        what: What was seen.
        remedy: What to do about it, in one sentence.
        stops: Whether the answer would be wrong or none at all; else it would only be slow.
    """

    guard: str
    what: str
    remedy: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}"


def check(
    fn: Callable[[Any], Any], pieces: Sequence[Any], *, merge: Merge | None = None
) -> tuple[Mistake, ...]:
    """Look for the usual mistakes, and run the function on a few pieces if it can be sent.

    Args:
        fn: A function of the data of one piece.
        pieces: As cut.cut() makes them; the first three are used.
        merge: Turns a list of results into the answer; without it nobody can tell whether the
            cut changes the answer.

    Raises:
        WorkerDied: If a worker ends without an answer.
    """
    before = tuple(before_running(fn))
    if any(mistake.stops for mistake in before):
        return before
    try:
        trial = look(fn, pieces)
    except ChunkFailed as error:
        return (*before, _failed(fn, error))
    return (*before, *after_running(fn, trial, merge=merge))


def before_running(fn: Callable[[Any], Any]) -> Iterator[Mistake]:
    """Find what the function carries along and should not."""
    stuck = obstacles.stuck(fn)
    for name, obstacle in stuck:
        yield Mistake(
            "cannot travel", f"{name_of(fn)} uses {name}, {obstacle.kind}.", obstacle.remedy
        )
    if stuck:
        return
    try:
        size = len(obstacles.pack_function(fn))
    except BadInput as refused:
        yield Mistake("cannot travel", refused.what, refused.next_step)
        return
    if size > capture.LIMIT:
        yield _large(fn, size)


def after_running(
    fn: Callable[[Any], Any], trial: SharingTrial, *, merge: Merge | None
) -> Iterator[Mistake]:
    """Find what fresh workers saw: chance, memory, a bad cut, tiny chunks, waiting."""
    held_back = trial.alone.held_back
    if held_back is not None:
        what = f"{name_of(fn)} returns {held_back.kind}, which cannot come back from a worker."
        yield Mistake("cannot travel", what, "Return plain values: numbers, lists, frames.")
        return
    if all(answer is None for answer in trial.alone.answers):
        what = f"{name_of(fn)} returns None for every piece."
        remedy = (
            "End it with return and the result: what it changes in a worker's memory stays there. "
            "If it writes files, return their names, so that there is something to compare."
        )
        yield Mistake("no result", what, remedy)
        return
    unsteady = _unsteady(fn, trial)
    yield from unsteady or _cut_in_two(fn, trial, merge)
    yield from tiny(min(trial.alone.took_s), trial.overhead_s)
    yield from _waits(fn, trial)


def _waits(fn: Callable[[Any], Any], trial: SharingTrial) -> Iterator[Mistake]:
    """Find a job that does not compute: it waits, or it remembers."""
    name, took_s = name_of(fn), trial.alone.took_s
    if len(took_s) > 3 and waits.remembers([took_s[0], *took_s[2:-1]], took_s[-1]):
        what = f"{name} answers a piece that it has seen before from memory."
        remedy = "Empty its cache at the start of each call: runs are repeated when it is measured."
        yield Mistake("remembers", what, remedy, stops=False)
        return
    found = waits.waiting(trial.alone.runs, trial.together)
    if found is not None and found.for_others:
        what = (
            f"{name} waits {_short(found.together_s)} for each piece while a second worker is at "
            f"it, and {_short(found.alone_s)} alone: they wait for one another, and no number of "
            "workers helps."
        )
        remedy = "Hold the lock only for a moment, or let each worker write a file of its own."
        yield Mistake("waits for a lock", what, remedy, stops=False)
    elif found is not None and found.mostly:
        what = (
            f"{name} waits {found.share:.0%} of its time, for a disk, a service or a pause, "
            "instead of computing."
        )
        remedy = "Use threads, or more workers than cores: waiting needs no core."
        yield Mistake("only waits", what, remedy, stops=False)


def _unsteady(fn: Callable[[Any], Any], trial: SharingTrial) -> list[Mistake]:
    first, again, *others, last = trial.alone.answers
    name, agree = name_of(fn), equality.agreement
    if not agree(first, trial.other.answers[0]):
        what = f"{name} gave two answers to the same piece in two fresh workers."
        remedy = (
            "Draw random numbers from np.random.default_rng(seed) with a seed that is made from "
            "the piece, and leave the clock out of the result."
        )
        return [Mistake("unseeded randomness", what, remedy)]
    steady = agree(first, again) and agree(first, last)
    if steady and all(map(agree, others, trial.later.answers)):
        return []
    what = (
        f"{name} gave another answer to a piece after it had seen a different one."
        if steady
        else f"{name} gave another answer to a piece that it had seen before."
    )
    return [Mistake("global state", f"{what}{_kept(fn)}", _begin_anew(fn))]


def _kept(fn: Callable[[Any], Any]) -> str:
    """Name what a function may keep between its calls."""
    code = getattr(fn, "__code__", None)
    names = obstacles.globals_of(code, opcodes=("STORE_GLOBAL",)) if code else set()
    if names:
        return f" It writes the global {', '.join(sorted(names))}."
    caches = [name for name, value in obstacles.carried(fn).items() if _is_cache(value)]
    return f" It keeps something in {', '.join(sorted(caches))}." if caches else ""


def _is_cache(value: Any) -> bool:
    empty = isinstance(value, (dict, list, set)) and not value
    return empty or value is None or hasattr(value, "cache_info")


def _begin_anew(fn: Callable[[Any], Any]) -> str:
    carried = obstacles.carried(fn).items()
    shared = [name for name, value in carried if isinstance(value, GENERATORS)]
    if shared:
        return (
            f"All pieces draw from {' and '.join(shared)}: make a stream of its own for each, "
            "inside the function, such as np.random.default_rng([seed, first]) with the first "
            "number or key of the piece."
        )
    return (
        "Keep nothing between calls: begin each one from its arguments alone, and return what "
        "should be kept; what all pieces need is computed once, before they are shared out."
    )


def _cut_in_two(
    fn: Callable[[Any], Any], trial: SharingTrial, merge: Merge | None
) -> Iterator[Mistake]:
    two = trial.alone.answers[1:3]
    if merge is None or len(trial.alone.answers) < 4:
        return
    try:
        whole, parts = merge([trial.other.answers[1]]), merge(list(two))
    except Exception as error:  # the learner's own code may raise anything
        what = f"{name_of(merge)} failed on the results: {type(error).__name__}: {error}."
        yield Mistake("failure", what, "Write a merge that takes a list of any number of results.")
        return
    if equality.agreement(_unnumbered(whole), _unnumbered(parts)):
        return
    if obstacles.names_used(fn) & DRAWS:
        yield Mistake(
            "draws follow the cut",
            f"{name_of(fn)} draws other numbers for two pieces than for the two as one.",
            "That is right for a simulation with a stream for each piece: any number of workers "
            "gives the same answer, another number of chunks does not. Where that must not be, "
            "draw from a stream for each item.",
            stops=False,
        )
    else:
        yield Mistake(
            "cut changes the answer",
            f"{name_of(fn)} finds something else in two pieces than in the two as one.",
            "Keep together what belongs together, as with by='customer', or return what can be "
            "added up, such as sums and counts instead of means.",
        )


def tiny(chunk_s: float, overhead_s: float) -> Iterator[Mistake]:
    """Find chunks that are over before they are worth their way to a worker.

    Args:
        chunk_s: Seconds that the function takes with one piece.
        overhead_s: Seconds that handing over a chunk without any work takes.

    >>> [found.guard for found in tiny(0.001, 0.0005)], list(tiny(0.5, 0.0005))
    (['tiny chunks'], [])
    """
    if chunk_s < TINY * overhead_s:
        yield Mistake(
            "tiny chunks",
            f"A piece takes {_short(chunk_s)}, and handing one over {_short(overhead_s)}.",
            f"Cut the data into fewer and larger pieces, about {_times(chunk_s, overhead_s)} "
            "times as large.",
            stops=False,
        )


def _short(seconds: float) -> str:
    """Return a short time in a unit that fits.

    >>> _short(0.0002), _short(0.000001)
    ('0.20 ms', '1.0 µs')
    """
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-5 else f"{seconds * 1e6:.1f} µs"


def _times(chunk_s: float, overhead_s: float) -> str:
    return f"{min(1e6, 2 * TINY * overhead_s / max(chunk_s, 1e-9)):,.0f}"


def _unnumbered(answer: Any) -> Any:
    """Number the rows of a frame anew: pieces that are put together begin at 0 again and again."""
    if isinstance(answer, (pd.DataFrame, pd.Series)) and answer.index.dtype.kind in "iu":
        return answer.reset_index(drop=True)
    return answer


def _large(fn: Callable[[Any], Any], size: int) -> Mistake:
    what, remedy = capture.warning_text(fn, size).split(". ", 1)
    return Mistake("captured data", f"{what}.", remedy, stops=False)


def _failed(fn: Callable[[Any], Any], error: ChunkFailed) -> Mistake:
    reason = error.what.partition(": ")[2]  # without the number of a chunk, which nobody has seen
    what = f"{name_of(fn)} failed on the first pieces: {reason} {error.why}".strip()
    remedy = "Call it here on plan.sample, without workers, and mend the line that is named."
    return Mistake("failure", what, remedy)
