"""Grade hand-ins in parallel; results are plain files, so a run that stops is simply repeated.

submitted/ --key unchanged?--> results/<assignment>/<learner>.json   kept
           --else, N at once-> grade_one --> the same file, written whole or not at all
then, per assignment: all results --> gradebook (grader.gradebook.record)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.core.errors import GraderError, Refusal, refusing, sentence
from grader.core.notebooks import read_readable
from grader.core.paths import CoursePaths
from grader.core.records import Graded, Outcome, Verdict, full_name
from grader.core.released import CellRow, ReleasedNotebook
from grader.gradebook.connection import WAIT_S, Say
from grader.gradebook.record import record
from grader.judge.questions import judge_question, noted
from grader.judge.reading.assignment import Prepared
from grader.run.assignments import Grading, GradingJob, ReadyAssignment, get_ready
from grader.run.executors import Executor
from grader.run.results import write_result
from speedlab.core.errors import SpeedlabError
from speedlab.core.text import nearest_sentence

LOOK, LOST = "A person must look at this.", "The grader could not finish this; it is not lost."


@dataclass(frozen=True)
class ClassProgress:
    """Who waits, who is being graded, how many are done, and for how long still."""

    queued: tuple[str, ...]
    running: tuple[str, ...]
    done: int
    total: int
    left_s: float | None


Watch = Callable[[ClassProgress, Graded | None], None]


@dataclass
class GradingRun:
    """What one run did: numbers of hand-ins, the results by assignment, what could not be graded.

    Attributes:
        graded: Hand-ins that were graded.
        unchanged: Hand-ins whose earlier results stand.
        results: What grading found, by assignment.
        refused: Assignments that cannot be graded, and why; the others were.
        doubts: What is doubtful for everybody in an assignment, as sentences.
    """

    graded: int = 0
    unchanged: int = 0
    results: dict[str, list[Graded]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def autograde(
    paths: CoursePaths,
    assignments: Sequence[str],
    *,
    grading: Grading,
    executor: Executor,
    learners: Sequence[str] = (),
    force: bool = False,
    watch: Watch = lambda progress, graded: None,
    say: Say = print,
    wait_s: float = WAIT_S,
) -> GradingRun:
    """Grade what changed and record everything in the gradebook.

    Args:
        paths: The course.
        assignments: Their names.
        grading: What grades one hand-in.
        executor: Who does it.
        learners: Only these; by default everybody who handed in.
        force: Grade also what is unchanged.
        watch: Told about every step.
        say: Told what a person should know.
        wait_s: How long to wait for a locked gradebook, in seconds.

    Raises:
        GraderError: If there is no hand-in, no assignment can be graded, or the gradebook cannot be
            written. Results stay; a second run goes on. What is wrong with one assignment stops
            that one alone.
    """
    chosen = {name: _learners(paths, name, learners) for name in assignments}
    if not any(chosen.values()):
        what, why = "There is nothing to grade.", f"{paths.submitted} holds no such hand-in."
        raise GraderError(what, why, "Put hand-ins there with python -m grader collect.")
    run = GradingRun()
    ready = dict[str, ReadyAssignment]()
    for name, people in chosen.items():
        with refusing(name, run.refused):
            ready[name] = get_ready(paths, name, people, grading, force=force)
    if not ready:
        raise GraderError(" ".join(f"{one.name}: {one.why}" for one in run.refused))
    run.doubts = [text for one in ready.values() for text in one.doubts]
    for text in [*(f"{one.name}: {one.why}" for one in run.refused), *run.doubts]:
        say(text)
    _grade(paths, ready, executor, watch=watch, run=run)
    for name, one in ready.items():
        results = sorted(run.results.get(name, []), key=lambda graded: graded.learner)
        with refusing(name, run.refused):
            record(paths, name, one.notebooks, results, wait_s=wait_s, say=say)
    return run


def _learners(paths: CoursePaths, assignment: str, wanted: Sequence[str]) -> list[str]:
    there = paths.learners(assignment)
    everybody = sorted({path.name for path in paths.submitted.glob("*") if path.is_dir()})
    for name in wanted:
        if name not in everybody:
            what, why = f"{name} handed nothing in.", f"{paths.submitted} has no such folder."
            raise GraderError(what, why, nearest_sentence(name, everybody))
    return [name for name in there if not wanted or name in wanted]


def grade_job(job: GradingJob) -> Graded:
    """Grade one hand-in; this runs in a worker."""
    return job.grade(job.prepared, job.folder, learner=job.learner)


class _Queue:
    """Who waits, who is being graded, how many are done; a watcher is told of every step."""

    def __init__(self, jobs: Sequence[GradingJob], watch: Watch) -> None:
        self._total, self._watch, self._began_s = len(jobs), watch, time.monotonic()
        self._queued, self._running, self._done = [job.learner for job in jobs], list[str](), 0

    def began(self, job: GradingJob) -> None:
        """Note that a worker has taken a hand-in."""
        self._queued.remove(job.learner)
        self._running.append(job.learner)
        self._watch(self._state(), None)

    def ended(self, job: GradingJob, graded: Graded | None) -> None:
        """Note what became of it; None if its assignment cannot be graded."""
        self._running.remove(job.learner)
        self._done += 1
        self._watch(self._state(), graded)

    def _state(self) -> ClassProgress:
        left_s = (time.monotonic() - self._began_s) / self._done if self._done else None
        left_s = left_s and left_s * (self._total - self._done)
        who = tuple(self._queued), tuple(self._running)
        return ClassProgress(*who, self._done, self._total, left_s)


def _grade(
    paths: CoursePaths,
    ready: dict[str, ReadyAssignment],
    executor: Executor,
    *,
    watch: Watch,
    run: GradingRun,
) -> None:
    for name, one in ready.items():
        run.results[name] = list(one.before)
        run.unchanged += len(one.before)
    jobs = [job for one in ready.values() for job in one.jobs]
    queue, stopped = _Queue(jobs, watch), set[str]()
    again = lambda job: job.assignment not in stopped  # noqa: E731
    for job, result in executor.run(grade_job, jobs, began=queue.began, again=again):
        if isinstance(result, SpeedlabError):  # of the course, not of the hand-in: nobody's fault
            if job.assignment not in stopped:
                run.refused.append(Refusal(job.assignment, sentence(result)))
            stopped.add(job.assignment)
            queue.ended(job, None)
            continue
        found = isinstance(result, Graded)
        graded = result if found else _lost(job, ready[job.assignment].notebooks, result)
        write_result(paths, graded)
        run.results[job.assignment].append(graded)
        run.graded += 1
        queue.ended(job, graded)


def _lost(job: GradingJob, notebooks: Sequence[ReleasedNotebook], error: Any) -> Graded:
    """Return the record of a hand-in on which a worker died twice; it will be tried again.

    A fault of the grader is never a mark: no point is given, and none is lost.
    """
    judged = _judged_questions(job)
    verdicts = tuple(
        judged.get((released.name, row.name)) or _unknown(released.name, row)
        for released in notebooks
        for row in released.graded
    )
    what = f"The grader's own process ended twice on it: {type(error).__name__}. {LOOK}"
    written = _answers(notebooks, job.folder)
    return Graded(job.learner, job.assignment, "", verdicts, written, problem=what)


def _unknown(notebook: str, row: CellRow) -> Verdict:
    by_hand = "solution" in row.kinds or "task" in row.kinds
    outcome: Outcome = "manual" if by_hand else "look"
    return Verdict(
        row.name, row.points, None, outcome, LOOK if by_hand else LOST, notebook=notebook
    )


def _judged_questions(job: GradingJob) -> dict[tuple[str, str], Verdict]:
    """Return what the noted answers earned: no code is run for them."""
    if not isinstance(job.prepared, Prepared):
        return {}
    progress, folder = noted(job.folder), job.prepared.folder
    return {
        (one.name, cell.grade_id): judge_question(cell, progress, folder, notebook=one.name)
        for one, cell in job.prepared.cells
        if cell.kind == "question"
    }


def _answers(notebooks: Sequence[ReleasedNotebook], folder: Path) -> dict[str, str]:
    """Return what stands in the cells to write in, by full name, as far as it can be read."""
    return {
        full_name(released.name, cell.grade_id): cell.source
        for released in notebooks
        for cell in read_readable(folder / f"{released.name}.ipynb")
        if cell.grade_id in {row.name for row in released.rows if "solution" in row.kinds}
    }
