"""FHIR's dates: a year, a month, a day or a moment, and what can be said of two of them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
EARLIEST = date(1870, 1, 1)
"""Nobody alive when computers began to keep records was born before."""


class Span(NamedTuple):
    """The first and last moment that a date can mean: in UTC, or where no zone is given, anywhere.

    Attributes:
        first: The first moment.
        last: The last moment.
        zoned: Whether the zone is known.
    """

    first: datetime
    last: datetime
    zoned: bool

    def is_after(self, other: Span) -> bool:
        """Return whether this lies after the other, whatever the two really mean."""
        # A day without a zone begins somewhere 14 hours before, and ends somewhere 12 hours after.
        slack = timedelta(hours=14) if self.zoned != other.zoned else timedelta(0)
        return self.first - slack > other.last


def local(text: object) -> datetime | None:
    """Return the first moment that a date can mean, as the clock on the wall showed it.

    >>> local("2021-03"), local("2021-03-01T10:30:00-05:00")
    (datetime.datetime(2021, 3, 1, 0, 0), datetime.datetime(2021, 3, 1, 10, 30))
    """
    found = _parsed(text)
    if isinstance(found, datetime):
        return found.replace(tzinfo=None)
    return datetime.combine(found[0], time.min) if found else None


def day(text: object) -> date | None:
    """Return the first day that a date can mean."""
    found = local(text)
    return found.date() if found else None


def span(text: object) -> Span | None:
    """Return the span of a date, or None if it is none.

    >>> span("2021").is_after(span("2020-06")), span("2021").is_after(span("2021-06"))
    (True, False)
    """
    found = _parsed(text)
    if found is None:
        return None
    if isinstance(found, datetime):
        zoned = found.tzinfo is not None
        moment = found.astimezone(UTC).replace(tzinfo=None) if zoned else found
        return Span(moment, moment, zoned)
    return Span(
        datetime.combine(found[0], time.min), datetime.combine(found[1], time.max), zoned=False
    )


def _parsed(text: object) -> datetime | tuple[date, date] | None:
    """Return a moment, or the first and last day."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        if "T" in text:
            return datetime.fromisoformat(text)
        parts = _PARTIAL.fullmatch(text)
        if parts is None:
            return None
        year, month, number = (int(part) if part else None for part in parts.groups())
        assert year is not None, "the pattern asks for a year"
        first = date(year, month or 1, number or 1)
    except (ValueError, OverflowError):
        return None
    if number:
        return first, first
    last_month = date(year, month or 12, 28) + timedelta(days=4) if year < 9999 else date.max
    return first, last_month - timedelta(days=last_month.day)
