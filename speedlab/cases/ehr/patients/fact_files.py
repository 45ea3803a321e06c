"""Facts between the two passes: one Arrow file for each part, its batches sorted by bucket.

So the facts of a bucket lie together, and whoever reads a bucket looks at nothing else::

    part-00017.arrow    [ 0 0 1 1 1 2 3 3 ... ][ 0 1 1 2 2 ... ]    mostly one batch a part
                              ^bucket 1^            ^^^
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from speedlab.cases.ehr.patients.facts import SCHEMA, Fact, from_batch, to_batch
from speedlab.cases.ehr.patients.linking import bucket_of

AT_ONCE = 500
"""Facts that are held as Python objects, which take five times as much memory as in Arrow."""
PIECES_A_BATCH = 16
"""8,000 facts, some 2 MB: a bound for long parts; most parts have fewer."""
_BUCKET = pa.field("bucket", pa.int32())
_SCHEMA = SCHEMA.append(_BUCKET)


def write(target: Path, facts: Iterable[Fact], n_buckets: int) -> None:
    """Write facts so that read() finds those of one bucket together."""
    pieces = _pieces(iter(facts), n_buckets)
    with pa.ipc.new_file(str(target), _SCHEMA) as file:
        while some := list(islice(pieces, PIECES_A_BATCH)):
            file.write_batch(pa.concat_batches(some).sort_by("bucket"))


def read(path: str, bucket: int) -> Iterator[Fact]:
    """Read the facts of one bucket; only their pages of the file are brought into memory."""
    with pa.memory_map(path) as memory, pa.ipc.open_file(memory) as file:
        for number in range(file.num_record_batches):
            batch = file.get_batch(number)
            start, stop = np.searchsorted(batch["bucket"].to_numpy(), [bucket, bucket + 1])
            yield from from_batch(batch.slice(start, stop - start).drop_columns(["bucket"]))


def _pieces(facts: Iterator[Fact], n_buckets: int) -> Iterator[Any]:
    while some := list(islice(facts, AT_ONCE)):
        buckets = pa.array([bucket_of(fact, n_buckets) for fact in some], pa.int32())
        yield to_batch(some).append_column(_BUCKET, buckets)
