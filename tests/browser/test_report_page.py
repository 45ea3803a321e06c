"""The report in a real browser: readable by everybody, at any width."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from measured_case import FOUND, SUBJECT

from speedlab.page.report import report_html

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1100, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_accessible_and_fits(chromium, tmp_path, picture, width, scheme):
    path = tmp_path / "report.html"
    path.write_text(report_html(FOUND, SUBJECT, today=date(2026, 11, 24)), encoding="utf-8")
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(path.as_uri())
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"report-{scheme}-{width}")
    page.close()
