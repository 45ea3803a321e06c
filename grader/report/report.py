"""What an instructor wants to know about a class, as numbers; grader.report.html draws it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from grader.core.errors import Refusal, refusing
from grader.core.paths import CoursePaths
from grader.core.records import Graded, full_name
from grader.core.released import ReleasedNotebook, read_released
from grader.gradebook.notebooks import verdicts_by_cell
from grader.gradebook.queries import CellName, Sheet, Sheets, read_sheets
from grader.gradebook.roster import read_roster
from grader.report import gain
from grader.report.identities import Exchange, Ids, find_exchanges, read_ids
from grader.report.items import QuestionStatistics, read_items, read_questions
from grader.report.similarity import SimilarPair, find_similar
from grader.report.titles import Titles
from grader.run.results import read_result

BINS = 10


@dataclass(frozen=True)
class LearnerNote:
    """A hand-in that needs a look, and why."""

    learner: str
    why: str


@dataclass(frozen=True)
class AssignmentReport:
    """One assignment of one class."""

    name: str
    title: str
    class_size: int
    scores: Mapping[str, float]
    points: float
    to_mark: Mapping[str, tuple[str, ...]]
    to_look: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]
    waiting: tuple[str, ...]
    unread: tuple[LearnerNote, ...]
    questions: tuple[QuestionStatistics, ...]
    similar: tuple[SimilarPair, ...]
    exchanges: tuple[Exchange, ...]
    isolation: Mapping[str, int]
    environments: Mapping[str, int]
    notes: tuple[LearnerNote, ...]
    next_to_mark: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """For each question to mark, the first learner, and what formgrader calls that notebook."""

    @property
    def bins(self) -> list[int]:
        """How many learners reached each tenth of the points, from 0 to 100 per cent."""
        numbers = [0] * BINS
        for score in self.scores.values():
            share = score / self.points if self.points else 0.0
            numbers[min(BINS - 1, max(0, int(share * BINS + 1e-9)))] += 1
        return numbers

    @property
    def median(self) -> float | None:
        """The score of the learner in the middle; None if nobody was graded."""
        return statistics.median(self.scores.values()) if self.scores else None

    @property
    def needs_you(self) -> bool:
        """Whether a person has something to do."""
        waits = self.to_mark or self.to_look or self.waiting
        return bool(waits or self.missing or self.unread or self.similar)


@dataclass(frozen=True)
class Report:
    """All assignments of a class."""

    course: str
    made_at: datetime
    assignments: tuple[AssignmentReport, ...]
    refused: tuple[Refusal, ...] = ()
    gain: str | None = None
    """The part of the page that says what the class learned, as HTML; None if nothing is known."""


def read_report(paths: CoursePaths, assignments: Sequence[str] = ()) -> Report:
    """Return the report of a class.

    Args:
        paths: The course.
        assignments: Only these; by default all that somebody handed in.
    """
    known = paths.assignment_folders()
    names = [name for name in known if not assignments or name in assignments]
    names = [name for name in names if assignments or paths.learners(name)]
    sheets, titles, ids = read_sheets(paths), Titles(paths), read_ids(paths)
    reports, refused = list[AssignmentReport](), list[Refusal]()
    for name in names:
        with refusing(name, refused):
            reports.append(_assignment(paths, name, sheets, titles, ids))
    return Report(
        titles.course, datetime.now(UTC), tuple(reports), tuple(refused), gain.section(paths)
    )


def _assignment(
    paths: CoursePaths, name: str, sheets: Sheets, titles: Titles, ids: Ids
) -> AssignmentReport:
    notebooks = read_released(paths, name)
    everybody = {student.id for student in read_roster(paths).students}
    there = set(paths.learners(name))
    read = {learner: read_result(paths, name, learner) for learner in sorted(there)}
    results = {learner: graded for learner, graded in read.items() if graded is not None}
    own = {learner: sheets[learner, name] for learner in results if (learner, name) in sheets}
    return AssignmentReport(
        name=name,
        title=titles.lesson(name),
        class_size=len(everybody | there),
        scores={learner: sheet.score for learner, sheet in own.items()},
        points=sum(row.points for released in notebooks for row in released.graded),
        to_mark=_to_mark(notebooks, own, results, look=False),
        to_look=_to_mark(notebooks, own, results, look=True),
        missing=tuple(sorted(everybody - there)),
        waiting=tuple(learner for learner in read if learner not in results),
        unread=tuple(LearnerNote(n, g.problem) for n, g in results.items() if g.problem),
        questions=read_items(notebooks, results, own, read_questions(paths, name), titles),
        similar=tuple(find_similar(notebooks, results.values())),
        exchanges=find_exchanges(paths, name, results, ids),
        isolation=Counter(graded.isolation or "nothing was run" for graded in results.values()),
        environments=Counter(_environment(graded) for graded in results.values()),
        notes=(
            *(LearnerNote(n, note) for n, g in results.items() for note in g.notes),
            *(LearnerNote(n, note) for n in own for note in _changed(notebooks, own[n])),
        ),
        next_to_mark=_next_to_mark(notebooks, own),
    )


def _to_mark(
    notebooks: Sequence[ReleasedNotebook],
    sheets: Mapping[str, Sheet],
    results: Mapping[str, Graded],
    *,
    look: bool,
) -> dict[str, tuple[str, ...]]:
    """Return who waits for a person, by cell: for a mark, or for a look at what is not known."""
    to_mark: dict[str, list[str]] = {}
    for learner, sheet in sheets.items():
        verdicts = verdicts_by_cell(notebooks, results[learner])
        unknown = {cell for cell, verdict in verdicts.items() if verdict.outcome == "look"}
        for cell in (cell for cell in sheet.to_mark if (cell in unknown) == look):
            to_mark.setdefault(_shown(notebooks, cell), []).append(learner)
    return {name: tuple(learners) for name, learners in to_mark.items()}


def _next_to_mark(
    notebooks: Sequence[ReleasedNotebook], sheets: Mapping[str, Sheet]
) -> dict[str, tuple[str, str]]:
    following: dict[str, tuple[str, str]] = {}
    for learner, sheet in sheets.items():
        for cell in sheet.to_mark:
            following.setdefault(_shown(notebooks, cell), (learner, sheet.ids[cell[0]]))
    return following


def _changed(notebooks: Sequence[ReleasedNotebook], sheet: Sheet) -> list[str]:
    return [
        f"{_shown(notebooks, cell)}: {mark.manual:g} points by hand, {mark.auto:g} automatically."
        for cell, mark in sheet.changed.items()
    ]


def _shown(notebooks: Sequence[ReleasedNotebook], cell: CellName) -> str:
    """Return what a cell is called; most assignments have one notebook."""
    return full_name(*cell) if len(notebooks) > 1 else cell[1]


def _environment(graded: Graded) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(graded.environment.items()))
