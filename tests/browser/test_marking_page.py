"""The page in which memos are marked, in a real browser: what learners wrote runs nothing."""

from __future__ import annotations

from itertools import islice

import pytest
from example_course import make_course
from marking_page import formgraders_page
from unclean_texts import unclean_texts

from grader.build.build import build
from grader.core.paths import find_paths

pytestmark = pytest.mark.browser

PLACE = "https://marking.example/page"


@pytest.fixture
def paths(tmp_path):
    root = make_course(tmp_path)
    build(root)
    return find_paths(root)


def opened(chromium, html):
    """Show a page in the origin of a server; return what it asked for, said and ran."""
    page = chromium.new_page()
    asked, said = [], []

    def answer(route):
        asked.append(route.request.url)
        if route.request.url == PLACE:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            route.abort()

    page.route("**", answer)
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(PLACE, wait_until="load")
    ran = page.evaluate("window.pwned ?? null")
    links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.protocol)")
    page.close()
    return set(asked), said, ran, set(links)


def test_the_browser_runs_what_is_not_cleaned(chromium):
    assert opened(chromium, "<img src=x onerror=pwned=1><script>pwned=1</script>")[2] == 1


def test_nothing_that_a_learner_wrote_runs_or_loads(chromium, paths):
    before = opened(chromium, formgraders_page(paths, "Nothing.", []))
    texts = list(islice(unclean_texts(), 0, None, 47))
    for part in range(0, len(texts), 150):
        shown = texts[part : part + 150]
        asked, said, ran, links = opened(chromium, formgraders_page(paths, shown[0], shown))
        assert (said, ran) == ([], None)
        assert asked <= before[0]
        assert links <= {"https:", "http:", "mailto:", ":"}  # the last: no address at all
