"""Names and places that the output may show, and the pseudonyms that stand for the others."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from speedlab.cases.ehr.records.models import model_of

RESTRICTED_ZIP3 = frozenset(
    "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split()
)
"""Three digits that stand for 20,000 people or fewer (Census 2000; HHS, Safe Harbor guidance)."""

_BULK_NAME = re.compile(r"([A-Z][A-Za-z]{2,39})([._-]\d{1,6})*\.ndjson(\.gz)?")
_STATES = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut,
DE Delaware, DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois,
IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland,
MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana,
NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York,
NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania,
PR Puerto Rico, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas,
UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming
"""
_PAIRS = [pair.strip().split(" ", 1) for pair in _STATES.replace("\n", " ").split(",")]
STATES = {name.lower(): code for code, name in _PAIRS} | {code.lower(): code for code, _ in _PAIRS}


@dataclass(frozen=True)
class Pseudonyms:
    """Turns ids into pseudonyms by a key: the same id and key always give the same one.

    Without the key nobody can find out whether a pseudonym belongs to an id that they know; with
    it anybody can. So the key stays with whoever holds the records, and is never stored with
    the output.

    Attributes:
        key: At least 16 bytes that nobody can guess.
    """

    key: bytes = field(repr=False)

    def of(self, name: str) -> str:
        """Return the pseudonym of a type and id: 20 hexadecimal digits, 80 bits.

        >>> Pseudonyms(b"a key of sixteen").of("Patient/1") == Pseudonyms(b"other").of("Patient/1")
        False
        """
        return hmac.digest(self.key, name.encode("utf-8", "surrogatepass"), "sha256")[:10].hex()


def key_mark(key: bytes) -> str:
    """Return digits by which a key is recognised, from which it cannot be computed."""
    return hashlib.scrypt(key, salt=b"speedlab ehr key mark", n=2**12, r=8, p=1, dklen=8).hex()


def zip3(postal_code: object) -> str | None:
    """Return the three digits of a ZIP code that may be shown, or None if it is no ZIP code.

    Source: 45 CFR 164.514(b)(2)(i)(B): "000" where these three digits stand for few people.

    >>> zip3("66801-2504"), zip3("03601"), zip3("Paris")
    ('668', '000', None)
    """
    if not isinstance(postal_code, str) or not re.fullmatch(r"\d{5}(-?\d{4})?", postal_code):
        return None
    return "000" if postal_code[:3] in RESTRICTED_ZIP3 else postal_code[:3]


def state(name: object) -> str | None:
    """Return the two letters of a state of the United States, or None.

    >>> state("Massachusetts"), state("ks"), state("12 Main Street")
    ('MA', 'KS', None)
    """
    return STATES.get(name.strip().lower()) if isinstance(name, str) else None


def safe_label(name: str, number: int) -> str:
    """Return what the output calls a file: names of FHIR types stay, others could be a patient's.

    >>> safe_label("Patient.000.ndjson", 3), safe_label("Ada_Lovelace_17.json", 4)
    ('Patient.000.ndjson', 'file-5.json')
    """
    bulk = _BULK_NAME.fullmatch(name)
    if bulk and model_of(bulk.group(1)):
        return name
    ends = re.search(r"\.(ndjson|json)(\.gz)?$", name.lower())
    return f"file-{number + 1}{ends.group() if ends else ''}"
