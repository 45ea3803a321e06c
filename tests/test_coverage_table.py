"""The table of what is taught where names only sections that are there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINE = re.compile(r"\| (?P<topic>[^|]+) \| `(?P<lesson>\w+)` \| (?P<section>[^|]+) \|")
TEXT = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
NAMED = [(line["lesson"], line["section"]) for line in LINE.finditer(TEXT)]
OWN = ("Takeaways", "Predict", "Play")  # sections of every lesson, which teach no topic alone


@cache
def sections(lesson: str) -> list[str]:
    """Return the title and the sections of a lesson, as its author wrote them."""
    script = ROOT / "solutions" / lesson / f"{lesson}.py"
    found = re.findall(r"^# ##? (.+)$", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [str(title) for title in found]


@pytest.mark.parametrize(("lesson", "section"), sorted(set(NAMED)))
def test_the_section_is_there(lesson: str, section: str) -> None:
    assert section in sections(lesson)


def test_every_line_of_the_tables_is_read() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("|") and "`" in line]
    assert len(rows) == len(NAMED) > 40


def test_every_lesson_and_every_section_with_a_topic_of_its_own_is_named() -> None:
    lessons = sorted({lesson for lesson, _ in NAMED})
    for lesson in lessons:
        parts = [title for title in sections(lesson) if re.match(r"\d+ · ", title)]
        taught = {part for part in parts if not part.endswith(OWN)}
        introductions = {part for part in taught if part.startswith("1 · The ")}
        assert taught - introductions <= {part for name, part in NAMED if name == lesson}
    assert lessons[0] == "00_foundations" and len(lessons) >= 5
