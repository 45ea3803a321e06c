"""The jobs that are measured: all cases of the course.

A job is a dataclass with a temporary folder. A fresh interpreter cannot inherit that folder, so
the job's public fields travel, and get a folder of their own there.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from speedlab.cases import find
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import ResultMismatch
from speedlab.measure.equality import RTOL, agreement, first_difference

SHARE = {"ml": 0.1, "inventory": 0.05, "logistics": 0.0025}
"""An event costs the recommender about ten times what a payment costs the bank, and more; a week
of an item's demand costs the warehouse twenty times as much, as it plays many more of them; a stop
is searched for 40 rounds."""


@dataclass(frozen=True)
class Prepared:
    """A job that can travel to another process."""

    case: str
    kind: type
    values: dict[str, Any]

    @property
    def preload(self) -> tuple[str, ...]:
        """Return the modules that every worker needs."""
        return find(self.case).preload

    def answer(self, map_: Mapper) -> Any:
        """Do the whole job once and return its answer."""
        with self.kind(**self.values, _folder=TemporaryDirectory(prefix="bench-")) as job:
            return find(self.case).run(job, map_=map_)

    def load(self) -> None:
        """Load what a program has loaded that has just prepared this job."""
        for name in self.preload:
            import_module(name)


@contextlib.contextmanager
def prepared(name: str, size: int, map_: Mapper) -> Iterator[Prepared]:
    """Make the data of a case and prepare its job, as the speedlab command does."""
    case, size = find(name), int(size * SHARE.get(name, 1))
    with case.prepare(case.cached(size, map_=map_), chunks=None, map_=map_) as job:
        names = [field.name for field in fields(job) if not field.name.startswith("_")]
        yield Prepared(name, type(job), {field: getattr(job, field) for field in names})


@contextlib.contextmanager
def in_folder(name: str, size: int, map_: Mapper) -> Iterator[str]:
    """Prepare a case and lay it, with its serial answer, into a folder for the blocks."""
    with TemporaryDirectory(prefix="bench-") as folder, prepared(name, size, map_) as ready:
        Path(folder, "prepared.pickle").write_bytes(pickle.dumps(ready))
        Path(folder, "answer.pickle").write_bytes(pickle.dumps(ready.answer(serial_map)))
        yield folder


def read_prepared(folder: str) -> Prepared:
    """Return the prepared job of a folder."""
    ready: Prepared = pickle.loads(Path(folder, "prepared.pickle").read_bytes())
    return ready


def check_answer(folder: str, answer: Any) -> str:
    """Return how well an answer agrees with the serial one of a folder.

    Raises:
        ResultMismatch: If it does not.
    """
    return agreed(pickle.loads(Path(folder, "answer.pickle").read_bytes()), answer)


def agreed(serial: Any, answer: Any) -> str:
    """Return how well two answers agree.

    Raises:
        ResultMismatch: If they do not.
    """
    kind = agreement(serial, answer)
    if kind is None:
        raise ResultMismatch(
            "The answer differs from the serial one, so no time is reported.",
            str(first_difference(serial, answer, rtol=RTOL)),
            "Look at what this engine does with chunks and results.",
        )
    return kind
