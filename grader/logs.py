"""What happened to one hand-in, for a person to read."""

from __future__ import annotations

from collections.abc import Iterator

from grader.verdicts import Graded, full_name


def log_text(graded: Graded) -> str:
    """Return the log of one hand-in."""
    return "\n".join(_lines(graded)) + "\n"


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
