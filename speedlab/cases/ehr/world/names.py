"""What invented people and places are called. No name, number or address is anybody's."""

from __future__ import annotations

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEMALE = _words(
    "Ada Beatriz Clara Dorothea Élodie Fiona Greta Hannah Ines Josefine Kira Leonora Mabel Nadia "
    "Odette Petra Quinn Rosalind Sofía Thelma Ursula Violet Wilma Zoë"
)
MALE = _words(
    "Albin Bruno Cedric Dario Emil Fabian Gideon Hector Ivo José Kaspar Lionel Milo Noah Oskar "
    "Pablo Quentin Rufus Søren Tobias Ulric Victor Wendell Zachary"
)
FAMILY = _words(
    "Abernetty Birkwood Castellanova Dunmorrow Eastergate Fairwhistle Grünfeldt Hollowbrook "
    "Ibáñeta Jorvikson Kestrelman Larkendale Mossgrove Nettlefold O'Barrowby Peñaltada "
    "Quillfeather Ravenstoke Saltmarshe Thistledown Umberlight Valdespina Winterbourne-Hay "
    "Yarrowby Zimmerleigh Ashcombey Brindlewick Copperthwait Dovecotte Elderflint"
)
DOCTORS = tuple(
    f"Dr. {name}" for name in ("Alma Tansy", "Bo Sedgewick", "Cora Hyssop", "Dev Marlowe")
)
HOSPITALS = ("Harbour General Hospital", "Saint Orchard Medical Center", "Three Rivers Clinic")
"""The laboratory of the last one reports creatinine in umol/L."""
STREETS = ("Alder Lane", "Brickyard Road", "Cobbler Street", "Dove Avenue", "Elmside Drive")
PARENTS = (("MTH", "mother"), ("FTH", "father"))
RELATIONS = (*PARENTS, ("SPS", "spouse"), ("CHILD", "child"))


@dataclass(frozen=True, slots=True)
class Place:
    """A town that does not exist, in a state and a ZIP area that do.

    Attributes:
        city: Its name.
        state: Two letters.
        zip3: The first three digits of its ZIP codes.
        zone: Its distance from UTC as ISO 8601 writes it, the same all year.
    """

    city: str
    state: str
    zip3: str
    zone: str


def _places(text: str, zone: str) -> tuple[Place, ...]:
    words = [entry.split() for entry in text.split(",")]
    return tuple(Place(city.replace("_", " "), state, zip3, zone) for city, state, zip3 in words)


RURAL = (
    *_places("Coldriver NH 036,Averly VT 059,Plumhaven CT 063,Ferrypoint NY 102", "-05:00"),
    *_places("Marblecourt DC 203", "-05:00"),
    *_places("Pinewater MN 556,Sandhill_Gap NE 692,Longfence TX 790", "-06:00"),
    *_places("Geyserfield WY 821,Antler_Creek WY 823,Elkmeadow WY 830,Tetonby WY 831", "-07:00"),
    *_places("Mesa_Quieta NM 878,Ocotilla NM 879,Dry_Fork NM 884", "-07:00"),
    *_places("Saltflat NV 890,Silverpit NV 893", "-08:00"),
)
"""Places whose first three ZIP digits Safe Harbor forbids: 20,000 people or fewer live there."""
URBAN = (
    *_places("Beaconbury MA 021,Millrace CT 064,Eastquay NY 112,Oldforge PA 191", "-05:00"),
    *_places("Peachgrove GA 303,Palmetto_Bay FL 331,Steelbridge OH 441", "-05:00"),
    *_places("Lakemont IL 606,Twin_Spires MN 554,Bayou_Verde TX 770", "-06:00"),
    *_places("Highplain CO 802,Redstone AZ 850", "-07:00"),
    *_places("Goldenport CA 941,Orangeville CA 900,Rainharbor WA 981", "-08:00"),
)
