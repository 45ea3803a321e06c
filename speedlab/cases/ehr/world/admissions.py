"""When people come to the hospital, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.illnesses import PASSING
from speedlab.cases.ehr.world.names import DOCTORS, HOSPITALS
from speedlab.cases.ehr.world.people import Person, narrative
from speedlab.cases.ehr.world.vocabulary import HL7, SNOMED, Illness, Json, concept

KINDS = {
    "AMB": ("ambulatory", "185349003", "Encounter for check up (procedure)"),
    "EMER": ("emergency", "50849002", "Emergency room admission (procedure)"),
    "IMP": ("inpatient encounter", "32485007", "Hospital admission (procedure)"),
}
COMES_BACK = {"EMER": (0.35, 2, 25), "IMP": (0.25, 3, 29), "AMB": (0.0, 0, 0)}
"""How often somebody is back soon for the same thing, after how many days."""
FROM_EMERGENCY = 0.6
"""Share of inpatient stays that begin in the emergency department."""
EMERGENCY = ("EM", "emergency")
OTHERS = (("EL", "elective"), ("UR", "urgent"), ("R", "routine"))


@dataclass(frozen=True, slots=True)
class Stay:
    """One encounter.

    Attributes:
        identity: The id of the Encounter resource.
        setting: "AMB", "EMER" or "IMP".
        start: When it began, local time.
        stop: When it ended.
        reason: What the person came for.
        hospital: Number of the hospital.
    """

    identity: str
    setting: str
    start: datetime
    stop: datetime
    reason: Illness
    hospital: int

    @property
    def reference(self) -> str:
        """Return what other resources call the encounter by."""
        return f"Encounter/{self.identity}"

    def moment(self, draws: Draws) -> datetime:
        """Draw a time within the stay."""
        seconds = (self.stop - self.start).total_seconds()
        return self.start + timedelta(seconds=int(draws.share() * seconds))


def draw_stays(draws: Draws, person: Person, count: int) -> list[Stay]:
    """Draw encounters in order of time, of which no two overlap."""
    slot_s = (person.last - person.first).total_seconds() / count
    stays: list[Stay] = []
    for number in range(count):
        opens = person.first + timedelta(seconds=int(slot_s * number))
        start = opens + timedelta(seconds=int(slot_s * 0.5 * draws.share()))
        setting = _setting(draws, person)
        if stays:
            setting, start = _perhaps_again(draws, stays[-1], setting, start)
        length = timedelta(seconds=int(min(_length_s(draws, setting), 0.4 * slot_s)))
        reason = draws.pick(person.illnesses or PASSING) if draws.chance(0.6) else None
        stays.append(
            Stay(
                identity=draws.identity(),
                setting=setting,
                start=start,
                stop=start + length,
                reason=reason or draws.pick(PASSING),
                hospital=person.hospital if draws.chance(0.8) else draws.whole(0, 2),
            )
        )
    return stays


def _setting(draws: Draws, person: Person) -> str:
    ill = min(1.0, len(person.illnesses) / 8)
    drawn = draws.share()
    if drawn < 0.04 + 0.14 * ill:
        return "IMP"
    return "EMER" if drawn < 0.16 + 0.2 * ill else "AMB"


def _perhaps_again(
    draws: Draws, before: Stay, setting: str, start: datetime
) -> tuple[str, datetime]:
    share, fewest, most = COMES_BACK[before.setting]
    again = before.stop + timedelta(days=draws.whole(fewest, most))
    if draws.chance(share) and again < start:
        return before.setting, again
    return setting, start


def _length_s(draws: Draws, setting: str) -> float:
    if setting == "AMB":
        return draws.whole(15, 60) * 60
    if setting == "EMER":
        return draws.whole(60, 720) * 60
    return (1.0 + 20.0 * draws.share() ** 3) * 86_400


def encounter(draws: Draws, person: Person, stay: Stay) -> Json:
    """Return the Encounter resource of a stay."""
    display, code, kind = KINDS[stay.setting]
    resource: Json = {
        "resourceType": "Encounter",
        "id": stay.identity,
        "identifier": [{"system": "https://hospital.example/visit", "value": draws.digits(9)}],
        "status": "finished",
        "class": {"system": f"{HL7}v3-ActCode", "code": stay.setting, "display": display},
        "type": [concept(SNOMED, code, kind)],
        "subject": {"reference": person.reference, "display": person.called},
        "participant": [{"individual": {"display": draws.pick(DOCTORS)}}],
        "period": {"start": stamp(person, stay.start), "end": stamp(person, stay.stop)},
        "reasonCode": [concept(SNOMED, stay.reason.snomed, stay.reason.name)],
        "serviceProvider": {"display": HOSPITALS[stay.hospital]},
    }
    if stay.setting == "IMP":
        resource |= _admission(draws, person)
    if draws.chance(0.2):
        words = f"{person.called} asked to be called back at {person.phone}."
        resource["reasonCode"][0]["text"] = f"{stay.reason.name}. {words}"
    if draws.chance(0.1):
        resource["text"] = narrative(f"{person.called}, phone {person.phone}: {display}")
    return resource


def _admission(draws: Draws, person: Person) -> Json:
    """Return what only inpatients have: where from, where to, how urgent, which ward."""
    urgent = draws.chance(FROM_EMERGENCY)
    source = "emd" if urgent else draws.pick(("outp", "gp", "hosp-trans"))
    goes = draws.pick(("home", "home", "home", "snf", "rehab"))
    cancer = person.has("cancer") or person.has("metastasis")
    ward = ("394593009", "Medical oncology") if cancer else ("394802001", "General medicine")
    return {
        "serviceType": concept(SNOMED, *ward),
        "priority": concept(f"{HL7}v3-ActPriority", *(EMERGENCY if urgent else draws.pick(OTHERS))),
        "hospitalization": {
            "admitSource": {"coding": [{"system": f"{HL7}admit-source", "code": source}]},
            "dischargeDisposition": {
                "coding": [{"system": f"{HL7}discharge-disposition", "code": goes}]
            },
        },
    }


def stamp(person: Person, moment: datetime) -> str:
    """Return a moment as FHIR writes it, in the time zone of the person."""
    return moment.isoformat() + person.place.zone
