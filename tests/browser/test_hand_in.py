"""Answers given on the page, handed in through JupyterLab, arrive as points in the gradebook."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_server import ROOT, TOKEN, free_port, run_server

from grader.core.nbgrader import load_config

pytestmark = pytest.mark.browser

LESSON = "01_fraud_detection"
WORDS = {
    "1 · The data": "How many per cent of it",
    "3 · Cut the work": "How must the payments be cut",
    "5 · Play": "A supplier says",
}
FIGURES = re.compile(r"“(?P<cores>\d+) cores.* (?P<percent>\d+) % of your job is serial")
ANSWERED = {"m1-predict": 1, "m1-split": 0.5, "m1-amdahl": 2}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """An instructor's course with the lesson released, an exchange, and a learner's folder."""
    base = tmp_path_factory.mktemp("class")
    course, exchange, learner = base / "course", base / "exchange", base / "learner"
    for folder in (course / "grader" / "course", exchange, learner):
        folder.mkdir(parents=True)
    exchange.chmod(0o777)
    shutil.copytree(ROOT / "solutions", course / "solutions")
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    text = config + f"\nc.Exchange.root = {str(exchange)!r}\n"
    (course / "nbgrader_config.py").write_text(text, encoding="utf-8")
    run(course, "nbgrader", "generate_assignment", LESSON)
    run(course, "nbgrader", "release_assignment", LESSON)
    return course, exchange, learner


def run(course, *words):
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=course,
        env=os.environ | {"PATH": path_with_commands(), "SPEEDLAB_SIZE": "small"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def path_with_commands():
    return str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]


@pytest.fixture(scope="module")
def page(chromium, places):
    """JupyterLab as a class that uses nbgrader's exchange has it, in the learner's folder."""
    _, exchange, learner = places
    settings = {
        "ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.assignment_list": True}},
        "CourseDirectory": {"course_id": "speedlab"},
        "Exchange": {"root": str(exchange)},
    }
    folder = learner.parent / "settings"
    folder.mkdir()
    (folder / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "nbgrader_config.json").write_text(json.dumps(settings), encoding="utf-8")
    env = {"JUPYTER_CONFIG_DIR": str(folder), "JUPYTER_DATA_DIR": str(folder / "data")}
    port = free_port()
    flags = [f"--ServerApp.root_dir={learner}", f"--ServerApp.port={port}"]
    flags += ["--no-browser", "--allow-root"]
    with run_server(learner, flags, env, port=port) as address:
        context = chromium.new_context(viewport={"width": 1400, "height": 900})
        shown = context.new_page()
        shown.goto(f"{address}/lab?token={TOKEN}")
        shown.wait_for_selector("#jp-main-dock-panel")
        yield shown
        context.close()


def open_assignments(page):
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
    page.locator(".lm-Menu-itemLabel", has_text="Assignment List").click()


def test_answers_become_points(page, places, picture):
    course, _, _ = places
    open_assignments(page)
    page.get_by_role("button", name="Fetch").click()
    page.get_by_role("button", name="Submit").wait_for()
    answer_questions(page)
    open_assignments(page)
    page.get_by_role("button", name="Submit").click()
    page.get_by_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")).first.wait_for()
    picture(page, "handed-in")
    run(course, "nbgrader", "collect", LESSON)
    # Our own grader: it runs what the checks need, not the whole lesson once more.
    run(course, "grader", "autograde", LESSON, "--root", str(course))
    assert points(course) == ANSWERED


def answer_questions(page):
    """Run the lesson, answer three questions, one of them on the second try, and save."""
    base = page.url.split("/lab")[0]
    lesson = page.context.new_page()
    lesson.goto(f"{base}/doc/tree/{LESSON}/{LESSON}.ipynb")
    lesson.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    lesson.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    lesson.get_by_text("Run All Cells", exact=True).click()
    answer(lesson, "1 · The data", "1.8", "✓ Noted")
    answer(lesson, "3 · Cut the work", "By rows", "✗ That is the cut that just failed")
    answer(lesson, "3 · Cut the work", "By card", "✓ Right, on the second try: half of the points")
    answer(lesson, "5 · Play", most_of, "✓ Right")
    lesson.keyboard.press("Control+s")
    lesson.close()


def most_of(text):
    """Return the answer to the figures that stand in the learner's own question."""
    cores, percent = (int(FIGURES.search(text)[name]) for name in ("cores", "percent"))
    return f"{1 / (percent / 100 + (1 - percent / 100) / cores):.1f}"


def answer(lesson, section, value, reply):
    """Give one answer: a choice by its first words, or a number, or what makes one of the text."""
    heading = lesson.locator(".jp-RenderedMarkdown h2", has_text=section)
    asked = lesson.locator(".speedlab-ask").filter(has_text=WORDS[section]).first
    while not asked.count():  # JupyterLab draws only what is near
        lesson.mouse.move(700, 500)
        lesson.mouse.wheel(0, 300)
        lesson.wait_for_timeout(100)
    heading.first.scroll_into_view_if_needed()
    asked = asked.first  # a prediction is asked once more, in its envelope
    if asked.get_by_role("radio").count():
        asked.get_by_role("radio", name=re.compile(f"^{value}")).check()
    else:
        number = value(asked.text_content()) if callable(value) else value
        asked.get_by_label("Your answer").fill(number)
    asked.locator("button").first.click()
    asked.get_by_text(reply).wait_for()


def points(course):
    """Return the points of the answered questions from nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(load_config(course).CourseDirectory.db_url) as book:
        [learner] = {submission.student.id for submission in book.assignment_submissions(LESSON)}
        grades = book.find_submission_notebook(LESSON, LESSON, learner).grades
        return {g.name: g.auto_score for g in grades if g.name in ANSWERED}
