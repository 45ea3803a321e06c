"""The jobs that are measured: one line for each case.

A case is a module of jobs: `prepare(path, map_=...)` returns a dataclass whose last field is a
temporary folder, and a function of it does the work with a map. A fresh interpreter cannot
inherit that folder, so its public fields travel, and stand there before a folder of their own.
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

from speedlab.agreement import RTOL, agreement, first_difference
from speedlab.chunks import Mapper, serial_map
from speedlab.errors import ResultMismatch


@dataclass(frozen=True)
class Case:
    """A job: where it is defined, and what its workers need loaded.

    Attributes:
        package: The package with the modules data (cached) and job (prepare).
        kind: The name of the job's dataclass in the module job.
        run: The name of the function that is timed.
        preload: Modules that every worker needs, as the speedlab command preloads them.
    """

    package: str
    kind: str
    run: str
    preload: tuple[str, ...]

    @contextlib.contextmanager
    def prepared(self, size: int, map_: Mapper) -> Iterator[tuple[Any, ...]]:
        """Make the data and train what is needed; yield the job's public fields."""
        data, job = self._module("data"), self._module("job")
        with job.prepare(data.cached(size, map_=map_), map_=map_) as ready:
            names = [field.name for field in fields(ready) if not field.name.startswith("_")]
            yield tuple(getattr(ready, name) for name in names)

    def answer(self, prepared: tuple[Any, ...], map_: Mapper) -> Any:
        """Do the whole job once and return its answer."""
        job = self._module("job")
        with getattr(job, self.kind)(*prepared, TemporaryDirectory(prefix="bench-")) as ready:
            return getattr(job, self.run)(ready, map_=map_)

    def load(self) -> None:
        """Load what a program has loaded that has just prepared this job."""
        for name in (f"{self.package}.job", *self.preload):
            import_module(name)

    def _module(self, name: str) -> Any:
        return import_module(f"{self.package}.{name}")


CASES = {
    "fraud": Case(
        "speedlab.cases.fraud",
        "Job",
        "run_night",
        ("speedlab.cases.fraud.stages", "sklearn.ensemble"),
    ),
}


@contextlib.contextmanager
def in_folder(name: str, size: int, map_: Mapper) -> Iterator[str]:
    """Prepare a case and lay it, with its serial answer, into a folder for the blocks."""
    case = CASES[name]
    with TemporaryDirectory(prefix="bench-") as folder, case.prepared(size, map_) as prepared:
        Path(folder, "prepared.pickle").write_bytes(pickle.dumps(prepared))
        answer = case.answer(prepared, serial_map)
        Path(folder, "answer.pickle").write_bytes(pickle.dumps(answer))
        yield folder


def read_prepared(folder: str) -> tuple[Any, ...]:
    """Return the prepared job of a folder."""
    prepared: tuple[Any, ...] = pickle.loads(Path(folder, "prepared.pickle").read_bytes())
    return prepared


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
    found = agreement(serial, answer)
    if found is None:
        raise ResultMismatch(
            "The answer differs from the serial one, so no time is reported.",
            str(first_difference(serial, answer, rtol=RTOL)),
            "Look at what this engine does with chunks and results.",
        )
    return found
