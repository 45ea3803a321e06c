"""What everybody earned: the gradebook's rows, with what people marked and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.core.paths import CoursePaths
from grader.gradebook.connection import query

MARKS = """
select submitted_assignment.student_id, assignment.name, notebook.name, base_cell.name,
       grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade,
       coalesce(grade_cells.max_score, task_cells.max_score, 0), submitted_notebook.id
from grade
join base_cell on base_cell.id = grade.cell_id
left join grade_cells on grade_cells.id = grade.cell_id
left join task_cells on task_cells.id = grade.cell_id
join submitted_notebook on submitted_notebook.id = grade.notebook_id
join notebook on notebook.id = submitted_notebook.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
join assignment on assignment.id = submitted_assignment.assignment_id
"""
COMMENTS = """
select submitted_assignment.student_id, assignment.name, notebook.name, base_cell.name,
       coalesce(comment.manual_comment, comment.auto_comment)
from comment
join base_cell on base_cell.id = comment.cell_id
join submitted_notebook on submitted_notebook.id = comment.notebook_id
join notebook on notebook.id = submitted_notebook.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
join assignment on assignment.id = submitted_assignment.assignment_id
where coalesce(comment.manual_comment, comment.auto_comment) is not null
"""
PENALTIES = """
select submitted_assignment.student_id, assignment.name,
       sum(coalesce(submitted_notebook.late_submission_penalty, 0))
from submitted_notebook
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
join assignment on assignment.id = submitted_assignment.assignment_id
group by submitted_assignment.student_id, assignment.name
"""
WORTH = """
select assignment.name, sum(coalesce(grade_cells.max_score, task_cells.max_score, 0))
from base_cell
left join grade_cells on grade_cells.id = base_cell.id
left join task_cells on task_cells.id = base_cell.id
join notebook on notebook.id = base_cell.notebook_id
join assignment on assignment.id = notebook.assignment_id
group by assignment.name
"""

CellName = tuple[str, str]
"""A notebook and a grade id in it."""


@dataclass(frozen=True)
class Mark:
    """One graded cell of one learner; to_mark where a person has yet to look at it."""

    points: float
    auto: float | None = None
    manual: float | None = None
    extra: float = 0.0
    to_mark: bool = False

    @property
    def score(self) -> float:
        """What counts: a person's mark before the automatic one, and extra credit."""
        counted = self.auto if self.manual is None else self.manual
        return (counted or 0.0) + self.extra

    @property
    def changed(self) -> bool:
        """Whether a person put other points in the place of automatic ones."""
        return None not in (self.auto, self.manual) and self.auto != self.manual


@dataclass
class Sheet:
    """What one learner has in one assignment."""

    learner: str
    assignment: str
    marks: dict[CellName, Mark] = field(default_factory=dict)
    comments: dict[CellName, str] = field(default_factory=dict)
    penalty: float = 0.0
    ids: dict[str, str] = field(default_factory=dict)
    """By notebook, what formgrader calls this learner's copy of it."""

    @property
    def score(self) -> float:
        """The points that count, after a penalty for lateness."""
        return max(0.0, sum(mark.score for mark in self.marks.values()) - self.penalty)

    @property
    def points(self) -> float:
        """The most that can be earned."""
        return sum(mark.points for mark in self.marks.values())

    @property
    def to_mark(self) -> list[CellName]:
        """The cells at which a person has yet to look."""
        return [cell for cell, mark in self.marks.items() if mark.to_mark]

    @property
    def changed(self) -> dict[CellName, Mark]:
        """The cells that were graded automatically, and to which a person gave other points."""
        return {cell: mark for cell, mark in self.marks.items() if mark.changed}


Sheets = Mapping[tuple[str, str], Sheet]
"""By learner and assignment."""


def read_sheets(paths: CoursePaths) -> Sheets:
    """Return what the gradebook says about everybody; empty where there is none yet."""
    sheets: dict[tuple[str, str], Sheet] = {}
    for learner, assignment, notebook, name, auto, manual, extra, wanted, points, copy in query(
        paths, MARKS
    ):
        sheet = sheets.setdefault((learner, assignment), Sheet(learner, assignment))
        mark = Mark(points, auto, manual, extra or 0.0, bool(wanted))
        sheet.marks[notebook, name] = mark
        sheet.ids[notebook] = copy
    for learner, assignment, notebook, name, comment in query(paths, COMMENTS):
        sheets[learner, assignment].comments[notebook, name] = comment
    for learner, assignment, penalty in query(paths, PENALTIES):
        sheets[learner, assignment].penalty = penalty
    return sheets


def read_worth(paths: CoursePaths) -> dict[str, float]:
    """Return what each assignment of the gradebook is worth, by name."""
    return {name: float(points or 0) for name, points in query(paths, WORTH)}
