"""Rules that need more than one resource: duplicates, missing patients, life before and after.

All facts of a patient lie in one bucket, so a bucket is judged by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from speedlab.cases.ehr.patients.facts import Fact

Encounters = set[tuple[str | None, str | None]]
"""Pseudonyms of patients, each with one of an encounter."""
BEFORE_BIRTH = timedelta(days=300)
"""Records of a pregnancy may name the child; nothing older can."""


def bucket_of(fact: Fact, n_buckets: int) -> int:
    """Return the bucket of a fact: the same for all that speaks of one patient."""
    name = fact.person or fact.record
    return int(name[:8], 16) % n_buckets if name else (fact.file + fact.offset) % n_buckets


def link(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts of a bucket in the order of the export, judged against one another."""
    ordered = sorted(facts, key=lambda fact: (fact.file, fact.offset))
    unique = _without_duplicates(ordered)
    patients = _patients(unique)
    # Of the same patient: what others have in this bucket depends on how many buckets there are.
    encounters = {(f.person, f.record) for f in unique if f.kind == "Encounter"}
    return [_judged(fact, patients, encounters) for fact in unique]


def by_person(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Return the accepted facts of each patient, in the order of pseudonyms."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.person and fact.reason is None:
            found[fact.person].append(fact)
    return dict(sorted(found.items()))


def _without_duplicates(ordered: Sequence[Fact]) -> list[Fact]:
    seen: set[str] = set()
    found = []
    for fact in ordered:
        again = fact.reason is None and fact.record in seen
        if fact.record and fact.reason is None:
            seen.add(fact.record)
        found.append(replace(fact, reason="duplicate") if again else fact)
    return found


def _patients(facts: Sequence[Fact]) -> dict[str, Fact]:
    # A refused patient is known, or all of their records would be called orphans; the accepted
    # one counts if there are both.
    known = [f for f in facts if f.kind == "Patient" and f.person and f.reason != "duplicate"]
    return {f.person: f for f in sorted(known, key=lambda f: f.reason is None) if f.person}


def _judged(fact: Fact, patients: dict[str, Fact], encounters: Encounters) -> Fact:
    if fact.reason is not None or fact.kind == "Patient" or fact.person is None:
        return fact
    patient = patients.get(fact.person)
    if patient is None:
        return replace(fact, reason="orphan", warnings="")
    if _is_before(fact.start, patient):
        return replace(fact, reason="impossible_date", warnings="")
    odd = fact.warnings.split()
    odd += ["patient_refused"] if patient.reason else []
    odd += ["after_death"] if fact.kind == "Encounter" and _is_after(fact.start, patient) else []
    lost = fact.encounter is not None and (fact.person, fact.encounter) not in encounters
    odd += ["encounter_missing"] if lost else []
    warnings = " ".join(odd)
    return fact if warnings == fact.warnings else replace(fact, warnings=warnings)


def _is_before(start: datetime | None, patient: Fact) -> bool:
    if start is None or patient.birth is None or patient.reason:
        return False
    return start < datetime.combine(patient.birth, time.min) - BEFORE_BIRTH


def _is_after(start: datetime | None, patient: Fact) -> bool:
    if start is None or patient.died is None:
        return False
    if patient.died.time() == time.min:  # only the day is known
        return start.date() > patient.died.date()
    return start > patient.died
