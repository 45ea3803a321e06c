"""What a learner has done in one lesson, kept in a plain file beside the notebook.

    modules/01_fraud_detection/progress.json
    {"version": 2, "learner": "9f2c1a0b7e55d310",
     "answers": {"m1-hours": {"value": 2.8, "right": true, "tries": 2, "tried": [3.6, 2.8],
                              "late": false, "figures": {"hours": 12, "workers": 4}}},
     "done": {"m1-hours": "2026-11-24T09:30:00+00:00", "m1-lab": "2026-11-24T09:41:12+00:00"},
     "shown": {"m1-predict": "2026-11-24T09:35:40+00:00"}}

Kernels write it, the course home and the certificate read it, and it is handed in with the
notebook: quiz answers are graded from it. Every change is a whole new file, put in the place of
the old one under a lock, so two kernels lose nothing and a crash leaves the old or the new file.

The learner's id is drawn by chance when a lesson is opened first, and is the same in all lessons
that lie side by side: the figures of the questions are drawn from it. A file of version 1 has
none, and knows of each answer only the last.

Where an author works, beside the answers in questions.toml, the file lies in a folder of its own.
Else nbgrader would release it, and put it in the place of every learner's. An author has no id.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from speedlab.core.files import write_text
from speedlab.course.lessons.record import (
    DAMAGED,
    KEPT,
    Answer,
    Progress,
    Value,
    content_of,
    understand,
)

FILE = "progress.json"
ANSWERS = "questions.toml"
AUTHORS = "author.tmp"  # nbgrader_config.py ignores names that end so
LOCK_S = 10.0
ID_BYTES = 8

__all__ = ["Answer", "Progress", "Value", "learner_id", "load", "mark_done", "mark_shown", "place"]
__all__ += ["record_answer"]


def place(folder: Path) -> Path:
    """Return where the record of a lesson lies: in its folder, or apart if that is an author's."""
    if not _is_authors(folder):
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
        return understand(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Progress()
    except DAMAGED:
        return Progress(note=_set_aside(path))


def learner_id(folder: Path) -> str:
    """Return the learner's id; the first call in a course draws it, and notes it in the lesson.

    There is none in an author's folder, in one that cannot be written, and where a number was
    noted before there were ids: the figures of a question never change under its answer.
    """
    if _is_authors(folder):
        return ""
    with contextlib.suppress(OSError):
        known = load(folder)
        if known.learner or _has_numbers(known):
            return known.learner
        with _lock_of_all(folder):
            drawn = _sibling_id(folder) or secrets.token_hex(ID_BYTES)
            return _change(folder, lambda before: _with_learner(before, drawn)).learner
    return ""


def record_answer(
    folder: Path,
    name: str,
    value: Value,
    *,
    right: bool,
    figures: Mapping[str, float] | None = None,
) -> Progress:
    """Note an answer; a right one also makes the step done, for ever.

    An answer that was tried before is no further try. What is noted when the result was shown
    already is late, unless an answer had been there in time.

    Args:
        folder: The lesson's.
        name: The grade id.
        value: The answer.
        right: Whether it is right.
        figures: The figures with which the question was asked.
    """

    def change(before: Progress) -> Progress:
        last = before.answers.get(name)
        late = name in before.shown and (last is None or last.late)
        tries, tried = _tries(last, value)
        answer = Answer(value, right, tries, tried, late, dict(figures or {}))
        after = replace(before, answers={**before.answers, name: answer})
        return _with_done(after, name) if right else after

    return _change(folder, change)


def mark_done(folder: Path, name: str) -> Progress:
    """Note that a step is done; the first time counts."""
    return _change(folder, lambda before: _with_done(before, name))


def mark_shown(folder: Path, name: str) -> Progress:
    """Note that the result of a prediction was shown; the first time counts."""

    def change(before: Progress) -> Progress:
        return replace(before, shown={name: _now(), **before.shown})

    return _change(folder, change)


def _is_authors(folder: Path) -> bool:
    return (folder / ANSWERS).is_file()


def _has_numbers(progress: Progress) -> bool:
    return any(isinstance(answer.value, int | float) for answer in progress.answers.values())


def _sibling_id(folder: Path) -> str:
    """Return the id that a lesson beside this one holds; "" if none does."""
    for path in sorted(folder.resolve().parent.glob(f"*/{FILE}")):
        with contextlib.suppress(OSError, *DAMAGED):  # another lesson's damage is its own affair
            found = understand(json.loads(path.read_text(encoding="utf-8"))).learner
            if found:
                return found
    return ""


def _tries(last: Answer | None, value: Value) -> tuple[int, tuple[Value, ...]]:
    """Return how many different answers there were, and the first of them."""
    if last is None:
        return 1, (value,)
    known = last.tried or (last.value,)
    if value in (*known, last.value):
        return last.tries, known
    return last.tries + 1, (*known, value)[:KEPT]


def _with_done(before: Progress, name: str) -> Progress:
    return replace(before, done={name: _now(), **before.done})


def _with_learner(before: Progress, drawn: str) -> Progress:
    return before if before.learner or _has_numbers(before) else replace(before, learner=drawn)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _change(folder: Path, change: Callable[[Progress], Progress]) -> Progress:
    kept = place(folder)
    with _lock(kept):
        before = load(folder)
        after = change(before)
        if after != before:
            _write(kept / FILE, after)
    return after


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / f".{FILE}.lock", timeout=LOCK_S)


@contextlib.contextmanager
def _lock_of_all(folder: Path) -> Iterator[None]:
    """Let two lessons that are opened at once draw one id between them."""
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # the folder around them may be somebody else's
            held.enter_context(_lock(folder.resolve().parent))
        yield


def _write(path: Path, progress: Progress) -> None:
    write_text(path, json.dumps(content_of(progress), indent=1, sort_keys=True) + "\n")


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
