"""Draw the report and the feedback: each one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
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
    """Return a page of this package with the style of the course inside."""
    return _templates().get_template(template).render(style=style(), **names)


def style() -> str:
    """Return the style sheet of the course home."""
    import speedlab.course.home

    folder = Path(speedlab.course.home.__file__).parent
    return (folder / "static" / "course.css").read_text(encoding="utf-8")


def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": _number, "percent": _percent, "count": _count}
    made.globals |= {"bars": _bars}
    return made


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
