"""Two answers differ: say where, and what most likely made them differ."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from speedlab.core.errors import ResultMismatch
from speedlab.measure.equality import KIND, NO_EQUALITY, RTOL, first_difference
from speedlab.measure.values import fingerprint
from speedlab.pool.inside.notebook import random_state

ROUNDING_RTOL = 1e-4
"""Sums in single precision differ by about 1e-7 a term; a mistake seldom is as small as this."""
NEAR_ZERO = 1e-9
"""Terms that cancel leave about 1e-16 of the largest: what is as small as this may be nothing."""
OWN_TEST = "give equal=, your own test of two answers"
_PLAIN_REMEDY = (
    "Seed each chunk on its own, avoid global state, and cut the data where no chunk needs its "
    f"neighbour. If the two should count as equal, {OWN_TEST}."
)
_OWN_STREAMS = (
    "Make a generator for each chunk, from a seed and the chunk's number: "
    "np.random.default_rng([seed, number])."
)
_OTHER_EACH_TIME = (
    "The serial code gives another answer each time it runs. Seed each chunk on its own, keep "
    "nothing between calls, and change no chunk in place."
)
CHANGED_CHUNK = (
    "The function changes its chunk in place, so the next run began with other data. Work on a "
    "copy: chunk = list(chunk), or chunk.copy()."
)


def mismatch(
    serial: Any,
    parallel: Any,
    *,
    equal: str | Callable[[Any, Any], bool] = "auto",
    again: Callable[[], Any] | None = None,
) -> ResultMismatch:
    """Return the error that tells of two answers that differ.

    Args:
        serial: The serial answer.
        parallel: The parallel answer.
        equal: How they were compared, as in compare().
        again: Runs the serial code once more, if there is time for that.
    """
    place = first_difference(serial, parallel, rtol=0.0 if equal == "exact" else RTOL) or ""
    if callable(equal):  # it knows better than we what counts, and NO_EQUALITY is nothing to it
        place = "" if NO_EQUALITY in place else place
        remedy = _PLAIN_REMEDY
    else:
        remedy = _remedy(serial, parallel, place, again)
    return ResultMismatch(
        "The serial and the parallel answer differ, so no time is reported.",
        f"The first difference: {place or 'your test of equality said no'}.",
        remedy,
    )


@contextlib.contextmanager
def telling_of_causes(fn: Callable[[Any], Any], chunks: Sequence[Any]) -> Iterator[None]:
    """Name the cause of a mismatch where the function itself shows it.

    It changed its first chunk in place; it drew random numbers that no seed belongs to; or it
    asks for hash().

    Raises:
        ResultMismatch: As the code within raised it, with that cause if it is the one.
    """
    before, stood = fingerprint(chunks[0]), random_state.positions()
    try:
        yield
    except ResultMismatch as found:
        if fingerprint(chunks[0]) != before:
            remedy = CHANGED_CHUNK
        elif found.next_step in {_PLAIN_REMEDY, _OTHER_EACH_TIME}:
            remedy = _of_function(fn, random_state.drawn_since(stood)) or found.next_step
        else:
            raise
        raise ResultMismatch(found.what, found.why, remedy) from None


def _of_function(fn: Callable[[Any], Any], drawn: Sequence[str]) -> str:
    reached = random_state.functions_reached(fn)
    names = set().union(*(_names_in(one.__code__) for one in reached))
    if drawn and not {"seed", "manual_seed"} & names:
        return _of_draws(drawn)
    if any(map(random_state.captures_generator, reached)):
        return (
            "The function draws from a random generator that travels with it: each worker gets a "
            f"copy, which draws the same numbers as the others. {_OWN_STREAMS}"
        )
    if "hash" in names:
        return (
            "The function uses hash(), which gives a text another number in each session: workers "
            "agree with one another, but with this process only where PYTHONHASHSEED was set "
            "before it started. Use a hash that never changes: zlib.crc32(text.encode())."
        )
    return ""


def _of_draws(drawn: Sequence[str]) -> str:
    return (
        f"The function draws from {' and '.join(drawn)}, of which each process has its own. "
        f"{_OWN_STREAMS}"
    )


def _names_in(code: types.CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return set(code.co_names).union(*map(_names_in, inner))


def _remedy(serial: Any, parallel: Any, place: str, again: Callable[[], Any] | None) -> str:
    if NO_EQUALITY in place:
        return f"Return plain values, such as numbers, lists or frames, or {OWN_TEST}."
    if KIND in place:
        return f"Return the same kind on both sides, or {OWN_TEST}."
    stood = random_state.positions()
    if again and _another_answer(serial, again):
        drawn = random_state.drawn_since(stood)
        return _of_draws(drawn) if drawn else _OTHER_EACH_TIME
    if first_difference(serial, parallel, rtol=ROUNDING_RTOL, atol=NEAR_ZERO) is None:
        return (
            "They differ by rounding alone, as sums do that were added up in another order. Add "
            "up in double precision, or say how near is near enough: equal=np.allclose."
        )
    if _reordered(serial, parallel):
        return (
            "They hold the same parts in another order; that of a set of texts follows hash(), "
            "which differs from one session of Python to the next unless PYTHONHASHSEED is set. "
            f"Sort what you return, or {OWN_TEST}."
        )
    return _PLAIN_REMEDY


def _another_answer(serial: Any, again: Callable[[], Any]) -> bool:
    try:
        return first_difference(serial, again(), rtol=RTOL) is not None
    except Exception:  # it has run once already: the mismatch is what the user should hear of
        return False


def _reordered(a: Any, b: Any) -> bool:
    """Return whether two answers hold the same parts in another order, where they first differ."""
    try:
        ours, theirs = _parts(a), _parts(b)
        names = [list(map(repr, parts)) for parts in (ours, theirs)]
        if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
            return not isinstance(a, Mapping)  # there it is the keys that say where a part belongs
        pairs = zip(ours, theirs, strict=False)
        return next((_reordered(*p) for p in pairs if first_difference(*p, rtol=RTOL)), False)
    except Exception:  # the parts are the user's: anything may be raised
        return False


def _parts(value: Any) -> list[Any]:
    if isinstance(value, pd.DataFrame):
        by_name = value[sorted(value.columns, key=repr)]
        return [*value.columns, *by_name.itertuples(index=False, name=None)]
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value, key=repr)]
    return list(value) if isinstance(value, (list, tuple, np.ndarray, pd.Series)) else []
