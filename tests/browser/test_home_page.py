"""The course home in a real browser, and what it refuses."""

import re
import shutil
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe

from speedlab.course.lessons import progress
from speedlab.course.lessons.description import read_course

pytestmark = pytest.mark.browser

NAME = "00_foundations"


@pytest.fixture
def home(chromium, course):
    """A function that opens the home page in a window of its own."""
    contexts = []

    def open_home(path="course", **settings):
        contexts.append(chromium.new_context(**settings))
        page = contexts[-1].new_page()
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(course.url(path))
        return page

    yield open_home
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def lesson(course):
    """The lesson's folder, as released after each test."""
    folder = course.root / "modules" / NAME
    yield folder
    records = course.root.glob(f"modules/*/{progress.FILE}")
    for path in (*records, folder / "earlier-work"):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(violation["id"], violation["impact"]) for violation in found]


@pytest.mark.parametrize(
    "settings",
    [
        {"viewport": {"width": 1280, "height": 900}},
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
        {"viewport": {"width": 390, "height": 844}},
    ],
    ids=["light", "dark", "narrow"],
)
def test_the_home_page_is_accessible_and_asks_nobody_else(home, course, picture, settings, request):
    page = home(**settings)
    assert page.get_by_role("link", name="Start: Foundations").is_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= settings["viewport"]["width"]
    assert [url for url in page.requests if not url.startswith(course.base)] == []
    picture(page, f"home-{request.node.callspec.id}")


def test_steps_done_are_shown_after_a_reload(home, lesson):
    page = home()
    assert page.get_by_text(re.compile(r"^\s*0 of \d+ steps done")).is_visible()
    progress.mark_done(lesson, "m0-lab")
    page.reload()
    assert page.get_by_text(re.compile(r"^\s*1 of \d+ steps done")).is_visible()
    assert page.get_by_role("link", name="Continue: Foundations").is_visible()
    played = page.get_by_role("listitem").filter(has_text="Play in the speedup lab").first
    assert "done" in played.inner_text()


def test_a_lesson_is_started_over_by_keyboard_alone(home, lesson, picture):
    (lesson / f"{NAME}.ipynb").write_text("my work")
    progress.mark_done(lesson, "m0-lab")
    page = home()
    page.get_by_role("link", name="Start this lesson over: Foundations").press("Enter")
    assert page.get_by_role("heading", name="Start “Foundations” over?").is_visible()
    assert violations(page) == []
    picture(page, "start-over")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Start over"
    page.keyboard.press("Enter")
    said = page.get_by_role("status")
    assert "Foundations begins anew" in said.inner_text()
    [kept] = (lesson / "earlier-work").iterdir()
    assert kept.name in said.inner_text()
    assert (kept / f"{NAME}.ipynb").read_text() == "my work"
    page.reload()
    assert page.get_by_role("status").count() == 0


def test_a_deleted_lesson_is_brought_back(home, lesson):
    shutil.rmtree(lesson)
    page = home()
    assert page.get_by_text("is not there any more").is_visible()
    page.get_by_role("button", name="Bring it back").click()
    assert "Foundations is back" in page.get_by_role("status").inner_text()
    assert (lesson / f"{NAME}.ipynb").is_file()


def test_a_damaged_record_is_said_once(home, lesson):
    (lesson / progress.FILE).write_text("{")
    page = home()
    assert "set aside" in page.get_by_role("status").inner_text()
    page.reload()
    assert page.get_by_role("status").count() == 0


def test_the_certificate_says_what_is_missing_and_is_there_when_earned(home, course, picture):
    page = home()
    page.get_by_role("link", name="print your certificate").click()
    assert page.get_by_text("Not yet.").is_visible()
    assert page.get_by_text("Executive pass needs").first.is_visible()
    assert violations(page) == []
    for described in read_course(course.root).lessons:
        for step in described.steps:
            if step.kind == "question":
                progress.mark_done(course.root / "modules" / described.name, step.id)
    page.reload()
    page.get_by_label("The name on it").fill("Ada <b>Lovelace</b>")
    assert violations(page) == []
    picture(page, "certificate-form")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Show my certificate").press("Enter")
    document = opened.value
    assert document.get_by_text("Ada <b>Lovelace</b>").first.is_visible()
    assert document.get_by_text("Executive pass").first.is_visible()
    assert document.get_by_text("Self-reported").first.is_visible()
    picture(document, "certificate")


def test_an_unknown_lesson_is_a_sentence(home):
    page = home("course/lessons/99_cooking/start-over")
    assert page.get_by_text("There is no lesson '99_cooking'.").is_visible()
    assert page.get_by_role("link", name="To the course home").is_visible()


@pytest.mark.parametrize(
    "path",
    [
        "course",
        "course/certificate",
        "course/certificate/document",
        f"course/lessons/{NAME}/start-over",
    ],
)
def test_nobody_sees_a_page_without_the_token(course, path):
    with urllib.request.urlopen(f"{course.base}/{path}") as answer:
        assert "/login" in answer.url
        assert "Fraud" not in answer.read().decode()


def test_nothing_is_changed_by_a_post_from_elsewhere(home, course, lesson):
    """A form on a foreign site has the cookie of this one, but not the secret of its forms."""
    page, notebook = home(), lesson / f"{NAME}.ipynb"
    before = notebook.read_bytes()
    answer = page.request.post(f"{course.base}/course/lessons/{NAME}/start-over")
    assert answer.status == 403
    assert "There is no such page" in answer.text()
    assert notebook.read_bytes() == before
