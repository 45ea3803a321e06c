"""One learner's path through a question: own figures, asked back, a second try, by keyboard."""

import json
import re

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

NAME, ASKED = "04_logistics", "m4-km"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
CODE = f'from speedlab.course import ask, begin\nbegin()\nask("{ASKED}")'
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
FIGURES = re.compile(r"drives ([\d,]+) km a day on (\d+) days.*costs ([\d.]+) €.*\((\d+) ‰\)")


@pytest.fixture
def page(chromium, course):
    """A notebook that asks one question, run; nobody has answered it."""
    folder = course.root / "modules" / NAME
    (folder / "progress.json").unlink(missing_ok=True)
    cells = [nbformat.v4.new_markdown_cell("# Asked"), nbformat.v4.new_code_cell(CODE)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    nbformat.write(notebook, folder / "asked.ipynb")
    context = chromium.new_context(viewport={"width": 1280, "height": 700})
    shown = context.new_page()
    own = "lab/workspaces/asked"  # else what the test before had open is opened too
    shown.goto(course.url(f"{own}/tree/modules/{NAME}/asked.ipynb"))
    shown.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    shown.get_by_role("button", name="Run the lesson").press("Enter")
    shown.locator(".speedlab-ask").wait_for()
    shown.wait_for_selector(IDLE)
    yield shown
    context.close()


def test_own_figures_are_asked_back_about_judged_and_noted(page, course, picture):
    asked = page.locator(".speedlab-ask")
    km, days, euros, permille = FIGURES.search(asked.inner_text()).groups()
    a_year = round(int(km.replace(",", "")) * int(permille) / 1000 * int(days) * float(euros))
    assert asked.locator(".speedlab-unit").inner_text() == "€ a year"
    say(asked, "4-5", "? These are several numbers")
    say(asked, f"{a_year // int(days)}", "The right answer now earns half of the points.")
    say(asked, f"{a_year:,}.00", f"✓ I read {a_year:,} € a year. Right, on the second try: half")
    picture(page, "own-figures")
    found = Axe().run(page, context=".speedlab-ask")
    assert not found.response["violations"], found.generate_report()
    record = json.loads((course.root / "modules" / NAME / "progress.json").read_text())
    noted = record["answers"][ASKED]
    assert (noted["tries"], noted["tried"]) == (2, [a_year // int(days), a_year])
    assert noted["figures"]["permille"] == int(permille)
    assert re.fullmatch("[0-9a-f]{16}", record["learner"])


def say(asked, text, reply):
    field = asked.get_by_label("Your answer")
    field.fill(text)
    field.press("Tab")
    asked.get_by_role("button", name="Check my answer").press("Enter")
    asked.get_by_text(reply).wait_for()
