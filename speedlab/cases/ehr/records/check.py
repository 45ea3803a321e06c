"""Is this a sound FHIR R4 resource? The bytes of one record in, a resource or a reason out.

`fhir.resources` knows the structure of every type; it does most of the work, about a tenth of a
millisecond a resource. Its package R4B describes R4 too: it differs in types that no hospital
export here uses.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

from speedlab.cases.ehr.records import versions
from speedlab.cases.ehr.records.models import model_of
from speedlab.cases.ehr.records.read import Raw

DEEPEST = 60
"""FHIR's own types nest about 20 deep; deeper ones can exhaust the stack of a validator."""

REASONS = {
    "encoding": "bytes that are no UTF-8",
    "broken_json": "text that is no JSON, such as a line that was cut off",
    "not_an_object": "JSON, but no object",
    "too_deep": "objects nested deeper than any record is",
    "no_type": "no resourceType",
    "unknown_type": "a resourceType that FHIR R4 does not have",
    "no_id": "no id, so nothing can refer to it",
    "schema": "a field that is missing, unknown, or of the wrong kind",
    "impossible_date": "a day that does not exist, lies in the future, or ends before it begins",
    "unit_mismatch": "a number that fits another unit than the one given",
    "out_of_range": "a number that no living person has in any unit",
    "orphan": "about a patient who is not in the export",
    "duplicate": "the same type and id again",
    "not_understood": "something that this program did not expect",
}
"""Why a record is refused, in words."""

_DAY = re.compile(r"\d{4}-\d{2}")


class CheckedRecord(NamedTuple):
    """What came out: a resource, and the reason to refuse it, if there is one."""

    resource: dict[str, Any] | None
    reason: str | None


def check(raw: Raw) -> CheckedRecord:
    """Check one record; never raise because of what is in it.

    Raises:
        OtherVersion: If it is plainly FHIR of another version, as then everything is.
    """
    checked = CheckedRecord(raw.resource, None) if raw.resource is not None else parse(raw.content)
    if checked.reason is not None:
        return checked
    resource = checked.resource
    if not isinstance(resource, dict):
        return CheckedRecord(None, "not_an_object")
    return CheckedRecord(resource, _about_type(resource) or _about_structure(resource))


def parse(content: bytes) -> CheckedRecord:
    """Return the JSON value of some bytes, or why there is none."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return CheckedRecord(None, "encoding")
    if _depth_at_most(content) > DEEPEST and _depth(content) > DEEPEST:
        return CheckedRecord(None, "too_deep")
    try:
        return CheckedRecord(json.loads(text, parse_constant=_no_number), None)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError too
        return CheckedRecord(None, "broken_json")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _depth_at_most(content: bytes) -> int:
    return content.count(b"{") + content.count(b"[")


def _depth(content: bytes) -> int:
    depth = deepest = 0
    for sign in re.findall(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', content):
        depth += (sign in (b"[", b"{")) - (sign in (b"]", b"}"))
        deepest = max(deepest, depth)
    return deepest


def _about_type(resource: dict[str, Any]) -> str | None:
    kind = resource.get("resourceType")
    if kind is None:
        return "no_type"
    if not isinstance(kind, str) or model_of(kind) is None:
        return "unknown_type"
    versions.refuse_others(resource)
    return None if resource.get("id") not in (None, "") else "no_id"


def _about_structure(resource: dict[str, Any]) -> str | None:
    from pydantic import ValidationError

    model = model_of(resource["resourceType"])
    assert model is not None, "the type was looked at first"
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return "impossible_date" if all(map(_is_day, error.errors())) else "schema"
    except RecursionError:
        return "too_deep"
    return None


def _is_day(detail: Any) -> bool:
    """Tell whether the library refused a day for what it says, and not for its form."""
    value = detail.get("input")
    dated = (
        str(detail["loc"][-1]).lower().endswith(("date", "time", "start", "end", "issued", "on"))
    )
    dated = dated or detail["type"].startswith("date")
    return dated and isinstance(value, str) and bool(_DAY.match(value))
