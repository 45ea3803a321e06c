"""Plant what goes wrong in real exports, and write down where: one defect a line at most."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.observations import quantity
from speedlab.cases.ehr.world.people import Person
from speedlab.cases.ehr.world.vocabulary import CREATININE, LOINC, TESTS, Json, concept

WARNINGS = ("after_death", "no_encounter")
"""Odd, but found in sound exports too: the record is kept."""
MISSPELT = {
    "Encounter": "Encouter",
    "Condition": "Conditon",
    "Observation": "Obsevation",
    "MedicationRequest": "MedicationRequst",
    "Procedure": "Proceedure",
}
REQUIRED = {
    "Encounter": ("status", "class"),
    "Condition": ("subject",),
    "Observation": ("status", "code"),
    "MedicationRequest": ("status", "intent"),
    "Procedure": ("status", "subject"),
}
IMPOSSIBLE_DAY = "2023-02-30"
ABSURD = {"8867-4": 900, "2951-2": 15, "718-7": 80.0, "2160-0": -1.1, "14682-9": -97}
"""Values that no living patient has: a heart rate, sodium, hemoglobin, creatinine."""
WANTED = {"unit_mismatch": "creatinine", "out_of_range": "2951-2", "no_encounter": "8867-4"}
"""The test that a patient must have so that the defect can be planted."""
Spoil = Callable[[Draws, Person, Json], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an export.

    Attributes:
        kind: In which file it stands: a resource type.
        text: Its bytes, with the newline.
        defect: What is wrong with it, or "".
        late: Whether it stands at the end of the file, behind all patients.
    """

    kind: str
    text: bytes
    defect: str = ""
    late: bool = False


def severity(defect: str) -> str:
    """Return "warning" for what is odd, "error" for what is wrong.

    >>> severity("orphan")
    'error'
    """
    return "warning" if defect in WARNINGS else "error"


def plant(
    draws: Draws, person: Person, resources: list[Json], defects: tuple[str, ...]
) -> Iterator[Line]:
    """Return the lines of a patient, with some defects among them.

    A duplicate is one more line; any other defect spoils a line that is there.
    """
    chosen: dict[int, str] = {}
    # Those that fit few lines choose first.
    for defect in sorted(defects, key=list(SPOILS).index):
        free = [i for i, each in enumerate(resources) if i not in chosen and _fits(defect, each)]
        chosen[draws.pick(free)] = defect
    for place, resource in enumerate(resources):
        defect = chosen.get(place, "")
        if defect and defect != "duplicate":
            yield _spoilt(draws, person, resource, defect)
        else:
            yield Line(resource["resourceType"], _packed(resource))
    for place in (place for place, defect in chosen.items() if defect == "duplicate"):
        text = _packed(resources[place])
        yield Line(resources[place]["resourceType"], text, "duplicate", draws.chance(0.5))


def _fits(defect: str, resource: Json) -> bool:
    kind = resource["resourceType"]
    if defect == "after_death":
        return bool(kind == "Encounter")
    if defect == "no_encounter":
        return bool(kind == "Observation")
    if defect in ("unit_mismatch", "out_of_range"):
        codes = CREATININE if defect == "unit_mismatch" else tuple(ABSURD)
        return kind == "Observation" and resource["code"]["coding"][0]["code"] in codes
    # Without a Patient that can be read, all records of that patient would be orphans.
    return kind != "Patient" or defect in ("schema", "impossible_date", "duplicate")


def _spoilt(draws: Draws, person: Person, resource: Json, defect: str) -> Line:
    kind = str(resource["resourceType"])
    SPOILS[defect](draws, person, resource)
    text = _packed(resource)
    if defect == "broken_json":
        text = _broken(draws, text)
    if defect == "encoding":
        # A Latin-1 letter within a name: nearly every old system has sent one.
        text = text.replace(b'"display":"', b'"display":"\xe9', 1)
    return Line(kind, text, defect)


