"""The report: says the finding, holds everything it needs, and trusts no text."""

import re
from datetime import date

import pytest
from measured_case import FOUND, PARALLEL, SUBJECT
from traces import serial_trace, timing

from speedlab.cli import main
from speedlab.measure.comparison import Comparison
from speedlab.page.report import finding, report_html


@pytest.fixture(scope="module")
def page():
    return report_html(FOUND, SUBJECT, today=date(2026, 11, 24))


def test_the_title_states_the_finding(page):
    assert "<h1>2 workers did the job 2.0 times faster, with the same answer</h1>" in page


def test_no_speedup_is_said_as_plainly():
    slow = timing(PARALLEL, serial=serial_trace(1, 1, 1, 1), wall_s=4.0)
    assert "brought nothing" in finding(Comparison("answer", "exact", (slow,)))


def test_the_figures_and_their_meaning_are_there(page):
    assert "1,000,000 rows" in page and "4.00 seconds" in page and "2.00 seconds" in page
    assert "quality of the ranking" in page and "0.362" in page and "undefined" in page
    assert "never shown" not in page and "unexplained" not in page


def test_foreign_text_is_no_markup(page):
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_nothing_is_loaded_from_anywhere(page):
    sources = re.findall(r'(?:src|href)="([^"]{0,40})', page)
    assert len(sources) == 4
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert page.count("Describe this chart") == 4


def test_a_report_that_cannot_be_written_stops_the_command_before_the_work(tmp_path, capsys):
    target = tmp_path / "gone" / "report.html"
    assert main.main(["run", "fraud", "--html", str(target)]) == main.BAD_INPUT
    assert "cannot be written" in capsys.readouterr().err
    assert not target.parent.exists()
