"""Every record before the morning round: check an export, take out names, score each patient.

prepare() looks at the folder and counts. ward_round() is the job that is timed: two maps and a
little work at the end. Its answer, the bytes of every file included, does not depend on who did
the work, nor on how it was cut.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from speedlab.cases.ehr import outbox
from speedlab.cases.ehr.publish import OUTPUTS, finish
from speedlab.cases.ehr.records import keys
from speedlab.cases.ehr.records.check import parse
from speedlab.cases.ehr.records.pseudonyms import Pseudonyms, key_mark
from speedlab.cases.ehr.records.read import ExportFile, ExportPart, cut, find_sources, read
from speedlab.cases.ehr.records.versions import refuse_others
from speedlab.cases.ehr.two_passes import CheckTask, LinkTask, check_part, link_bucket
from speedlab.cases.shared.folder import KeepsFolder
from speedlab.core.chunks import Mapper, serial_map
from speedlab.core.errors import BadInput
from speedlab.core.folders import Temporary

BUCKET_BYTES = 2**21
"""Bytes of the export that one bucket stands for: about 3,000 records."""
FEWEST_BUCKETS = 8
LOOKED_AT = 20
"""Records of each part that are looked at before the work, for the version of FHIR."""


@dataclass(frozen=True)
class HospitalPlan:
    """How an export is worked on.

    Attributes:
        sources: The files.
        parts: The tasks of the first pass.
        buckets: How many tasks the second pass has.
        pseudonyms: The keyed names.
        today: The day after which nothing has happened yet.
    """

    sources: tuple[ExportFile, ...]
    parts: tuple[ExportPart, ...]
    buckets: int
    pseudonyms: Pseudonyms
    today: date

    def order(self) -> dict[str, Any]:
        """Return what is asked for, without the names of files or the key."""
        files = [(Path(s.path).name, s.size_bytes, _changed(s.path)) for s in self.sources]
        return {
            "input": hashlib.sha256(json.dumps(files).encode()).hexdigest()[:20],
            "key": key_mark(self.pseudonyms.key),
            "parts": len(self.parts),
            "today": self.today.isoformat(),
        }


@dataclass(frozen=True)
class HospitalJob(KeepsFolder):
    """An export, ready to be worked on as often as one likes; close it, or use it with `with`.

    Attributes:
        plan: How it is worked on.
        rows: How many records there are.
        out: Where the output is kept; None to keep none.
    """

    plan: HospitalPlan
    rows: int
    out: Path | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class HospitalAnswer:
    """What the job found.

    Attributes:
        tally: Records in and out by type, errors by reason, warnings by name.
        patients: Rows of the patient table.
        digests: SHA-256 of each file of the output.
    """

    tally: dict[str, dict[str, int]]
    patients: int
    digests: dict[str, str]

    @property
    def records_in(self) -> int:
        """Records read."""
        return sum(self.tally["in"].values())

    @property
    def records_out(self) -> int:
        """Records accepted: rows of records.parquet."""
        return sum(self.tally["out"].values())

    @property
    def quarantined(self) -> int:
        """Records refused: rows of quarantine.csv."""
        return sum(self.tally["errors"].values())


def prepare(
    folder: str | Path,
    *,
    key: bytes | None = None,
    out: str | Path | None = None,
    parts: int | None = None,
    today: date | None = None,
    map_: Mapper = serial_map,
) -> HospitalJob:
    """Look at an export: which files, how many records, can all of it be read.

    Args:
        folder: A folder with *.ndjson, *.ndjson.gz or *.json files of FHIR R4.
        key: Key of the pseudonyms; the user's own by default.
        out: Where the output is kept.
        parts: Into how many parts files are cut; the answer does not depend on it.
        today: The day after which nothing has happened yet; today by default.
        map_: Who counts.

    Raises:
        BadInput: If it is no export of FHIR R4, cannot be read to its end, or out is not free.
    """
    sources = find_sources(folder)
    out = None if out is None else Path(out)
    if out is not None:
        outbox.check_free(out)
    cuts = cut(sources, parts=parts)
    size = sum(source.size_bytes for source in sources)
    pseudonyms = Pseudonyms(keys.own_key() if key is None else key)
    buckets = max(FEWEST_BUCKETS, size // BUCKET_BYTES)
    plan = HospitalPlan(tuple(sources), tuple(cuts), buckets, pseudonyms, today or date.today())
    with outbox.in_plain_words(Path(folder)):
        counts = map_(survey, cuts)
    if not any(fhir for _, fhir in counts):
        raise BadInput(
            f"There is no FHIR in {folder}.",
            "No record in its files has a resourceType.",
            "Check the name of the folder, and how the files were made.",
        )
    workplace = Temporary("ehr")
    return HospitalJob(plan, sum(rows for rows, _ in counts), out=out, _folder=workplace)


def survey(part: ExportPart) -> tuple[int, bool]:
    """Return how many records a part has and whether any looks like FHIR; check the first ones.

    Raises:
        BadInput: If the part cannot be read, or is FHIR of another version.
    """
    count, fhir = 0, False
    for raw in read(part):
        fhir = fhir or b'"resourceType"' in raw.content
        if count < LOOKED_AT:
            found = raw.resource or parse(raw.content).resource
            if isinstance(found, dict) and isinstance(found.get("resourceType"), str):
                refuse_others(found)
        count += 1
    return count, fhir


def process(plan: HospitalPlan, folder: Path, *, map_: Mapper = serial_map) -> HospitalAnswer:
    """Do the job into a folder; go on where an earlier run of the same order was stopped.

    Raises:
        BadInput: If the folder is not free, the disk is full, or a file cannot be read.
    """
    with outbox.opened(folder, plan.order()) as box:
        if box.summary() is None:
            today = date.fromisoformat(box.order["today"])
            parts = [_check_task(plan, box.work, n, today) for n in range(len(plan.parts))]
            map_(check_part, parts)
            targets = tuple(task.target for task in parts)
            names = [str(box.work / f"bucket-{n:05}") for n in range(plan.buckets)]
            map_(link_bucket, [LinkTask(n, targets, name, today) for n, name in enumerate(names)])
            box.publish(list(OUTPUTS), finish(box.work, names, plan.sources))
        else:
            box.clear()
    return answer_in(folder)


def deliver(job: HospitalJob, *, map_: Mapper = serial_map) -> None:
    """Do the job once for good, if the job has a folder for its output."""
    if job.out is not None:
        process(job.plan, job.out, map_=map_)


def ward_round(job: HospitalJob, *, map_: Mapper = serial_map) -> HospitalAnswer:
    """Do the whole job in a folder that is thrown away; the answer says what would be in it.

    Args:
        job: What prepare() returned.
        map_: Who does the work; the answer does not depend on it.
    """
    with TemporaryDirectory(prefix="round-", dir=job._folder.name) as folder:
        return process(job.plan, Path(folder) / "out", map_=map_)


def answer_in(folder: Path) -> HospitalAnswer:
    """Return the answer that a complete folder holds."""
    summary = json.loads((folder / outbox.SUMMARY).read_text("utf-8"))
    digests = {name: _digest(folder / name) for name in OUTPUTS}
    return HospitalAnswer(summary["tally"], summary["patients"], digests)


def quality(answer: HospitalAnswer) -> dict[str, float]:
    """Return the counts of an answer: in = out + quarantined, and every finding by severity."""
    findings = Counter(
        {f"error_{name}": count for name, count in answer.tally["errors"].items()}
        | {f"warning_{name}": count for name, count in answer.tally["warnings"].items()}
    )
    counts = {
        "records_in": answer.records_in,
        "records_out": answer.records_out,
        "quarantined": answer.quarantined,
        "findings": findings.total(),
        "patients": answer.patients,
    }
    return {name: float(value) for name, value in (counts | dict(sorted(findings.items()))).items()}


def _check_task(plan: HospitalPlan, work: Path, number: int, today: date) -> CheckTask:
    target = str(work / f"part-{number:05}.arrow")
    return CheckTask(plan.parts[number], target, plan.buckets, plan.pseudonyms, today)


def _changed(path: str) -> int:
    return Path(path).stat().st_mtime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


MEANINGS: dict[str, str] = {
    "records_in": "records in the export",
    "records_out": "records accepted, without names and exact dates",
    "quarantined": "records refused: quarantine.csv says which and why",
    "findings": "what was found, errors and warnings together",
    "patients": "patients in the table with their risk scores",
}
