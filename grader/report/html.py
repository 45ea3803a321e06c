"""Draw the report and the feedback: each one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from grader.report.report import Report
from speedlab.core.templates import templates
from speedlab.core.text import readable

if TYPE_CHECKING:
    from jinja2 import Environment

HIGH = 120  # of the chart of scores, in its own units


def report_html(report: Report, *, home: str = "", formgrader: str = "") -> str:
    """Return the instructor's page.

    Args:
        report: What it says.
        home: The address of the course home, where a server shows the page.
        formgrader: The address of nbgrader's formgrader, where it runs.
    """
    names = {"report": report, "home": home, "formgrader": formgrader}
    return render("report.html", **names)


def render(template: str, **names: Any) -> str:
    """Return a page of this package with the style sheet of the course home inside."""
    style = files("speedlab.course.home") / "static" / "course.css"
    text = style.read_text(encoding="utf-8")
    return _templates().get_template(template).render(style=text, **names)


def _templates() -> Environment:
    environment = templates("grader.report", "speedlab.page")
    environment.finalize = _readable  # names, answers and errors of learners are on these pages
    environment.filters |= {"number": _number, "percent": _percent, "count": _count}
    environment.globals |= {"bars": _bars}
    return environment


def _readable(value: Any) -> Any:
    """Return a text without signs that steer whatever shows it; markup stays as it is."""
    return readable(value) if type(value) is str else value


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> _count(1, "hand-in"), _count(2, "hand-in")
    ('1 hand-in', '2 hand-ins')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"


def _bars(numbers: list[int]) -> list[tuple[int, float]]:
    """Return each number with the height of its bar."""
    most = max([*numbers, 1])
    return [(number, HIGH * number / most) for number in numbers]
