"""Clinical rules for one resource by itself: its dates, its units, its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from speedlab.cases.ehr.records import dates
from speedlab.cases.ehr.records.dates import Span, span
from speedlab.cases.ehr.records.fields import at, code_of, quantity_of

Ranges = Mapping[str, tuple[float, float]]
_CREATININE: Ranges = {"mg/dL": (0.1, 25.0), "umol/L": (18.0, 2210.0)}
_SODIUM: Ranges = {"mmol/L": (85.0, 210.0), "meq/L": (85.0, 210.0)}
_BEATS: Ranges = {"/min": (5.0, 400.0)}
RANGES: Mapping[str, Ranges] = {
    "2160-0": _CREATININE,
    "38483-4": _CREATININE,
    "14682-9": _CREATININE,
    "718-7": {"g/dL": (1.5, 26.0)},
    "2951-2": _SODIUM,
    "2947-0": _SODIUM,
    "8867-4": _BEATS,
    "9279-1": {"/min": (1.0, 200.0)},
    "8480-6": {"mm[Hg]": (20.0, 400.0)},
    "8462-4": {"mm[Hg]": (5.0, 300.0)},
    "8310-5": {"Cel": (10.0, 47.0), "[degF]": (50.0, 117.0)},
    "29463-7": {"kg": (0.2, 700.0)},
    "8302-2": {"cm": (15.0, 280.0)},
    "39156-5": {"kg/m2": (4.0, 250.0)},
    "4548-4": {"%": (2.0, 25.0)},
}
"""LOINC code to unit to what the worst case ever treated still had; beyond it, it is a mistake.

The ranges of two units of one code do not overlap after conversion by more than is told apart
here: a creatinine of 88 is right in umol/L and impossible in mg/dL (factor 88.4).
"""

_HAPPENED = (
    "birthDate",
    "deceasedDateTime",
    "onsetDateTime",
    "abatementDateTime",
    "recordedDate",
    "effectiveDateTime",
    "issued",
    "performedDateTime",
    "occurrenceDateTime",
    "authoredOn",
)
_PERIODS = ("period", "performedPeriod", "onsetPeriod", "effectivePeriod")
_ORDERED = (("birthDate", "deceasedDateTime"), ("onsetDateTime", "abatementDateTime"))
_PLANNED = {"planned", "booked", "proposed", "pending", "preparation", "draft", "on-hold"}


class RuleFinding(NamedTuple):
    """What the rules say: a reason to refuse, and what is odd though it is accepted."""

    reason: str | None
    warnings: tuple[str, ...] = ()


def judge(resource: dict[str, Any], *, today: date) -> RuleFinding:
    """Judge a resource whose structure is sound.

    Args:
        resource: The resource.
        today: The day after which nothing has happened yet.
    """
    if _dates_impossible(resource, today):
        return RuleFinding("impossible_date")
    if resource["resourceType"] != "Observation":
        return RuleFinding(None)
    verdicts = [_number(part) for part in (resource, *_components(resource))]
    refused = [verdict for verdict in verdicts if verdict in ("unit_mismatch", "out_of_range")]
    if refused:
        return RuleFinding(refused[0])
    odd = ["unit_unknown"] if "unit_unknown" in verdicts else []
    odd += [] if at(resource, "encounter", "reference") else ["no_encounter"]
    return RuleFinding(None, tuple(odd))


def _dates_impossible(resource: dict[str, Any], today: date) -> bool:
    tomorrow = datetime.combine(today + timedelta(days=2), time.min)
    horizon = Span(tomorrow, tomorrow, zoned=False)
    first_day = datetime.combine(dates.EARLIEST, time.min)
    earliest = Span(first_day, first_day, zoned=False)
    for name in _HAPPENED:
        when = span(resource.get(name))
        if when and (when.is_after(horizon) or earliest.is_after(when)):
            return True
    planned = resource.get("status") in _PLANNED
    for first, last in _pairs(resource):
        if first and last and first.is_after(last):
            return True
        if first and (earliest.is_after(first) or (first.is_after(horizon) and not planned)):
            return True
    return False


def _pairs(resource: dict[str, Any]) -> Iterator[tuple[Span | None, Span | None]]:
    for name in _PERIODS:
        yield span(at(resource, name, "start")), span(at(resource, name, "end"))
    for earlier, later in _ORDERED:
        yield span(resource.get(earlier)), span(resource.get(later))


def _components(resource: dict[str, Any]) -> list[Any]:
    listed = resource.get("component")
    return listed if isinstance(listed, list) else []


def _number(part: dict[str, Any]) -> str | None:
    """Return what is wrong with the number of an observation, or of a part of one."""
    ranges = RANGES.get(code_of(part.get("code")).code or "")
    value, unit = quantity_of(part)
    if ranges is None or value is None:
        return None
    if unit is None or unit not in ranges:
        return "unit_unknown"
    if _within(value, ranges[unit]):
        return None
    others = [limits for other, limits in ranges.items() if other != unit]
    same = all(limits == ranges[unit] for limits in others)
    fits_other = not same and any(_within(value, limits) for limits in others)
    return "unit_mismatch" if fits_other else "out_of_range"


def _within(value: float, limits: tuple[float, float]) -> bool:
    return math.isfinite(value) and limits[0] <= value <= limits[1]
