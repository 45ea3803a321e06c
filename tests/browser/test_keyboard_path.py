"""The executive's whole path by keys alone: from the home page to the lab, and back home.

No mouse, no focus() and no press() on a locator: every key goes to where the keys before it led.
"""

import contextlib

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FOCUSED = """() => {
    const at = document.activeElement;
    const named = at.getAttribute('aria-label') || at.closest('label')?.textContent;
    const words = named || at.innerText || at.title || '';
    return `${at.tagName.toLowerCase()}: ${words.trim().slice(0, 60)}`;
}"""
MANY = 60
RUNS = 20
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"


@pytest.fixture
def home(chromium, course):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(course.url())
    yield page
    context.close()


def go_to(page, control, key="Tab"):
    """Press a key until the focus is on the control whose tag and words begin like this."""
    seen = []
    while len(seen) < MANY:
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
        if seen[-1].startswith(control):
            return
    raise AssertionError(f"{control!r} is not reached by {key}: {seen}")


def start_and_cancel(lesson, lab, picture):
    """Start a run and cancel it by keys; again, if a run was over before the key was pressed."""
    cancelled = lab.get_by_text("Cancelled. Every worker has ended")
    for _ in range(RUNS):
        go_to(lesson, "button: Run")
        lesson.keyboard.press("Enter")
        with contextlib.suppress(AssertionError):  # Cancel is there only while something runs
            go_to(lesson, "button: Cancel")
            picture(lesson, "keyboard")
            lesson.keyboard.press("Enter")
        expect(lab.get_by_role("button", name="Run")).to_be_enabled(timeout=120_000)
        if cancelled.is_visible():
            return
    raise AssertionError(f"none of {RUNS} runs was cancelled")


def test_from_home_to_the_lab_and_back(home, picture):
    go_to(home, "a: Open the lesson: Fraud detection")
    with home.expect_popup() as opened:
        home.keyboard.press("Enter")
    lesson = opened.value
    lesson.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    go_to(lesson, "jp-button: Course home")
    go_to(lesson, "jp-button: Run the lesson", key="ArrowRight")
    lesson.keyboard.press("Enter")
    lab = lesson.locator(".speedlab-lab").first
    lab.wait_for()
    go_to(lesson, "input: Workers")
    lesson.keyboard.press("ArrowRight")
    lesson.keyboard.press("ArrowLeft")
    # The rest of the page would otherwise move the focus while it runs.
    lesson.wait_for_selector(IDLE)
    start_and_cancel(lesson, lab, picture)
    go_to(lesson, "jp-button: ", key="Shift+Tab")
    go_to(lesson, "jp-button: Course home", key="ArrowLeft")
    with lesson.expect_popup() as back:
        lesson.keyboard.press("Enter")
    back.value.get_by_role("heading", name="Lessons").wait_for()
