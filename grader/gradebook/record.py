"""Put what grading found into nbgrader's gradebook: one writer, one transaction.

    results/*.json --Graded--> record() --+--> gradebook (all of them, or none)
                                          +--> autograded/<learner>/<assignment>/*.ipynb

What a person entered is never touched: marks, extra credit, comments. Recording the same results
twice changes nothing, so a run that was killed is simply repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.core.errors import GraderError
from grader.core.nbgrader import course_config, handed_in_at
from grader.core.paths import CoursePaths
from grader.core.records import Graded
from grader.core.released import CellRow, ReleasedNotebook
from grader.gradebook.connection import WAIT_S, Say, writing
from grader.gradebook.notebooks import (
    VerdictsByCell,
    answer_of,
    shown,
    texts_before,
    verdicts_by_cell,
    write_notebooks,
)

NO_RESPONSE = "No response."  # nbgrader's own words
TINY = 1e-9


@dataclass(frozen=True)
class _HandIn:
    """One hand-in on its way into the gradebook."""

    graded: Graded
    verdicts: VerdictsByCell
    before: Mapping[tuple[str, str], str]
    timestamp: datetime | None


def record(
    paths: CoursePaths,
    assignment: str,
    notebooks: Sequence[ReleasedNotebook],
    results: Sequence[Graded],
    *,
    wait_s: float = WAIT_S,
    say: Say = print,
) -> None:
    """Write results of one assignment into the gradebook, then the notebooks to mark.

    Raises:
        GraderError: If the grade ids are not those of earlier hand-ins, another program keeps the
            gradebook, or it cannot be written. The gradebook is then as it was.
    """
    hand_ins = [_as_hand_in(paths, notebooks, graded) for graded in results]
    with writing(paths, wait_s=wait_s, say=say) as gradebook:
        lay_out(gradebook, assignment, notebooks)
        for hand_in in hand_ins:
            _record_hand_in(gradebook, paths, notebooks, hand_in)
    for hand_in in hand_ins:
        write_notebooks(paths, notebooks, hand_in.graded, hand_in.verdicts)


def _as_hand_in(
    paths: CoursePaths, notebooks: Sequence[ReleasedNotebook], graded: Graded
) -> _HandIn:
    stamp = handed_in_at(paths.handed_in(graded.learner, graded.assignment))
    before = texts_before(paths, graded.learner, graded.assignment)
    return _HandIn(graded, verdicts_by_cell(notebooks, graded), before, stamp)


def lay_out(gradebook: Any, name: str, notebooks: Sequence[ReleasedNotebook]) -> None:
    """Make the rows of an assignment as nbgrader's generate_assignment would, if they differ.

    Raises:
        GraderError: If there are hand-ins, and cells were added or removed since.
    """
    from nbgrader.api import Assignment, MissingEntry

    try:
        assignment = gradebook.find_assignment(name)
    except MissingEntry:
        assignment = Assignment(name=name, course_id=gradebook.course_id)
        gradebook.db.add(assignment)
    present = {notebook.name: notebook for notebook in assignment.notebooks}
    _refuse_changes(name, present, notebooks)
    for notebook_name in present.keys() - {released.name for released in notebooks}:
        _remove(gradebook, present.pop(notebook_name))
    for released in notebooks:
        _lay_out_notebook(gradebook, assignment, present.get(released.name), released)
    gradebook.db.flush()


def _refuse_changes(
    name: str, present: Mapping[str, Any], notebooks: Sequence[ReleasedNotebook]
) -> None:
    before = {
        f"{notebook.name}/{kind} {cell.name}" if len(notebooks) > 1 else f"{kind} {cell.name}"
        for notebook in present.values()
        if notebook.submissions
        for kind, cell in _cells(notebook)
    }
    now = {
        f"{released.name}/{kind} {row.name}" if len(notebooks) > 1 else f"{kind} {row.name}"
        for released in notebooks
        for row in released.rows
        for kind in (*row.kinds, "source")
    }
    if before and before != now:
        what = f"The cells of {name} are not those that were handed in."
        parts = [("Added", now - before), ("removed", before - now)]
        why = "; ".join(f"{word}: {', '.join(sorted(names))}" for word, names in parts if names)
        raise GraderError(what, f"{why}.", "Take the grade ids of the released lesson again.")


def _remove(gradebook: Any, notebook: Any) -> None:
    for cell in [*notebook._base_cells, *notebook.source_cells]:
        gradebook.db.delete(cell)
    gradebook.db.delete(notebook)
    gradebook.db.flush()


def _lay_out_notebook(
    gradebook: Any, assignment: Any, notebook: Any, released: ReleasedNotebook
) -> None:
    from nbgrader.api import Notebook

    expected = {(kind, row.name) for row in released.rows for kind in (*row.kinds, "source")}
    if notebook and {(kind, cell.name) for kind, cell in _cells(notebook)} != expected:
        _remove(gradebook, notebook)
        notebook = None
    if notebook is None:
        notebook = Notebook(name=released.name, assignment=assignment)
        gradebook.db.add(notebook)
    notebook.kernelspec = released.kernelspec
    cells = {(kind, cell.name): cell for kind, cell in _cells(notebook)}
    for row in released.rows:
        _lay_out_cell(gradebook, notebook, row, cells)


def _cells(notebook: Any) -> list[tuple[str, Any]]:
    from nbgrader.api import GradeCell, SolutionCell

    kinds = {GradeCell: "grade", SolutionCell: "solution"}
    graded = [(kinds.get(type(cell), "task"), cell) for cell in notebook._base_cells]
    return graded + [("source", cell) for cell in notebook.source_cells]


def _lay_out_cell(gradebook: Any, notebook: Any, row: CellRow, cells: dict[Any, Any]) -> None:
    from nbgrader.api import GradeCell, SolutionCell, SourceCell, TaskCell

    worth = {"max_score": row.points, "cell_type": row.cell_type}
    kept = {"cell_type": row.cell_type, "locked": row.locked}
    kept |= {"source": row.source, "checksum": row.checksum or None}
    wanted: dict[str, tuple[Any, dict[str, Any]]] = {
        "grade": (GradeCell, worth),
        "solution": (SolutionCell, {}),
        "task": (TaskCell, worth),
        "source": (SourceCell, kept),
    }
    for kind in (*row.kinds, "source"):
        make, values = wanted[kind]
        cell = cells.get((kind, row.name))
        if cell is None:
            gradebook.db.add(make(name=row.name, notebook=notebook, **values))
        for name, value in values.items() if cell is not None else ():
            setattr(cell, name, value)


def _record_hand_in(
    gradebook: Any, paths: CoursePaths, notebooks: Sequence[ReleasedNotebook], hand_in: _HandIn
) -> None:
    graded = hand_in.graded
    submission = _submission(gradebook, graded.assignment, graded.learner)
    if hand_in.timestamp is not None:
        submission.timestamp = hand_in.timestamp.replace(tzinfo=None)  # nbgrader keeps it in UTC
    by_name = {released.name: released for released in notebooks}
    with gradebook.db.no_autoflush:
        for notebook in submission.notebooks:
            _record_notebook(notebook, by_name[notebook.name], hand_in)
    gradebook.db.flush()
    _late_penalties(gradebook, paths, submission, graded.learner)


def _record_notebook(notebook: Any, released: ReleasedNotebook, hand_in: _HandIn) -> None:
    rows = {row.name: row for row in released.rows}
    # Loaded once for the class; asking each grade for its cell would ask the database each time.
    of_cell = {cell.id: rows[cell.name] for cell in notebook.notebook._base_cells}
    for grade in notebook.grades:
        _grade(grade, of_cell[grade.cell_id], released, hand_in)
    for comment in notebook.comments:
        _comment(comment, of_cell[comment.cell_id], released, hand_in)


def _submission(gradebook: Any, assignment: str, learner: str) -> Any:
    """Return the rows of a hand-in; new ones mirror the assignment, as nbgrader's do."""
    from nbgrader import api

    student = gradebook.db.get(api.Student, learner)
    if student is None:
        student = api.Student(id=learner)
        gradebook.db.add(student)
    try:
        return gradebook.find_submission(assignment, learner)
    except api.MissingEntry:
        source = gradebook.find_assignment(assignment)
    with gradebook.db.no_autoflush:
        submission = api.SubmittedAssignment(assignment=source, student=student)
        gradebook.db.add(submission)
        for notebook in source.notebooks:
            handed_in = api.SubmittedNotebook(notebook=notebook, assignment=submission)
            gradebook.db.add(handed_in)
            for cell in [*notebook.grade_cells, *notebook.task_cells]:
                gradebook.db.add(api.Grade(cell=cell, notebook=handed_in))
            for cell in [*notebook.solution_cells, *notebook.task_cells]:
                gradebook.db.add(api.Comment(cell=cell, notebook=handed_in))
    gradebook.db.flush()
    return submission


