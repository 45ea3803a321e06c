"""What a learner has done in one lesson, kept in a plain file beside the notebook.

    modules/01_fraud_detection/progress.json
    {"version": 1,
     "answers": {"m1-split": {"value": "cards", "right": true, "tries": 2}},
     "done": {"m1-split": "2026-11-24T09:30:00+00:00", "m1-lab": "2026-11-24T09:41:12+00:00"}}

Kernels write it, the course home and the certificate read it, and it is handed in with the
notebook: quiz answers are graded from it. Every change is a whole new file, put in the place of
the old one under a lock, so two kernels lose nothing and a crash leaves the old or the new file.

Where an author works, beside the answers in questions.toml, the file lies in a folder of its own.
Else nbgrader would release it, and put it in the place of every learner's.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from speedlab.core.files import write_text

FILE = "progress.json"
ANSWERS = "questions.toml"
AUTHORS = "author.tmp"  # nbgrader_config.py ignores names that end so
VERSION = 1
LOCK_S = 10.0


@dataclass(frozen=True)
class Answer:
    """A learner's latest answer to one question or check, and how many honest tries there were."""

    value: str | float | None
    right: bool
    tries: int


@dataclass(frozen=True)
class Progress:
    """What was done in one lesson; note is a sentence for the learner when a file was damaged."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def place(folder: Path) -> Path:
    """Return where the record of a lesson lies: in its folder, or apart if that is an author's."""
    if not (folder / ANSWERS).is_file():
        return folder
    apart = folder / AUTHORS
    apart.mkdir(exist_ok=True)
    return apart


def load(folder: Path) -> Progress:
    """Read a lesson's progress; nothing done if there is no file.

    A file that cannot be understood is set aside under a name with its date, and note says so.
    """
    path = place(folder) / FILE
    try:
        return _understand(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress()
    except (ValueError, KeyError, TypeError, AttributeError):
        return Progress(note=_set_aside(path))


def record_answer(folder: Path, name: str, value: str | float | None, *, right: bool) -> Progress:
    """Note an answer; a right one also makes the step done, for ever.

    The same answer once more is no further try.
    """

    def change(before: Progress) -> Progress:
        last = before.answers.get(name)
        tries = (last.tries if last else 0) + (last is None or last.value != value)
        answers = {**before.answers, name: Answer(value, right, tries)}
        after = replace(before, answers=answers)
        return _with_done(after, name) if right else after

    return _change(folder, change)


def mark_done(folder: Path, name: str) -> Progress:
    """Note that a step is done; the first time counts."""
    return _change(folder, lambda before: _with_done(before, name))


def _with_done(before: Progress, name: str) -> Progress:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return replace(before, done={name: now, **before.done})


def _change(folder: Path, change: Callable[[Progress], Progress]) -> Progress:
    kept = place(folder)
    with FileLock(kept / f".{FILE}.lock", timeout=LOCK_S):
        before = load(folder)
        after = change(before)
        if (after.answers, after.done) != (before.answers, before.done):
            _write(kept / FILE, after)
    return after


def _write(path: Path, progress: Progress) -> None:
    answers = {name: vars(answer) for name, answer in progress.answers.items()}
    text = {"version": VERSION, "answers": answers, "done": dict(progress.done)}
    write_text(path, json.dumps(text, indent=1, sort_keys=True) + "\n")


def _understand(content: dict[str, Any]) -> Progress:
    if content["version"] != VERSION:
        raise ValueError(f"version {content['version']}")
    answers = {
        str(name): Answer(answer["value"], bool(answer["right"]), int(answer["tries"]))
        for name, answer in content["answers"].items()
    }
    return Progress(answers, {str(name): str(at) for name, at in content["done"].items()})


def _set_aside(path: Path) -> str:
    now = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    kept = path.with_name(f"progress-damaged-{now}.json")
    with contextlib.suppress(FileNotFoundError):  # another process was quicker
        path.replace(kept)
    return (
        f"The record of your progress in {path.parent.name} could not be read. It was set aside "
        f"as {kept.name}, and a new one begins. Your notebook is untouched: run it once (▶▶) and "
        "answer the questions again."
    )
