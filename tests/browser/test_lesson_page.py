"""The executive's first five minutes in a real browser, from the home page and back to it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NAME = "01_fraud_detection"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
OURS = [[".speedlab-lab"], [".speedlab-ask"], [".jp-RenderedMarkdown"], [".jp-RenderedHTML"]]
"""What the course puts on the page; the rest is JupyterLab's own."""


@pytest.fixture(scope="module")
def home(chromium, course):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.requested = []
    context.on("request", lambda request: context.requested.append(request.url))
    page = context.new_page()
    page.goto(course.url())
    yield page
    context.close()


@pytest.fixture(scope="module")
def lesson(home):
    """The lesson, opened by its link on the home page."""
    with home.expect_popup() as opened:
        home.get_by_role("link", name="Open the lesson: Fraud detection").press("Enter")
    opened.value.wait_for_selector(".jp-NotebookPanel h1")
    return opened.value


def go_to(page, section):
    """Scroll by the table of contents: JupyterLab draws only what is near."""
    page.locator(".jp-TableOfContents-tree .jp-tocItem", has_text=section).last.click()


@pytest.fixture(scope="module")
def ran(lesson):
    """The lesson after "Run the lesson", when everything has run."""
    lesson.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    lesson.get_by_role("button", name="Run the lesson").press("Enter")
    go_to(lesson, "The data")
    lesson.locator(".speedlab-lab").first.wait_for()
    lesson.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=busy]")
    lesson.wait_for_selector(IDLE)
    return lesson


@pytest.fixture
def lab(ran):
    go_to(ran, "The data")
    found = ran.locator(".speedlab-lab").first
    found.get_by_role("slider", name="Workers").scroll_into_view_if_needed()
    return found


def test_a_picture_is_there_before_anything_has_run(lesson, picture):
    lesson.locator(".jp-NotebookPanel img").first.wait_for()
    drawn = "document.querySelector('.jp-NotebookPanel img').naturalWidth > 100"
    lesson.wait_for_function(drawn)
    picture(lesson, "opened")


def test_a_question_is_answered_wrongly_then_rightly(ran, home, picture):
    go_to(ran, "Cut the work")
    asked = ran.locator(".speedlab-ask", has_text="How must the payments be cut")
    asked.get_by_role("radio", name=re.compile("^By rows")).check()
    asked.get_by_role("button", name="Check my answer").press("Enter")
    asked.get_by_text("✗ That is the cut that just failed").wait_for()
    asked.get_by_role("radio", name=re.compile("^By card")).check()
    asked.get_by_role("button", name="Check my answer").press("Enter")
    asked.get_by_text("✓ Right, on the second try").wait_for()
    picture(ran, "question")
    home.reload()
    step = home.get_by_role("listitem").filter(has_text="Cut the work")
    assert step.get_attribute("class") == "done"


def test_a_prediction_is_noted_by_keyboard_alone(ran):
    go_to(ran, "Predict")
    asked = ran.locator(".speedlab-ask", has_text="How many per cent of it").first
    asked.get_by_label("Your answer").focus()
    ran.keyboard.type("1,8")
    ran.keyboard.press("Tab")
    ran.keyboard.press("Enter")
    asked.get_by_text("✓ I read 1.8 %. Noted.").wait_for()


def test_the_lab_runs_by_keyboard_and_draws(lab, ran, picture):
    workers = lab.get_by_role("slider", name="Workers")
    workers.press("ArrowRight")
    assert workers.input_value() == "3"
    workers.press("ArrowLeft")
    lab.get_by_role("button", name="Run").press("Enter")
    lab.get_by_text("Your runs so far").wait_for()
    assert lab.locator("img[alt*='Serial']").count() == 1
    assert lab.get_by_text("Describe this chart").count() == 3
    picture(ran, "lab")


def test_what_if_answers_at_once_and_a_check_can_be_cancelled(lab, ran, picture):
    what_if = lab.get_by_role("button", name="What if?")
    expect(what_if).to_be_enabled()
    what_if.press("Enter")
    lab.get_by_role("slider", name="Chunks").press("ArrowLeft")
    lab.get_by_text("A model of your last run says").wait_for()
    picture(ran, "what-if")
    lab.get_by_role("button", name="Check by running").press("Enter")
    cancel = lab.get_by_role("button", name="Cancel")
    expect(cancel).to_be_enabled()
    cancel.press("Enter")
    lab.get_by_text("Cancelled. Every worker has ended").wait_for()


def test_what_the_course_shows_is_accessible(lab, ran):
    for section in ("The data", "Predict", "Cut the work", "Side by side"):
        go_to(ran, section)
        found = Axe().run(ran, context={"include": present(ran)}).response["violations"]
        grave = [v["id"] for v in found if v["impact"] in ("serious", "critical")]
        assert grave == [], section


def present(page):
    return [selector for selector in OURS if page.locator(selector[0]).count()]


def test_the_lesson_remembers_after_a_reload(ran, home):
    ran.reload()
    ran.wait_for_selector(".jp-NotebookPanel h1")
    home.reload()
    done = home.locator(".steps .done").all_inner_texts()
    assert len(done) >= 2


def test_no_trace_is_shown_and_nothing_is_asked_of_another_machine(ran, home, course):
    assert "Traceback" not in ran.content()
    asked = home.context.requested
    outside = [url for url in asked if not url.startswith((course.base, "data:", "blob:"))]
    assert outside == []
