"""What the course home keeps for a learner: choices of a form left half-done, and past reviews.

    modules/progress-home.json
    {"version": 1,
     "drafts": {"before-1": "limit"},
     "reviews": [{"at": "2026-12-08T09:30:00+00:00",
                  "answers": {"m0-gil": "threads", "m0-amdahl": 10}, "right": ["m0-gil"]}]}

It belongs to no lesson and is not handed in. Answers that count are in progress.json of a lesson.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from speedlab.core.files import write_text
from speedlab.course.lessons.progress import LOCK_S
from speedlab.course.lessons.record import DAMAGED, Value

FILE = "progress-home.json"
VERSION = 1


@dataclass(frozen=True)
class Review:
    """One review: when it was, what was answered, and which answers were right."""

    at: datetime
    answers: Mapping[str, Value]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """Choices of a form that is not handed in yet, by question, and the reviews in order."""

    drafts: Mapping[str, str] = field(default_factory=dict)
    reviews: tuple[Review, ...] = ()

    @property
    def mended(self) -> set[str]:
        """The questions that were answered rightly in some review."""
        return {name for review in self.reviews for name in review.right}


def load(root: Path) -> Kept:
    """Return what is kept for the course in a folder; nothing where the file is none."""
    try:
        return _understand(json.loads((root / "modules" / FILE).read_text(encoding="utf-8")))
    except (OSError, *DAMAGED):
        return Kept()


def keep_draft(root: Path, form: str, chosen: Mapping[str, str]) -> None:
    """Keep the choices of a form in the place of those kept before; none of them forgets it."""

    def change(before: Kept) -> Kept:
        others = {k: v for k, v in before.drafts.items() if not k.startswith(f"{form}-")}
        return replace(before, drafts=others | dict(chosen))

    _change(root, change)


def add_review(root: Path, review: Review) -> None:
    """Keep what was answered in a review."""
    _change(root, lambda before: replace(before, reviews=(*before.reviews, review)))


def _change(root: Path, change: Callable[[Kept], Kept]) -> None:
    path = root / "modules" / FILE
    with FileLock(path.with_name(f".{FILE}.lock"), timeout=LOCK_S):
        write_text(path, json.dumps(_content(change(load(root))), indent=1) + "\n")


def _understand(content: Mapping[str, Any]) -> Kept:
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']}")
    drafts = {str(name): str(choice) for name, choice in content["drafts"].items()}
    return Kept(drafts, tuple(_review(review) for review in content["reviews"]))


def _review(content: Mapping[str, Any]) -> Review:
    at = datetime.fromisoformat(content["at"])
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    answers = dict(content["answers"])
    if not all(isinstance(value, str | int | float | None) for value in answers.values()):
        raise TypeError("an answer is neither a text nor a number")
    return Review(at, answers, tuple(map(str, content["right"])))


def _content(kept: Kept) -> dict[str, Any]:
    reviews = [
        {"at": each.at.isoformat(), "answers": dict(each.answers), "right": list(each.right)}
        for each in kept.reviews
    ]
    return {"version": VERSION, "drafts": dict(kept.drafts), "reviews": reviews}
