"""What an instructor wants to know about a class, as numbers; grader.pages draws it."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from grader.marks import Cell, Sheet, Sheets, read_sheets
from grader.merged import verdicts_by_cell
from grader.places import Places
from grader.roster import read_roster
from grader.running import read_result
from grader.similarity import Alike, find_alike
from grader.skeletons import Skeleton, read_skeletons
from grader.verdicts import Graded, Verdict, full_name

BINS = 10
STOPPED = ("timeout", "died", "limit")  # told with the wrong ones, and by their own messages


@dataclass(frozen=True)
class Wrong:
    """A result that several learners got, and that is not right."""

    count: int
    said: str
    hidden: bool = False


@dataclass(frozen=True)
class Question:
    """How the class did on one graded cell."""

    id: str
    title: str
    points: float
    share: float | None
    outcomes: Mapping[str, int]
    commonest: Wrong | None
    unsealed: int
    unvouched: int

    def part(self, outcome: str) -> float:
        """Which part of the class had this outcome, 0 to 1."""
        return self.outcomes.get(outcome, 0) / max(1, sum(self.outcomes.values()))


@dataclass(frozen=True)
class Unread:
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
    missing: tuple[str, ...]
    waiting: tuple[str, ...]
    unread: tuple[Unread, ...]
    questions: tuple[Question, ...]
    alike: tuple[Alike, ...]
    isolation: Mapping[str, int]
    environments: Mapping[str, int]
    notes: tuple[Unread, ...]
    notebooks: tuple[str, ...] = field(default=())

    @property
    def bins(self) -> list[int]:
        """How many learners reached each tenth of the points, from 0 to 100 per cent."""
        found = [0] * BINS
        for score in self.scores.values():
            share = score / self.points if self.points else 0.0
            found[min(BINS - 1, max(0, int(share * BINS + 1e-9)))] += 1
        return found

    @property
    def median(self) -> float | None:
        """The score of the learner in the middle; None if nobody was graded."""
        return statistics.median(self.scores.values()) if self.scores else None

    @property
    def needs_you(self) -> bool:
        """Whether a person has something to do."""
        return bool(self.to_mark or self.missing or self.unread or self.waiting or self.alike)


@dataclass(frozen=True)
class Report:
    """All assignments of a class."""

    course: str
    made_at: datetime
    assignments: tuple[AssignmentReport, ...]


def read_report(places: Places, assignments: Sequence[str] = ()) -> Report:
    """Return the report of a class.

    Args:
        places: The course.
        assignments: Only these; by default all that somebody handed in.
    """
    names = [name for name in places.assignments() if not assignments or name in assignments]
    names = [name for name in names if assignments or places.learners(name)]
    sheets, titles = read_sheets(places), Titles(places)
    made = tuple(_assignment(places, name, sheets, titles) for name in names)
    return Report(titles.course, datetime.now(UTC), made)


class Titles:
    """What people call lessons and questions; their ids where course.toml does not say."""

    def __init__(self, places: Places) -> None:
        from speedlab.course.description import FILE, read_course

        found = read_course(places.root) if (places.root / FILE).is_file() else None
        self.course = found.title if found else places.course_id or places.root.name
        lessons = found.lessons if found else ()
        self._lessons = {lesson.name: lesson.title for lesson in lessons}
        self._steps = {step.id: step.title for lesson in lessons for step in lesson.steps}

    def lesson(self, name: str) -> str:
        """Return the title of an assignment."""
        return self._lessons.get(name, name)

    def step(self, name: str) -> str:
        """Return the title of a graded cell."""
        return self._steps.get(name.removesuffix("-test"), name)


def _assignment(places: Places, name: str, sheets: Sheets, titles: Titles) -> AssignmentReport:
    skeletons = read_skeletons(places, name)
    everybody = {student.id for student in read_roster(places).students}
    there = set(places.learners(name))
    found = {learner: read_result(places, name, learner) for learner in sorted(there)}
    results = {learner: graded for learner, graded in found.items() if graded is not None}
    own = {learner: sheets[learner, name] for learner in results if (learner, name) in sheets}
    return AssignmentReport(
        name=name,
        title=titles.lesson(name),
        class_size=len(everybody | there),
        scores={learner: sheet.score for learner, sheet in own.items()},
        points=sum(row.points for skeleton in skeletons for row in skeleton.graded),
        to_mark=_to_mark(skeletons, own),
        missing=tuple(sorted(everybody - there)),
        waiting=tuple(learner for learner in found if learner not in results),
        unread=tuple(Unread(n, one.problem) for n, one in results.items() if one.problem),
        questions=_questions(skeletons, results, own, titles, _choices(places, name)),
        alike=tuple(find_alike(skeletons, results.values())),
        isolation=Counter(graded.isolation or "nothing was run" for graded in results.values()),
        environments=Counter(_environment(graded) for graded in results.values()),
        notes=tuple(Unread(n, note) for n, one in results.items() for note in one.notes),
        notebooks=tuple(skeleton.name for skeleton in skeletons),
    )


def _to_mark(
    skeletons: Sequence[Skeleton], sheets: Mapping[str, Sheet]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for learner, sheet in sheets.items():
        for cell in sheet.to_mark:
            found.setdefault(_shown(skeletons, cell), []).append(learner)
    return {name: tuple(learners) for name, learners in found.items()}


def _shown(skeletons: Sequence[Skeleton], cell: Cell) -> str:
    """Return what a cell is called; most assignments have one notebook."""
    return full_name(*cell) if len(skeletons) > 1 else cell[1]


def _environment(graded: Graded) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(graded.environment.items()))


def _questions(
    skeletons: Sequence[Skeleton],
    results: Mapping[str, Graded],
    sheets: Mapping[str, Sheet],
    titles: Titles,
    choices: Mapping[str, Mapping[str, str]],
) -> tuple[Question, ...]:
    """Return the questions, the hardest first; those that are not marked yet come last."""
    judged = [verdicts_by_cell(skeletons, graded) for graded in results.values()]
    found = []
    for skeleton in skeletons:
        for row in skeleton.graded:
            cell = (skeleton.name, row.name)
            verdicts = [_with_words(one[cell], choices) for one in judged if cell in one]
            share = _share(cell, sheets)
            name = _shown(skeletons, cell)
            found.append(_question(name, titles.step(row.name), row.points, share, verdicts))
    return tuple(sorted(found, key=lambda one: 2.0 if one.share is None else one.share))


def _choices(places: Places, assignment: str) -> dict[str, Mapping[str, str]]:
    """Return the words of the choices of each question, by their short names."""
    from speedlab.course.questions import FILE

    try:
        text = (places.source / assignment / FILE).read_text(encoding="utf-8")
        return {name: dict(one.get("choices", {})) for name, one in json.loads(text).items()}
    except (OSError, ValueError, AttributeError):
        return {}  # a course without such questions


def _with_words(verdict: Verdict, choices: Mapping[str, Mapping[str, str]]) -> Verdict:
    words = choices.get(verdict.grade_id, {}).get(verdict.answer, "")
    return replace(verdict, answer=words) if words else verdict


def _share(cell: Cell, sheets: Mapping[str, Sheet]) -> float | None:
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
) -> Question:
    outcomes = Counter(_plainer(verdict.outcome) for verdict in verdicts)
    wrong = Counter(
        (verdict.answer or verdict.message, verdict.hidden)
        for verdict in verdicts
        if _plainer(verdict.outcome) in ("wrong", "partly")
    )
    ((said, hidden), count), *_ = [*wrong.most_common(1), (("", False), 0)]
    return Question(
        id=name,
        title=title,
        points=points,
        share=share,
        outcomes=outcomes,
        commonest=Wrong(count, said, hidden) if count else None,
        unsealed=sum(verdict.seal == "unsealed" for verdict in verdicts),
        unvouched=sum(verdict.vouched is False for verdict in verdicts),
    )


def _plainer(outcome: str) -> str:
    return "wrong" if outcome in STOPPED else outcome
