"""Put the results of all buckets together: the part of the job that one process does alone."""

from __future__ import annotations

import csv
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from speedlab.cases.ehr.patients.table import PATIENTS
from speedlab.cases.ehr.records.read import ExportFile
from speedlab.cases.ehr.released import QUARANTINE, RECORDS

OUTPUTS = ("patients.parquet", "records.parquet", "quarantine.csv")
ROWS_A_GROUP = 4_000
"""Rows of a row group, or a little more; it shows in the bytes of the files."""
MERGED_AT_ONCE = 32
"""Files that are open at once: systems allow some hundreds, and each takes memory."""
REFUSED_AT_ONCE = 100
"""Refused records of each such file that are held as Python objects."""


def finish(work: Path, buckets: Sequence[str], sources: Sequence[ExportFile]) -> dict[str, Any]:
    """Write the output files into the work folder, bucket by bucket; return the summary."""
    patients = _parquet(work / OUTPUTS[0], PATIENTS, [f"{b}.patients.arrow" for b in buckets])
    _parquet(work / OUTPUTS[1], RECORDS, [f"{b}.records.arrow" for b in buckets])
    _quarantine(work / OUTPUTS[2], buckets, [source.label for source in sources])
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    for bucket in buckets:
        for name, counts in json.loads(Path(f"{bucket}.tally.json").read_text()).items():
            tally[name].update(counts)
    counted = {name: dict(sorted(counts.items())) for name, counts in tally.items()}
    return {
        "tally": counted,
        "records_in": sum(counted["in"].values()),
        "records_out": sum(counted["out"].values()),
        "quarantined": sum(counted["errors"].values()),
        "patients": patients,
        "files": [source.label for source in sources],
        "findings": _findings(counted),
    }


def _findings(tally: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """List every finding, the severe ones first, then the frequent ones."""
    return [
        {"severity": severity, "finding": name, "count": count}
        for severity in ("error", "warning")
        for name, count in sorted(tally[f"{severity}s"].items(), key=lambda item: -item[1])
    ]


def _parquet(target: Path, schema: Any, parts: Sequence[str]) -> int:
    count = 0
    with pq.ParquetWriter(target, schema) as writer:
        for group in _groups(chain.from_iterable(map(_batches, parts))):
            writer.write_table(pa.Table.from_batches(group))
            count += sum(batch.num_rows for batch in group)
            # The writer's memory comes back to Arrow's pool, which else would keep 15 MB.
            pa.default_memory_pool().release_unused()
    return count


def _groups(batches: Iterator[Any]) -> Iterator[list[Any]]:
    """Put batches together until they have the rows of a row group."""
    group: list[Any] = []
    for batch in batches:
        group.append(batch)
        if sum(each.num_rows for each in group) >= ROWS_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def _quarantine(target: Path, buckets: Sequence[str], labels: Sequence[str]) -> None:
    """Write where the refused records lie, in the order of the export."""
    paths = _few([f"{bucket}.quarantine.arrow" for bucket in buckets], target.parent)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, QUARANTINE.names, lineterminator="\n")
        writer.writeheader()
        for row in _in_order(paths):
            writer.writerow(row | {"file": labels[row["file"]]})


def _few(paths: Sequence[str], folder: Path) -> Sequence[str]:
    """Merge the first of many sorted files into one, until few are left."""
    turn = 0
    while len(paths) > MERGED_AT_ONCE:
        merged, rows = str(folder / f"merged-{turn}.arrow"), _in_order(paths[:MERGED_AT_ONCE])
        with pa.ipc.new_file(merged, QUARANTINE) as file:
            while some := list(islice(rows, REFUSED_AT_ONCE)):
                file.write_batch(pa.RecordBatch.from_pylist(some, schema=QUARANTINE))
        paths, turn = [*paths[MERGED_AT_ONCE:], merged], turn + 1
    return paths


def _in_order(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    return heapq.merge(*map(_rows, paths), key=lambda row: (row["file"], row["offset"]))


def _rows(path: str) -> Iterator[dict[str, Any]]:
    for batch in _batches(path):
        for start in range(0, batch.num_rows, REFUSED_AT_ONCE):
            yield from batch.slice(start, REFUSED_AT_ONCE).to_pylist()


def _batches(path: str) -> Iterator[Any]:
    with pa.memory_map(path) as source, pa.ipc.open_file(source) as file:
        for number in range(file.num_record_batches):
            yield file.get_batch(number)
