"""The records of a patient: so many in all, each within one of the stays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta

from speedlab.cases.ehr.world.admissions import Stay, draw_stays, encounter, stamp
from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.illnesses import LASTING
from speedlab.cases.ehr.world.names import DOCTORS
from speedlab.cases.ehr.world.observations import draw_body, draw_tests, observation
from speedlab.cases.ehr.world.people import Person, patient
from speedlab.cases.ehr.world.vocabulary import (
    COMMON_DRUGS,
    COMMON_PROCEDURES,
    DRUGS,
    HL7,
    ICD10,
    PROCEDURES,
    RXNORM,
    SNOMED,
    Illness,
    Json,
    concept,
)

SHARES = {"encounter": 0.16, "condition": 0.12, "medication": 0.14, "procedure": 0.1}
"""Of all records of a patient; the rest are observations, more than four in ten."""


def records(draws: Draws, person: Person, count: int, wanted: tuple[str, ...]) -> list[Json]:
    """Return all resources of a patient, the Patient first, then type by type.

    Args:
        draws: The random stream of this patient.
        person: Who it is.
        count: How many resources, 8 or more.
        wanted: LOINC codes that must be among the observations, as many as there are.
    """
    number = {name: max(1, int(count * share)) for name, share in SHARES.items()}
    stays = draw_stays(draws, person, number["encounter"])
    resources = [patient(draws, person)]
    resources += [encounter(draws, person, stay) for stay in stays]
    resources += _conditions(draws, person, stays, number["condition"])
    resources += [
        _medication(draws, person, stay) for stay in _chosen(draws, stays, number["medication"])
    ]
    resources += [
        _procedure(draws, person, stay) for stay in _chosen(draws, stays, number["procedure"])
    ]
    body = draw_body(draws, person)
    tests = draw_tests(draws, count - len(resources), wanted)
    places = _chosen(draws, stays, len(tests))
    pairs = zip(places, draws.shuffled(tests), strict=True)
    return resources + [observation(draws, person, stay, body, test) for stay, test in pairs]


def _chosen(draws: Draws, stays: list[Stay], count: int) -> list[Stay]:
    """Draw stays for records, in order of time; in hospital more is done and measured."""
    edges, total = [], 0
    for stay in stays:
        total += {"AMB": 2, "EMER": 3, "IMP": 9}[stay.setting]
        edges.append(total)
    places = sorted(bisect_right(edges, draws.share() * total) for _ in range(count))
    return [stays[place] for place in places]


def _conditions(draws: Draws, person: Person, stays: list[Stay], count: int) -> Iterator[Json]:
    """Make the lasting illnesses, noted at the first stays, then what people came for."""
    lasting = person.illnesses[:count]
    for place, illness in enumerate(lasting):
        stay = stays[min(place // 3, len(stays) - 1)]
        yield _condition(draws, person, stay, illness, lasting=True)
    for stay in _chosen(draws, stays, count - len(lasting)):
        known = stay.reason in LASTING
        yield _condition(draws, person, stay, stay.reason, lasting=known)


def _condition(
    draws: Draws, person: Person, stay: Stay, illness: Illness, *, lasting: bool
) -> Json:
    onset = _onset(draws, person, stay, illness, lasting=lasting)
    resource: Json = {
        "resourceType": "Condition",
        "id": draws.identity(),
        "clinicalStatus": _status("condition-clinical", "active" if lasting else "resolved"),
        "verificationStatus": _status("condition-ver-status", "confirmed"),
        "category": [
            _status("condition-category", "problem-list-item" if lasting else "encounter-diagnosis")
        ],
        "code": _diagnosis(draws, illness),
        "subject": {"reference": person.reference},
        "encounter": {"reference": stay.reference},
        "onsetDateTime": stamp(person, onset),
    }
    if not lasting:
        healed = min(stay.stop + timedelta(days=draws.whole(3, 20)), person.last)
        resource["abatementDateTime"] = stamp(person, healed)
    resource["recordedDate"] = stamp(person, stay.start)
    if draws.chance(0.2):
        resource["subject"]["display"] = person.called
    return resource


def _onset(
    draws: Draws, person: Person, stay: Stay, illness: Illness, *, lasting: bool
) -> datetime:
    if not lasting:
        return max(person.first, stay.start - timedelta(days=draws.whole(0, 4)))
    youngest = person.born + timedelta(days=int(illness.youngest * 365.25) + 1)
    years = timedelta(days=int(draws.share() ** 2 * 7_300))
    return min(stay.start, max(youngest, stay.start - years))


def _diagnosis(draws: Draws, illness: Illness) -> Json:
    """Return the code of an illness: SNOMED CT, ICD-10-CM or both."""
    snomed = concept(SNOMED, illness.snomed, illness.name)
    icd10 = concept(ICD10, illness.icd10, illness.title)
    drawn = draws.share()
    if drawn < 0.55:
        return {**snomed, "text": illness.name}
    if drawn < 0.8:
        return {"coding": snomed["coding"] + icd10["coding"], "text": illness.name}
    return {**icd10, "text": illness.title}


def _status(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{HL7}{system}", "code": code}]}


def _medication(draws: Draws, person: Person, stay: Stay) -> Json:
    drugs = [drug for illness in (stay.reason, *person.illnesses) for drug in illness.drugs]
    drug = draws.pick(drugs or COMMON_DRUGS)
    resource: Json = {
        "resourceType": "MedicationRequest",
        "id": draws.identity(),
        "status": draws.pick(("active", "stopped", "completed")),
        "intent": "order",
        "medicationCodeableConcept": concept(RXNORM, drug, DRUGS[drug]),
        "subject": {"reference": person.reference},
        "encounter": {"reference": stay.reference},
        "authoredOn": stamp(person, stay.moment(draws)),
        "requester": {"display": draws.pick(DOCTORS)},
        "dosageInstruction": [{"sequence": 1, "text": draws.pick(("Once daily", "As needed"))}],
    }
    if draws.chance(0.2):
        resource["subject"]["display"] = person.called
    return resource


def _procedure(draws: Draws, person: Person, stay: Stay) -> Json:
    special = [code for illness in person.illnesses for code in illness.procedures]
    code = draws.pick(special if special and draws.chance(0.5) else COMMON_PROCEDURES)
    first, second = sorted((stay.moment(draws), stay.moment(draws)))
    resource: Json = {
        "resourceType": "Procedure",
        "id": draws.identity(),
        "status": "completed",
        "code": concept(SNOMED, code, PROCEDURES[code]),
        "subject": {"reference": person.reference},
        "encounter": {"reference": stay.reference},
        "performedPeriod": {"start": stamp(person, first), "end": stamp(person, second)},
    }
    if draws.chance(0.2):
        resource["subject"]["display"] = person.called
    return resource
