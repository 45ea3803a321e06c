"""Tell FHIR R4 from the versions before and after it, by fields that only those have."""

from __future__ import annotations

from typing import Any

from speedlab.core.errors import BadInput

_CODES = {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}


class OtherVersion(BadInput):
    """The export is FHIR, but not of the version that this case reads."""


def refuse_others(resource: dict[str, Any]) -> None:
    """Refuse a resource that is plainly R5 or STU3.

    One is enough: where a single record was written by other rules, so were those that look alike
    and would be misread in silence.

    Raises:
        OtherVersion: If it is.
    """
    kind = resource["resourceType"]
    for version, is_it in (("R5", _is_r5), ("STU3", _is_stu3)):
        if is_it(kind, resource):
            raise OtherVersion(
                f"The export holds FHIR {version}.",
                f"A record of type {kind} has fields that only {version} has; this reads R4.",
                "Ask the source for R4, or convert the export first.",
            )


def _is_r5(kind: str, resource: dict[str, Any]) -> bool:
    if kind == "Encounter":
        classes = resource.get("class")
        listed = isinstance(classes, list) and any(map(_is_concept, classes))
        return listed or _has(resource, "actualPeriod", dict)
    if kind == "MedicationRequest":
        medication = resource.get("medication")
        return isinstance(medication, dict) and bool({"concept", "reference"} & medication.keys())
    if kind == "Procedure":
        return _has(resource, "occurrenceDateTime", str) or _has(resource, "occurrencePeriod", dict)
    return kind == "Observation" and _has(resource, "triggeredBy", list)


def _is_stu3(kind: str, resource: dict[str, Any]) -> bool:
    status = resource.get("clinicalStatus")
    if kind == "Condition" and isinstance(status, str) and status in _CODES:
        return True
    context = resource.get("context")
    if kind in ("Observation", "Condition", "Procedure", "MedicationRequest"):
        return isinstance(context, dict) and "reference" in context
    return False


def _is_concept(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("coding"), list)


def _has(resource: dict[str, Any], name: str, kind: type) -> bool:
    return isinstance(resource.get(name), kind)
