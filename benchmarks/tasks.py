"""What workers run in the small measurements. Importable by name, so that every peer can."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speedlab.core.chunks import RowGroup
from speedlab.pool.inside.startup import THREAD_VARIABLES

THREE_MS = 75_000
"""What count_to() counts to in 3 ms or more, on the machines of 2026."""


def limit_threads(count: int) -> None:
    """Give numeric libraries of this worker so many threads, loaded already or not."""
    import threadpoolctl

    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(count)))
    if any(library["num_threads"] != count for library in threadpoolctl.threadpool_info()):
        threadpoolctl.threadpool_limits(count)


def absolute(number: int) -> int:
    """Return the absolute value: work of no length, so that only the overhead is left."""
    return abs(number)


def count_to(number: int) -> int:
    """Add up squares: pure arithmetic, in registers, without data."""
    total = 0
    for i in range(number):
        total += i * i
    return total


def sum_of(frame: Any) -> float:
    """Return the sum of a frame's values: next to no work on much data."""
    return float(frame.to_numpy().sum())


def norm_on_eight_threads(seed: int) -> float:
    """Return the norm of a random matrix, with more library threads than cores."""
    import numpy as np
    import threadpoolctl

    with threadpoolctl.threadpool_limits(8):
        matrix = np.random.default_rng(seed).normal(size=(250, 250))
        return float(np.linalg.svd(matrix, compute_uv=False)[0].round(6))


def planted() -> dict[str, tuple[Callable[[Any], Any], list[Any]]]:
    """Return jobs with one large loss each, by the name that an explanation should give it."""
    import numpy as np
    import pandas as pd

    frames = [pd.DataFrame(np.ones((200_000, 10))) for _ in range(8)]
    return {
        "handing over data": (sum_of, frames),
        "imbalance": (count_to, [20_000] * 10 + [3_000_000]),
        "too many tiny chunks": (absolute, list(range(100_000))),
        "too many threads": (norm_on_eight_threads, list(range(8))),
    }


def pandas_version(_: int) -> str:
    """Return the version of pandas, imported in the worker if it was not there yet."""
    import pandas as pd

    return str(pd.__version__)


def read_group(chunk: RowGroup) -> Any:
    """Return one row group as a frame."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(chunk.path).read_row_group(chunk.index).to_pandas()


@dataclass(frozen=True)
class MappedBatch:
    """One batch of an uncompressed Arrow file, which every process maps into its memory."""

    path: str
    index: int


def write_batches(frames: Sequence[Any], path: Path) -> list[MappedBatch]:
    """Write each frame as a batch of one Arrow file and return the references."""
    import pyarrow as pa

    batches = [pa.RecordBatch.from_pandas(frame, preserve_index=False) for frame in frames]
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return [MappedBatch(str(path), index) for index in range(len(batches))]


def summarise_batch(chunk: MappedBatch) -> dict[str, float]:
    """Map one batch where it is needed and summarise it."""
    import pyarrow as pa

    with pa.memory_map(chunk.path) as source:
        batch = pa.ipc.open_file(source).get_batch(chunk.index)
        return summarise_frame(batch.to_pandas())


def summarise_group(chunk: RowGroup) -> dict[str, float]:
    """Read one row group where it is needed and summarise it."""
    return summarise_frame(read_group(chunk))


def summarise_frame(frame: Any) -> dict[str, float]:
    """Touch every value of a frame: the sum of each number, the mean length of each text."""
    import pandas as pd

    def touch(column: Any) -> float:
        if isinstance(column.dtype, pd.CategoricalDtype):
            return float(column.cat.codes.to_numpy().sum())
        return float(column.to_numpy().astype("int64" if column.dtype.kind == "M" else float).sum())

    return {str(name): touch(column) for name, column in frame.items()}


def serial_sum(parts: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the sums of all parts, added in the order of the parts."""
    return {name: sum(part[name] for part in parts) for name in parts[0]}
