"""Facts about docs/api: the pages name what is public, each name once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import speedlab

PAGES = Path(__file__).resolve().parent.parent / "docs" / "api"


def test_every_public_name_has_its_place_in_the_reference() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    drawn = re.findall(
        r"^\.\. (?:auto(?:function|class|exception)|py:type):: (\w+)", text, re.MULTILINE
    )
    assert Counter(drawn) == Counter(speedlab.__all__)
