"""Put the results of all buckets together: the part of the job that one process does alone."""

from __future__ import annotations

import csv
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from speedlab.cases.ehr.patients import PATIENTS
from speedlab.cases.ehr.reading import Source
from speedlab.cases.ehr.released import QUARANTINE, RECORDS

OUTPUTS = ("patients.parquet", "records.parquet", "quarantine.csv")


def finish(work: Path, buckets: Sequence[str], sources: Sequence[Source]) -> dict[str, Any]:
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
        for part in parts:
            for batch in _batches(part):
                writer.write_batch(batch)
                count += batch.num_rows
    return count


def _quarantine(target: Path, buckets: Sequence[str], labels: Sequence[str]) -> None:
    """Write where the refused records lie, in the order of the export."""
    rows = [_rows(f"{bucket}.quarantine.arrow") for bucket in buckets]
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, QUARANTINE.names, lineterminator="\n")
        writer.writeheader()
        for row in heapq.merge(*rows, key=lambda row: (row["file"], row["offset"])):
            writer.writerow(row | {"file": labels[row["file"]]})


def _rows(path: str) -> Iterator[dict[str, Any]]:
    for batch in _batches(path):
        yield from batch.to_pylist()


def _batches(path: str) -> Iterator[Any]:
    with pa.OSFile(path) as source, pa.ipc.open_file(source) as file:
        for number in range(file.num_record_batches):
            yield file.get_batch(number)
