"""Who took what, as rows that each list their items: kept on disk, read by reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

FIELDS = ("starts", "columns", "values")


@dataclass(frozen=True, eq=False)
class Matrix:
    """A sparse matrix by rows (CSR).

    Attributes:
        starts: Row r holds the entries starts[r] up to starts[r + 1].
        columns: The column of each entry, rising within a row.
        values: The value of each entry, positive.
        n_columns: How many columns there are.
    """

    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]
    n_columns: int

    @property
    def n_rows(self) -> int:
        """Return the number of rows."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Return the number of entries of each row."""
        return np.diff(self.starts)

    def row_of_entries(self) -> npt.NDArray[np.int64]:
        """Return the row of each entry."""
        return np.repeat(np.arange(self.n_rows), self.lengths)

    def transposed(self) -> Matrix:
        """Return the matrix with rows and columns exchanged."""
        return from_pairs(
            self.columns, self.row_of_entries(), self.values, (self.n_columns, self.n_rows)
        )

    def dense(self, rows: range) -> npt.NDArray[np.float32]:
        """Return some rows with all their zeros: shape (rows, columns)."""
        part = slice(self.starts[rows.start], self.starts[rows.stop])
        found = np.zeros((len(rows), self.n_columns), dtype=np.float32)
        lengths = self.lengths[rows.start : rows.stop]
        found[np.repeat(np.arange(len(rows)), lengths), self.columns[part]] = self.values[part]
        return found

    def save(self, folder: str | Path) -> None:
        """Write the matrix to a new folder."""
        Path(folder).mkdir(parents=True)
        for name in FIELDS:
            np.save(Path(folder) / f"{name}.npy", getattr(self, name))
        np.save(Path(folder) / "n_columns.npy", self.n_columns)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Return a saved matrix; its pages come from disk when touched, once for all processes."""
        files: list[Any] = [np.load(Path(folder) / f"{name}.npy", mmap_mode="r") for name in FIELDS]
        starts, columns, values = files
        return cls(starts, columns, values, int(np.load(Path(folder) / "n_columns.npy")))


def from_pairs(rows: Any, columns: Any, values: Any, shape: tuple[int, int]) -> Matrix:
    """Return a matrix of entries in any order; entries of one place add up.

    >>> m = from_pairs([1, 0, 1], [2, 0, 2], [1.0, 5.0, 2.0], (2, 3))
    >>> m.starts.tolist(), m.columns.tolist(), m.values.tolist()
    ([0, 1, 2], [0, 2], [5.0, 3.0])
    """
    n_rows, n_columns = shape
    place = np.asarray(rows, dtype=np.int64) * n_columns + np.asarray(columns, dtype=np.int64)
    places, entry = np.unique(place, return_inverse=True)
    sums = np.bincount(entry, weights=np.asarray(values), minlength=len(places))
    starts = np.searchsorted(places, np.arange(n_rows + 1) * n_columns)
    return Matrix(
        starts.astype(np.int64),
        (places % max(1, n_columns)).astype(np.int32),
        sums.astype(np.float32),
        n_columns,
    )
