"""The two passes over an export: check every record, then put together what is about a patient.

Who reads and writes what::

    pass 1, a task for each part      export --range of bytes--> check, rules, extract
                                        --> part-00017.arrow: facts, sorted by bucket
    pass 2, a task for each bucket    bucket 3 of every part --> duplicates, orphans, scores
                                        --> bucket-0003: patients, records, quarantine, tally

A file is written under another name and renamed when it is whole. So a file that is there is
right, and a task whose file is there need not run again: that is all that resuming takes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from speedlab.cases.ehr import released
from speedlab.cases.ehr.patients import fact_files
from speedlab.cases.ehr.patients.facts import Fact
from speedlab.cases.ehr.patients.linking import by_person, link
from speedlab.cases.ehr.patients.table import patient_row, table_of
from speedlab.cases.ehr.records.check import check
from speedlab.cases.ehr.records.extract import extract
from speedlab.cases.ehr.records.pseudonyms import Pseudonyms
from speedlab.cases.ehr.records.read import ExportPart, Raw, read
from speedlab.cases.ehr.records.rules import judge
from speedlab.core.files import draft, write_text

ROWS_AT_ONCE = 4_000
"""Rows of the output that are read and written at once."""


@dataclass(frozen=True)
class CheckTask:
    """One task of the first pass: which part to check, and where the facts go.

    Attributes:
        part: What to read.
        target: The file to write.
        buckets: Into how many buckets facts are sorted.
        pseudonyms: The keyed names.
        today: The day after which nothing has happened yet.
    """

    part: ExportPart
    target: str
    buckets: int
    pseudonyms: Pseudonyms
    today: date


@dataclass(frozen=True)
class LinkTask:
    """One task of the second pass: which bucket of which files, and where the results go.

    Attributes:
        bucket: Which bucket.
        parts: The files of the first pass.
        target: How the names of the files to write begin.
        today: When the table is made.
    """

    bucket: int
    parts: tuple[str, ...]
    target: str
    today: date


def check_part(task: CheckTask) -> None:
    """Check every record of a part and write its facts; nothing travels back.

    Raises:
        BadInput: If the file cannot be read, or holds FHIR of another version.
    """
    target = Path(task.target)
    if target.exists():
        return
    facts = (fact_of(raw, task) for raw in read(task.part))
    with draft(target) as unfinished:
        fact_files.write(unfinished, facts, task.buckets)


def fact_of(raw: Raw, task: CheckTask) -> Fact:
    """Return the fact of one record, accepted or refused; never raise because of the record.

    Raises:
        OtherVersion: If it is FHIR of another version.
    """
    place: dict[str, Any] = {"file": task.part.source.number, "offset": raw.offset}
    place["size"] = len(raw.content)
    resource, reason = check(raw)
    if resource is None:
        return Fact(reason=reason, **place)
    try:
        columns = extract(resource, task.pseudonyms)
        finding = judge(resource, today=task.today) if reason is None else None
    except Exception:  # one record that nobody foresaw must not stop the ward
        return Fact(reason=reason or "not_understood", **place)
    if reason == "unknown_type":
        columns["kind"] = None  # whatever stands there is text like any other
    if finding is None or finding.reason is not None:
        return Fact(**columns, reason=finding.reason if finding else reason, **place)
    return Fact(**columns, warnings=" ".join(finding.warnings), **place)


def link_bucket(task: LinkTask) -> None:
    """Judge the facts of a bucket against one another and write what leaves the job.

    The tally is written last: where it is, the other files are.
    """
    tally_file = Path(f"{task.target}.tally.json")
    if tally_file.exists():
        return
    facts = link(fact for path in task.parts for fact in fact_files.read(path, task.bucket))
    accepted = [fact for fact in facts if fact.reason is None]
    rows = (patient_row(of_one, today=task.today) for of_one in by_person(accepted).values())
    tables = {
        "patients": table_of([row for row in rows if row is not None]),
        "records": released.records(accepted),
        "quarantine": released.quarantine(facts),
    }
    for name, table in tables.items():
        with pa.ipc.new_file(f"{task.target}.{name}.arrow", table.schema) as file:
            file.write_table(table, max_chunksize=ROWS_AT_ONCE)
    write_text(tally_file, json.dumps(tally(facts, accepted), sort_keys=True))


def tally(facts: Iterable[Fact], accepted: list[Fact]) -> dict[str, dict[str, int]]:
    """Count records by type, refusals by reason and oddities by name."""
    facts = list(facts)
    return {
        "in": dict(Counter(fact.kind or "unknown" for fact in facts)),
        "out": dict(Counter(fact.kind or "unknown" for fact in accepted)),
        "errors": dict(Counter(fact.reason for fact in facts if fact.reason)),
        "warnings": dict(Counter(word for fact in accepted for word in fact.warnings.split())),
    }
