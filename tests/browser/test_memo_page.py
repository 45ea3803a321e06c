"""The memo in a real browser: readable by everybody, at any width, and one sheet when printed."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from measured_case import FOUND

from speedlab.course.capstone.memo import RUBRIC, memo_html
from speedlab.report.business_case import BusinessCase

pytestmark = pytest.mark.browser

SAID = (
    "We ran it on two workers, and this is what we found. It is said in thirty words for a point."
)


@pytest.fixture(scope="module")
def memo(tmp_path_factory):
    """Write a memo of about 200 words, one point of which is missing."""
    path = tmp_path_factory.mktemp("memo") / "memo.html"
    page = memo_html(
        FOUND,
        name="Bills paid twice",
        answers={point: f"{SAID} {SAID}" for point in RUBRIC if point != "loss"},
        case=BusinessCase(3.0, 4, 6.0, 1, 0.05, 20.0),
        mistakes=["A piece takes 0.20 ms, and handing one over 0.40 ms."],
        own_baseline=False,
        today=date(2026, 11, 25),
    )
    path.write_text(page, encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1100, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_memo_is_accessible_and_fits(chromium, memo, picture, width, scheme):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(memo.as_uri())
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"memo-{scheme}-{width}")
    page.close()


def test_the_memo_is_printed_on_one_sheet(chromium, memo):
    page = chromium.new_page()
    page.goto(memo.as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1
    page.close()
