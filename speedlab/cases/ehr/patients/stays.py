"""Stays in hospital and what was known by then: LACE and HOSPITAL of the last one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from speedlab.cases.ehr.patients import scores
from speedlab.cases.ehr.patients.codes import HAEMOGLOBIN, SODIUM, meanings
from speedlab.cases.ehr.patients.facts import Fact

INPATIENT = {"IMP", "ACUTE", "NONAC"}
"""Classes of encounters that are stays in hospital."""
_CANCERS = {"tumour", "leukaemia", "lymphoma", "metastatic"}
_SIX_MONTHS, _YEAR, _DAY = timedelta(days=183), timedelta(days=365), timedelta(days=1)
# Factors to g/dL and to mmol/L.
_HAEMOGLOBIN = {"g/dL": 1.0, "g/L": 0.1}
_SODIUM = {"mmol/L": 1.0, "meq/L": 1.0, "mEq/L": 1.0}


def age_on(birth: date | None, day: date | None) -> int | None:
    """Return the completed years of life on a day; None if either is unknown.

    >>> age_on(date(1950, 6, 15), date(2020, 6, 14))
    69
    """
    if birth is None or day is None:
        return None
    return max(day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)), 0)


def conditions_by(facts: Sequence[Fact], moment: datetime | None) -> frozenset[str]:
    """Return what all conditions that began by a moment mean for the scores."""
    known = [fact for fact in facts if fact.kind == "Condition" and _began(fact, moment)]
    return frozenset().union(*(meanings(fact.system, fact.code) for fact in known))


def _began(fact: Fact, moment: datetime | None) -> bool:
    return fact.start is None or moment is None or fact.start <= moment


def finished_stays(facts: Sequence[Fact]) -> list[tuple[datetime, datetime, Fact]]:
    """Return start, end and fact of each finished inpatient stay, the last one to end last."""
    found = [
        (fact.start, fact.stop, fact)
        for fact in facts
        if fact.kind == "Encounter" and fact.setting in INPATIENT and fact.status == "finished"
        if fact.start is not None and fact.stop is not None and fact.stop >= fact.start
    ]
    return sorted(found, key=lambda stay: (stay[1], stay[0], stay[2].record or ""))


def stay_scores(
    facts: Sequence[Fact],
    stays: Sequence[tuple[datetime, datetime, Fact]],
    birth: date | None,
) -> dict[str, Any]:
    """Return LACE and HOSPITAL of the last finished stay of an adult; None for both without.

    Days are midnights passed. A visit to the emergency department that began within the day
    before admission led to the stay: it makes the stay acute and is not counted as a visit. No
    record names an oncology service; a cancer known and not over at discharge stands for it, as
    in the simplified score (Aubert et al., BMJ Qual Saf 2017;26:799). Without haemoglobin or
    sodium in the stay HOSPITAL is a lower bound, and hospital_complete is False.

    Args:
        facts: Valid facts of one person.
        stays: What finished_stays found in them.
        birth: The date of birth; if it is unknown, an adult is assumed.
    """
    age = age_on(birth, stays[-1][0]) if stays else None
    if not stays or (age is not None and age < 18):
        return {"lace": None, "hospital": None, "hospital_complete": None}
    start, stop, stay = stays[-1]
    visits = [fact.start for fact in facts if fact.setting == "EMER" and fact.start is not None]
    led = any(start - _DAY <= visit <= start for visit in visits)
    before = sum(start - _SIX_MONTHS <= visit < start - _DAY for visit in visits)
    days, acute = (stop.date() - start.date()).days, stay.urgent or led
    illness = scores.lace_comorbidity(conditions_by(facts, stop))
    lace = scores.lace(days, acute=acute, comorbidity=illness, ed_visits=before)
    return {"lace": lace} | _hospital(facts, stays, acute)


def _hospital(
    facts: Sequence[Fact], stays: Sequence[tuple[datetime, datetime, Fact]], acute: bool
) -> dict[str, Any]:
    start, stop, _ = stay = stays[-1]
    haemoglobin = _last_value(facts, stay, (HAEMOGLOBIN,), _HAEMOGLOBIN)
    sodium = _last_value(facts, stay, SODIUM, _SODIUM)
    points = scores.hospital(
        haemoglobin_g_dl=haemoglobin,
        oncology=_has_cancer(facts, stop),
        sodium_mmol_l=sodium,
        procedure=any(fact.kind == "Procedure" and _within(fact, stay) for fact in facts),
        urgent=acute,
        admissions=sum(start - _YEAR <= other < start for other, _, _ in stays[:-1]),
        days=(stop.date() - start.date()).days,
    )
    complete = haemoglobin is not None and sodium is not None
    return {"hospital": points, "hospital_complete": complete}


def _has_cancer(facts: Sequence[Fact], moment: datetime) -> bool:
    lasting = [fact for fact in facts if fact.stop is None or fact.stop >= moment]
    return bool(conditions_by(lasting, moment) & _CANCERS)


def _within(fact: Fact, stay: tuple[datetime, datetime, Fact]) -> bool:
    start, stop, encounter = stay
    if fact.encounter is not None:
        return fact.encounter == encounter.record
    return fact.start is not None and start <= fact.start <= stop


def _last_value(
    facts: Sequence[Fact],
    stay: tuple[datetime, datetime, Fact],
    codes: tuple[str, ...],
    factors: dict[str, float],
) -> float | None:
    found = [
        (fact.start, fact.value * factors[fact.unit])
        for fact in facts
        if fact.kind == "Observation" and fact.system == "loinc" and fact.code in codes
        if fact.unit in factors and fact.start is not None
        if fact.value is not None and 0 <= fact.value < math.inf and _within(fact, stay)
    ]
    return max(found)[1] if found else None
