"""The lesson in a real browser: opened, run, a slider moved, no trace on the page."""

import time

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium, course):
    """The lesson, opened as the home page opens it."""
    shown = chromium.new_page(viewport={"width": 1280, "height": 900})
    shown.set_default_timeout(60_000)
    shown.goto(course.url("doc/tree/modules/01_fraud_detection/01_fraud_detection.ipynb"))
    shown.wait_for_selector(".jp-NotebookPanel h1")
    yield shown
    shown.close()


def test_a_picture_is_there_before_anything_has_run(page, picture):
    image = page.locator(".jp-NotebookPanel img").first
    image.wait_for()
    page.wait_for_function("document.querySelector('.jp-NotebookPanel img').naturalWidth > 100")
    picture(page, "opened")


def test_the_whole_lesson_runs_and_the_lab_answers(page, picture):
    # First a kernel, then ▶▶; the notebook draws only what is near, so go down to the lab.
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    page.locator('jp-button[data-command="notebook:restart-run-all"]').first.click()
    workers = page.get_by_role("slider").first
    end = time.monotonic() + 120
    while not workers.count() and time.monotonic() < end:
        page.locator(".jp-TableOfContents-tree .jp-tocItem", has_text="Play").last.click()
        page.wait_for_timeout(1000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    before = page.get_by_role("spinbutton").first.input_value()
    workers.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        f"document.querySelector('.jp-NotebookPanel input[type=number]').value != '{before}'"
    )
    page.locator("button.jupyter-button", has_text="Run").first.click()
    page.get_by_text("Your runs so far").wait_for()
    page.locator('.jp-NotebookPanel img[alt*="1 worker"]').first.wait_for()
    picture(page, "lab")
    assert "Traceback" not in page.content()
