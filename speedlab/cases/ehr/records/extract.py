"""Take out of a resource what may be kept, and nothing else: HIPAA Safe Harbor by construction.

Names, addresses, free text, numbers of accounts and devices are never even looked at. Codes, units
and statuses are kept only if they are on a list, so that none can carry a name.
Source: 45 CFR 164.514(b)(2).
"""

from __future__ import annotations

import math
from typing import Any

from speedlab.cases.ehr.records import dates
from speedlab.cases.ehr.records.fields import at, code_of, quantity_of, target_of, texts
from speedlab.cases.ehr.records.pseudonyms import Pseudonyms, state, zip3

STATUSES = frozenset(
    "active inactive resolved remission recurrence relapse entered-in-error final preliminary "
    "amended corrected registered cancelled unknown finished in-progress planned arrived triaged "
    "onleave completed stopped on-hold draft not-done preparation superseded current".split()
)
SETTINGS = frozenset("AMB EMER FLD HH IMP ACUTE NONAC OBSENC PRENC SS VR".split())
SEXES = frozenset({"female", "male", "other", "unknown"})
_URGENT = {"EM", "UR", "S"}
_STARTS = (
    ("onsetDateTime",),
    ("onsetPeriod", "start"),
    ("effectiveDateTime",),
    ("effectivePeriod", "start"),
    ("performedDateTime",),
    ("performedPeriod", "start"),
    ("occurrenceDateTime",),
    ("authoredOn",),
    ("period", "start"),
    ("recordedDate",),
    ("issued",),
    ("date",),
)
_STOPS = (
    ("abatementDateTime",),
    ("period", "end"),
    ("performedPeriod", "end"),
    ("onsetPeriod", "end"),
    ("effectivePeriod", "end"),
)
_CONCEPTS = ("code", "medicationCodeableConcept", "vaccineCode", "type")


def extract(resource: dict[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Return the columns of a Fact that a resource fills; malformed fields fill none."""
    kind, name = resource.get("resourceType"), resource.get("id")
    own = pseudonyms.of(f"{kind}/{name}") if isinstance(name, str) else None
    columns: dict[str, Any] = {"kind": kind if isinstance(kind, str) else None, "record": own}
    if kind == "Patient":
        return columns | {"person": own} | _patient(resource)
    person = target_of(resource.get("subject"), "Patient") or target_of(
        resource.get("patient"), "Patient"
    )
    encounter = target_of(resource.get("encounter"), "Encounter")
    if person and person.startswith("Patient/"):
        columns["person"] = pseudonyms.of(person)
    if encounter:
        columns["encounter"] = pseudonyms.of(encounter)
    if kind == "Encounter":
        columns |= _encounter(resource)
    if kind == "Observation":
        columns |= _number(resource)
    return columns | _event(resource)


def _patient(resource: dict[str, Any]) -> dict[str, Any]:
    died = dates.local(resource.get("deceasedDateTime"))
    addresses = resource.get("address")
    homes = addresses if isinstance(addresses, list) else []
    codes = [zip3(at(home, "postalCode")) for home in homes]
    states = [state(at(home, "state")) for home in homes]
    sex = resource.get("gender")
    return {
        "sex": sex if isinstance(sex, str) and sex in SEXES else None,
        "birth": dates.day(resource.get("birthDate")),
        "died": died,
        "dead": died is not None or resource.get("deceasedBoolean") is True,
        "zip3": next(filter(None, codes), None),
        "state": next(filter(None, states), None),
    }


def _encounter(resource: dict[str, Any]) -> dict[str, Any]:
    setting = at(resource, "class", "code")
    priority = at(resource, "priority", "coding", 0, "code")
    source = at(resource, "hospitalization", "admitSource", "coding", 0, "code")
    emergency = setting == "EMER" or source == "emd"
    return {
        "setting": setting if isinstance(setting, str) and setting in SETTINGS else None,
        "urgent": emergency or (isinstance(priority, str) and priority in _URGENT),
    }


def _number(resource: dict[str, Any]) -> dict[str, Any]:
    value, unit = quantity_of(resource)
    # Without a known unit a number says nothing, and it might be a telephone number.
    kept = value is not None and unit is not None and math.isfinite(value)
    return {"value": value if kept else None, "unit": unit if kept else None}


def _event(resource: dict[str, Any]) -> dict[str, Any]:
    system, code = next(
        (found for found in map(code_of, _concepts(resource)) if found.code), (None, None)
    )
    return {
        "system": system,
        "code": code,
        "start": _first(resource, _STARTS),
        "stop": _first(resource, _STOPS),
        "status": _status(resource),
    }


def _concepts(resource: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for name in _CONCEPTS:
        concept = resource.get(name)
        found += concept if isinstance(concept, list) else [concept]
    return found


def _first(resource: dict[str, Any], paths: tuple[tuple[str, ...], ...]) -> Any:
    found = (dates.local(at(resource, *path)) for path in paths)
    return next((moment for moment in found if moment is not None), None)


def _status(resource: dict[str, Any]) -> str | None:
    verification = at(resource, "verificationStatus", "coding", 0, "code")
    clinical = at(resource, "clinicalStatus", "coding", 0, "code")
    if verification in ("entered-in-error", "refuted"):
        return "entered-in-error"
    known = [text for text in texts(resource.get("status"), clinical) if text in STATUSES]
    return known[0] if known else None
