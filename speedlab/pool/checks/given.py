"""Look at the function and the chunks before anything is started: is it what was meant?"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput
from speedlab.pool.checks.capture import name_of

ROWS = "Cut it into parts: np.array_split(x, 8), or sl.row_groups(path) for a Parquet file."


def check(
    fn: Callable[..., Any], chunks: Iterable[Any], *, setup: Callable[[], Any] | None = None
) -> None:
    """Refuse what is no function of one chunk, and what is no list of chunks.

    Nothing is taken from a generator.

    Args:
        fn: The function.
        chunks: The chunks.
        setup: A set-up, whose value the function gets as a second argument.

    Raises:
        BadInput: If it is refused.
    """
    check_function(fn, chunks)
    check_chunks(chunks)
    if setup is None:
        _check_arguments(fn, chunks)
    else:
        _check_setup(fn, setup)


def check_function(fn: Callable[..., Any], chunks: object = ()) -> None:
    """Refuse what cannot be called, or computes nothing when it is.

    Raises:
        BadInput: If it is refused.
    """
    if not callable(fn):
        swapped = "The function comes first, the chunks second: parallel_map(score, chunks)."
        raise BadInput(
            f"{type(fn).__name__} is no function.",
            "The first argument is the function that every chunk goes through.",
            swapped
            if callable(chunks)
            else "Write its name without brackets: parallel_map(score, chunks).",
        )
    for is_one, kind, remedy in _RECIPES:
        if is_one(fn) or is_one(getattr(fn, "__call__", None)):  # noqa: B004 - its code, not whether
            raise BadInput(
                f"{name_of(fn)} is {kind}.",
                "A call computes nothing yet: it returns a recipe, which cannot leave a worker.",
                remedy,
            )


_RECIPES: tuple[tuple[Callable[[Any], bool], str, str], ...] = (
    (
        inspect.isgeneratorfunction,
        "a generator function: it has a yield in it",
        "Collect the values in a list, and return that.",
    ),
    (
        inspect.iscoroutinefunction,
        "an async function",
        "Write def in place of async def, or call asyncio.run(...) inside a plain function.",
    ),
    (
        inspect.isasyncgenfunction,
        "an async generator function",
        "Write a plain function that returns a list.",
    ),
)


def check_chunks(chunks: Iterable[Any]) -> None:
    """Refuse what would be walked through in another way than is meant, or not at all.

    Raises:
        BadInput: If it is refused.
    """
    found = _misread(chunks)
    if found is not None:
        what, why, remedy = found
        raise BadInput(what, why, remedy)
    walked = hasattr(type(chunks), "__iter__") or hasattr(type(chunks), "__getitem__")
    if not walked or getattr(chunks, "ndim", 1) == 0:
        callable_ = callable(chunks)
        raise BadInput(
            f"The chunks are {'a function' if callable_ else _a(type(chunks).__name__)}.",
            "The function is called once for each chunk, so there must be several: a list.",
            "Call it first, and pass what it returns." if callable_ else "Pass a list of chunks.",
        )


def _misread(chunks: Any) -> tuple[str, str, str] | None:
    if chunks is None:
        return (
            "The chunks are None.",
            "Most often the function that made them has no return.",
            "End it with: return chunks",
        )
    if isinstance(chunks, (bool, int, float)):
        return (
            f"The chunks are a single number, {chunks!r}.",
            "The function is called once for each chunk, so there must be several.",
            f"Write range({int(chunks)}) for the numbers below it, or [{chunks!r}] for this one."
            if abs(chunks) < 1e18  # no NaN either
            else "Pass a list of chunks.",
        )
    if isinstance(chunks, (str, os.PathLike)):
        return _text(chunks)
    return _plain(chunks) or _table(chunks)


def _plain(chunks: Any) -> tuple[str, str, str] | None:
    kind = type(chunks).__name__
    if isinstance(chunks, (bytes, bytearray, memoryview)):
        return _of(kind, "single bytes", "Cut them, and pass the parts as a list.")
    if isinstance(chunks, Mapping):
        return _of(kind, "its keys alone", "Write list(chunks.items()), or list(chunks.values()).")
    if isinstance(chunks, (set, frozenset)):
        remedy = "Write sorted(chunks): results then come in an order that can be repeated."
        return _of(kind, "its members in an order that differs from run to run", remedy)
    return None


def _text(chunks: str | os.PathLike[Any]) -> tuple[str, str, str]:
    name = os.fspath(chunks)
    if isinstance(chunks, os.PathLike) or Path(str(name)).exists():
        return (
            "The chunks are the name of one file.",
            "The function is called once for each chunk, and a name is not cut by itself.",
            "Write sl.row_groups(path) for Parquet, sl.file_ranges(path, 8) for lines of text, "
            "or [path] for the whole file at once.",
        )
    return _of("str", "single letters", "Pass a list: text.split(), text.splitlines(), or [text].")


def _table(chunks: Any) -> tuple[str, str, str] | None:
    kinds = {
        "pandas": {"DataFrame": "the names of its columns", "Series": "single values"},
        "polars": {"DataFrame": "its columns", "Series": "single values"},
        "dask.dataframe": {"DataFrame": "the names of its columns"},
        "xarray": {"Dataset": "the names of its variables"},
        "pyarrow": {"Table": "its columns", "RecordBatch": "its columns"},
    }
    for library, known in kinds.items():
        for kind, what in known.items():
            there = getattr(sys.modules.get(library), kind, None)
            if isinstance(there, type) and isinstance(chunks, there):
                single = "Pass list(x) if that is meant, or cut it: np.array_split(x, 8)."
                return _of(kind, what, single if kind == "Series" else ROWS)
    return None


def _of(kind: str, walked: str, remedy: str) -> tuple[str, str, str]:
    return (
        f"The chunks are {_a(kind)}.",
        f"The function would be called with {walked}.",
        remedy,
    )


def _a(kind: str) -> str:
    if kind in ("bytes", "None"):
        return kind
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def _check_arguments(fn: Callable[..., Any], chunks: Iterable[Any]) -> None:
    """Refuse a function that cannot be called with one chunk and nothing else.

    Raises:
        BadInput: If it is refused.
    """
    try:
        # Not of what a decorator wraps: it may give some of the arguments itself.
        signature = inspect.signature(fn, follow_wrapped=False)
    except (TypeError, ValueError):  # much that is written in C does not tell
        return
    try:
        signature.bind(None)
    except TypeError:
        raise _wrong_number(fn, signature, _first(chunks)) from None


def _check_setup(fn: Callable[..., Any], setup: Callable[[], Any]) -> None:
    if not callable(setup):
        raise BadInput(
            f"setup= is no function, but {_a(type(setup).__name__)}.",
            "It is run once in each worker, before its first chunk.",
            "Write its name without brackets: setup=load_model.",
        )
    for each, arguments, remedy in (
        (setup, (), "Give the others beforehand: functools.partial(load_model, path)."),
        (fn, (None, None), "Write def score(chunk, model): and use both in it."),
    ):
        with contextlib.suppress(ValueError):  # much that is written in C does not tell
            try:
                inspect.signature(each).bind(*arguments)
            except TypeError:
                raise BadInput(
                    f"{name_of(each)} does not take {len(arguments) or 'no'} arguments.",
                    "With setup= the set-up is called with nothing, and the function with the "
                    "chunk and with what the set-up returned.",
                    remedy,
                ) from None


def _wrong_number(fn: Callable[..., Any], signature: inspect.Signature, first: Any) -> BadInput:
    needed = [
        p
        for p in signature.parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    name = name_of(fn) if name_of(fn) != "The function" else "f"
    names = ", ".join(p.name for p in needed)
    takes = f"{name_of(fn)} takes {len(needed) or 'no'} argument{'s' * (len(needed) != 1)}"
    what = f"{takes}{f' ({names})' if names else ''}."
    why = "Every chunk is one argument."
    if not needed:
        return BadInput(what, why, f"Write def {name}(chunk): and use the chunk in it.")
    one, *others = needed
    if not others:
        remedy = f"Write lambda chunk: {name}({one.name}=chunk)."
        return BadInput(what, "A chunk is given by its place, this one by its name.", remedy)
    if isinstance(first, (tuple, list)) and len(first) == len(needed):
        remedy = f"Write def {name}(chunk): {names} = chunk, or pass lambda chunk: {name}(*chunk)."
        return BadInput(what, f"{why} Here it is {_a(type(first).__name__)}.", remedy)
    given = ", ".join(f"{p.name}=..." for p in (others or [one]))
    return BadInput(what, why, f"Give the others beforehand: functools.partial({name}, {given}).")


def _first(chunks: Iterable[Any]) -> Any:
    # Only of what can be looked at again: a generator keeps its first chunk.
    return chunks[0] if isinstance(chunks, (list, tuple)) and chunks else None
