"""Group the rows of files or of a table and ask something of each group, in workers.

Every group must be whole before it is asked, and its rows may lie anywhere::

    piece 1 --read, by hash of the key--> [ part 1 | part 2 | ... ]  a file for each piece
    piece 2 --read, by hash of the key--> [ part 1 | part 2 | ... ]
                                              |        |
                       worker: rows of part 1, in order; its groups are whole --> answers
                                                       |
                                                       +--> answers --> one table, as pandas has it

A table in memory is cut between its groups instead, and each worker receives its part.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from speedlab.core.errors import BadInput, ChunkFailed
from speedlab.pool.backends import usable_workers
from speedlab.pool.checks.capture import name_of
from speedlab.pool.grouped import question as questions
from speedlab.pool.grouped import sources
from speedlab.pool.grouped.question import Part, Question
from speedlab.pool.pool import NotebookPool

_NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float")
PARTS = 4
"""Parts for each worker: they are not alike in size, and whoever is free first takes the next."""


@dataclass(frozen=True)
class _Sorted:
    """Where the rows of one piece are, part by part.

    Attributes:
        path: The file.
        bounds: Where each part begins in it, and where the last one ends.
        n_rows: The rows of the piece.
        kinds: The type of each column; None for one without a value.
    """

    path: str
    bounds: tuple[int, ...]
    n_rows: int
    kinds: dict[str, Any]


@dataclass(frozen=True)
class _Gathered:
    """One part of all pieces, and the types that their columns have in the whole table."""

    pieces: tuple[tuple[str, int, int, int], ...]
    """File, begin, end, and the number of rows before the piece."""
    types: dict[str, Any]
    numbered: bool


def groupby(
    data: str | Path | pd.DataFrame,
    key: str | list[str],
    fn: str | list[Any] | dict[str, Any] | Callable[[Any], Any],
    *,
    columns: str | list[str] | None = None,
    dropna: bool = True,
    observed: bool = True,
    workers: int | None = None,
    start_method: str | None = None,
    progress: bool = True,
) -> Any:
    """Group rows by a key and ask something of each group, in worker processes.

    The answer is the one of pandas, with its types, names and order:
    ``df.groupby(key)[columns].agg(fn)``, or ``.apply(fn)`` where fn is a function. Files are read
    piece by piece, and never whole by one process.

    Args:
        data: A Parquet or CSV file, a folder of one kind, or a DataFrame. The rows of files are
            numbered from 0, through all of them.
        key: A column, or a list of them.
        fn: A function of one group, or a name such as "sum", a list of names, or a dictionary of
            columns and names. A group's rows come in their order in the data.
        columns: One column, of which a function then gets a Series, or a list of them; all but
            the keys by default.
        dropna: Whether rows without a key are left out.
        observed: Whether categories without a row are left out.
        workers: Worker processes; usable_cpus() by default.
        start_method: As in parallel_map.
        progress: Whether a bar is shown when the work takes longer than half a second.

    Raises:
        BadInput: If the data or a column are not there, or the question is none.
        ChunkFailed: If the function raises; the original exception is the cause.

    >>> sales = pd.DataFrame({"shop": ["b", "a", "b"], "amount": [1, 2, 3]})
    >>> groupby(sales, "shop", "sum", workers=1, progress=False)["amount"].to_dict()
    {'a': 2, 'b': 4}
    """
    by = list(key) if isinstance(key, (list, tuple)) else key
    asked = Question(by, fn, columns, dropna, observed)
    if not isinstance(data, (str, Path, pd.DataFrame)):
        raise BadInput(
            f"A {type(data).__name__} cannot be grouped.",
            "The data are a Parquet or CSV file, a folder of them, or a DataFrame.",
            "Pass the path or the table.",
        )
    count = usable_workers() if workers is None else workers
    with NotebookPool(count, start_method=start_method) as pool:
        try:
            if isinstance(data, pd.DataFrame):
                return _of_frame(pool, data, asked, progress)
            return _of_files(pool, data, asked, progress)
        except ChunkFailed as failed:
            raise _of_group(failed, fn) from failed.__cause__


def _of_frame(pool: NotebookPool, frame: pd.DataFrame, asked: Question, progress: bool) -> Any:
    questions.check(asked, list(frame.columns))
    if asked.needed is not None:
        frame = frame[asked.needed]
    groups = frame.groupby(asked.by, sort=True, dropna=asked.dropna, observed=True)
    number = groups.ngroup().to_numpy()
    rows = np.argsort(number, kind="stable")
    rows = rows[np.searchsorted(number[rows], 0) :]  # those without a key have a negative number
    cuts = _between_groups(number[rows], PARTS * pool.workers)

    def parts() -> Iterator[pd.DataFrame]:
        for begin, end in zip(cuts[:-1], cuts[1:], strict=True):
            yield frame.iloc[rows[begin:end]]

    found = pool.map(_asking(asked), parts(), progress=progress)
    return questions.together(found, frame.iloc[:0], asked)


def _between_groups(sorted_numbers: Any, n_parts: int) -> list[int]:
    """Return where to cut sorted rows into about n_parts, never within a group."""
    size = len(sorted_numbers)
    near = [size * part // n_parts for part in range(n_parts)]
    ahead = {int(np.searchsorted(sorted_numbers, sorted_numbers[at])) for at in near if at < size}
    return [*sorted(ahead | {0} if size else {0}), size] if size else [0, 0]


def _of_files(pool: NotebookPool, path: str | Path, asked: Question, progress: bool) -> Any:
    source = sources.source(path, workers=pool.workers)
    questions.check(asked, list(source.empty.columns))
    empty = source.empty if asked.needed is None else source.empty[asked.needed]
    n_parts = PARTS * pool.workers
    numbered = list(enumerate(source.pieces))
    sort = _sorting(asked, n_parts, str(pool.folder()))
    found: list[_Sorted] = pool.map(sort, numbered, progress=progress)
    if not source.typed and any(each.n_rows for each in found):
        told = [each.n_rows > 0 for each in found]
        empty = empty.astype(sources.common_types([each.kinds for each in found], told))
    parts = [_gathered(found, at, dict(empty.dtypes), source.numbered) for at in range(n_parts)]
    ask = _asking(asked)
    answers = pool.map(lambda part: ask(_read(part)), parts, progress=progress)
    return questions.together(answers, empty, asked)


def _asking(asked: Question) -> Callable[[pd.DataFrame], Part]:
    def ask(frame: pd.DataFrame) -> Part:
        return questions.part(frame, asked)

    ask.__name__ = name_of(asked.fn) if callable(asked.fn) else "groupby"
    return ask


def _sorting(
    asked: Question, n_parts: int, folder: str
) -> Callable[[tuple[int, sources.Piece]], _Sorted]:
    def sort(numbered: tuple[int, sources.Piece]) -> _Sorted:
        number, piece = numbered
        frame = piece.read(asked.needed)
        part = _part_of(frame[asked.keys], n_parts)
        bounds = [0]
        path = Path(folder, f"rows-{number}")
        with path.open("wb") as file:
            for at in range(n_parts):
                rows = np.flatnonzero(part == at)
                # With the rows' places in the piece: they are numbered through all of them.
                pickle.dump((rows, frame.iloc[rows]), file, protocol=5)
                bounds.append(file.tell())
        kinds = {name: _kind(frame[name]) for name in frame.columns}
        return _Sorted(str(path), tuple(bounds), len(frame), kinds)

    sort.__name__ = "groupby"
    return sort


def _kind(column: pd.Series[Any]) -> Any:
    return None if len(column) and column.isna().all() else column.dtype


def _part_of(keys: pd.DataFrame, n_parts: int) -> Any:
    """Return the part of each row: the same for equal keys, whatever their type in a piece."""
    mixed = np.zeros(len(keys), np.uint64)
    for name in keys.columns:
        hashed = pd.util.hash_array(_alike(keys[name]), categorize=False)
        hashed[keys[name].isna().to_numpy()] = 0  # one key, and its type says nothing
        mixed = mixed * np.uint64(31) + hashed
    return mixed % np.uint64(n_parts)


def _alike(column: pd.Series[Any]) -> Any:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = pd.Series(np.asarray(column))
    if column.dtype.kind in "mM":
        return column.to_numpy(f"{column.dtype.kind}8[us]")
    numbers = pd.api.types.is_numeric_dtype(column.dtype)
    if numbers or pd.api.types.infer_dtype(column, skipna=True) in _NUMBERS:
        # An integer is a float in a piece with a missing value; -0.0 and 0.0 are one key.
        return pd.to_numeric(column.astype(object)).to_numpy(float, na_value=np.nan) + 0.0
    return column.astype(str).to_numpy(object)


def _gathered(
    found: Sequence[_Sorted], part: int, types: dict[str, Any], numbered: bool
) -> _Gathered:
    before = np.cumsum([0, *(each.n_rows for each in found)])
    pieces = tuple(
        (each.path, each.bounds[part], each.bounds[part + 1], int(start))
        for each, start in zip(found, before, strict=False)
    )
    return _Gathered(pieces, types, numbered)


def _read(part: _Gathered) -> pd.DataFrame:
    frames = []
    for path, begin, end, before in part.pieces:
        with Path(path).open("rb") as file:
            file.seek(begin)
            rows, frame = pickle.loads(file.read(end - begin))
        if part.numbered:
            frame.index = pd.Index(before + rows)
        frames.append(frame.astype(part.types))
    whole: pd.DataFrame = pd.concat(frames)
    return whole


def _of_group(failed: ChunkFailed, fn: Any) -> ChunkFailed:
    """Name the group instead of the chunk, of which the user knows nothing."""
    cause = failed.__cause__
    if cause is None:
        return failed
    notes = [note for note in getattr(cause, "__notes__", []) if note.startswith("group ")]
    where = f"on the {notes[-1]}" if notes else "on a group"
    name = name_of(fn) if callable(fn) else f"{fn!r}"
    return ChunkFailed(
        f"{name} failed {where}: {type(cause).__name__}: {str(cause).rstrip('.')}.",
        failed.why,
        "Call it on the rows of that group alone, without workers, and look there.",
    )
