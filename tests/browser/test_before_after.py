"""The questions before and after, what was gained, and the review, as a learner walks through."""

import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from speedlab.course.home import kept
from speedlab.course.lessons import progress
from speedlab.course.quiz.ideas import course_ideas

pytestmark = pytest.mark.browser

LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}},
}
FIRST, LAST = "00_foundations", "06_capstone"


@pytest.fixture(autouse=True)
def fresh(course):
    """The course as released, also for the test that comes next."""
    yield
    modules = course.root / "modules"
    for path in (*modules.glob(f"*/{progress.FILE}"), modules / kept.FILE):
        path.unlink(missing_ok=True)


@pytest.fixture
def visit(chromium, course):
    """A function that opens a page of the course in a window of its own."""
    contexts = []

    def open_page(path, **settings):
        contexts.append(chromium.new_context(**settings))
        page = contexts[-1].new_page()
        page.goto(course.url(path))
        return page

    yield open_page
    for context in contexts:
        context.close()


def choose(page, answers):
    for name, choice in answers.items():
        page.locator(f"input[name='{name}'][value='{choice}']").check()


def right(ideas, form, *, but=()):
    """Return the right answers to a form, with a wrong one to some ideas."""
    chosen = {}
    for n, question in enumerate(ideas.form(form), 1):
        fits = [name for name in question.choices if question.reply(name).right is (n not in but)]
        chosen[question.id] = fits[0]
    return chosen


def healthy(page, picture, name, *, widths=()):
    """Look at a page at some widths: no violation, nothing that scrolls sideways."""
    for width in widths or [page.viewport_size["width"]]:
        page.set_viewport_size({"width": width, "height": 900})
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        tall = page.evaluate("document.body.scrollHeight")
        page.set_viewport_size({"width": width, "height": tall})
        picture(page, f"{name}-{width}")


def test_from_the_first_question_to_the_gain_on_the_certificate(visit, course, picture):
    ideas = course_ideas(course.root)
    before, after = right(ideas, "before", but=range(1, 8)), right(ideas, "after", but=(3, 4))
    page = visit("course")
    healthy(page, picture, "home-before")
    page.get_by_role("link", name="Or first 12 questions").click()
    choose(page, dict(list(before.items())[:5]))
    page.get_by_role("button", name="Keep them for later").click()
    assert "Your choices are kept" in page.get_by_role("status").inner_text()
    page.get_by_role("link", name="Or first 12 questions").click()
    assert page.locator("input:checked").count() == 5
    page.get_by_role("button", name="Note my answers").click()
    assert "7 questions are still open" in page.get_by_role("alert").inner_text()
    choose(page, before)
    page.get_by_role("button", name="Note my answers").click()
    assert page.get_by_role("heading", name="Noted. Thank you").is_visible()
    page.goto(course.url("course"))
    assert page.get_by_role("link", name="12 questions").count() == 0

    progress.mark_done(course.root / "modules" / LAST, "m6-lab")
    page.reload()
    page.get_by_role("link", name="12 questions at the end").click()
    choose(page, after)
    page.get_by_role("button", name="Note my answers").click()
    assert page.get_by_text("5 of 12 before, 10 of 12 after.").is_visible()
    assert page.get_by_text("you gained 71 %").is_visible()
    again = page.get_by_role("link", name=re.compile("^Read again"))
    assert [link.get_attribute("target") for link in again.all()] == [
        ideas.ideas[place].lesson for place in (2, 3)
    ]
    healthy(page, picture, "gained", widths=(390, 1280))
    page.get_by_role("link", name="To your certificate").click()
    assert page.get_by_text("5 of 12 before, 10 of 12 after.").is_visible()
    healthy(page, picture, "certificate-gain", widths=(390, 1280))


@pytest.mark.parametrize("look", LOOKS)
def test_a_form_is_accessible_in_every_look_and_answered_by_keyboard(visit, picture, look):
    page = visit("course/before", **LOOKS[look])
    page.locator("input[name='before-1']").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[name='before-1']").nth(1).is_checked()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "before-2"
    page.get_by_role("button", name="Note my answers").press("Enter")
    assert "11 questions are still open" in page.get_by_role("alert").inner_text()
    healthy(page, picture, f"form-{look}")


def test_without_any_script_a_form_is_kept_and_answered(visit, course):
    ideas = course_ideas(course.root)
    page = visit("course/before", java_script_enabled=False)
    choose(page, {"before-2": "faster"})
    page.get_by_role("button", name="Keep them for later").click()
    page.goto(course.url("course/before"))
    assert page.locator("input[name='before-2'][value='faster']").is_checked()
    choose(page, right(ideas, "before"))
    page.get_by_role("button", name="Note my answers").click()
    assert page.get_by_role("heading", name="Noted. Thank you").is_visible()


def test_a_page_left_half_done_goes_on_where_it_was(visit, course):
    page = visit("course/before")
    with page.expect_response(lambda answer: answer.status == 204):
        page.locator("input[name='before-3']").nth(2).check()
    page.goto(course.url("course/before"))
    assert page.locator("input[name='before-3']").nth(2).is_checked()


@pytest.mark.parametrize("look", LOOKS)
def test_mistakes_of_a_week_ago_are_asked_again(visit, course, picture, look):
    long_ago = datetime.now(UTC) - timedelta(days=8)
    for name, value in {"m0-gil": "machine", "m0-race": "check", "m0-amdahl": 10}.items():
        progress.record_answer(course.root / "modules" / FIRST, name, value, right=False)
    record = course.root / "modules" / FIRST / progress.FILE
    os.utime(record, (long_ago.timestamp(), long_ago.timestamp()))
    page = visit("course", **LOOKS[look])
    page.get_by_role("link", name="Two minutes of review").click()
    healthy(page, picture, f"review-{look}")
    choose(page, {"m0-gil": "threads", "m0-race": "check"})
    page.get_by_label("Your answer").fill("11")
    page.get_by_role("button", name="Check my answers").click()
    assert page.get_by_text("1 of 3 right").is_visible()
    healthy(page, picture, f"reviewed-{look}")
    page.goto(course.url("course"))
    assert page.get_by_role("link", name="Two minutes of review").count() == 0
    [review] = json.loads((course.root / "modules" / kept.FILE).read_text())["reviews"]
    assert review["right"] == ["m0-gil"]


@pytest.mark.parametrize("path", ["course/before", "course/after", "course/review"])
def test_nothing_is_noted_by_a_post_from_elsewhere(visit, course, path):
    page = visit("course")
    assert page.request.post(f"{course.base}/{path}").status == 403
