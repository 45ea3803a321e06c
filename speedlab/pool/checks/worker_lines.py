"""Tell of an exception in a worker: the learner's own lines, from cell to cell, and its causes.

A worker knows files and numbers of lines. Which cell that was, and how its lines read, is known
to the kernel, which is this process.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from speedlab.core.errors import PACKAGE, BadInput, ChunkFailed, SpeedlabError
from speedlab.pool.checks.capture import name_of
from speedlab.pool.inside.failed import failures
from speedlab.pool.inside.failed.failures import Failure, Raised
from speedlab.pool.inside.failed.frames import SPEEDLAB, Frame


class Unsent(Exception):
    """An exception that could not leave its worker: its class and its message are left."""


def chunk_failed(
    fn_name: str, index: int, failure: Failure, original: BaseException | None = None
) -> ChunkFailed:
    """Return the error that tells of a failure on one chunk.

    Args:
        fn_name: The function, as a sentence can name it.
        index: The number of the chunk.
        failure: What a worker, or this process, says of it.
        original: The exception itself, where it was raised in this process.
    """
    alone = f"Call it on chunks[{index}] alone, without workers, and look there."
    remedy = failure.remedy or alone
    raised = failure.raised
    if raised is None:
        error = ChunkFailed(f"{fn_name} {failure.what} on chunk {index}.", failure.why, remedy)
        error.chunk = index
        return error
    what = f"{fn_name} failed on chunk {index}: {raised.kind}: {raised.message}"
    error = ChunkFailed(what, failure.why or place(raised, fn_name), remedy)
    error.chunk = index
    error.__cause__ = original or original_of(raised)  # as `raise ... from` would
    text = "\n".join(lines(raised))
    for each in (error, error.__cause__):
        with contextlib.suppress(AttributeError):  # a class may have no room for it
            each.worker_traceback = text  # type: ignore[attr-defined]
    if original is None:
        error.add_note(text)  # below the sentences, wherever Python itself prints them
    return error


def failed_here(fn_name: str, index: int, error: BaseException) -> ChunkFailed:
    """Return the error that tells of an exception of the function in this process."""
    trace = _from_learner(error.__traceback__)
    failure = failures.in_words(error, packed=False)
    return chunk_failed(fn_name, index, failure, error.with_traceback(trace))


def check_result(fn_name: str, index: int, answer: object) -> None:
    """Refuse a result that is none yet, such as a generator, as a worker does.

    Raises:
        ChunkFailed: If it is one.
    """
    failure = failures.of_recipe(answer)
    if failure is not None:
        raise chunk_failed(fn_name, index, failure)


def merged(merge: Callable[[list[Any]], Any], results: list[Any]) -> Any:
    """Return what merge makes of the results.

    Raises:
        BadInput: If it fails on them.
    """
    try:
        return merge(results)
    except SpeedlabError:
        raise
    except Exception as error:  # the learner's own code may raise anything
        raised = failures.in_words(error, packed=False).raised
        assert raised is not None, "an exception is always told"
        name = name_of(merge)
        raise BadInput(
            f"{name} failed on the results: {raised.kind}: {raised.message}",
            place(raised, name).replace("with the chunk", "with the list of results"),
            "merge gets one list with the result of each chunk, and must take any number of them.",
        ) from error.with_traceback(_from_learner(error.__traceback__))


def _from_learner(trace: TracebackType | None) -> TracebackType | None:
    """Return a trace from where it leaves our own code."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    return trace


def place(raised: Raised, fn_name: str = "it") -> str:
    """Return the sentence that names the learner's line, and what the exception came from."""
    own = [frame for frame in raised.frames if frame.file and frame.library != SPEEDLAB]
    last = raised.frames[-1] if raised.frames else None
    if own:
        said = f"It happened in {own[-1].function}, {own[-1].place()}"
        said += f" (inside {last.library})" if last and last.library else ""
    elif last is not None:
        said = f"It happened in {last.function}, inside {last.library}"
        said += f": {last.source}" if last.source else ""
    else:
        said = f"It happened when {fn_name} was called with the chunk"
    source = raised.source
    if source is not None and raised.meant and source.message != raised.message:
        said = f"{said.rstrip('.')}. It came from {source.kind}: {source.message}"
    return said if said.endswith(".") or own else f"{said}."


def lines(raised: Raised) -> list[str]:
    """Return an exception, the calls that led to it and what it came from, line by line."""
    return ["In the worker, the last call below:", *_lines(raised, "  ")]


def original_of(raised: Raised) -> BaseException:
    """Return the exception itself, with what it came from, or one that stands for it."""
    error: BaseException = Unsent(f"{raised.kind}: {raised.message.removesuffix('.')}")
    if raised.pickled:
        with contextlib.suppress(Exception):  # its class may be another one here
            error = pickle.loads(raised.pickled)
    if raised.source is not None:
        source = original_of(raised.source)
        with contextlib.suppress(AttributeError):
            if raised.meant:
                error.__cause__ = source
            else:
                error.__context__ = source
    return error


def _lines(raised: Raised, indent: str) -> Iterator[str]:
    for frame in raised.frames:
        yield indent + _call(frame)
    yield f"{indent}{raised.kind}: {raised.message}"
    yield from (f"{indent}Note: {note}" for note in raised.notes)
    for number, member in enumerate(raised.members, 1):
        first, *others = _lines(member, "")
        yield f"{indent}{number}. {first}"
        yield from (f"{indent}   {line}" for line in others)
    if raised.source is not None:
        yield (
            f"{indent}It came from:" if raised.meant else f"{indent}It came while this was handled:"
        )
        yield from _lines(raised.source, f"{indent}  ")


def _call(frame: Frame) -> str:
    if not (frame.file or frame.library):
        return f"... {frame.times} more calls ..."
    times = f" ({frame.times} times)" if frame.times > 1 else ""
    if not frame.file:
        return f"inside {frame.library}{times}"
    return f"{frame.place(named=True)}{times}"
