"""A lesson's links to the guides lead somewhere, from where learners open the lesson."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_links_of_lessons_to_guides_lead_somewhere() -> None:
    links = [
        (notebook.parent / target)
        for notebook in sorted((ROOT / "modules").glob("*/*.ipynb"))
        for target in re.findall(r"\]\((\.\./[^)]+)\)", notebook.read_text(encoding="utf-8"))
    ]
    assert links, "No lesson links to a guide: this test has lost what it looks for."
    assert [str(link) for link in links if not link.is_file()] == []
