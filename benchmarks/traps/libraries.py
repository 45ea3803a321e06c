"""What every library looks like to a row, and ours; the others are in peers.py.

Nothing is chosen for a library that its documentation does not choose: the start method is its
default, unless the row names one.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Any

OURS = "speedlab"
WORKERS = 2
Function = Callable[..., Any]


class NotOffered(Exception):
    """The library has nothing of this kind."""


class Library:
    """One library under the names that the rows use.

    Args:
        method: A start method, or "" for the default.
        by_client: For Dask alone: whether distributed runs it.
    """

    title = ""
    module = ""

    def __init__(self, method: str = "", *, by_client: bool = False) -> None:
        self.method = method or None
        self.by_client = by_client

    @classmethod
    def missing(cls) -> bool:
        """Return whether the library is not installed here."""
        return bool(cls.module) and find_spec(cls.module) is None

    def open(self) -> AbstractContextManager[Any]:
        """Return a pool whose map can be called more than once."""
        raise NotImplementedError

    def map(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Apply a function in a pool that is opened for it and closed."""
        with self.open() as pool:
            return list(pool.map(fn, chunks))

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Yield the results as they come, in whatever order."""
        raise NotOffered("results come all at once")

    def collect(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Return the results of the chunks that did not fail."""
        raise NotOffered("one failure takes all results with it")

    def limit(self, fn: Function, chunks: Iterable[Any], limit_s: float) -> list[Any]:
        """Apply a function that may take so long for one chunk."""
        raise NotOffered("no time limit")

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Apply a function in workers that have called another one first."""
        raise NotOffered("no set-up")

    def share(self, array: Any, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Apply fn(array, chunk), where all workers see one array that none can change."""
        raise NotOffered("each worker gets a copy, or one that it can change")

    def many(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Apply a function to very many small chunks as a beginner would."""
        return self.map(fn, chunks)

    def progress(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Apply a function and show how far it is."""
        raise NotOffered("nothing shows how far it is")

    def check(self, fn: Function, chunks: Sequence[Any]) -> str:
        """Return what is said about answers that differ from the serial ones."""
        raise NotOffered("answers are not compared")

    def explain(self, fn: Function, chunks: Sequence[Any]) -> str:
        """Return what is said about where the time went."""
        raise NotOffered("no account of the time")


class Speedlab(Library):
    """Ours; what is newer than 0.2.0 stands together at the end."""

    title = "speedlab"

    def open(self) -> AbstractContextManager[Any]:
        """Return a NotebookPool."""
        sl = importlib.import_module("speedlab")
        pool: AbstractContextManager[Any] = sl.NotebookPool(WORKERS, start_method=self.method)
        return pool

    def map(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Call parallel_map."""
        return self._map(fn, chunks)

    def progress(self, fn: Function, chunks: Sequence[Any]) -> list[Any]:
        """Call parallel_map, which shows it by itself."""
        return self._map(fn, chunks, progress=True)

    def check(self, fn: Function, chunks: Sequence[Any]) -> str:
        """Return the words of ResultMismatch."""
        sl = importlib.import_module("speedlab")
        try:
            sl.compare(fn, chunks, workers=WORKERS, budget_s=0.1)
        except sl.ResultMismatch as error:
            return str(error)
        return ""

    def explain(self, fn: Function, chunks: Sequence[Any]) -> str:
        """Return the words of explain()."""
        sl = importlib.import_module("speedlab")
        return str(sl.compare(fn, chunks, workers=WORKERS, budget_s=0.1).explain())

    def stream(self, fn: Function, chunks: Iterable[Any]) -> Iterator[Any]:
        """Call parallel_imap."""
        sl = importlib.import_module("speedlab")
        if not hasattr(sl, "parallel_imap"):
            raise NotOffered("results come all at once")
        imap = sl.parallel_imap
        options = {"ordered": False} if "ordered" in inspect.signature(imap).parameters else {}
        yield from imap(fn, chunks, workers=WORKERS, start_method=self.method, **options)

    def collect(self, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Call parallel_map(on_error="collect"), and leave out what failed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one warning says how many failed
            given = self._map(fn, chunks, on_error="collect")
        return [value for value in given if type(value).__name__ != "FailedChunk"]

    def limit(self, fn: Function, chunks: Iterable[Any], limit_s: float) -> list[Any]:
        """Call parallel_map(timeout_s=)."""
        return self._map(fn, chunks, timeout_s=limit_s)

    def set_up(self, fn: Function, chunks: Iterable[Any], setup: Callable[[], None]) -> list[Any]:
        """Call parallel_map(setup=), which hands on what the set-up returns."""
        return self._map(lambda chunk, _: fn(chunk), chunks, setup=setup)

    def share(self, array: Any, fn: Function, chunks: Iterable[Any]) -> list[Any]:
        """Use shared."""
        sl = importlib.import_module("speedlab")
        if not hasattr(sl, "shared"):
            raise NotOffered("each worker gets a copy")
        with sl.shared(array) as view:
            return self._map(lambda chunk: fn(view, chunk), chunks)

    def _map(self, fn: Function, chunks: Iterable[Any], **options: Any) -> list[Any]:
        sl = importlib.import_module("speedlab")
        for name in options:
            if name not in inspect.signature(sl.parallel_map).parameters:
                raise NotOffered(f"parallel_map has no {name}=")
        options = {"progress": False, "start_method": self.method} | options
        return list(sl.parallel_map(fn, chunks, workers=WORKERS, **options))
