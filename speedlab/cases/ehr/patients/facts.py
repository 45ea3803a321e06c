"""What is kept of a resource: one flat row, the same shape for every type.

A row is made from a list of what may be kept, never by striking out what may not: a field that
nobody thought of cannot slip through. Dates are still exact here, because the scores need them;
they leave the job as years (see released.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One resource, accepted or refused.

    Attributes:
        kind: Its resource type; None where that cannot be read.
        record: Keyed pseudonym of type and id.
        person: Keyed pseudonym of the patient it speaks of, for a Patient its own.
        encounter: Keyed pseudonym of the encounter it belongs to.
        system: Short name of the code system: "snomed", "loinc", "icd10", "rxnorm", "cvx", "cpt";
            None for any other.
        code: The code itself; None for other systems.
        start: When it happened or began, local time without zone.
        stop: When it ended.
        value: A measured number.
        unit: The unit of that number, as UCUM writes it, such as "mg/dL".
        status: FHIR's status, or the clinical status of a condition.
        setting: Class of an encounter: "AMB", "EMER", "IMP", ...
        urgent: Whether an encounter was an emergency, or came from the emergency department.
        sex: "female", "male", "other" or "unknown" (Patient only).
        birth: Date of birth (Patient only).
        died: When the patient died (Patient only).
        dead: Whether the patient is dead, also where the day is unknown (Patient only).
        zip3: First three digits of the ZIP code, "000" where few people live (Patient only).
        state: Two letters of the state (Patient only).
        file: Number of the file, in the order of names.
        offset: First byte of the resource in that file, counted after unpacking.
        size: Bytes of the resource.
        reason: Why it was refused; None if it was accepted.
        warnings: What is odd about it, though it was accepted, names with a blank between.
    """

    kind: str | None = None
    record: str | None = None
    person: str | None = None
    encounter: str | None = None
    system: str | None = None
    code: str | None = None
    start: datetime | None = None
    stop: datetime | None = None
    value: float | None = None
    unit: str | None = None
    status: str | None = None
    setting: str | None = None
    urgent: bool = False
    sex: str | None = None
    birth: date | None = None
    died: datetime | None = None
    dead: bool = False
    zip3: str | None = None
    state: str | None = None
    file: int = 0
    offset: int = 0
    size: int = 0
    reason: str | None = None
    warnings: str = ""


_ARROW = {"float": pa.float64(), "bool": pa.bool_(), "int": pa.int64(), "date": pa.date32()}
_ARROW |= {"datetime": pa.timestamp("us"), "str": pa.string()}
SCHEMA = pa.schema(
    [(field.name, _ARROW[str(field.type).removesuffix(" | None")]) for field in fields(Fact)]
)


def to_batch(facts: Sequence[Fact]) -> Any:
    """Return facts as an Arrow record batch, one row each."""
    return pa.RecordBatch.from_arrays(columns_of(facts, SCHEMA), schema=SCHEMA)


def columns_of(facts: Sequence[Fact], schema: Any) -> list[Any]:
    """Return the attributes of facts that a schema names, as Arrow arrays."""
    return [pa.array(map(attrgetter(field.name), facts), field.type) for field in schema]


def from_batch(batch: Any) -> list[Fact]:
    """Return the facts of a record batch."""
    rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return [Fact(**dict(zip(batch.schema.names, row, strict=True))) for row in rows]