def _grade(grade: Any, row: CellRow, released: ReleasedNotebook, hand_in: _HandIn) -> None:
    """Set the automatic score; a mark by a person stands, and is flagged where it may be stale."""
    verdict = hand_in.verdicts.get((released.name, row.name))
    before = grade.auto_score
    if verdict is not None:
        grade.auto_score = verdict.score
    elif hand_in.graded.problem:
        grade.auto_score = 0.0
    if grade.manual_score is None:
        grade.needs_manual_grade = grade.auto_score is None
    elif _differs(before, grade.auto_score) or _rewritten(released, row, hand_in):
        grade.needs_manual_grade = True


def _differs(before: float | None, now: float | None) -> bool:
    return (before is None) != (now is None) or abs((before or 0) - (now or 0)) > TINY


def _rewritten(released: ReleasedNotebook, row: CellRow, hand_in: _HandIn) -> bool:
    if "solution" not in row.kinds:
        return False
    answer = answer_of(released, row, hand_in.graded)
    now = row.source if answer is None else answer
    before = hand_in.before.get((released.name, row.name))
    is_code = row.cell_type == "code"
    # What stands there was cleaned once, with its pictures; without them both lose the same.
    now = shown(shown(now, is_code=is_code), is_code=is_code)
    return before is None or shown(before, is_code=is_code) != now


def _comment(comment: Any, row: CellRow, released: ReleasedNotebook, hand_in: _HandIn) -> None:
    if "task" in row.kinds:
        return
    answer = answer_of(released, row, hand_in.graded)
    untouched = answer is None or answer == row.source
    comment.auto_comment = NO_RESPONSE if untouched else None


def _late_penalties(gradebook: Any, paths: CoursePaths, submission: Any, learner: str) -> None:
    """Ask the course's own plugin, as nbgrader does; without a due date nobody is late."""
    from nbgrader.preprocessors import AssignLatePenalties

    late_s = submission.total_seconds_late
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        if late_s <= 0:
            continue
        asked = AssignLatePenalties(config=course_config(paths.root))
        asked.init_plugin()
        gradebook.db.refresh(notebook, ["score"])
        penalty = asked.plugin_inst.late_submission_penalty(learner, notebook.score, late_s)
        if penalty is not None:
            notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)
