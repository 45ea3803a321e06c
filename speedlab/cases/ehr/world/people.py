"""Who the patients are: everything about them that must not leave the hospital."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from itertools import accumulate

from speedlab.cases.ehr.world.draws import Draws
from speedlab.cases.ehr.world.illnesses import lasting_illnesses
from speedlab.cases.ehr.world.names import (
    FAMILY,
    FEMALE,
    HOSPITALS,
    MALE,
    PARENTS,
    RELATIONS,
    RURAL,
    STREETS,
    URBAN,
    Place,
)
from speedlab.cases.ehr.world.vocabulary import HL7, Illness, Json

TODAY = datetime(2025, 9, 30)
"""The day of the export: nothing that was recorded is later."""
WATCHED_DAYS = 1_460
"""Encounters lie in the last four years before the export, or before death."""
AGES = ((0.12, 0, 17), (0.4, 18, 64), (0.34, 65, 84), (0.14, 85, 100))
"""Share of the patients, from which age, to which age."""
RURAL_SHARE = 0.25
ADULT = 18


@dataclass(frozen=True, slots=True)
class Person:
    """A patient.

    Attributes:
        identity: The id of the Patient resource.
        sex: "female" or "male".
        given: First name.
        family: Last name.
        phone: Number at home.
        place: Where they live.
        born: Midnight of the day of birth.
        first: Nothing was recorded before.
        last: The time of death, or the day of the export.
        dead: Whether they died.
        illnesses: What they have for years.
        hospital: Number of the hospital they go to.
    """

    identity: str
    sex: str
    given: str
    family: str
    phone: str
    place: Place
    born: datetime
    first: datetime
    last: datetime
    dead: bool
    illnesses: tuple[Illness, ...]
    hospital: int

    @property
    def reference(self) -> str:
        """Return what other resources call the patient by."""
        return f"Patient/{self.identity}"

    @property
    def called(self) -> str:
        """Return the name with its title, as people write it into notes."""
        titles = ("Mr.", "Mr.") if self.sex == "male" else ("Miss", "Mrs.")
        return f"{titles[self.age >= ADULT]} {self.given} {self.family}"

    @property
    def age(self) -> int:
        """Return the age in whole years at the last day."""
        return int((self.last - self.born).days / 365.25)

    def has(self, group: str) -> bool:
        """Return whether the person has an illness of a group."""
        return any(illness.group == group for illness in self.illnesses)


def draw_person(draws: Draws, lines: int, *, must_die: bool) -> Person:
    """Draw who somebody is.

    Args:
        draws: The random stream of this patient.
        lines: How many records there are; those who are ill have more.
        must_die: Whether the person is dead in any case.
    """
    born = _birth(draws, lines)
    lived = (TODAY - born).days
    dead = draws.chance(0.01 + 0.2 * (lived / 36_525) ** 2) or must_die
    last = TODAY
    if dead:
        last -= timedelta(days=12 + int(draws.share() * min(900, lived / 2)))
        last += timedelta(seconds=draws.whole(0, 86_399))
    first = max(born + timedelta(days=1), last - timedelta(days=WATCHED_DAYS))
    sex = draws.pick(("female", "male"))
    return Person(
        identity=draws.identity(),
        sex=sex,
        given=draws.pick(FEMALE if sex == "female" else MALE),
        family=draws.pick(FAMILY),
        phone=_phone(draws),
        place=draws.pick(RURAL if draws.chance(RURAL_SHARE) else URBAN),
        born=born,
        first=first,
        last=last,
        dead=dead,
        illnesses=tuple(lasting_illnesses(draws, int((last - born).days / 365.25), lines)),
        hospital=draws.whole(0, len(HOSPITALS) - 1),
    )


def _birth(draws: Draws, lines: int) -> datetime:
    """Draw the day of birth; those with many records are grown up more often."""
    place = min(0.9999, draws.share() + min(lines, 200) / 1_500)
    edges = list(accumulate(share for share, _, _ in AGES))
    _, low, high = AGES[bisect_right(edges[:-1], place)]
    days = int(draws.between(low, high + 1) * 365.25)
    # Somebody needs time to be ill in.
    return TODAY - timedelta(days=min(max(days, 60), 36_800))


def patient(draws: Draws, person: Person) -> Json:
    """Return the Patient resource of somebody, with everything that identifies them."""
    resource: Json = {
        "resourceType": "Patient",
        "id": person.identity,
        "text": narrative(_summary(person)),
        "identifier": _identifiers(draws, person),
        "name": _names(draws, person),
        "telecom": _telecom(draws, person),
        "gender": person.sex,
        "birthDate": f"{person.born:%Y-%m-%d}",
        "address": [_address(draws, person.place)],
        "contact": [_relative(draws, person)],
    }
    if draws.chance(0.4):
        url = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
        resource["extension"] = [
            {"url": url, "valueString": f"{draws.pick(FEMALE)} {draws.pick(FAMILY)}"}
        ]
    if person.dead:
        resource["deceasedDateTime"] = f"{person.last:%Y-%m-%dT%H:%M:%S}{person.place.zone}"
    elif draws.chance(0.2):
        resource["deceasedBoolean"] = False
    return resource


def narrative(words: str) -> Json:
    """Return words as the text that FHIR shows to people."""
    inner = escape(words, quote=False)
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'
    return {"status": "generated", "div": div}


def _summary(person: Person) -> str:
    born = f"{person.born:%Y-%m-%d}"
    return f"{person.called}, born {born}, of {person.place.city}, phone {person.phone}"


def _identifiers(draws: Draws, person: Person) -> list[Json]:
    # Social security numbers never begin with 9, so none of these can be anybody's.
    ssn = f"9{draws.digits(2)}-{draws.digits(2)}-{draws.digits(4)}"
    numbers = {
        "MR": ("Medical record number", f"MRN-{draws.digits(8)}"),
        "SS": ("Social security number", ssn),
        "DL": ("Driver's license number", f"{person.place.state}{draws.digits(9)}"),
        "AN": ("Account number", f"ACC-{draws.digits(10)}"),
        "MB": ("Health plan number", f"HPN{draws.digits(9)}A"),
    }
    return [
        {
            "type": {"coding": [{"system": f"{HL7}v2-0203", "code": code}], "text": text},
            "system": f"https://hospital.example/{code.lower()}",
            "value": value,
        }
        for code, (text, value) in numbers.items()
    ]


def _names(draws: Draws, person: Person) -> list[Json]:
    prefix = [person.called.split()[0]]
    given = [person.given, draws.pick(FEMALE if person.sex == "female" else MALE)]
    official: Json = {"use": "official", "family": person.family, "given": given, "prefix": prefix}
    if person.sex == "female" and person.age >= ADULT and draws.chance(0.5):
        maiden = {"use": "maiden", "family": draws.pick(FAMILY), "given": given}
        return [official, maiden]
    return [official]


def _telecom(draws: Draws, person: Person) -> list[Json]:
    plain = f"{person.given}.{person.family}".lower().replace("'", "")
    email = "".join(letter for letter in plain if letter.isascii())
    telecom: list[Json] = [
        {"system": "phone", "value": person.phone, "use": "home"},
        {"system": "email", "value": f"{email}{draws.digits(2)}@mail.example"},
    ]
    if draws.chance(0.3):
        telecom.append({"system": "fax", "value": _phone(draws), "use": "work"})
    if draws.chance(0.1):
        telecom.append({"system": "url", "value": f"https://home.example/~{email}"})
    return telecom


def _address(draws: Draws, place: Place) -> Json:
    code = place.zip3 + draws.digits(2)
    code += f"-{draws.digits(4)}" if draws.chance(0.4) else ""
    return {
        "use": "home",
        "line": [f"{draws.whole(1, 9_999)} {draws.pick(STREETS)}", f"Apt {draws.whole(1, 99)}"],
        "city": place.city,
        "state": place.state,
        "postalCode": code,
        "country": "US",
    }


def _relative(draws: Draws, person: Person) -> Json:
    code, word = draws.pick(RELATIONS if person.age >= ADULT else PARENTS)
    coding = [{"system": f"{HL7}v3-RoleCode", "code": code}]
    name = {"family": person.family, "given": [draws.pick(FEMALE + MALE)]}
    return {
        "relationship": [{"coding": coding, "text": word}],
        "name": name,
        "telecom": [{"system": "phone", "value": _phone(draws)}],
        "address": _address(draws, person.place),
    }


def _phone(draws: Draws) -> str:
    # Numbers from 555-0100 to 555-0199 are kept free for fiction.
    return f"({draws.whole(201, 989)}) 555-01{draws.digits(2)}"
