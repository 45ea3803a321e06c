"""A grader whose process dies, once or always, or takes long, as a file in the hand-in says."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from threading import Event
from typing import Any

import desk_course
from desk_course import key_of, prepare

from grader.core.records import Graded

__all__ = ["grade_one", "key_of", "prepare"]


def grade_one(prepared: Any, folder: Path, *, learner: str) -> Graded:
    """Die on a hand-in that says so."""
    once, always, long = folder / "die-once", folder / "die", folder / "long"
    if long.exists():
        with tempfile.TemporaryDirectory(dir=folder):
            Event().wait(60)
    if once.exists():
        once.unlink()
        os._exit(9)
    if always.exists():
        os._exit(9)
    return desk_course.grade_one(prepared, folder, learner=learner)
