"""The static site: built without a warning, and no page asks another server for anything."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from both_editions import LESSONS, ROOT
from nbformat import v4
from sphinx.util.inventory import InventoryFile

import speedlab

pytestmark = pytest.mark.notebook

LOADS = re.compile(
    r"<(?:script|link|img|iframe|source)[^>]*?(?:src|href)=[\"']((?:https?:)?//[^\"']+)"
)


def build(docs, out, **settings):
    """Build the site as CONTRIBUTING says, into a folder of its own."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    ours = ("SPEEDLAB_SIZE", "SPEEDLAB_EXECUTED")
    env = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [*command, str(docs), str(out)],
        capture_output=True,
        text=True,
        check=False,
        env=env | settings,
        cwd=docs.parent,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return out


@pytest.fixture(scope="module")
def site(ran, tmp_path_factory):
    """The site with the outputs of the one run of each lesson, from a copy of what it reads."""
    course, executed = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("executed")
    for name in ("docs", "modules", "benchmarks"):
        ignored = shutil.ignore_patterns("lessons", "__pycache__", "*progress*")
        shutil.copytree(ROOT / name, course / name, ignore=ignored)
    for lesson in LESSONS:
        nbformat.write(ran(lesson).notebook, executed / f"{lesson}.ipynb")
    return build(course / "docs", course / "site", SPEEDLAB_EXECUTED=str(executed))


def test_a_site_that_is_built_by_hand_runs_its_lessons(tmp_path):
    lesson, docs = tmp_path / "modules" / "00_sums", tmp_path / "docs"
    lesson.mkdir(parents=True)
    docs.mkdir()
    shutil.copy(ROOT / "docs" / "conf.py", docs)
    (docs / "index.md").write_text("# Lessons\n```{toctree}\nlessons/00_sums/00_sums\n```\n")
    cells = [v4.new_markdown_cell("# Sums"), v4.new_code_cell("sum(range(1_000))")]
    nbformat.write(v4.new_notebook(cells=cells), lesson / "00_sums.ipynb")
    [page] = build(docs, tmp_path / "site").rglob("00_sums.html")
    assert "499500" in page.read_text(encoding="utf-8")


def test_every_lesson_and_guide_is_a_page(site):
    names = {path.stem for path in (ROOT / "modules").glob("*/*.ipynb")}
    names |= {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert names <= {path.stem for path in site.rglob("*.html")}


def test_the_api_reference_can_be_linked_to_by_every_public_name(site):
    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, path: base + path)
    named = {name for kind, names in inventory.items() if kind.startswith("py:") for name in names}
    assert {f"speedlab.{name}" for name in speedlab.__all__} - named == set()


def test_types_stand_under_the_names_that_the_reference_explains(site):
    pages = [page.read_text(encoding="utf-8") for page in (site / "api").glob("*.html")]
    assert pages and not [page for page in pages if "ForwardRef" in page]


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
    assert not list((site.parent / "modules").glob("*/progress*.json"))
