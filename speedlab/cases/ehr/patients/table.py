"""One row a patient: what the wards see, without anything that names a person.

De-identified by construction (HIPAA Safe Harbor, 45 CFR 164.514(b)(2)): a row holds years, never
a month or a day; everybody over 89 is 90 and has no year of birth; places are a state and what
the facts hold of a ZIP code.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa

from speedlab.cases.ehr.patients import scores
from speedlab.cases.ehr.patients.codes import CREATININE, creatinine_mg_dl
from speedlab.cases.ehr.patients.facts import Fact
from speedlab.cases.ehr.patients.stays import (
    INPATIENT,
    age_on,
    conditions_by,
    finished_stays,
    stay_scores,
)
from speedlab.core.errors import BadInput

OLDEST = 89
"""The greatest age that Safe Harbor lets out, and years tell of it: 164.514(b)(2)(i)(C)."""
_VOID = {"entered-in-error", "cancelled", "not-done", "refuted"}
_COUNTS = {
    "encounters": "Encounter",
    "conditions": "Condition",
    "observations": "Observation",
    "medications": "MedicationRequest",
    "procedures": "Procedure",
}
_TEXT = ("sex", "zip3", "state", "egfr_stage")
_NUMBERS = ("birth_year", "age", "death_year", *_COUNTS, "inpatient_stays", "emergencies", "egfr")
_NUMBERS += ("cha2ds2_vasc", "charlson", "lace", "hospital")
PATIENTS = pa.schema(
    [pa.field("person", pa.string(), nullable=False)]
    + [pa.field(name, pa.string()) for name in _TEXT]
    + [pa.field(name, pa.int64()) for name in _NUMBERS]
    + [pa.field(name, pa.float64()) for name in ("creatinine_mg_dl", "charlson_survival")]
    + [pa.field(name, pa.bool_()) for name in ("dead", "atrial_fibrillation", "hospital_complete")]
)
"""Columns of the patient table; patient_row says what they mean."""


def patient_row(facts: Sequence[Fact], *, today: date | None = None) -> dict[str, Any] | None:
    """Return the row of one person.

    Age is that on the last day on which anything is known of the person, or at death. The
    filtration rate uses the true age also over 89; it is rounded to a whole number, as
    laboratories report it, so that the age cannot be solved for exactly. A condition counts
    from its start on, with an unknown start always, and for good: "resolved" and "inactive"
    ones are history, which every score here asks for; "entered-in-error" ones never count.
    CHA2DS2-VASc is None without atrial fibrillation, for which alone it was made. Charlson
    comes without age points, so charlson_survival speaks of illness, not of age. LACE and
    HOSPITAL are those of the last finished stay (see stays.stay_scores).

    Args:
        facts: The accepted facts of one person, in any order; refused ones are left out.
        today: When the table is made: the year of birth of somebody who may live and be over 89
            by then is left out, however long ago they were seen last.

    Returns:
        A value for each column of PATIENTS; None if no fact is a Patient.
    """
    valid = [fact for fact in facts if fact.reason is None and fact.status not in _VOID]
    person = next((fact for fact in valid if fact.kind == "Patient"), None)
    if person is None or person.person is None:
        return None
    last = person.died or _last_moment(valid)
    return (
        _who(person, last, today)
        | _counts(valid)
        | _kidneys(valid, person)
        | _risks(valid, person, last)
    )


def table_of(rows: Iterable[dict[str, Any]]) -> Any:
    """Return rows as an Arrow table of the schema PATIENTS.

    >>> table_of([]).num_columns == len(PATIENTS)
    True
    """
    return pa.Table.from_pylist(list(rows), schema=PATIENTS)


def _last_moment(facts: Sequence[Fact]) -> datetime | None:
    moments = [at for fact in facts for at in (fact.start, fact.stop) if at is not None]
    return max(moments, default=None)


def _who(person: Fact, last: datetime | None, today: date | None) -> dict[str, Any]:
    age = age_on(person.birth, last)
    # Without any date the age is unknown, and with it whether the year of birth may be told.
    may_tell_birth = age is not None and age <= OLDEST
    if may_tell_birth and today and not (person.dead or person.died):
        by_now = age_on(person.birth, datetime.combine(today, time.min))
        may_tell_birth = by_now is not None and by_now <= OLDEST
    return {
        "person": person.person,
        "sex": person.sex,
        "birth_year": person.birth.year if person.birth and may_tell_birth else None,
        "age": None if age is None else min(age, OLDEST + 1),
        "zip3": person.zip3,
        "state": person.state,
        "dead": person.dead or person.died is not None,
        "death_year": person.died.year if person.died else None,
    }


def _counts(facts: Sequence[Fact]) -> dict[str, Any]:
    settings = [fact.setting for fact in facts if fact.kind == "Encounter"]
    kinds = [fact.kind for fact in facts]
    return {name: kinds.count(kind) for name, kind in _COUNTS.items()} | {
        "inpatient_stays": sum(setting in INPATIENT for setting in settings),
        "emergencies": settings.count("EMER"),
    }


def _kidneys(facts: Sequence[Fact], person: Fact) -> dict[str, Any]:
    measured = [reading for fact in facts if (reading := _creatinine(fact)) is not None]
    empty = {"creatinine_mg_dl": None, "egfr": None, "egfr_stage": None}
    if not measured:
        return empty
    day, value = max(measured)
    age, sex = age_on(person.birth, day), person.sex
    row = empty | {"creatinine_mg_dl": round(value, 2)}
    if age is None or sex not in ("female", "male"):
        return row
    rate = scores.egfr(value, age, sex)
    if rate is None:
        return row
    return row | {"egfr": round(rate), "egfr_stage": scores.egfr_stage(round(rate))}


def _creatinine(fact: Fact) -> tuple[datetime, float] | None:
    if fact.kind != "Observation" or fact.system != "loinc" or fact.code not in CREATININE:
        return None
    if fact.start is None or fact.value is None or not 0 < fact.value < math.inf:
        return None
    try:
        return fact.start, creatinine_mg_dl(fact.value, fact.unit)
    except BadInput:
        return None


def _risks(facts: Sequence[Fact], person: Fact, last: datetime | None) -> dict[str, Any]:
    names = conditions_by(facts, last)
    index = scores.charlson(names)
    stays = finished_stays(facts)
    return {
        "atrial_fibrillation": "atrial_fibrillation" in names,
        "cha2ds2_vasc": _stroke_risk(names, age_on(person.birth, last), person.sex),
        "charlson": index,
        "charlson_survival": round(scores.charlson_survival(index), 4),
    } | stay_scores(facts, stays, person.birth)


def _stroke_risk(names: frozenset[str], age: int | None, sex: str | None) -> int | None:
    if "atrial_fibrillation" not in names or age is None or sex not in ("female", "male"):
        return None
    return scores.cha2ds2_vasc(
        age,
        sex,
        heart_failure="heart_failure" in names,
        hypertension="hypertension" in names,
        diabetes=bool({"diabetes", "diabetes_complicated"} & names),
        stroke="stroke" in names,
        vascular="vascular" in names,
    )
