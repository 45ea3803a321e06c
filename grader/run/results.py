"""What grading found, one file for each hand-in, and beside it a log for a person to read."""

from __future__ import annotations

from collections.abc import Iterator

from grader.core.paths import CoursePaths
from grader.core.records import Graded, full_name
from speedlab.core.files import write_text
from speedlab.core.text import readable


def read_result(paths: CoursePaths, assignment: str, learner: str) -> Graded | None:
    """Return what grading found before; None if it was not graded, or the file is no record."""
    try:
        text = paths.result(assignment, learner).read_text(encoding="utf-8")
        return Graded.from_json(text)
    except (OSError, ValueError):
        return None


def write_result(paths: CoursePaths, graded: Graded) -> None:
    """Write what grading found, and the log of it: whole, or not at all."""
    write_text(
        paths.result(graded.assignment, graded.learner),
        graded.to_json(),
        parents=True,
        private=True,
    )
    write_text(
        paths.log(graded.assignment, graded.learner), log_text(graded), parents=True, private=True
    )


def log_text(graded: Graded) -> str:
    """Return the log of one hand-in."""
    return "\n".join(" ".join(readable(line).split("\n")) for line in _lines(graded)) + "\n"


def _lines(graded: Graded) -> Iterator[str]:
    yield f"{graded.learner}, {graded.assignment}: {graded.score:g} of {graded.points:g} points"
    yield f"isolation: {graded.isolation or 'nothing was run'}"
    if graded.problem:
        yield f"problem: {graded.problem}"
    yield from (f"note: {note}" for note in graded.notes)
    several = len({verdict.notebook for verdict in graded.verdicts}) > 1
    for verdict in graded.verdicts:
        name = verdict.grade_id
        name = full_name(verdict.notebook, name) if several else name
        score = "-" if verdict.score is None else f"{verdict.score:g}"
        where = f"{verdict.outcome}, {verdict.seal}{', hidden part' if verdict.hidden else ''}"
        where += ", not vouched for" if verdict.vouched is False else ""
        told = f" | {verdict.message}" if verdict.message else ""
        yield f"{name}: {score}/{verdict.points:g} ({where}){told}"
    yield from (f"seconds, {name}: {spent:.3f}" for name, spent in sorted(graded.seconds.items()))
    yield from (f"{name} {version}" for name, version in sorted(graded.environment.items()))
    yield f"key: {graded.key}"