def _packed(resource: Json) -> bytes:
    text = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _broken(draws: Draws, line: bytes) -> bytes:
    """Cut a line off, or leave out one of its braces."""
    text = line.decode().rstrip("\n")
    if draws.chance(0.5):
        return text[: int(len(text) * draws.between(0.3, 0.95))].encode() + b"\n"
    place = text.rindex("}") if draws.chance(0.5) else text.index("}")
    return (text[:place] + text[place + 1 :]).encode() + b"\n"


def _same(draws: Draws, person: Person, resource: Json) -> None:
    """Leave the resource as it is: its text is spoilt, or it is written twice."""


def _drop_type(draws: Draws, person: Person, resource: Json) -> None:
    del resource["resourceType"]


def _misspell_type(draws: Draws, person: Person, resource: Json) -> None:
    resource["resourceType"] = MISSPELT[resource["resourceType"]]


def _break_schema(draws: Draws, person: Person, resource: Json) -> None:
    kind = resource["resourceType"]
    if kind == "Patient":
        resource.update(draws.pick(({"gender": 7}, {"name": "unknown"}, {"birthDate": [1950]})))
    elif draws.chance(0.5):
        del resource[draws.pick(REQUIRED[kind])]
    else:
        wrong = ({"subject": 12}, {"id": {"value": "x"}}, {"encounter": ["none"]})
        resource.update(draws.pick(wrong[:1] if kind == "Encounter" else wrong))


def _break_date(draws: Draws, person: Person, resource: Json) -> None:
    kind = resource["resourceType"]
    time = f"T08:30:00{person.place.zone}"
    if kind == "Patient":
        resource["birthDate"] = f"2999-{draws.whole(1, 12):02d}-11"
    elif kind in ("Encounter", "Procedure"):
        period = resource["period" if kind == "Encounter" else "performedPeriod"]
        if draws.chance(0.5):
            period["start"] = IMPOSSIBLE_DAY + time
        else:
            period["end"] = _moved(period["start"], -draws.whole(2, 400))
    elif kind == "Condition":
        before = person.born - timedelta(days=draws.whole(800, 9_000))
        resource["onsetDateTime"] = f"{before:%Y-%m-%d}{time}"
    else:
        name = "effectiveDateTime" if kind == "Observation" else "authoredOn"
        resource[name] = IMPOSSIBLE_DAY + time


def _moved(stamp: str, days: int) -> str:
    return (datetime.fromisoformat(stamp) + timedelta(days=days)).isoformat()


def _make_orphan(draws: Draws, person: Person, resource: Json) -> None:
    resource["subject"]["reference"] = f"Patient/{draws.identity()}"


def _mix_units(draws: Draws, person: Person, resource: Json) -> None:
    """Write the creatinine of one unit with the name of the other, and half the time its code."""
    given = resource["valueQuantity"]
    other = "umol/L" if given["unit"] == "mg/dL" else "mg/dL"
    resource["valueQuantity"] = quantity(given["value"], other)
    if draws.chance(0.5):
        code = CREATININE[other == "umol/L"]
        resource["code"] = concept(LOINC, code, TESTS[code])


def _make_absurd(draws: Draws, person: Person, resource: Json) -> None:
    resource["valueQuantity"]["value"] = ABSURD[resource["code"]["coding"][0]["code"]]


def _outlive(draws: Draws, person: Person, resource: Json) -> None:
    period = resource["period"]
    begins = datetime.fromisoformat(period["start"]).replace(tzinfo=None)
    days = (person.last - begins).days + draws.whole(2, 9)
    resource["period"] = {name: _moved(period[name], days) for name in ("start", "end")}


def _drop_encounter(draws: Draws, person: Person, resource: Json) -> None:
    del resource["encounter"]


SPOILS: dict[str, Spoil] = {
    "after_death": _outlive,
    "unit_mismatch": _mix_units,
    "out_of_range": _make_absurd,
    "no_encounter": _drop_encounter,
    "orphan": _make_orphan,
    "no_type": _drop_type,
    "unknown_type": _misspell_type,
    "broken_json": _same,
    "encoding": _same,
    "schema": _break_schema,
    "impossible_date": _break_date,
    "duplicate": _same,
}
"""Every defect by its name: what stands in planted.csv, and what a checker calls it."""
