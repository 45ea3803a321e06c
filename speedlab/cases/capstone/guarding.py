"""The usual mistakes of a job that is to be shared, each with its remedy in one sentence.

What can be seen without running anything is looked for first; a function that carries an open
file or a generator is not run at all. The rest is tried on a few pieces: trying.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle
import pandas as pd

from speedlab import agreement, capture
from speedlab.capture import name_of
from speedlab.cases.capstone import obstacles, trying
from speedlab.cases.capstone.trying import Seen, Trial
from speedlab.errors import ChunkFailed

Merge = Callable[[list[Any]], Any]
TINY = 10
"""A chunk that takes less than this many times its handing over is tiny."""


@dataclass(frozen=True)
class Finding:
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
) -> tuple[Finding, ...]:
    """Look for the usual mistakes, and run the function on a few pieces if it can be sent.

    Args:
        fn: A function of the data of one piece.
        pieces: As cutting.cut() makes them; the first three are used.
        merge: Turns a list of results into the answer; without it nobody can tell whether the
            cut changes the answer.

    Raises:
        WorkerDied: If a worker ends without an answer.
    """
    before = tuple(before_running(fn))
    if any(found.stops for found in before):
        return before
    try:
        trial = trying.look(fn, pieces)
    except ChunkFailed as error:
        return (*before, _failed(fn, error))
    return (*before, *after_running(fn, trial, merge=merge))


def before_running(fn: Callable[[Any], Any]) -> Iterator[Finding]:
    """Find what the function carries along and should not."""
    stuck = [
        (name, found)
        for place, value in obstacles.carried(fn).items()
        for name, found in obstacles.within(value, place)
    ]
    for name, found in stuck:
        yield Finding("cannot travel", f"{name_of(fn)} uses {name}, {found.kind}.", found.remedy)
    if stuck:
        return
    try:
        size = len(cloudpickle.dumps(fn))
    except Exception as error:  # every library refuses in its own way
        yield _unpicklable(fn, error)
        return
    if size > capture.LIMIT:
        yield _large(fn, size)


def after_running(
    fn: Callable[[Any], Any], trial: Trial, *, merge: Merge | None
) -> Iterator[Finding]:
    """Find what two fresh workers saw: chance, memory of earlier chunks, a bad cut, tiny chunks."""
    held_back = trial.alone.held_back
    if held_back is not None:
        what = f"{name_of(fn)} returns {held_back.kind}, which cannot come back from a worker."
        yield Finding("cannot travel", what, "Return plain values: numbers, lists, frames.")
        return
    if all(answer is None for answer in trial.alone.answers):
        what = f"{name_of(fn)} returns None for every piece."
        remedy = "End it with return and the result: what it changes in a worker stays there."
        yield Finding("no result", what, remedy)
        return
    unsteady = _unsteady(fn, trial.alone, trial.other)
    yield from unsteady or _cut_in_two(fn, trial, merge)
    yield from tiny(min(trial.alone.took_s), trial.overhead_s)


def _unsteady(fn: Callable[[Any], Any], alone: Seen, other: Seen) -> list[Finding]:
    first, again, last = alone.answers[0], alone.answers[1], alone.answers[-1]
    name = name_of(fn)
    if not agreement.agreement(first, other.answers[0]):
        what = f"{name} gave two answers to the same piece in two fresh workers."
        remedy = (
            "Draw random numbers from np.random.default_rng(seed) with a seed that is made from "
            "the piece, and leave the clock out of the result."
        )
        return [Finding("unseeded randomness", what, remedy)]
    if agreement.agreement(first, again) and agreement.agreement(first, last):
        return []
    code = getattr(fn, "__code__", None)
    names = obstacles.globals_of(code, opcodes=("STORE_GLOBAL",)) if code else set()
    kept = f" It writes the global {', '.join(sorted(names))}." if names else ""
    what = f"{name} gave another answer to a piece that it had seen before.{kept}"
    remedy = (
        "Keep nothing between calls: begin each one from its arguments alone, and return what "
        "should be kept."
    )
    return [Finding("global state", what, remedy)]


def _cut_in_two(fn: Callable[[Any], Any], trial: Trial, merge: Merge | None) -> Iterator[Finding]:
    two = trial.alone.answers[1:3]
    if merge is None or len(trial.alone.answers) < 4:
        return
    try:
        whole, parts = merge([trial.other.answers[1]]), merge(list(two))
    except Exception as error:  # the learner's own code may raise anything
        what = f"{name_of(merge)} failed on the results: {type(error).__name__}: {error}."
        yield Finding("failure", what, "Write a merge that takes a list of any number of results.")
        return
    if not agreement.agreement(_unnumbered(whole), _unnumbered(parts)):
        yield Finding(
            "cut changes the answer",
            f"{name_of(fn)} finds something else in two pieces than in the two as one.",
            "Keep together what belongs together, as with by='customer', or return what can be "
            "added up, such as sums and counts instead of means.",
        )


def tiny(chunk_s: float, overhead_s: float) -> Iterator[Finding]:
    """Find chunks that are over before they are worth their way to a worker.

    Args:
        chunk_s: Seconds that the function takes with one piece.
        overhead_s: Seconds that handing over a chunk without any work takes.

    >>> [found.guard for found in tiny(0.001, 0.0005)], list(tiny(0.5, 0.0005))
    (['tiny chunks'], [])
    """
    if chunk_s < TINY * overhead_s:
        yield Finding(
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


def _large(fn: Callable[[Any], Any], size: int) -> Finding:
    what, remedy = capture.warning_text(fn, size).split(". ", 1)
    return Finding("captured data", f"{what}.", remedy, stops=False)


def _unpicklable(fn: Callable[[Any], Any], error: Exception) -> Finding:
    said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    what = f"{name_of(fn)} cannot be sent to a worker: {said}."
    return Finding("cannot travel", what, "Make what it names inside the function.")


def _failed(fn: Callable[[Any], Any], error: ChunkFailed) -> Finding:
    said = error.what.partition(": ")[2]  # without the number of a chunk, which nobody has seen
    what = f"{name_of(fn)} failed on the first pieces: {said} {error.why}".strip()
    remedy = "Call it here on plan.sample, without workers, and mend the line that is named."
    return Finding("failure", what, remedy)
