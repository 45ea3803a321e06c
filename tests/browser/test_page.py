"""The lesson in a real browser: opened, run, a slider moved, no trace on the page."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "browser-test"


def load_start():
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    return start


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serve a copy of modules/ with the settings that start.py uses."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "modules", course / "modules")
    start = load_start()
    start.ROOT, start.STATE, port = course, course / ".speedlab", free_port()
    start.lay_out_settings()
    command = start.server_command(start.read_arguments(["--no-browser", "--port", str(port)]))
    command = [sys.executable, *command[1:]]
    env = start.environment(dict(os.environ)) | {"JUPYTER_TOKEN": TOKEN, "SPEEDLAB_SIZE": "small"}
    with (course / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=course)
    base = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while not start.answers(base + "/api"):
        assert server.poll() is None and time.monotonic() < end, (course / "server.log").read_text()
    yield f"{base}{start.lesson_url()}?token={TOKEN}"
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=30)


@pytest.fixture(scope="module")
def page(address):
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must install chromium: see .ci/run"
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        shown.set_default_timeout(60_000)
        shown.goto(address)
        shown.wait_for_selector(".jp-NotebookPanel h1")
        yield shown
        browser.close()


def picture(page, name):
    """Keep a screenshot where SPEEDLAB_SHOTS names a folder."""
    folder = os.environ.get("SPEEDLAB_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_picture_is_there_before_anything_has_run(page):
    image = page.locator(".jp-NotebookPanel img").first
    image.wait_for()
    page.wait_for_function("document.querySelector('.jp-NotebookPanel img').naturalWidth > 100")
    picture(page, "opened")


def test_the_whole_lesson_runs_and_the_lab_answers(page):
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
