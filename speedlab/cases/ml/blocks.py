"""One model trained by several processes at once, its vectors in shared memory.

Who runs where, and who reads and writes what::

    this process                        worker 1..N
    ------------                        -----------
    two pieces of shared memory:
      users, items  <-----------------> attached by name, never copied
    half-step "users":
      Y'Y of the items --map--------->  block of users: reads items, writes its own user rows
      all blocks done = barrier  <----  nothing but "done" travels back
    half-step "items": the same, the other way round

No two blocks write the same row and nobody reads what is being written, so no lock is needed.
Whatever happens, this process removes the shared memory in the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import numpy as np

from speedlab.cases.ml.als import (
    Factors,
    Model,
    Params,
    Step,
    one_blas_thread,
    solve_rows,
    start_values,
)
from speedlab.cases.ml.matrix import Matrix
from speedlab.core.chunks import Mapper, serial_map, split
from speedlab.core.memory import reserved

BLOCKS = 8
"""Blocks of a half-step: some more than workers, so that nobody waits long at the barrier."""
ROW_COST = 40
"""Solving a row's system costs about as much as that many of its entries."""


@dataclass(frozen=True)
class Shared:
    """The name and shape of vectors in shared memory: what a task carries instead of them."""

    name: str
    shape: tuple[int, int]

    def view(self, memory: SharedMemory) -> Factors:
        """Return the vectors in attached memory."""
        return np.ndarray(self.shape, dtype=np.float32, buffer=memory.buf)


@contextlib.contextmanager
def shared_factors(rows: int, factors: int) -> Iterator[tuple[Shared, Factors]]:
    """Make zeros in shared memory: (reference, vectors); removed at the end, whatever happens.

    Raises:
        BadInput: If there is no room for them.
    """
    memory = reserved(max(1, rows * factors * 4))
    try:
        shared = Shared(memory.name, (rows, factors))
        yield shared, shared.view(memory)
    finally:
        with contextlib.suppress(BufferError):  # a traceback holds the vectors; they go with it
            memory.close()
        memory.unlink()


@contextlib.contextmanager
def attached(shared: Shared) -> Iterator[Factors]:
    """Attach vectors that another process made."""
    memory = SharedMemory(name=shared.name)
    try:
        yield shared.view(memory)
    finally:
        with contextlib.suppress(BufferError):
            memory.close()


@dataclass(frozen=True, eq=False)
class Block:
    """One task of a half-step: which rows to solve, from what, and where to write them."""

    matrix: str
    rows: range
    fixed: Shared
    solved: Shared
    gram: Factors
    params: Params


def solve_block(block: Block) -> None:
    """Solve the rows of one block, from shared memory to shared memory."""
    matrix = Matrix.open(block.matrix)
    with attached(block.fixed) as fixed, attached(block.solved) as out, one_blas_thread():
        solve_rows(matrix, block.rows, Step(fixed, block.gram, block.params), out)


def train_in_blocks(
    exam: str | Path, params: Params, *, blocks: int = BLOCKS, map_: Mapper = serial_map
) -> Model:
    """Train one model; every half-step is one map over blocks of rows.

    Args:
        exam: The folder of a saved Exam.
        params: What is asked for.
        blocks: Into how many blocks users and items are cut; it changes no bit of the result.
        map_: Who does the work.

    Raises:
        BadInput: As train().
    """
    sides = [_side(exam, name, params, blocks) for name in ("by_user", "by_item")]
    with sides[0] as users, sides[1] as items:
        params.check(items.ref.shape[0])
        items.vectors[:] = start_values(items.ref.shape[0], params)
        for _ in range(params.iterations):
            _half_step(users, items, params, map_)
            _half_step(items, users, params, map_)
        return Model(users.vectors.copy(), items.vectors.copy())


@dataclass(eq=False)
class _Side:
    """The users, or the items: their matrix, how it is cut, and their vectors."""

    folder: str
    cuts: list[range]
    ref: Shared
    vectors: Factors


@contextlib.contextmanager
def _side(exam: str | Path, name: str, params: Params, blocks: int) -> Iterator[_Side]:
    folder = str(Path(exam) / name)
    matrix = Matrix.open(folder)
    with shared_factors(matrix.n_rows, params.factors) as (ref, vectors):
        side = _Side(folder, balanced(matrix, blocks), ref, vectors)
        yield side
        # The memory can only be closed when nobody looks at it.
        del vectors, side.vectors


def _half_step(solved: _Side, fixed: _Side, params: Params, map_: Mapper) -> None:
    gram = Step.of(fixed.vectors, params).gram
    tasks = [Block(solved.folder, r, fixed.ref, solved.ref, gram, params) for r in solved.cuts]
    map_(solve_block, tasks)


def balanced(matrix: Matrix, blocks: int) -> list[range]:
    """Cut the rows into blocks of about equal work; a long row counts more than a short one."""
    cost = np.cumsum(matrix.lengths + ROW_COST)
    marks: Any = [part.stop for part in split(int(cost[-1]), blocks)]
    ends = np.searchsorted(cost, marks, side="left") + 1
    edges = sorted({0, *(int(end) for end in ends[:-1]), matrix.n_rows})
    return [range(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
