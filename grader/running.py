"""Grade hand-ins in parallel; results are plain files, so a run that stops is simply repeated.

submitted/ --key unchanged?--> results/<assignment>/<learner>.json   kept
           --else, N at once-> grade_one --> the same file, written whole or not at all
then, per assignment: all results --> gradebook (grader.gradebook)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from grader.crews import Crew
from grader.errors import GraderError
from grader.extras import read_answers
from grader.gradebook import record
from grader.locks import WAIT_S, Say
from grader.logs import log_text
from grader.merged import write_text
from grader.places import Places, nearest_sentence
from grader.skeletons import Skeleton, read_skeletons
from grader.verdicts import Graded, Verdict

LOOK, DIED = "A person must look at this.", "Grading ended without an answer."


class Grading(Protocol):
    """What grades one hand-in: the module grader.grading, or a stand-in."""

    def prepare(self, root: Path, assignment: str, /) -> Any:
        """Return what all hand-ins of an assignment share; it can be pickled."""

    def key_of(self, prepared: Any, folder: Path, /) -> str:
        """Return a hash of everything that the verdicts depend on."""

    def grade_one(self, prepared: Any, folder: Path, /, *, learner: str) -> Graded:
        """Grade one hand-in; never raise because of it."""


@dataclass(frozen=True)
class Job:
    """One hand-in to grade; it can be pickled."""

    learner: str
    assignment: str
    folder: Path
    prepared: Any
    grade: Callable[..., Graded]


@dataclass(frozen=True)
class Progress:
    """Who waits, who is being graded, how many are done, and for how long still."""

    queued: tuple[str, ...]
    running: tuple[str, ...]
    done: int
    total: int
    left_s: float | None


Watch = Callable[[Progress, Graded | None], None]


@dataclass
class Run:
    """What one run did: numbers of hand-ins, and the results by assignment."""

    graded: int = 0
    unchanged: int = 0
    results: dict[str, list[Graded]] = field(default_factory=dict)


def autograde(
    places: Places,
    assignments: Sequence[str],
    *,
    grading: Grading,
    crew: Crew,
    learners: Sequence[str] = (),
    force: bool = False,
    watch: Watch = lambda progress, graded: None,
    say: Say = print,
    wait_s: float = WAIT_S,
) -> Run:
    """Grade what changed and record everything in the gradebook.

    Args:
        places: The course.
        assignments: Their names.
        grading: What grades one hand-in.
        crew: Who does it.
        learners: Only these; by default everybody who handed in.
        force: Grade also what is unchanged.
        watch: Told about every step.
        say: Told what a person should know.
        wait_s: How long to wait for a locked gradebook, in seconds.

    Raises:
        GraderError: If an assignment is not built or was changed after its release, there is no
            hand-in, or the gradebook cannot be written. Results stay; a second run goes on.
    """
    skeletons = {name: read_skeletons(places, name) for name in assignments}
    for name, found in skeletons.items():
        refuse_changed_ids(places, name, found)
    chosen = {name: _learners(places, name, learners) for name in assignments}
    if not any(chosen.values()):
        what, why = "There is nothing to grade.", f"{places.submitted} holds no such hand-in."
        raise GraderError(what, why, "Put hand-ins there with python -m grader collect.")
    run, jobs = Run(), list[Job]()
    for name, people in chosen.items():
        jobs += _jobs(places, name, people, grading, force=force, run=run)
    _grade(places, jobs, skeletons, crew, watch=watch, run=run)
    for name in assignments:
        results = sorted(run.results.get(name, []), key=lambda graded: graded.learner)
        record(places, name, skeletons[name], results, wait_s=wait_s, say=say)
    return run


def _learners(places: Places, assignment: str, wanted: Sequence[str]) -> list[str]:
    there = places.learners(assignment)
    everybody = sorted({path.name for path in places.submitted.glob("*") if path.is_dir()})
    for name in wanted:
        if name not in everybody:
            what, why = f"{name} handed nothing in.", f"{places.submitted} has no such folder."
            raise GraderError(what, why, nearest_sentence(name, everybody))
    return [name for name in there if not wanted or name in wanted]


def _jobs(
    places: Places,
    assignment: str,
    learners: Sequence[str],
    grading: Grading,
    *,
    force: bool,
    run: Run,
) -> list[Job]:
    """Return what must be graded; note what is unchanged."""
    prepared = grading.prepare(places.root, assignment) if learners else None
    jobs = []
    for learner in learners:
        folder = places.handed_in(learner, assignment)
        before = read_result(places, assignment, learner)
        if before and not force and before.key == grading.key_of(prepared, folder):
            run.unchanged += 1
            run.results.setdefault(assignment, []).append(before)
        else:
            jobs.append(Job(learner, assignment, folder, prepared, grading.grade_one))
    return jobs


def read_result(places: Places, assignment: str, learner: str) -> Graded | None:
    """Return what grading found before; None if it was not graded, or the file is no record."""
    try:
        text = places.result(assignment, learner).read_text(encoding="utf-8")
        return Graded.from_json(text)
    except (OSError, ValueError):
        return None


def grade_job(job: Job) -> Graded:
    """Grade one hand-in; this runs in a worker."""
    return job.grade(job.prepared, job.folder, learner=job.learner)


def _grade(
    places: Places,
    jobs: list[Job],
    skeletons: dict[str, tuple[Skeleton, ...]],
    crew: Crew,
    *,
    watch: Watch,
    run: Run,
) -> None:
    queued, running = [job.learner for job in jobs], list[str]()
    began_s = time.monotonic()

    def state() -> Progress:
        left_s = (time.monotonic() - began_s) / run.graded if run.graded else None
        left_s = left_s and left_s * (len(jobs) - run.graded)
        return Progress(tuple(queued), tuple(running), run.graded, len(jobs), left_s)

    def began(job: Job) -> None:
        queued.remove(job.learner)
        running.append(job.learner)
        watch(state(), None)

    for job, result in crew.run(grade_job, jobs, began=began):
        graded = result if isinstance(result, Graded) else _lost(job, skeletons, result)
        write_text(places.result(job.assignment, job.learner), graded.to_json())
        write_text(places.log(job.assignment, job.learner), log_text(graded))
        run.results.setdefault(job.assignment, []).append(graded)
        running.remove(job.learner)
        run.graded += 1
        watch(state(), graded)


def _lost(job: Job, skeletons: dict[str, tuple[Skeleton, ...]], error: Any) -> Graded:
    """Return the record of a hand-in on which a worker died twice; it will be tried again."""
    verdicts = tuple(
        Verdict(row.name, row.points, None, "manual", LOOK, notebook=skeleton.name)
        if "solution" in row.kinds or "task" in row.kinds
        else Verdict(row.name, row.points, 0.0, "died", DIED, notebook=skeleton.name)
        for skeleton in skeletons[job.assignment]
        for row in skeleton.graded
    )
    what = f"The grader's own process ended twice on it: {type(error).__name__}."
    written = read_answers(skeletons[job.assignment], job.folder)
    return Graded(job.learner, job.assignment, "", verdicts, written, problem=what)


def refuse_changed_ids(places: Places, name: str, skeletons: Sequence[Skeleton]) -> None:
    """Raise GraderError if learners were given other grade ids than the source has now."""
    import json

    for skeleton in skeletons:
        path = places.release / name / f"{skeleton.name}.ipynb"
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            known = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # not released from here
        before, now = {word for word in known if word}, {row.name for row in skeleton.rows}
        if before == now:
            continue
        parts = [("added", now - before), ("removed", before - now)]
        why = "; ".join(f"{word} {', '.join(sorted(ids))}" for word, ids in parts if ids)
        what = f"The grade ids of {name} changed after its release: {why}."
        then = "Take the released ids again, or release it anew with python -m grader release."
        raise GraderError(what, "Hand-ins could not be matched with the checks.", then)
