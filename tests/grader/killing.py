"""A grader whose process dies, as out of memory makes it: once, or always, by a file's presence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import desk_course
from desk_course import key_of, prepare

from grader.verdicts import Graded

__all__ = ["grade_one", "key_of", "prepare"]


def grade_one(prepared: Any, folder: Path, *, learner: str) -> Graded:
    """Die on a hand-in that says so."""
    once, always = folder / "die-once", folder / "die"
    if once.exists():
        once.unlink()
        os._exit(9)
    if always.exists():
        os._exit(9)
    return desk_course.grade_one(prepared, folder, learner=learner)
