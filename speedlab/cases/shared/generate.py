"""One way to generate the data of every case: the same bytes from any number of workers and chunks.

Every unit (a customer, an item, a depot on a day) draws from a random stream of its own, so it
does not matter who draws which, or when::

    blocks of units             --> parts: columns, or files in a folder of the order   (map)
    parts, in order of the units --> one file or folder, there when it is whole
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from speedlab.cases.shared import files
from speedlab.core.chunks import Mapper, serial_map, split
from speedlab.core.errors import BadInput, megabytes
from speedlab.core.files import whole

SAMPLE_SEED = 7
"""The seed of every shipped sample, and of data for which nobody names one."""
Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Order:
    """What is to be generated, and in which folder parts may lie meanwhile."""

    size: int
    seed: int
    folder: Path


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
        is_folder: Whether it is a folder.
        disk_bytes: What a row needs on the disk while it is made, at the least.
        memory_bytes: What a row needs in the memory of this process, at the least.
        blocks: How many units there are, and into how many blocks they are usually cut:
            blocks(size, seed).
        block: Draws a block of units: block(order, units), in any process.
        write: Puts the parts together: write(order, parts, place, map_).
    """

    case: str
    rows: str
    smallest: int
    largest: int
    step: int = 1
    sample: str
    sample_size: int
    name: str
    is_folder: bool = False
    disk_bytes: int = 0
    memory_bytes: int = 0
    blocks: Callable[[int, int], tuple[int, int]]
    block: Callable[..., Any]
    write: Callable[[Order, list[Any], Path, Mapper], None]

    def generate(
        self,
        path: str | Path,
        *,
        size: int,
        seed: int = SAMPLE_SEED,
        chunks: int | None = None,
        map_: Mapper = serial_map,
        **more: Any,
    ) -> Path:
        """Write generated data.

        Args:
            path: The file, or the new folder; it appears only when it is complete.
            size: How many rows; check() says how many there can be.
            seed: Equal arguments give equal bytes.
            chunks: Into how many blocks the units are cut; it changes no byte of the result.
            map_: What runs the blocks: serial_map or the map of a pool.
            more: What else block() is told.

        Raises:
            BadInput: If size, seed, chunks or path cannot be used.
        """
        self.check(size, seed)
        target = Path(path)
        (files.check_new_folder if self.is_folder else files.check_target)(target)
        self.check_room(size, target.absolute().parent)
        units, usual = self.blocks(size, seed)
        blocks = split(units, usual if chunks is None else chunks)
        with whole(target) as place:
            order = Order(size, seed, place.parent)
            parts = map_(partial(self.block, order, **more), blocks)
            self.write(order, parts, place, map_)
        return target

    def sample_path(self) -> Path:
        """Return the shipped sample, generated if it is not at hand."""
        return files.shipped(Path(self.case) / self.sample) or self.cached(self.sample_size)

    def cached(self, size: int, *, seed: int = SAMPLE_SEED, map_: Mapper = serial_map) -> Path:
        """Return generated data that are kept between runs; the first call makes them.

        They lie in the folder named by SPEEDLAB_DATA, or else in the user's cache folder.

        Raises:
            BadInput: If size or seed cannot be used.
        """
        self.check(size, seed)
        make = partial(self.generate, size=size, seed=seed, map_=map_)
        return files.kept(self.case, self.name.format(size=size, seed=seed), make)

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

    def check_room(self, size: int, folder: Path) -> None:
        """Refuse what does not fit on the disk of a folder, or into memory.

        Raises:
            BadInput: If it does not.
        """
        memory = psutil.virtual_memory().available
        needs = {
            f"disk in {folder}": (self.disk_bytes * size, shutil.disk_usage(folder).free),
            "memory": (self.memory_bytes * size, memory),
        }
        for what, (needed, free) in needs.items():
            if needed > free:
                raise BadInput(
                    f"{size:,} {self.rows} do not fit.",
                    f"They need {megabytes(needed)} MB of {what}, and {megabytes(free)} are left.",
                    "Generate fewer, or use a larger machine or disk.",
                )

    def _numbers(self) -> str:
        return "whole number" if self.step == 1 else f"multiple of {self.step}"


def joined(parts: list[Columns]) -> Columns:
    """Return the columns of all parts, one after the other.

    The parts are used up: each column leaves them as it is joined, so that it is held once.

    >>> joined([{"a": np.array([1])}, {"a": np.array([2, 3])}])
    {'a': array([1, 2, 3])}
    """
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
