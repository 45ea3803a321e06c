"""Nothing that a learner wrote runs or loads in the page in which it is marked."""

from __future__ import annotations

import base64
import re
from itertools import islice
from typing import Any

import pytest
from desk_course import RIGHT, enter, graded
from example_course import LESSON
from marking_page import formgraders_page
from unclean_texts import unclean_texts

from grader.core.paths import CoursePaths
from grader.core.released import read_released
from grader.gradebook.cleaning import clean_markdown, in_words
from grader.gradebook.pictures import kept_pictures
from grader.gradebook.queries import read_sheets
from grader.gradebook.record import record

EACH = 23  # of 30,000 texts; prime to the numbers of disguises and places, so all come up
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(8)).decode()
SVG = base64.b64encode(b"<svg onload='pwned=1'/>").decode()
# What Markdown itself makes, and the tags without attributes that may stay.
TAGS = set(
    "a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark "
    "ol p pre s small span strong sub sup table tbody td th thead tr u ul".split()
)
ATTRIBUTES = {"alt", "checked", "class", "disabled", "href", "id", "src", "start", "style", "title"}
ATTRIBUTES |= {"type"}
LOADS = re.compile(r"\\(href|require|unicode|class|style|cssId|html|bbox|mmlToken)")


def rendered(text: str) -> str:
    """Return what nbconvert, and so formgrader, makes of a text."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(text))


def harm_in(page: str) -> list[str]:
    """Return what a browser would run or load in a page."""
    from bs4 import BeautifulSoup, Comment

    soup: Any = BeautifulSoup(page, "html.parser")
    found = [f"comment {text}" for text in soup.find_all(string=lambda t: isinstance(t, Comment))]
    for tag in soup.find_all(True):
        found += [] if tag.name in TAGS else [f"tag {tag.name}"]
        found += [f"{tag.name} {name}" for name in tag.attrs if name not in ATTRIBUTES]
        found += [f"href {tag['href']}"] if not _leads_to_a_page(tag.get("href", "#")) else []
        found += [f"src {tag['src']}"] if not _is_own_picture(tag.get("src", "x.png")) else []
        styled = tag.get("style", "")
        found += [f"style {styled}"] if styled and not styled.startswith("text-align:") else []
        found += ["an input that is no tick"] if tag.get("type", "checkbox") != "checkbox" else []
    texts = [t for t in soup.find_all(string=True) if t.find_parent(["code", "pre"]) is None]
    return found + [f"command {text}" for text in texts if LOADS.search(text)]


def _leads_to_a_page(address: str) -> bool:
    return bool(re.match(r"(https?|mailto):|#", address))


def _is_own_picture(address: str) -> bool:
    return bool(
        re.fullmatch(r"data:image/(png|jpeg|gif|webp);base64,[\w+/=]+", address)
        or re.fullmatch(r"attachment:picture-\d+|[\w-]+(/[\w-]+)*\.(png|jpe?g|gif|webp)", address)
    )


def test_the_search_finds_what_a_browser_would_run() -> None:
    texts = ("<img src=x onerror=a()>", "[x](javascript:a())", "$\\href{javascript:a()}{x}$")
    assert all(harm_in(rendered(text)) for text in texts)


def test_no_payload_in_any_disguise_or_place_runs() -> None:
    for text in islice(unclean_texts(), 0, None, EACH):
        clean, _, _ = clean_markdown(text, {"x.svg": {"image/svg+xml": SVG}})
        assert harm_in(rendered(clean)) == [], (text, clean)


FOREIGN = "caf\u00e9 \u2192 \u4f60\u597d \U0001f44d\u200d\U0001f9d1"
HONEST = {
    "**Bold** and *soft*, [a page](https://example.org/a?b=1#c).": ["<strong>", 'href="https://example.org/a?b=1#c"'],
    "| a | b |\n|---|---|\n| 1 | 2<br>3 |": ["<table>", "<td>1</td>", "<br>"],
    "A tag is written `<b>` or `<img src=x>`.": ["<code>&lt;b&gt;</code>", "img src=x&gt;</code>"],
    "If $a<b$ then $x < y$.": ["$a&lt; b$", "$x &lt; y$"],
    "```python\nif a<b: print(f[0](1))\n```": ["<pre>", "print"],
    "1. one\n2. two\n\n- H<sub>2</sub>O": ["<ol>", "<ul>", "H<sub>2</sub>O"],
    "See <https://example.org> or <ada@example.org>.": ['="https://example.org"', "mailto:ada@"],
    "[one][1]\n\n[1]: https://example.org 'Title'": ['href="https://example.org"'],
    "Tom & Jerry &mdash; 5 &lt; 6, a < b > c": ["Tom &amp; Jerry —", "5 &lt; 6", "a &lt; b &gt; c"],
    FOREIGN: [FOREIGN],
    f"![plot](data:image/png;base64,{PNG})": [f'src="data:image/png;base64,{PNG}"'],
    "![cores](images/cores.png)": ['src="images/cores.png"'],
}  # fmt: skip


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_memo_looks_as_before(text: str) -> None:
    clean, _, removed = clean_markdown(text)
    page = rendered(clean).replace("\N{WORD JOINER}", "")
    assert [part for part in HONEST[text] if part not in page] == []
    assert not removed


def test_a_pasted_picture_stays_and_a_drawing_that_could_run_does_not() -> None:
    pasted = {"a b.png": {"image/png": PNG}, "x.svg": {"image/svg+xml": SVG}}
    pasted["lie.png"] = {"image/png": SVG}
    text = "![a](attachment:a%20b.png) ![b](attachment:x.svg) ![c](attachment:lie.png)"
    clean, pictures, removed = clean_markdown(text, pasted)
    assert pictures == {"picture-1": {"image/png": PNG}}
    assert clean == "![a](attachment:picture-1) b c"
    assert removed == {"picture": 2}


@pytest.mark.parametrize("odd", [None, [], "x", {"a": 1}, {"a": {"image/png": [1]}}, {1: {}}])
def test_attachments_may_be_anything(odd: object) -> None:
    assert kept_pictures(odd) == {}


def test_what_was_removed_is_said_in_words() -> None:
    text = "<script>a()</script>[x](javascript:a()) <a href='vbscript:b'>y</a>"
    assert in_words(clean_markdown(text)[2]) == "2 links and 1 script"


def test_a_picture_from_elsewhere_is_a_link_to_it() -> None:
    clean = clean_markdown("![seen](https://elsewhere.example/seen.png)")[0]
    assert clean == "[seen](https://elsewhere.example/seen.png)"


@pytest.mark.parametrize("part", ["<", "<a", "<!--", "![](", "](", '[a]("', "`", "` `` ", "]: "])
def test_a_long_odd_text_costs_no_more_than_its_length(part: str) -> None:
    clean_markdown(part * 20_000)


def test_the_whole_page_holds_nothing_that_runs(paths: CoursePaths) -> None:
    texts = list(islice(unclean_texts(), 0, None, 401))
    page = formgraders_page(paths, "\n\n".join(texts), texts)
    before = formgraders_page(paths, "Nothing.", [])
    for tag in ("script", "iframe", "object", "embed", "base", "meta", "form", "svg", "style"):
        assert page.count(f"<{tag}") == before.count(f"<{tag}"), tag
    assert re.search(r"<[a-z][^<>]*\son[a-z]+=(?!.toggle_name)", page) is None
    assert "were removed from what the learner wrote" in page


@pytest.mark.parametrize("text", ["<b onclick=a()>so</b>", f"![a](data:image/png;base64,{PNG})"])
def test_a_memo_that_was_cleaned_needs_no_second_look(paths: CoursePaths, text: str) -> None:
    answers = RIGHT | {"m0-memo": text}
    notebooks = read_released(paths, LESSON)
    record(paths, LESSON, notebooks, [graded(paths.root, "ada", answers)])
    enter(paths, "update grade set manual_score = 1, needs_manual_grade = 0")
    record(paths, LESSON, notebooks, [graded(paths.root, "ada", answers)])
    assert not read_sheets(paths)["ada", LESSON].to_mark
    changed = RIGHT | {"m0-memo": f"{text} And more."}
    record(paths, LESSON, notebooks, [graded(paths.root, "ada", changed)])
    assert read_sheets(paths)["ada", LESSON].to_mark
