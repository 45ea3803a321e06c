"""One server and one browser for all tests of pages."""

import os
import shutil
from pathlib import Path

import pytest
from course_server import serve

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 120_000
"""How long a page may take where other tests run beside it: past it, it hangs."""
SHARED = []  # the folder of that course, once it is there
RECORDS = ("modules/*/progress.json", "modules/progress-home.json")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """A browser without any page."""
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI must install chromium: see .ci/run"
        pytest.skip("chromium is not installed")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        browser.new_context = patient(browser.new_context)
        browser.new_page = patient(browser.new_page)
        yield browser
        browser.close()


def patient(make):
    """Return a maker of contexts or pages that wait for what must come."""

    def made(**settings):
        found = make(**settings)
        found.set_default_timeout(PATIENCE_MS)
        return found

    return made


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A running server with a copy of the course."""
    with serve(tmp_path_factory.mktemp("course")) as served:
        SHARED.append(served.root)
        yield served


@pytest.fixture(scope="module", autouse=True)
def nothing_noted():
    """Leave no record of what was done in one file to the tests of the next: all share a course."""
    yield
    for path in (found for root in SHARED for record in RECORDS for found in root.glob(record)):
        path.unlink()


@pytest.fixture
def picture():
    """Keep a screenshot where SPEEDLAB_SHOTS names a folder."""

    def keep(page, name):
        folder = os.environ.get("SPEEDLAB_SHOTS")
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png")

    return keep
