"""The static site: built without a warning, and no page asks another server for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.notebook

ROOT = Path(__file__).resolve().parents[2]
LOADS = re.compile(
    r"<(?:script|link|img|iframe|source)[^>]*?(?:src|href)=[\"']((?:https?:)?//[^\"']+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site as CONTRIBUTING says, into a folder of its own."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    env = {name: value for name, value in os.environ.items() if name != "SPEEDLAB_SIZE"}
    done = subprocess.run(
        [*command, str(ROOT / "docs"), str(out)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return out


def test_every_lesson_and_guide_is_a_page(site):
    names = {path.stem for path in (ROOT / "modules").glob("*/*.ipynb")}
    names |= {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert names <= {path.stem for path in site.rglob("*.html")}


def test_no_page_loads_from_another_server(site):
    loaded = {url for page in site.rglob("*.html") for url in LOADS.findall(page.read_text())}
    assert loaded == set()


def test_a_lesson_shows_its_results_and_its_questions_without_scripts(site):
    [page] = site.rglob("01_fraud_detection.html")
    text = page.read_text(encoding="utf-8")
    assert "Describe this chart" in text
    assert "How must the payments be cut" in text
    assert "The speedup lab" in text
    assert "widget-view+json" not in text
    assert "Traceback" not in text


def test_the_learners_folders_stay_as_they_are(site):
    assert not list((ROOT / "modules").glob("*/progress*.json"))
