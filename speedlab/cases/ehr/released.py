"""What leaves the job: records without anything that names a person, and where the refused lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from speedlab.cases.ehr.patients.facts import Fact, columns_of
from speedlab.cases.ehr.patients.table import OLDEST

_KEPT = ("record", "person", "encounter", "kind", "system", "code")
_MEASURED = ("value", "unit", "status", "setting", "warnings")
RECORDS = pa.schema(
    [(name, pa.string()) for name in _KEPT]
    + [("year", pa.int16()), ("value", pa.float64())]
    + [(name, pa.string()) for name in _MEASURED[1:]]
)
QUARANTINE = pa.schema(
    [("reason", pa.string()), ("file", pa.int32()), ("offset", pa.int64()), ("size", pa.int64())]
    + [(name, pa.string()) for name in ("kind", "record", "person")]
)


def records(accepted: Sequence[Fact]) -> Any:
    """Return one row for each accepted record, ordered by pseudonyms and not by time."""
    last = _last_years(accepted)
    ordered = sorted(accepted, key=lambda f: (f.person or "", f.kind or "", f.record or ""))
    years = [_year(fact.start, last.get(fact.person)) for fact in ordered]
    kept = columns_of(ordered, [field for field in RECORDS if field.name != "year"])
    kept.insert(RECORDS.get_field_index("year"), pa.array(years, pa.int16()))
    return pa.Table.from_arrays(kept, schema=RECORDS)


def quarantine(facts: Iterable[Fact]) -> Any:
    """Return where each refused record lies and why it was refused, never what it says."""
    refused = [fact for fact in facts if fact.reason]
    return pa.Table.from_arrays(columns_of(refused, QUARANTINE), schema=QUARANTINE)


def _last_years(facts: Sequence[Fact]) -> dict[str | None, int]:
    years: dict[str | None, int] = {}
    for fact in facts:
        for moment in (fact.start, fact.stop, fact.died):
            if moment is not None:
                years[fact.person] = max(years.get(fact.person, 0), moment.year)
    return years


def _year(start: datetime | None, last: int | None) -> int | None:
    """Return the year of a record, unless it shows that its patient is older than 89."""
    if start is None or (last is not None and last - start.year > OLDEST):
        return None
    return start.year
