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

from grader.core.nbgrader import SECRET, STAMP, handed_in_at
from grader.core.paths import CoursePaths
from grader.core.private import is_released
from grader.core.records import Graded
from grader.core.released import CellRow, ReleasedNotebook, read_released
from grader.gradebook.notebooks import answer_of, in_words, verdicts_by_cell
from grader.gradebook.queries import Mark, Sheet, read_sheets
from grader.report.html import render
from grader.report.titles import Titles
from grader.run.results import read_result
from speedlab.core.files import write_text

RELEASED = 0o644  # of a page that nbgrader's exchange copies with its mode, for its learner
SECRET_SIZE = 1_000  # bytes: nbgrader writes 128


@dataclass(frozen=True)
class CellFeedback:
    """What is said about one graded cell."""

    title: str
    mark: Mark
    message: str
    comments: tuple[str, ...]
    answer: str
    look: bool = False  # a person looks, for nothing is known of it


def write_feedback(paths: CoursePaths, assignment: str, learners: Sequence[str] = ()) -> list[Path]:
    """Write the pages of an assignment and return them.

    Args:
        paths: The course.
        assignment: Its name.
        learners: Only these; by default everybody who was graded.
    """
    notebooks, sheets = read_released(paths, assignment), read_sheets(paths)
    titles, written = Titles(paths), list[Path]()
    for (learner, name), sheet in sorted(sheets.items()):
        if name != assignment or (learners and learner not in learners):
            continue
        graded = read_result(paths, assignment, learner)
        if graded is None:
            continue
        _write_nbgraders_files(paths, assignment, learner)
        for released in notebooks:
            text = _page(notebooks, released, sheet, graded, titles)
            path = paths.feedback / learner / assignment / f"{released.name}.html"
            write_text(path, text, parents=True, private=True)
            if is_released(paths, path.parent):
                path.chmod(RELEASED)
            written.append(path)
    return written


def _write_nbgraders_files(paths: CoursePaths, assignment: str, learner: str) -> None:
    """Write what nbgrader's exchange wants to know of a submission.

    One that came another way has no secret. It gets one that nobody knows, for nbgrader would stop
    there, and release no page of those that follow.
    """
    folder = paths.feedback / learner / assignment
    handed_in = paths.handed_in(learner, assignment)
    graded_at = datetime.fromtimestamp(paths.result(assignment, learner).stat().st_mtime, UTC)
    stamp = handed_in_at(handed_in) or graded_at
    write_text(folder / STAMP, f"{stamp:%Y-%m-%d %H:%M:%S.%f} UTC", parents=True, private=True)
    secret = _secret(handed_in / SECRET) or _secret(folder / SECRET)
    write_text(folder / SECRET, secret or secrets.token_hex(64), parents=True, private=True)


def _secret(path: Path) -> str:
    """Return the text of a file that a learner may have written; "" if it cannot be a secret."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > SECRET_SIZE:
        return ""
    text = path.read_bytes().decode("ascii", "ignore")
    return text if text.isalnum() else ""


def _page(
    notebooks: Sequence[ReleasedNotebook],
    released: ReleasedNotebook,
    sheet: Sheet,
    graded: Graded,
    titles: Titles,
) -> str:
    verdicts = verdicts_by_cell(notebooks, graded)
    parts, answered = [], list[CellRow]()
    for row in released.rows:
        name = (released.name, row.name)
        if "solution" in row.kinds:
            answered.append(row)
        if name not in sheet.marks:
            continue
        verdict = verdicts.get(name)
        message = in_words(verdict, points=False) if verdict else ""
        written = (sheet.comments.get((released.name, cell.name)) for cell in answered)
        comments = tuple(comment for comment in written if comment)
        answers = (answer_of(released, cell, graded) for cell in answered)
        answer = "\n\n".join(text for text in answers if text)
        look = verdict is not None and verdict.outcome == "look"
        mark = sheet.marks[name]
        parts.append(CellFeedback(titles.step(row.name), mark, message, comments, answer, look))
        answered = []  # a check speaks about the answers since the check before it
    title = titles.lesson(sheet.assignment)
    title += f", {released.name}" if len(notebooks) > 1 else ""
    names = {"title": title, "sheet": sheet, "parts": parts, "problem": graded.problem}
    return render("feedback.html", **names)
