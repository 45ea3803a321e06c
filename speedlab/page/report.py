"""A measured case as one HTML file that can be forwarded: finding, table, charts, plain words."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from speedlab.core.errors import SpeedlabWarning
from speedlab.core.templates import templates
from speedlab.measure.comparison import Comparison
from speedlab.model.engines import in_words, named

PREDICTED = (4, 8, 16, 64)


@dataclass(frozen=True)
class Subject:
    """What was measured, for readers who were not there.

    Args:
        case: The case's name.
        data: Where the data came from.
        rows: How many there were.
        quality: The figures of the answer's quality.
        meanings: One plain line for each of those figures that a reader should see.
        machine: The facts that belong beside a measurement.
    """

    case: str
    data: str
    rows: int
    quality: Mapping[str, float | None]
    meanings: Mapping[str, str]
    machine: Mapping[str, object]


def report_html(comparison: Comparison, subject: Subject, *, today: date) -> str:
    """Return a page that holds everything it needs: no script, no address, pictures inside.

    Args:
        comparison: The comparison, with the traces of speedlab's own workers.
        subject: What was measured.
        today: The date on the page.
    """
    explained = comparison.explain()
    more = [count for count in PREDICTED if count > comparison.workers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpeedlabWarning)  # the remarks say it, on the page
        forecast = comparison.predict(more)
    charts = [comparison.plot(), comparison.timeline(), explained.chart, forecast.chart]
    return (
        templates("speedlab.page")
        .get_template("report.html")
        .render(
            title=finding(comparison),
            subject=subject,
            rows=table(comparison),
            remarks=comparison.remarks(),
            explained=explained.sentences,
            forecast=forecast,
            pairs=min(len(timing.ratios) for timing in comparison.timings),
            charts=[chart.html() for chart in charts if chart],
            quality=_quality(subject),
            today=today,
        )
    )


def table(comparison: Comparison) -> list[dict[str, str]]:
    """Return a row for one core and one for each number of workers, in words for readers."""
    return [_serial_row(comparison), *map(_row, comparison.rows())]


def finding(comparison: Comparison) -> str:
    """Return the result as a sentence for somebody who reads no further."""
    who = named(comparison.timing)
    if comparison.speedup < 1.05:
        return f"{who} brought nothing: the job took as long as on one core"
    return f"{who} did the job {comparison.speedup:.1f} times faster, with the same answer"


def _serial_row(comparison: Comparison) -> dict[str, str]:
    return {
        "who": "One core",
        "time": _seconds(comparison.serial_s),
        "speedup": "1",
        "paid": "100 %",
    }


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    between = "{:.2f} to {:.2f}".format(*row["interval"]) if row["interval"] else "measured once"
    return {
        "who": in_words(row["workers"], row["engine"]),
        "time": _seconds(row["wall_s"]),
        "speedup": f"{row['speedup']:.2f} ({between})",
        "paid": f"{100 * row['efficiency']:.0f} %",
    }


def _seconds(seconds: float) -> str:
    if seconds >= 120:
        return f"{seconds / 60:.1f} minutes"
    return f"{seconds:.2f} seconds"


def _quality(subject: Subject) -> list[tuple[str, str, str]]:
    return [
        (name, _figure(subject.quality[name]), meaning)
        for name, meaning in subject.meanings.items()
        if name in subject.quality
    ]


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
