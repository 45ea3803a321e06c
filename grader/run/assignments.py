"""An assignment on its way to the graders: read, compared with its release, prepared.

Whatever is wrong with one assignment is raised here, so that its caller can go on with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.core.errors import GraderError
from grader.core.notebooks import read_cells
from grader.core.paths import CoursePaths
from grader.core.records import Graded
from grader.core.released import ReleasedNotebook, read_released
from grader.run.results import read_result

SHOWN = 5  # checks named in a sentence


class Grading(Protocol):
    """What grades one hand-in: the module grader.judge.grade, or a stand-in."""

    def prepare(self, root: Path, assignment: str, /) -> Any:
        """Return what all hand-ins of an assignment share; it can be pickled."""

    def key_of(self, prepared: Any, folder: Path, /) -> str:
        """Return a hash of everything that the verdicts depend on."""

    def grade_one(self, prepared: Any, folder: Path, /, *, learner: str) -> Graded:
        """Grade one hand-in; never raise because of it."""


@dataclass(frozen=True)
class GradingJob:
    """One hand-in to grade; it can be pickled."""

    learner: str
    assignment: str
    folder: Path
    prepared: Any
    grade: Callable[..., Graded]


@dataclass(frozen=True)
class ReadyAssignment:
    """An assignment that can be graded: its notebooks, what to do, what was done before."""

    notebooks: tuple[ReleasedNotebook, ...]
    jobs: list[GradingJob]
    before: list[Graded]
    doubts: list[str]


def get_ready(
    paths: CoursePaths,
    assignment: str,
    learners: Sequence[str],
    grading: Grading,
    *,
    force: bool,
) -> ReadyAssignment:
    """Read and prepare an assignment; whatever is wrong with it is raised here."""
    seen = _fingerprint(paths, assignment)
    notebooks = read_released(paths, assignment)
    refuse_changed_ids(paths, assignment, notebooks)
    prepared = grading.prepare(paths.root, assignment) if learners else None
    if _fingerprint(paths, assignment) != seen:
        what, why = f"{assignment} is being changed.", "A notebook is not what it was a moment ago."
        raise GraderError(what, why, "Save it, then run the same command again.")
    jobs, kept = list[GradingJob](), list[Graded]()
    for learner in learners:
        folder = paths.handed_in(learner, assignment)
        before = read_result(paths, assignment, learner)
        if before and not force and before.key == grading.key_of(prepared, folder):
            kept.append(before)
        else:
            jobs.append(GradingJob(learner, assignment, folder, prepared, grading.grade_one))
    return ReadyAssignment(notebooks, jobs, kept, list(_doubts(assignment, prepared)))


def _fingerprint(paths: CoursePaths, assignment: str) -> dict[str, tuple[int, int, int]]:
    """Return what changes when an author saves a notebook while it is read."""
    names = paths.notebooks(assignment)
    found = {name: (paths.source / assignment / f"{name}.ipynb").stat() for name in names}
    return {name: (of.st_mtime_ns, of.st_size, of.st_ino) for name, of in found.items()}


def _doubts(assignment: str, prepared: Any) -> Iterator[str]:
    """Yield what is known to be doubtful for everybody, before anybody is graded."""
    yield from (f"{assignment}: {note}" for note in getattr(prepared, "notes", ()))
    beside = sorted(name for _, name in getattr(prepared, "unsealed", ()))
    if beside:
        named = f"{', '.join(beside[:SHOWN])}{' …' if len(beside) > SHOWN else ''}"
        checks = "check runs" if len(beside) == 1 else "checks run"
        text = f"{len(beside)} {checks} beside the learner's code, a weaker wall: {named}."
        yield f"{assignment}: {text}"


def refuse_changed_ids(
    paths: CoursePaths, name: str, notebooks: Sequence[ReleasedNotebook]
) -> None:
    """Raise GraderError if learners were given other grade ids than the source has now."""
    for released in notebooks:
        cells = read_cells(paths.release / name / f"{released.name}.ipynb")
        before = {cell.grade_id for cell in cells if cell.of_interest}
        now = {row.name for row in released.rows}
        if not cells or before == now:  # without cells, it was not released from here
            continue
        parts = [("added", now - before), ("removed", before - now)]
        why = "; ".join(f"{word} {', '.join(sorted(ids))}" for word, ids in parts if ids)
        what = f"The grade ids of {name} changed after its release: {why}."
        then = "Take the released ids again, or release it anew with python -m grader release."
        raise GraderError(what, "Hand-ins could not be matched with the checks.", then)
