"""What is measured of a patient: values that fit age and illnesses, as FHIR Observations."""

from __future__ import annotations

from dataclasses import dataclass

from speedlab.cases.ehr.world.admissions import Stay, stamp
from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.people import Person
from speedlab.cases.ehr.world.vocabulary import (
    CREATININE,
    HL7,
    LOINC,
    TESTS,
    UCUM,
    UMOL_PER_MG,
    Json,
    concept,
)

LOWEST, HIGHEST = 0.3, 15.0
"""Creatinine in mg/dL; the same in umol/L is 27 to 1326, so a number tells its unit."""
CLEARED = {
    "431855005": (92, 112),
    "431856006": (62, 88),
    "433144002": (31, 58),
    "431857002": (16, 29),
    "433146000": (5, 14),
    "127013003": (25, 75),
}
"""Glomerular filtration rate in mL/min/1.73 m2, for the illnesses that lower it."""
VITAL = ("8867-4", "85354-9", "29463-7", "8302-2")
OFTEN = ("creatinine", "creatinine", "718-7", "2951-2", "8867-4", "85354-9", "2345-7", "4548-4")
USUAL = (*OFTEN, "29463-7", "8302-2")
MICROMOLAR = 2
"""Number of the hospital whose laboratory reports creatinine in umol/L."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stays about the same in a patient.

    Attributes:
        creatinine: In mg/dL.
        height: In cm.
        weight: In kg.
        systolic: Blood pressure in mm[Hg].
    """

    creatinine: float
    height: float
    weight: float
    systolic: float


def draw_body(draws: Draws, person: Person) -> Body:
    """Draw the body of somebody; children are smaller."""
    grown = min(1.0, 0.3 + 0.7 * person.age / 18)
    height = draws.bell(163.0 if person.sex == "female" else 176.0, 7.0) * grown
    weight = draws.between(19.0, 34.0) * (height / 100) ** 2
    pressure = draws.bell(148.0 if person.has("hypertension") else 118.0, 9.0)
    return Body(_creatinine(draws, person), height, weight, pressure)


def _creatinine(draws: Draws, person: Person) -> float:
    """Draw a filtration rate and return the creatinine at which CKD-EPI 2021 gives it."""
    if person.age < 18:
        return draws.between(0.3, 0.5) + 0.02 * person.age
    low, high = 88.0 - 0.5 * max(0, person.age - 40), 118.0 - 0.5 * max(0, person.age - 40)
    for illness in person.illnesses:
        low, high = CLEARED.get(illness.snomed, (low, high))
    female = person.sex == "female"
    kappa, alpha, factor = (0.7, -0.241, 1.012) if female else (0.9, -0.302, 1.0)
    ratio = draws.between(low, high) / (142.0 * 0.9938**person.age * factor)
    power = 1 / alpha if ratio >= 1 else -1 / 1.2
    return float(min(max(kappa * ratio**power, LOWEST), 12.0))


def draw_tests(draws: Draws, count: int, wanted: tuple[str, ...]) -> list[str]:
    """Draw what is measured; what is wanted comes first."""
    tests = list(wanted[:count])
    return tests + [draws.pick(USUAL) for _ in range(count - len(tests))]


def observation(draws: Draws, person: Person, stay: Stay, body: Body, test: str) -> Json:
    """Return an Observation of one test, made during a stay.

    Args:
        draws: The random stream of this patient.
        person: Who is measured.
        stay: When and where.
        body: What the values lie around.
        test: A LOINC code, or "creatinine" for the one of two that the hospital uses.
    """
    if test == "creatinine":
        test = CREATININE[stay.hospital == MICROMOLAR]
    moment = stamp(person, stay.moment(draws))
    category = "vital-signs" if test in VITAL else "laboratory"
    resource: Json = {
        "resourceType": "Observation",
        "id": draws.identity(),
        "status": "final",
        "category": [{"coding": [{"system": f"{HL7}observation-category", "code": category}]}],
        "code": concept(LOINC, test, TESTS[test]),
        "subject": {"reference": person.reference},
        "encounter": {"reference": stay.reference},
        "effectiveDateTime": moment,
        "issued": moment,
    }
    if test == "85354-9":
        resource["component"] = _pressure(draws, body)
    else:
        resource["valueQuantity"] = quantity(*_value(draws, person, body, test))
    _add_words(draws, person, resource)
    return resource


def _add_words(draws: Draws, person: Person, resource: Json) -> None:
    if draws.chance(0.2):
        resource["subject"]["display"] = person.called
    if draws.chance(0.06):
        words = f"Told {person.called} the result by phone, {person.phone}."
        resource["note"] = [{"text": words}]


def quantity(value: float, unit: str) -> Json:
    """Return a FHIR Quantity in a unit of UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _pressure(draws: Draws, body: Body) -> list[Json]:
    high = round(draws.bell(body.systolic, 8.0))
    low = round(high * draws.between(0.56, 0.68))
    pairs = (("8480-6", high), ("8462-4", low))
    return [
        {"code": concept(LOINC, code, TESTS[code]), "valueQuantity": quantity(value, "mm[Hg]")}
        for code, value in pairs
    ]


def _value(draws: Draws, person: Person, body: Body, test: str) -> tuple[float, str]:
    if test in CREATININE:
        value = min(max(body.creatinine * draws.between(0.95, 1.05), LOWEST), HIGHEST)
        return (round(value, 2), "mg/dL") if test == "2160-0" else (_micromoles(value), "umol/L")
    if test == "8302-2":
        return round(body.height * draws.between(0.99, 1.01), 1), "cm"
    if test == "29463-7":
        return round(body.weight * draws.between(0.98, 1.02), 1), "kg"
    mean, spread, digits, unit = _usual(person, test)
    return round(draws.bell(mean, spread), digits), unit


def _usual(person: Person, test: str) -> tuple[float, float, int | None, str]:
    """Return mean, spread, digits and unit of a test, for somebody with these illnesses."""
    sugar = person.has("diabetes")
    pale = person.has("anemia") or person.has("metastasis")
    fast = person.has("atrial_fibrillation") or person.age < 6
    return {
        "718-7": (9.5 if pale else 13.8, 1.0, 1, "g/dL"),
        "2951-2": (133.0 if person.has("heart_failure") else 140.0, 2.5, None, "mmol/L"),
        "8867-4": (92.0 if fast else 74.0, 9.0, None, "/min"),
        "4548-4": (7.8 if sugar else 5.3, 0.4, 1, "%"),
        "2345-7": (170.0 if sugar else 90.0, 9.0, None, "mg/dL"),
    }[test]


def _micromoles(value: float) -> int:
    return max(27, round(value * UMOL_PER_MG))
