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
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.locks import WAIT_S, Say, writing
from grader.merged import Cells, answer_of, texts_before, verdicts_by_cell, write_merged
from grader.places import Places
from grader.skeletons import CellRow, Skeleton
from grader.verdicts import Graded

NO_RESPONSE = "No response."  # nbgrader's own words
STAMP = "timestamp.txt"
STAMP_SIZE = 200  # bytes
TINY = 1e-9


@dataclass(frozen=True)
class _Entry:
    """One hand-in on its way into the gradebook."""

    graded: Graded
    verdicts: Cells
    before: Mapping[tuple[str, str], str]
    timestamp: datetime | None


def record(
    places: Places,
    assignment: str,
    skeletons: Sequence[Skeleton],
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
    entries = [_entry(places, skeletons, graded) for graded in results]
    with writing(places, wait_s=wait_s, say=say) as gradebook:
        lay_out(gradebook, assignment, skeletons)
        for entry in entries:
            _record_one(gradebook, places, skeletons, entry)
    for entry in entries:
        write_merged(places, skeletons, entry.graded, entry.verdicts)


def _entry(places: Places, skeletons: Sequence[Skeleton], graded: Graded) -> _Entry:
    stamp = handed_in_at(places.handed_in(graded.learner, graded.assignment))
    before = texts_before(places, graded.learner, graded.assignment)
    return _Entry(graded, verdicts_by_cell(skeletons, graded), before, stamp)


def handed_in_at(folder: Path) -> datetime | None:
    """Return when a hand-in was made, in UTC; None where its timestamp.txt does not say."""
    from nbgrader.utils import parse_utc

    path = folder / STAMP
    if not path.is_file() or path.is_symlink() or path.stat().st_size > STAMP_SIZE:
        return None
    try:
        found: datetime = parse_utc(path.read_text(encoding="utf-8").strip())
    except (ValueError, OverflowError):  # a learner may have written it
        return None
    return found


def lay_out(gradebook: Any, name: str, skeletons: Sequence[Skeleton]) -> None:
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
    known = {notebook.name: notebook for notebook in assignment.notebooks}
    _refuse_changes(name, known, skeletons)
    for notebook_name in known.keys() - {skeleton.name for skeleton in skeletons}:
        _remove(gradebook, known.pop(notebook_name))
    for skeleton in skeletons:
        _lay_out_notebook(gradebook, assignment, known.get(skeleton.name), skeleton)
    gradebook.db.flush()


def _refuse_changes(name: str, known: Mapping[str, Any], skeletons: Sequence[Skeleton]) -> None:
    before = {
        f"{notebook.name}/{kind} {cell}" if len(skeletons) > 1 else f"{kind} {cell}"
        for notebook in known.values()
        if notebook.submissions
        for kind, cell in _known_cells(notebook)
    }
    now = {
        f"{skeleton.name}/{kind} {row.name}" if len(skeletons) > 1 else f"{kind} {row.name}"
        for skeleton in skeletons
        for row in skeleton.rows
        for kind in (*row.kinds, "source")
    }
    if before and before != now:
        what = f"The cells of {name} are not those that were handed in."
        parts = [("Added", now - before), ("removed", before - now)]
        why = "; ".join(f"{word}: {', '.join(sorted(names))}" for word, names in parts if names)
        raise GraderError(what, f"{why}.", "Take the grade ids of the released lesson again.")


def _known_cells(notebook: Any) -> list[tuple[str, str]]:
    kinds = {
        "grade": notebook.grade_cells,
        "solution": notebook.solution_cells,
        "task": notebook.task_cells,
        "source": notebook.source_cells,
    }
    return [(kind, cell.name) for kind, cells in kinds.items() for cell in cells]


def _remove(gradebook: Any, notebook: Any) -> None:
    for cell in [*notebook._base_cells, *notebook.source_cells]:
        gradebook.db.delete(cell)
    gradebook.db.delete(notebook)
    gradebook.db.flush()


def _lay_out_notebook(gradebook: Any, assignment: Any, notebook: Any, skeleton: Skeleton) -> None:
    from nbgrader.api import Notebook

    expected = {(kind, row.name) for row in skeleton.rows for kind in (*row.kinds, "source")}
    if notebook is not None and set(_known_cells(notebook)) != expected:
        _remove(gradebook, notebook)
        notebook = None
    if notebook is None:
        notebook = Notebook(name=skeleton.name, assignment=assignment)
        gradebook.db.add(notebook)
    notebook.kernelspec = skeleton.kernelspec
    cells = {(kind, cell.name): cell for kind, cell in _cells(notebook)}
    for row in skeleton.rows:
        _lay_out_cell(gradebook, notebook, row, cells)


def _cells(notebook: Any) -> list[tuple[str, Any]]:
    from nbgrader.api import GradeCell, SolutionCell

    kinds = {GradeCell: "grade", SolutionCell: "solution"}
    found = [(kinds.get(type(cell), "task"), cell) for cell in notebook._base_cells]
    return found + [("source", cell) for cell in notebook.source_cells]


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


def _record_one(
    gradebook: Any, places: Places, skeletons: Sequence[Skeleton], entry: _Entry
) -> None:
    graded = entry.graded
    submission = _submission(gradebook, graded.assignment, graded.learner)
    if entry.timestamp is not None:
        submission.timestamp = entry.timestamp
    by_name = {skeleton.name: skeleton for skeleton in skeletons}
    with gradebook.db.no_autoflush:
        for notebook in submission.notebooks:
            _record_notebook(notebook, by_name[notebook.name], entry)
    gradebook.db.flush()
    _late_penalties(gradebook, places, submission, graded.learner)


def _record_notebook(notebook: Any, skeleton: Skeleton, entry: _Entry) -> None:
    rows = {row.name: row for row in skeleton.rows}
    # Loaded once for the class; asking each grade for its cell would ask the database each time.
    of_cell = {cell.id: rows[cell.name] for cell in notebook.notebook._base_cells}
    for grade in notebook.grades:
        _grade(grade, of_cell[grade.cell_id], skeleton, entry)
    for comment in notebook.comments:
        _comment(comment, of_cell[comment.cell_id], skeleton, entry)


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
        made = api.SubmittedAssignment(assignment=source, student=student)
        gradebook.db.add(made)
        for notebook in source.notebooks:
            handed_in = api.SubmittedNotebook(notebook=notebook, assignment=made)
            gradebook.db.add(handed_in)
            for cell in [*notebook.grade_cells, *notebook.task_cells]:
                gradebook.db.add(api.Grade(cell=cell, notebook=handed_in))
            for cell in [*notebook.solution_cells, *notebook.task_cells]:
                gradebook.db.add(api.Comment(cell=cell, notebook=handed_in))
    gradebook.db.flush()
    return made


def _grade(grade: Any, row: CellRow, skeleton: Skeleton, entry: _Entry) -> None:
    """Set the automatic score; a mark by a person stands, and is flagged where it may be stale."""
    verdict = entry.verdicts.get((skeleton.name, row.name))
    before = grade.auto_score
    if verdict is not None:
        grade.auto_score = verdict.score
    elif entry.graded.problem:
        grade.auto_score = 0.0
    if grade.manual_score is None:
        grade.needs_manual_grade = grade.auto_score is None
    elif _differs(before, grade.auto_score) or _rewritten(skeleton, row, entry):
        grade.needs_manual_grade = True


def _differs(one: float | None, other: float | None) -> bool:
    return (one is None) != (other is None) or abs((one or 0) - (other or 0)) > TINY


def _rewritten(skeleton: Skeleton, row: CellRow, entry: _Entry) -> bool:
    if "solution" not in row.kinds:
        return False
    answer = answer_of(skeleton, row, entry.graded)
    now = row.source if answer is None else answer
    return entry.before.get((skeleton.name, row.name)) != now


def _comment(comment: Any, row: CellRow, skeleton: Skeleton, entry: _Entry) -> None:
    if "task" in row.kinds:
        return
    answer = answer_of(skeleton, row, entry.graded)
    untouched = answer is None or answer == row.source
    comment.auto_comment = NO_RESPONSE if untouched else None


def _late_penalties(gradebook: Any, places: Places, submission: Any, learner: str) -> None:
    """Ask the course's own plugin, as nbgrader does; without a due date nobody is late."""
    from nbgrader.preprocessors import AssignLatePenalties

    from grader.stock import course_config

    late_s = submission.total_seconds_late
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        if late_s <= 0:
            continue
        asked = AssignLatePenalties(config=course_config(places.root))
        asked.init_plugin()
        gradebook.db.refresh(notebook, ["score"])
        penalty = asked.plugin_inst.late_submission_penalty(learner, notebook.score, late_s)
        if penalty is not None:
            notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)
