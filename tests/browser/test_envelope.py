"""One learner's path past a sealed envelope, by keyboard; and one who looks first."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

NAME = "06_capstone"
PREDICT = "m6-predict"
CELLS = {
    "tools": "from functools import partial\n"
    "from speedlab.course import ask, begin, envelope\n"
    "from speedlab.report import charts\n"
    "begin();",
    "question": f'ask("{PREDICT}")',
    "sealed": 'lost = {"waiting": 12.0, "handing over": 3.0}\n'
    'draw = partial(charts.bars, lost, finding="Lost", x_label="% of the time")\n'
    f'envelope("{PREDICT}", 12.0, draw, "That is all.")',
}
"""What of a lesson this is about: its measuring takes a minute, and is tried elsewhere."""
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@pytest.fixture
def lesson(chromium, course, request):
    """A short lesson, opened and run; nobody has answered anything."""
    folder = course.root / "modules" / NAME
    (folder / "progress.json").unlink(missing_ok=True)
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS.values()]
    heading = nbformat.v4.new_markdown_cell("# Sealed")
    metadata = {"kernelspec": KERNEL}
    notebook = nbformat.v4.new_notebook(cells=[heading, *cells], metadata=metadata)
    nbformat.write(notebook, folder / f"{request.node.name}.ipynb")
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    own = f"lab/workspaces/{request.node.name}"  # else the lesson of the test before opens too
    page.goto(course.url(f"{own}/tree/modules/{NAME}/{request.node.name}.ipynb"))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("button", name="Run the lesson").press("Enter")
    page.get_by_text("Measured, and sealed.").wait_for()
    yield page
    context.close()


@pytest.fixture
def noted(course):
    """A function that returns what progress.json holds."""
    path = course.root / "modules" / NAME / "progress.json"
    return lambda: json.loads(path.read_text())


def test_a_guess_opens_the_envelope_and_stays_in_the_picture(lesson, noted, picture):
    sealed = lesson.locator(".speedlab-envelope")
    assert sealed.locator("img").count() == 0
    assert_accessible(lesson)
    picture(lesson, "envelope-sealed")
    field = sealed.get_by_label("Your answer")
    field.focus()
    lesson.keyboard.type("30")
    lesson.keyboard.press("Tab")
    lesson.keyboard.press("Enter")
    sealed.get_by_text("You guessed 30 %; measured 12 %: 2.5 times too high.").wait_for()
    sealed.locator("img[alt*='your guess 30']").wait_for()
    assert sealed.get_by_role("button", name="Show me").count() == 0
    assert not noted()["answers"][PREDICT]["late"]
    assert_accessible(lesson)
    picture(lesson, "envelope-open")


def test_whoever_looks_first_is_late(lesson, noted):
    sealed = lesson.locator(".speedlab-envelope")
    sealed.get_by_role("button", name="Show me").press("Enter")
    sealed.get_by_text("Measured: 12 %.").wait_for()
    assert PREDICT in noted()["shown"] and PREDICT not in noted()["answers"]
    asked = lesson.locator(".speedlab-ask").first
    asked.get_by_label("Your answer").fill("12")
    asked.get_by_role("button", name="Note my prediction").press("Enter")
    sealed.get_by_text("You noted 12 % after you had looked; measured 12 %.").wait_for()
    assert noted()["answers"][PREDICT]["late"]


def assert_accessible(page):
    found = Axe().run(page, context={"include": [[".speedlab-envelope"]]}).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
