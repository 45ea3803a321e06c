"""Where the data of the cases lie: shipped samples, generated files, files a caller names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from speedlab.chunks import Mapper, serial_map
from speedlab.errors import BadInput

SAMPLE_SEED = 7
"""The seed of every shipped sample, and of data for which nobody names one."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a case has its generated data from.

    Attributes:
        case: The name of the case; its folders are called so.
        rows: What its data consist of, in the plural.
        smallest: The fewest rows that can be generated.
        largest: The most.
        step: What the number of rows must be a multiple of.
        sample: The name of the shipped sample.
        sample_size: How many rows the sample has.
        name: What a generated file or folder is called, with {size} and {seed}.
        generate: Writes one: generate(path, size=, seed=, map_=).
    """

    case: str
    rows: str
    smallest: int
    largest: int
    step: int = 1
    sample: str
    sample_size: int
    name: str
    generate: Callable[..., Path]

    def sample_path(self) -> Path:
        """Return the shipped sample, generated if it is not at hand."""
        return shipped(Path(self.case) / self.sample) or self.cached(self.sample_size)

    def cached(self, size: int, *, seed: int = SAMPLE_SEED, map_: Mapper = serial_map) -> Path:
        """Return generated data that are kept between runs; the first call makes them.

        They lie in the folder named by SPEEDLAB_DATA, or else in the user's cache folder.

        Raises:
            BadInput: If size or seed cannot be used.
        """
        self.check(size, seed)
        make = partial(self.generate, size=size, seed=seed, map_=map_)
        return kept(self.case, self.name.format(size=size, seed=seed), make)

    def check(self, size: int, seed: int) -> None:
        """Refuse what cannot be generated.

        Raises:
            BadInput: If size is no such number in its range, or seed no whole number, 0 or more.
        """
        least, most = self.smallest, self.largest
        if not isinstance(size, int | np.integer) or not least <= size <= most or size % self.step:
            raise BadInput(
                f"Cannot generate {size} {self.rows}.",
                f"There can be {least:,} to {most:,} of them.",
                f"Choose a {self._numbers()} in that range.",
            )
        if not isinstance(seed, int | np.integer) or seed < 0:
            raise BadInput(
                f"{seed} is no seed.",
                "Random numbers are drawn from a whole number, 0 or more.",
                "Choose such a number, for example 7.",
            )

    def _numbers(self) -> str:
        return "whole number" if self.step == 1 else f"multiple of {self.step}"


def shipped(name: str | Path) -> Path | None:
    """Return a sample that came with the course or the wheel; None if it is not at hand."""
    here = Path(__file__).resolve()
    for folder in (here.parents[2] / "datasets", here.parents[1] / "_datasets"):
        if (folder / name).exists():
            return folder / name
    return None


def cache_folder(case: str) -> Path:
    """Return the folder in which generated data are kept: SPEEDLAB_DATA, or the user's cache.

    Raises:
        BadInput: If it cannot be made.
    """
    from platformdirs import user_cache_dir

    folder = Path(os.environ.get("SPEEDLAB_DATA") or user_cache_dir("speedlab")) / case
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"The data folder {folder} cannot be made.",
            f"The system said: {error.strerror}.",
            "Set SPEEDLAB_DATA to a folder in which you may write.",
        ) from error
    return folder


def kept(case: str, name: str, make: Callable[[Path], object]) -> Path:
    """Return a file or folder of the cache folder; the first call makes it, whole or not at all.

    Raises:
        BadInput: As cache_folder().
    """
    target = cache_folder(case) / name
    try:
        if not target.exists():
            make(target)
    except (BadInput, OSError):
        # Another kernel was faster: it made the same.
        if not target.exists():
            raise
    return target


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a place to write to; what is there in the end gets the target's name.

    Whoever stops before leaves nothing, and a file that had the name as it was. The place lies in
    a folder of its own, in which parts may lie meanwhile.

    Args:
        target: A file, new or not, or a folder, new or empty.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        place = Path(folder) / "finished"
        yield place
        if target.is_dir():
            target.rmdir()  # Windows does not rename onto a folder, not even onto an empty one
        place.replace(target)


def check_target(target: Path) -> None:
    """Refuse a file that cannot be written before the work, not after it.

    Raises:
        BadInput: If it is a folder, or its folder is missing or closed.
    """
    if target.is_dir() or not os.access(target.parent, os.W_OK):
        raise BadInput(
            f"{target.name or target} cannot be written.",
            "It is a folder, or its folder is missing or closed to you.",
            "Choose a file name in a folder in which you may write.",
        )


def check_new_folder(target: Path) -> None:
    """Refuse a folder that cannot be made before the work, not after it.

    Raises:
        BadInput: If something is there already, other than an empty folder, or may not be made.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(
            f"{target.name or target} is there already.",
            "Only a new or an empty folder is written to, so that nothing is lost or mixed.",
            "Choose another name, or remove it.",
        )
    if not os.access(target.parent, os.W_OK):
        raise BadInput(
            f"{target.name or target} cannot be made.",
            "The folder around it is missing or closed to you.",
            "Choose a name in a folder in which you may write.",
        )
