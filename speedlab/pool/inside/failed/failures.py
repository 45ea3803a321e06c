"""What went wrong in a worker, in a form that survives the way to the notebook."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cloudpickle

from speedlab.core.errors import refused_by_system
from speedlab.pool.inside.failed import recipes, sendable
from speedlab.pool.inside.failed.frames import Frame, frames_of

LONGEST = 600
"""Characters of a message that are kept: some hold the whole data."""
LARGEST = 10_000_000
"""Bytes of a pickled exception above which only its words travel."""
_FINISH = {
    "a coroutine": "Write def in place of async def, or return asyncio.run(...) of it.",
    "an open file": "Return the file's name, or what is in it.",
}
_LIST = "Let it return the finished values, for example list(...) of it."
DEEPEST, WIDEST = 8, 5
"""How far causes are followed, and how many exceptions of a group are told."""


@dataclass(frozen=True)
class Raised:
    """One exception in words and lines, in pickled form where that survives the journey.

    Attributes:
        kind: Its class.
        message: What it says, as one sentence.
        notes: What was added to it by add_note().
        frames: The calls that led to it.
        pickled: The exception itself, without what it came from.
        source: The exception that it came from.
        meant: Whether that was said with `raise ... from`; else it came while that was handled.
        members: The exceptions of a group.
    """

    kind: str
    message: str
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    pickled: bytes | None = None
    source: Raised | None = None
    meant: bool = False
    members: tuple[Raised, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why a chunk has no result.

    Attributes:
        raised: The exception; None where the result is what cannot be used.
        what: What was wrong with the result, as the end of a sentence about the function.
        why: A sentence in place of the learner's line, where none is to blame.
        remedy: What to do, where more is known than the line.
    """

    raised: Raised | None = None
    what: str = ""
    why: str = ""
    remedy: str = ""


def in_words(error: BaseException, *, why: str = "", packed: bool = True) -> Failure:
    """Return a failure that can travel, whatever the exception is.

    Args:
        error: What was raised.
        why: A sentence for an exception that did not come from the function.
        packed: Whether the exceptions themselves are to travel along.
    """
    return Failure(_told(error, packed, set(), 0), why=why, remedy=_remedy(error))


def of_recipe(answer: Any) -> Failure | None:
    """Return what is wrong with a result that is none yet, such as a generator; else None."""
    found = recipes.recipe(answer)
    if found is None:
        return None
    return Failure(
        what=f"returned {found}",
        why="With that nothing has been computed yet: it is a recipe, and not what it makes.",
        remedy=_FINISH.get(found, sendable.PROMISE.remedy if "promise" in found else _LIST),
    )


def of_result(answer: Any, error: Exception) -> Failure:
    """Return what is wrong with a result that cannot be pickled."""
    why = "The result could not be sent back to the notebook."
    if isinstance(error, MemoryError):
        return in_words(error, why=why)
    name, found = sendable.refused_part(answer, "result")
    place = "" if name == "result" else f" (in {name})"
    return Failure(
        what=f"returned {found.kind}{place}",
        why=why,
        remedy="Return plain values: numbers, texts, lists, frames.",
    )


def message_of(error: BaseException) -> str:
    """Return what an exception says, as one sentence of bounded length.

    >>> message_of(ValueError("no rate"))
    'no rate.'
    """
    try:
        text = str(error).strip()
    except Exception:  # its own __str__ may do anything
        return "it has a message that cannot be read."
    if len(text) > LONGEST:
        return f"{text[:LONGEST]} … (cut: it goes on for {len(text) - LONGEST:,} characters)."
    return (text.rstrip(".") or "no message") + "."


def _told(error: BaseException, packed: bool, seen: set[int], depth: int) -> Raised:
    seen.add(id(error))
    alone = Raised(
        type(error).__name__,
        message_of(error),
        tuple(_notes(error)),
        frames_of(error.__traceback__),
        _pack(error) if packed else None,
    )
    if depth == DEEPEST:
        return alone
    source, meant = _source(error)
    further = source is not None and id(source) not in seen
    return replace(
        alone,
        source=_told(source, packed, seen, depth + 1) if source and further else None,
        meant=meant,
        members=tuple(_told(one, False, seen, depth + 1) for one in _members(error)),
    )


def _source(error: BaseException) -> tuple[BaseException | None, bool]:
    if error.__cause__ is not None:
        return error.__cause__, True
    return (None if error.__suppress_context__ else error.__context__), False


def _members(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions[:WIDEST] if isinstance(error, BaseExceptionGroup) else ()


def _notes(error: BaseException) -> Iterator[str]:
    notes = getattr(error, "__notes__", ())
    for note in notes[:WIDEST] if isinstance(notes, (list, tuple)) else ():
        yield str(note)[:LONGEST]


def _pack(error: BaseException) -> bytes | None:
    """Return an exception pickled, if need be without the help of its class; None if that fails."""
    kind, state = type(error), dict(getattr(error, "__dict__", {}))
    for form in (lambda: error, lambda: _Parts(kind, error.args, state)):
        try:
            packed = cloudpickle.dumps(form())
            if len(packed) <= LARGEST and isinstance(pickle.loads(packed), BaseException):
                return bytes(packed)
        except BaseException:  # its own __reduce__ or __init__ may do anything
            continue
    return None


@dataclass(frozen=True)
class _Parts:
    """An exception in parts: its class may not be able to make it again from its arguments."""

    kind: type[BaseException]
    args: tuple[Any, ...]
    state: dict[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return _put_together, (self.kind, self.args, self.state)


def _put_together(
    kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]
) -> BaseException:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _remedy(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "Let it return, or raise an error that says why: exit would end the worker."
    if isinstance(error, ImportError):
        return (
            "Workers look for modules where this process does: put the file beside the notebook, "
            "or install the library."
        )
    if isinstance(error, RecursionError):
        return "Let it stop somewhere, or write it as a loop: the calls never ended."
    if isinstance(error, (MemoryError, OSError, RuntimeError)):
        refused = refused_by_system(error)
        return refused.next_step if refused and _of_machine(error) else ""
    return ""


def _of_machine(error: BaseException) -> bool:
    # A file that is closed to the user is named by the error's own words.
    return not isinstance(error, PermissionError)
