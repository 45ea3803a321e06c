"""Regroup rows by a key through files: each task writes one file, cut into parts by the key.

A file holds one Arrow record batch for each part. Whoever needs part p maps the files into memory
and touches only batch p of each; nothing passes through a pipe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Column = Any
"""A numpy array, or a pandas Series of text."""


def part_of(keys: Column, parts: int) -> npt.NDArray[np.uint16]:
    """Return the part each key belongs to; equal keys share a part, on every machine alike.

    >>> part_of(np.array([7, 8, 7]), 1).tolist()
    [0, 0, 0]
    """
    hashed = pd.util.hash_array(np.asarray(keys))
    return (hashed % np.uint64(parts)).astype(np.uint16)


def write_parts(
    path: Path, columns: Mapping[str, Column], part: npt.NDArray[np.uint16], parts: int
) -> str:
    """Write columns to an Arrow file with one record batch a part; rows keep their order in it."""
    import pyarrow as pa

    order = np.argsort(part, kind="stable")  # 16-bit numbers are sorted by radix, in linear time
    ends = np.cumsum(np.bincount(part, minlength=parts))
    batch = pa.RecordBatch.from_pydict(
        {name: pa.array(np.asarray(values)[order]) for name, values in columns.items()}
    )
    options = pa.ipc.IpcWriteOptions(use_threads=False)
    with pa.OSFile(str(path), "wb") as sink:  # noqa: SIM117
        with pa.ipc.new_file(sink, batch.schema, options=options) as writer:
            for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
                writer.write_batch(batch.slice(start, end - start))
    return str(path)


def read_part(paths: Sequence[str], part: int) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of one part, put together from all files in their order."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(use_threads=False)
    batches = []
    for path in paths:
        with pa.memory_map(path) as source:
            batches.append(pa.ipc.open_file(source, options=options).get_batch(part))
    table = pa.Table.from_batches(batches)
    return {name: table[name].to_numpy() for name in table.column_names}
