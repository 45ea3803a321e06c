"""Read fields of a resource, whatever they hold: what is missing or malformed is None."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

SYSTEMS = {
    "http://snomed.info/sct": "snomed",
    "http://loinc.org": "loinc",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "http://www.ama-assn.org/go/cpt": "cpt",
}
_FORMS = {
    "snomed": re.compile(r"\d{6,18}"),
    "loinc": re.compile(r"\d{1,7}-\d"),
    "icd10": re.compile(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?"),
    "rxnorm": re.compile(r"\d{1,8}"),
    "cvx": re.compile(r"\d{1,3}"),
    "cpt": re.compile(r"\d{4}[0-9A-Z]"),
}
UNITS = frozenset(
    "mg/dL umol/L mmol/L meq/L g/dL g/L % kg cm kg/m2 mm[Hg] /min Cel [degF] mL/min U/L ng/mL "
    "pg/mL ug/L ug/dL mg/L mL/min/{1.73_m2} 10*3/uL 10*6/uL fL pg s {score} {INR}".split()
)
_SPELLINGS = {
    "µmol/L": "umol/L",  # the micro sign
    "μmol/L": "umol/L",  # the Greek letter
    "mmHg": "mm[Hg]",
    "{beats}/min": "/min",
    "beats/minute": "/min",
    "{Breaths}/min": "/min",
    "meq/l": "meq/L",
    "mEq/L": "meq/L",
    "kg/m²": "kg/m2",
}
_REFERENCE = re.compile(r"(?:^|/)([A-Z][A-Za-z]{1,63})/([A-Za-z0-9.\-]{1,64})(?:/_history/.*)?$")


class Code(NamedTuple):
    """A code and the short name of its system; None and None for what is not known here."""

    system: str | None
    code: str | None


def at(value: Any, *path: str | int) -> Any:
    """Return what lies at a path of names and positions, or None.

    >>> at({"a": [{"b": 1}]}, "a", 0, "b"), at({"a": 5}, "a", "b")
    (1, None)
    """
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def texts(*values: Any) -> list[str]:
    """Return those values that are text."""
    return [value for value in values if isinstance(value, str)]


def code_of(concept: Any) -> Code:
    """Return the first coding of a concept whose system is known and whose form is right."""
    codings = at(concept, "coding")
    for coding in codings if isinstance(codings, list) else ():
        for url in texts(at(coding, "system")):
            system = SYSTEMS.get(url)
            for code in texts(at(coding, "code")):
                if system and _FORMS[system].fullmatch(code):
                    return Code(system, code)
    return Code(None, None)


def quantity_of(part: dict[str, Any]) -> tuple[float | None, str | None]:
    """Return the number of an observation and its unit as UCUM writes it; None for others."""
    quantity = part.get("valueQuantity")
    value = at(quantity, "value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, None
    units = texts(at(quantity, "code"), at(quantity, "unit"))
    known = [_SPELLINGS.get(unit, unit) for unit in units]
    return _finite(value), next((unit for unit in known if unit in UNITS), None)


def _finite(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return math.inf


def target_of(reference: Any, kind: str) -> str | None:
    """Return "Type/id" of what is referred to, or None if nothing can be found by it.

    >>> target_of({"reference": "https://clinic.example/fhir/Patient/7/_history/2"}, "Patient")
    'Patient/7'
    >>> target_of({"reference": "#contained"}, "Patient")
    """
    for text in texts(at(reference, "reference")):
        if text.startswith("urn:uuid:"):
            return f"{kind}/{text.removeprefix('urn:uuid:')}"
        found = _REFERENCE.search(text)
        if found:
            return f"{found.group(1)}/{found.group(2)}"
        if not text.startswith("#"):
            return f"{kind}/{text}"  # a search such as Patient?identifier=...: found by nobody
    return None
