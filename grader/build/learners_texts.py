"""What the learners' copy says of itself: nothing that only the whole course can do.

Documents for whoever teaches stay at home. In the others a note says what is not here, and what
links to something that is not here becomes plain text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePosixPath
from posixpath import normpath

ONLY_WHOLE = ("grader", "solutions", "tests", "benchmarks")
NOTE = """> This is the learners' copy of the course. The folders `grader/`, `solutions/`, `tests/`,
> `benchmarks/` and the guides for instructors are only in the whole course: commands that begin
> with `python -m grader` or `python -m benchmarks` do not work here.

"""
LINK = re.compile(r"(?<!!)\[([^][]*)\]\(([^)\s]+)\)")


def for_learners(name: str, text: str, packed: Collection[str]) -> str:
    """Return a document as it is true for whoever has the learners' copy only.

    Args:
        name: The document, from the folder of the course.
        text: What it says in the whole course.
        packed: The names of what is in the copy.

    >>> for_learners("a.md", "# A\\n\\nSee [](b.md), [c](c.md#d).\\n", {"c.md"})
    '# A\\n\\nSee `b.md` of the whole course, [c](c.md#d).\\n'
    """
    here = PurePosixPath(name).parent

    def linked(found: re.Match[str]) -> str:
        words, target = found.groups()
        path = normpath(str(here / target.partition("#")[0]))
        if "://" in target or target.startswith(("#", "mailto:")) or _is_in(path, packed):
            return found[0]
        return words or f"`{path}` of the whole course"

    text = LINK.sub(linked, text)
    if not any(re.search(rf"\b{each}/|-m {each}\b", text) for each in ONLY_WHOLE):
        return text
    title, below, rest = text.partition("\n\n")
    return f"{title}{below}{NOTE}{rest}" if title.startswith("#") else NOTE + text


def _is_in(path: str, packed: Collection[str]) -> bool:
    return path in packed or any(name.startswith(f"{path}/") for name in packed)
