"""What an instructor wants to know about a class, as numbers; grader.report.html draws it."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from grader.core.errors import Refusal, refusing
from grader.core.paths import CoursePaths
from grader.core.records import Graded, Verdict, full_name
from grader.core.released import ReleasedNotebook, read_released
from grader.gradebook.notebooks import verdicts_by_cell
from grader.gradebook.queries import CellName, Sheet, Sheets, read_sheets
from grader.gradebook.roster import read_roster
from grader.report.similarity import SimilarPair, find_similar
from grader.report.titles import Titles
from grader.run.results import read_result

BINS = 10
STOPPED = ("timeout", "died", "limit")  # told with the wrong ones, and by their own messages


@dataclass(frozen=True)
class WrongResult:
    """A result that several learners got, and that is not right."""

    count: int
    text: str
    hidden: bool = False


@dataclass(frozen=True)
class QuestionStatistics:
    """How the class did on one graded cell."""

    id: str
    title: str
    points: float
    share: float | None
    outcomes: Mapping[str, int]
    commonest: WrongResult | None
    unsealed: int
    unvouched: int

    def part(self, outcome: str) -> float:
        """Which part of the class had this outcome, 0 to 1."""
        return self.outcomes.get(outcome, 0) / max(1, sum(self.outcomes.values()))


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


def read_report(paths: CoursePaths, assignments: Sequence[str] = ()) -> Report:
    """Return the report of a class.

    Args:
        paths: The course.
        assignments: Only these; by default all that somebody handed in.
    """
    known = paths.assignment_folders()
    names = [name for name in known if not assignments or name in assignments]
    names = [name for name in names if assignments or paths.learners(name)]
    sheets, titles = read_sheets(paths), Titles(paths)
    reports, refused = list[AssignmentReport](), list[Refusal]()
    for name in names:
        with refusing(name, refused):
            reports.append(_assignment(paths, name, sheets, titles))
    return Report(titles.course, datetime.now(UTC), tuple(reports), tuple(refused))


def _assignment(paths: CoursePaths, name: str, sheets: Sheets, titles: Titles) -> AssignmentReport:
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
        questions=_questions(notebooks, results, own, titles, _choices(paths, name)),
        similar=tuple(find_similar(notebooks, results.values())),
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


def _questions(
    notebooks: Sequence[ReleasedNotebook],
    results: Mapping[str, Graded],
    sheets: Mapping[str, Sheet],
    titles: Titles,
    choices: Mapping[str, Mapping[str, str]],
) -> tuple[QuestionStatistics, ...]:
    """Return the questions, the hardest first; those that are not marked yet come last."""
    judged = [verdicts_by_cell(notebooks, graded) for graded in results.values()]
    questions = []
    for released in notebooks:
        for row in released.graded:
            cell = (released.name, row.name)
            verdicts = [_with_words(v[cell], choices) for v in judged if cell in v]
            share = _share(cell, sheets)
            name = _shown(notebooks, cell)
            questions.append(_question(name, titles.step(row.name), row.points, share, verdicts))
    return tuple(sorted(questions, key=lambda q: 2.0 if q.share is None else q.share))


def _choices(paths: CoursePaths, assignment: str) -> dict[str, Mapping[str, str]]:
    """Return the words of the choices of each question, by their short names."""
    from speedlab.course.quiz.questions import FILE

    try:
        text = (paths.source / assignment / FILE).read_text(encoding="utf-8")
        questions = json.loads(text).items()
        return {name: dict(question.get("choices", {})) for name, question in questions}
    except (OSError, ValueError, AttributeError):
        return {}  # a course without such questions


def _with_words(verdict: Verdict, choices: Mapping[str, Mapping[str, str]]) -> Verdict:
    words = choices.get(verdict.grade_id, {}).get(verdict.answer, "")
    return replace(verdict, answer=words) if words else verdict


def _share(cell: CellName, sheets: Mapping[str, Sheet]) -> float | None:
    """Return the share of the points that the class earned; None while a person has yet to mark.

    Blank answers get their zero at once: counted alone, they would make a memo look hardest.
    """
    marks = [sheet.marks[cell] for sheet in sheets.values() if cell in sheet.marks]
    if any(mark.to_mark and mark.manual is None for mark in marks):
        return None
    possible = sum(mark.points for mark in marks)
    return sum(mark.score for mark in marks) / possible if possible else None


def _question(
    name: str, title: str, points: float, share: float | None, verdicts: Sequence[Verdict]
) -> QuestionStatistics:
    outcomes = Counter(_plainer(verdict.outcome) for verdict in verdicts)
    wrong = Counter(
        (verdict.answer or verdict.message, verdict.hidden)
        for verdict in verdicts
        if _plainer(verdict.outcome) in ("wrong", "partly")
    )
    ((text, hidden), count), *_ = [*wrong.most_common(1), (("", False), 0)]
    return QuestionStatistics(
        id=name,
        title=title,
        points=points,
        share=share,
        outcomes=outcomes,
        commonest=WrongResult(count, text, hidden) if count else None,
        unsealed=sum(verdict.seal == "unsealed" for verdict in verdicts),
        unvouched=sum(verdict.vouched is False for verdict in verdicts),
    )


def _plainer(outcome: str) -> str:
    return "wrong" if outcome in STOPPED else outcome
