"""The instructor's page in a real browser: only for the instructor, accessible, complete."""

import random
import shutil
import urllib.error
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from course_server import ROOT, TOKEN, serve

from grader.core.paths import find_paths
from grader.core.records import Graded, Verdict
from grader.core.released import read_released
from grader.gradebook.record import record
from grader.gradebook.roster import Student, save
from grader.report.feedback import write_feedback
from grader.report.html import report_html
from grader.report.report import read_report
from speedlab.core.files import write_text

pytestmark = pytest.mark.browser

NAME = "01_fraud_detection"
COPIED = " ".join(f"word{n}" for n in range(40))


def lay_out(root):
    """Put an instructor's part and a graded class into a course."""
    shutil.copytree(ROOT / "solutions", root / "solutions")
    ignore = shutil.ignore_patterns("course", "__pycache__")
    shutil.copytree(ROOT / "grader", root / "grader", ignore=ignore)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    paths = find_paths(root)
    notebooks = read_released(paths, NAME)
    save(paths, [Student(f"learner{n}") for n in range(14)])
    results = [made_up(f"learner{n}", notebooks[0], n) for n in range(12)]
    for one in results:
        write_text(paths.result(NAME, one.learner), one.to_json(), parents=True)
        paths.handed_in(one.learner, NAME).mkdir(parents=True)
    record(paths, NAME, notebooks, results)


def made_up(learner, released, number):
    """Return a result with some of everything that the page can show."""
    rng = random.Random(number)
    verdicts = tuple(verdict(row, rng) for row in released.graded)
    problem = "It is no notebook." if number == 3 else ""
    memo = {f"{NAME}/m1-memo": COPIED if number in (4, 5) else f"A memo by {learner}."}
    how = "NOT ISOLATED: bubblewrap is missing." if number == 6 else "bubblewrap"
    versions = {"Python": "3.11.7"}
    return Graded(learner, NAME, "k", verdicts, memo, how, problem, ("A note.",), {}, {}, versions)


def verdict(row, rng):
    if "solution" in row.kinds:
        return Verdict(row.name, row.points, None, "manual")
    outcome = rng.choice(("right", "right", "wrong", "unanswered", "timeout"))
    score = row.points if outcome == "right" else 0.0
    seal = rng.choice(("sealed", "unsealed"))
    return Verdict(row.name, row.points, score, outcome, "Keep the old order.", seal, hidden=True)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A running server of an instructor."""
    with serve(tmp_path_factory.mktemp("taught"), lay_out=lay_out) as served:
        yield served


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["impact"], one["nodes"]) for one in found]


LOOKS = [
    {"viewport": {"width": 1280, "height": 900}},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 390, "height": 844}},
]


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "narrow"])
def test_the_page_is_accessible_and_asks_nobody_else(chromium, taught, picture, look, request):
    context = chromium.new_context(**look)
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(taught.url("course/instructor"))
    assert page.get_by_role("heading", name="What needs you now").is_visible()
    assert violations(page) == []
    assert [url for url in asked if not url.startswith(taught.base)] == []
    assert page.evaluate("document.documentElement.scrollWidth") == look["viewport"]["width"]
    picture(page, f"instructor-{request.node.callspec.id}")
    context.close()


def test_the_page_names_what_a_person_must_do(chromium, taught):
    page = chromium.new_page()
    page.goto(taught.url())
    page.get_by_role("link", name="Instructor: how the class does").click()
    said = page.get_by_role("main").inner_text()
    for text in (
        "Not handed in: learner12, learner13",
        "learner3. It is no notebook.",
        "learner4 and learner5",
        "NOT ISOLATED: bubblewrap is missing.",
        "A flag, not a verdict",
        "Unsealed:",
    ):
        assert text in said
    page.get_by_role("link", name="Mark the next one, learner0").click()
    page.locator("#m1-memo-comment").wait_for(state="attached")  # where a comment to it is written
    page.close()


def test_the_file_and_the_feedback_are_accessible_too(chromium, taught, tmp_path):
    paths = find_paths(taught.root)
    report = tmp_path / "report.html"
    report.write_text(report_html(read_report(paths)), encoding="utf-8")
    (feedback,) = write_feedback(paths, NAME, ["learner4"])
    page = chromium.new_page()
    for path in (report, feedback):
        page.goto(path.as_uri())
        assert violations(page) == []
    page.close()


def test_learners_have_no_such_page(course):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(course.url("course/instructor"))
    with urllib.request.urlopen(course.url()) as reply:
        assert b"instructor" not in reply.read().lower()


def test_nobody_comes_in_without_the_token(taught):
    with urllib.request.urlopen(f"{taught.base}/course/instructor") as reply:
        assert "/login" in reply.url and b"learner1" not in reply.read()
    assert TOKEN not in taught.base
