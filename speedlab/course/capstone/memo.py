"""The memo of the capstone: one page with what was measured and what its author says of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median

from speedlab.core.cpus import usable_cpus
from speedlab.core.errors import BadInput, SpeedlabWarning
from speedlab.core.templates import templates
from speedlab.measure.comparison import Comparison
from speedlab.model.causes import workers_in_words
from speedlab.page.report import PREDICTED, finding, table
from speedlab.report.business_case import BusinessCase

RUBRIC = {
    "baseline": "The baseline is honest",
    "equal": "The answer is equal",
    "loss": "The largest loss",
    "prediction": "What more cores would do",
    "worth": "What it is worth",
    "risk": "Risk and recommendation",
}
"""The six points of the memo, by name: the points for which a person marks it."""


def memo_html(
    comparison: Comparison,
    *,
    name: str,
    answers: Mapping[str, str],
    case: BusinessCase,
    mistakes: Sequence[str],
    own_baseline: bool,
    today: date,
) -> str:
    """Return the page: it loads nothing, and everything on it is text but the two charts.

    Args:
        comparison: What was measured, with the traces of speedlab's own workers.
        name: What the job is called.
        answers: What the author says, by the names of RUBRIC.
        case: What it is worth.
        mistakes: What the guards found, in sentences.
        own_baseline: Whether the one core ran code of its own.
        today: The date on the page.

    Raises:
        BadInput: If answers has a name that RUBRIC does not have.
    """
    _check_points(answers)
    facts = _facts(comparison, case, mistakes, own_baseline=own_baseline)
    page = templates("speedlab.course.capstone", "speedlab.page").get_template("memo.html")
    return page.render(
        title=finding(comparison),
        name=name,
        rows=table(comparison),
        points=[
            (heading, facts[point], answers.get(point, "").strip())
            for point, heading in RUBRIC.items()
        ],
        charts=[chart.html() for chart in (comparison.plot(), case.chart())],
        cores=usable_cpus(),
        today=today,
    )


def _check_points(answers: Mapping[str, str]) -> None:
    unknown = sorted(answers.keys() - RUBRIC.keys())
    if unknown:
        raise BadInput(
            f"The memo has no point {unknown[0]!r}.",
            f"Its points are {', '.join(RUBRIC)}.",
            "Use these names.",
        )


def _facts(
    comparison: Comparison, case: BusinessCase, mistakes: Sequence[str], *, own_baseline: bool
) -> dict[str, Sequence[str]]:
    """Return what the measurement says to each point, in sentences."""
    how = "code written for one core" if own_baseline else "the same function, piece after piece"
    pairs = min(len(timing.ratios) for timing in comparison.timings)
    return {
        "baseline": [
            f"One core takes {median(comparison.timing.serial_s):.2f} seconds with {how}."
        ],
        "equal": [
            f"Compared before any time was kept: {comparison.agreement}. Pairs timed: {pairs}."
        ],
        "loss": list(comparison.explain().sentences[1:3]),
        "prediction": [_predicted(comparison)],
        "worth": list(case.sentences),
        "risk": list(mistakes),
    }


def _predicted(comparison: Comparison) -> str:
    more = [count for count in PREDICTED if count > comparison.workers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpeedlabWarning)  # told when it was measured
        forecast = comparison.predict(more)
    bands = (
        f"{band.low:.1f} to {band.high:.1f} with {workers_in_words(band.workers)}"
        for band in forecast.predictions
    )
    sentence = (
        f"A model, not a measurement: times faster, {', '.join(bands)}; never more than "
        f"{forecast.ceiling:.1f}."
    )
    if comparison.timing.contended:
        sentence += (
            " Other programs kept the cores busy meanwhile: measure again before you send it."
        )
    return sentence
