"""Feedback for each learner: one page a notebook, where nbgrader's release_feedback looks for it.

It shows points, messages, comments and the learner's own answers. It never shows a check, so no
hidden test can be in it. Beside it lie the two files by which `nbgrader release_feedback` finds the
submission: its time, and the secret that only its learner and the course know.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.gradebook import STAMP, handed_in_at
from grader.marks import Mark, Sheet, read_sheets
from grader.merged import SECRET, answer_of, in_words, verdicts_by_cell, write_text
from grader.pages import render
from grader.places import Places
from grader.report import Titles
from grader.running import read_result
from grader.skeletons import CellRow, Skeleton, read_skeletons
from grader.verdicts import Graded

SECRET_SIZE = 1_000  # bytes: nbgrader writes 128


@dataclass(frozen=True)
class Part:
    """What is said about one graded cell."""

    title: str
    mark: Mark
    message: str
    comments: tuple[str, ...]
    answer: str


def write_feedback(places: Places, assignment: str, learners: Sequence[str] = ()) -> list[Path]:
    """Write the pages of an assignment and return them.

    Args:
        places: The course.
        assignment: Its name.
        learners: Only these; by default everybody who was graded.
    """
    skeletons, sheets = read_skeletons(places, assignment), read_sheets(places)
    titles, written = Titles(places), list[Path]()
    for (learner, name), sheet in sorted(sheets.items()):
        if name != assignment or (learners and learner not in learners):
            continue
        graded = read_result(places, assignment, learner)
        if graded is None:
            continue
        _write_receipt(places, assignment, learner)
        for skeleton in skeletons:
            text = _page(skeletons, skeleton, sheet, graded, titles)
            path = places.feedback / learner / assignment / f"{skeleton.name}.html"
            write_text(path, text)
            written.append(path)
    return written


def _write_receipt(places: Places, assignment: str, learner: str) -> None:
    """Write what nbgrader's exchange wants to know of a submission.

    One that came another way has no secret. It gets one that nobody knows, for nbgrader would stop
    there, and release no page of those that follow.
    """
    folder, handed_in = (
        places.feedback / learner / assignment,
        places.handed_in(learner, assignment),
    )
    graded_at = datetime.fromtimestamp(places.result(assignment, learner).stat().st_mtime, UTC)
    stamp = handed_in_at(handed_in) or graded_at
    write_text(folder / STAMP, f"{stamp:%Y-%m-%d %H:%M:%S.%f} UTC")
    known = _secret(handed_in / SECRET) or _secret(folder / SECRET)
    write_text(folder / SECRET, known or secrets.token_hex(64))


def _secret(path: Path) -> str:
    """Return the text of a file that a learner may have written; "" if it cannot be a secret."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > SECRET_SIZE:
        return ""
    text = path.read_bytes().decode("ascii", "ignore")
    return text if text.isalnum() else ""


def _page(
    skeletons: Sequence[Skeleton],
    skeleton: Skeleton,
    sheet: Sheet,
    graded: Graded,
    titles: Titles,
) -> str:
    verdicts = verdicts_by_cell(skeletons, graded)
    parts, answered = [], list[CellRow]()
    for row in skeleton.rows:
        cell = (skeleton.name, row.name)
        if "solution" in row.kinds:
            answered.append(row)
        if cell not in sheet.marks:
            continue
        verdict = verdicts.get(cell)
        message = in_words(verdict, points=False) if verdict else ""
        said = (sheet.comments.get((skeleton.name, one.name)) for one in answered)
        comments = tuple(comment for comment in said if comment)
        answers = (answer_of(skeleton, one, graded) for one in answered)
        answer = "\n\n".join(text for text in answers if text)
        parts.append(Part(titles.step(row.name), sheet.marks[cell], message, comments, answer))
        answered = []  # a check speaks about the answers since the check before it
    title = titles.lesson(sheet.assignment)
    title += f", {skeleton.name}" if len(skeletons) > 1 else ""
    names = {"title": title, "sheet": sheet, "parts": parts, "problem": graded.problem}
    return render("feedback.html", **names)
