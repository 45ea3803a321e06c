"""Certificates in a real browser: accessible, nothing fetched, one sheet of A4 landscape."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speedlab.course.certificate.draw import Certificate, Row, draw, sign_certificate
from speedlab.course.certificate.standing import Points

pytestmark = pytest.mark.browser

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
LONG = "Maximiliane Gräfin von Wolkenstein-Trostburg zu Hohenlohe und Langenburg"
A4 = (842, 595)  # points, landscape


def paper(lessons, learner, *, graded, kind="html"):
    points = {"executive": Points(5, 6), "practitioner": Points(7.5, 9)}
    rows = tuple(Row(f"Lesson {n} with a rather long title", points) for n in range(lessons))
    made = Certificate(
        learner=learner,
        course="Efficient Data Processing Using Python Multiprocessing",
        subtitle="Executive development programme",
        award="Practitioner pass",
        requires="at least 60 % of the executive points and 60 % of the practitioner points",
        date="2026-11-24",
        lessons=rows,
        gain="" if graded else "Ideas of the course, right: 5 of 12 before, 10 of 12 after.",
    )
    signed = sign_certificate(made, KEY, "Prof. Grace Hopper") if graded else (made,)
    return draw(*signed, kind=kind)


PAPERS = [(1, "Ada Lovelace", False), (6, LONG, True), (12, "Ada Lovelace", True)]


@pytest.fixture(params=PAPERS, ids=["self-reported", "graded", "many lessons"])
def sheet(request, chromium, tmp_path):
    """A page with a certificate, and the addresses it asked for."""
    lessons, learner, graded = request.param
    path = tmp_path / "certificate.html"
    path.write_text(paper(lessons, learner, graded=graded), encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    page.close()


def test_no_accessibility_violation(sheet, picture):
    for width in (1280, 390):
        sheet.set_viewport_size({"width": width, "height": 900})
        violations = Axe().run(sheet).response["violations"]
        assert [(found["id"], found["nodes"]) for found in violations] == []
    assert sheet.evaluate("document.documentElement.scrollWidth") == 390
    picture(sheet, "certificate")


def test_nothing_else_is_fetched(sheet):
    assert len(sheet.asked) == 1


def test_it_prints_on_one_sheet_and_nothing_is_cut_off(sheet):
    sheet.emulate_media(media="print")
    height = "document.querySelector('main').{}"
    assert sheet.evaluate(height.format("scrollHeight")) <= sheet.evaluate(
        height.format("clientHeight")
    )
    printed = sheet.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert tuple(round(float(side)) for side in box.groups()) == pytest.approx(A4, abs=1)


@pytest.mark.parametrize(("lessons", "learner", "graded"), PAPERS)
def test_no_word_of_the_picture_leaves_the_frame(chromium, lessons, learner, graded):
    page = chromium.new_page(viewport={"width": 1123, "height": 794})
    drawn = paper(lessons, learner, graded=graded, kind="svg")
    page.set_content(f"<!doctype html><html lang=en><title>x</title><main><h1>x</h1>{drawn}</main>")
    outside = page.evaluate(
        """() => {
            const frame = document.querySelector('svg > g > rect').getBoundingClientRect();
            return [...document.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left || box.right > frame.right ||
                    box.top < frame.top || box.bottom > frame.bottom;
            }).map(text => text.textContent);
        }"""
    )
    assert outside == []
    assert Axe().run(page).response["violations"] == []
    page.close()
