"""Which days train the model and which test it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from speedlab.cases.fraud.payments.check import Summary
from speedlab.cases.fraud.windows import DELAY
from speedlab.core.errors import BadInput

WEEK = 7
DAYS_NEEDED = WEEK + DELAY + WEEK
EPOCH = date(1970, 1, 1)


def first_test_day(summary: Summary, test_start: str | date | None = None) -> date:
    """Return the first day of the test week; by default the last seven days are the test.

    The training week before it and the week in which labels are not yet known must lie in the
    data too.

    Raises:
        BadInput: If the data are too short, or the date is unreadable or out of range.
    """
    first, last = summary.first.date(), summary.last.date()
    days = (last - first).days + 1
    if days < DAYS_NEEDED:
        raise BadInput(
            f"The transactions cover {days} days; {DAYS_NEEDED} are needed.",
            "A week trains the model, a week passes until labels are known, a week tests it.",
            "Give a file that covers a longer time.",
        )
    earliest = date.fromordinal(first.toordinal() + WEEK + DELAY)
    latest = date.fromordinal(last.toordinal() - WEEK + 1)
    if test_start is None:
        return latest
    day = _as_date(test_start)
    if not earliest <= day <= latest:
        raise BadInput(
            f"The test week cannot start on {day}.",
            f"With two weeks before it and the week itself in the data ({first} to {last}), "
            f"it can start from {earliest} to {latest}.",
            "Choose a date in that range.",
        )
    return day


def _as_date(text: str | date) -> date:
    try:
        moment = pd.Timestamp(text)
        if pd.isna(moment) or moment != moment.normalize():
            raise ValueError(text)
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"The test start {str(text)!r} is no date.",
            "A test week starts at midnight.",
            "Write it like 2025-03-30.",
        ) from error
    return moment.date()
