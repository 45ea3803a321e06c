"""Grade one hand-in: an assignment is prepared once, each hand-in is graded by itself.

prepare:   source notebooks ─► what checks need, what learners define, what cannot be sealed
grade_one: hand-in ─merge─► box ◄─► judge ─► verdicts       questions: no box, no judge
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from grader.bench import Bench
from grader.benches import bench_for
from grader.box import isolation
from grader.limits import Limits
from grader.merging import Merged, authors_cells, merge, merge_cells
from grader.prepared import Prepared, read_assignment
from grader.questioning import judge_question, noted_answers
from grader.session import Session
from grader.source import SourceCell, SourceNotebook, fingerprint, is_learners
from grader.verdicts import Graded, Verdict

DEFAULT = Limits()
NOTHING = "Nothing was written here yet."
UNJUDGED = {"score": 0.0, "outcome": "died", "message": "The check could not be finished."}
JUDGED = ("check", "question", "manual")
Found = dict[tuple[str, str], dict[str, Any]]


def prepare(root: Path, assignment: str, *, limits: Limits = DEFAULT) -> Prepared:
    """Read an assignment, and grade its author's own solution.

    A check that the author's solution passes only beside the code it checks cannot be sealed: it
    needs more than data. It is marked, once and for every learner alike.

    Args:
        root: The course.
        assignment: The folder's name.
        limits: What the author's solution may use.

    Raises:
        BuildError: If the assignment is not built, or the course's own code fails.
    """
    prepared = read_assignment(root, assignment)
    failed = _failed_by_author(prepared, limits)
    if not failed:
        return prepared
    beside = _failed_by_author(replace(prepared, unsealed=frozenset(failed)), limits)
    notes = tuple(
        f"The author's own solution does not pass the check {key[1]}: {failed[key]}"
        for key in beside
        if key in failed
    )
    return replace(prepared, unsealed=frozenset(failed) - frozenset(beside), notes=notes)


def _failed_by_author(prepared: Prepared, limits: Limits) -> dict[tuple[str, str], str]:
    """Return the checks that the author's own solution fails, and why."""
    merged = {
        one.name: merge_cells(
            one, authors_cells(one), released={}, wanted=_wanted_inside(prepared, one)
        )
        for one in prepared.notebooks
    }
    run = _Run(prepared, limits)
    run.judge(merged)
    checks = [(one.name, cell.grade_id) for one, cell in prepared.cells if cell.kind == "check"]
    found = {key: run.found.get(key, UNJUDGED) for key in checks}
    return {key: str(one["message"]) for key, one in found.items() if one["outcome"] != "right"}


def key_of(prepared: Prepared, folder: Path) -> str:
    """Return the hash of all that the verdicts on a hand-in depend on.

    Args:
        prepared: The assignment.
        folder: The hand-in.
    """
    return _key(prepared, _merge_all(prepared, folder), noted_answers(folder))


def _key(
    prepared: Prepared, merged: Mapping[str, Merged], answers: Mapping[str, str | int | float]
) -> str:
    asked = [f"{name} {answers[name]!r}" for name in sorted(answers)]
    parts = [part for one in merged.values() for part in _parts(one)]
    return fingerprint(prepared.key, isolation().text, *parts, *asked)


def _parts(merged: Merged) -> list[str]:
    learners = [f"{step.name} {step.place} {step.source}" for step in merged.steps]
    written = [f"{name} {text}" for name, text in sorted(merged.written.items())]
    return [merged.problem, *learners, *written, *sorted(merged.untouched)]


def grade_one(
    prepared: Prepared, folder: Path, *, learner: str, limits: Limits = DEFAULT
) -> Graded:
    """Grade one hand-in. What is in it cannot make this fail.

    Args:
        prepared: The assignment.
        folder: The hand-in: notebooks by their names, and progress.json if there is one.
        learner: Who handed it in.
        limits: What it may use.
    """
    began_s = time.monotonic()
    merged = _merge_all(prepared, folder)
    readable = {name: one for name, one in merged.items() if not one.problem}
    run = _Run(prepared, limits)
    run.judge(readable)
    answers = noted_answers(folder)
    problems = [one.problem for one in merged.values() if one.problem]
    notes = [*(problems if readable else []), *prepared.notes, *run.notes]
    notes += [note for one in merged.values() for note in one.notes]
    seconds = run.seconds | {"total": time.monotonic() - began_s}
    return Graded(
        learner=learner,
        assignment=prepared.assignment,
        key=_key(prepared, merged, answers),
        verdicts=_verdicts(prepared, merged, run.found, answers),
        written={name: text for one in merged.values() for name, text in one.written.items()},
        isolation=isolation().text,
        problem="" if readable else " ".join(problems),
        notes=tuple(notes),
        cells={name: text for one in merged.values() for name, text in one.cells.items()},
        seconds={name: round(value, 4) for name, value in seconds.items()},
        environment=dict(prepared.environment),
    )


def _merge_all(prepared: Prepared, folder: Path) -> dict[str, Merged]:
    return {
        one.name: merge(
            one,
            folder / f"{one.name}.ipynb",
            released=prepared.released.get(one.name, {}),
            wanted=_wanted_inside(prepared, one),
        )
        for one in prepared.notebooks
    }


def _wanted_inside(prepared: Prepared, notebook: SourceNotebook) -> frozenset[str]:
    """Return the names that checks need inside the box: those of checks that are not sealed."""
    inside = [c for c in notebook.checks if (notebook.name, c.grade_id) in prepared.unsealed]
    return frozenset(name for cell in inside for name in notebook.names(cell).needs)


class _Run:
    """The code of one hand-in, notebook by notebook."""

    def __init__(self, prepared: Prepared, limits: Limits) -> None:
        self._prepared, self._limits = prepared, limits
        self.found: Found = {}
        self.notes: list[str] = []
        self.seconds = {"start": 0.0, "learner": 0.0, "checks": 0.0}

    def judge(self, merged: Mapping[str, Merged]) -> None:
        """Judge every check of the notebooks that could be read."""
        for number, notebook in enumerate(self._prepared.notebooks):
            if notebook.name in merged and notebook.checks:
                self._judge_notebook(number, notebook, merged[notebook.name])

    def _judge_notebook(self, number: int, notebook: SourceNotebook, merged: Merged) -> None:
        left, again = [cell.grade_id for cell in notebook.checks], ""
        inside = [name for name in left if (notebook.name, name) in self._prepared.unsealed]
        while left:
            began_s = time.monotonic()
            bench = bench_for(self._prepared)
            session = self._session(merged, bench)
            try:
                found = bench.judge(
                    session,
                    notebook=number,
                    checks=left,
                    unsealed=inside,
                    seconds=self._limits.check_s,
                    discreet=len(left) < len(notebook.checks),
                )
            finally:
                session.close()
            self._note(notebook, session, found, time.monotonic() - began_s)
            left = [name for name in left if name not in found]
            # A judge that ended may have met with an accident: its check gets a second one. The
            # checks after it get another judge in any case.
            if left and left[0] == again:
                self.notes.append(f"The check {left[0]} ended its judge: look at it.")
                left = left[1:]
            again = left[0] if left else ""

    def _session(self, merged: Merged, bench: Bench) -> Session:
        return Session(
            merged.steps,
            bench.outside,
            exchange=bench.new_exchange(),
            start_box=partial(bench.start_box, size_bytes=self._limits.file_bytes),
            limits=self._limits,
        )

    def _note(
        self,
        notebook: SourceNotebook,
        session: Session,
        found: Mapping[str, dict[str, Any]],
        took_s: float,
    ) -> None:
        self.found |= {(notebook.name, name): one for name, one in found.items()}
        self.notes += session.notes
        if session.starts > 1:
            self.notes.append(f"The box was started {session.starts} times.")
        for name, value in session.seconds.items():
            self.seconds[name] += value
        self.seconds["checks"] += took_s - sum(session.seconds.values())


def _verdicts(
    prepared: Prepared,
    merged: Mapping[str, Merged],
    found: Found,
    answers: Mapping[str, str | int | float],
) -> tuple[Verdict, ...]:
    return tuple(
        _verdict(prepared, one, cell, merged=merged[one.name], found=found, answers=answers)
        for one, cell in prepared.cells
        if cell.kind in JUDGED
    )


def _verdict(
    prepared: Prepared,
    notebook: SourceNotebook,
    cell: SourceCell,
    *,
    merged: Merged,
    found: Found,
    answers: Mapping[str, str | int | float],
) -> Verdict:
    blank = Verdict(cell.grade_id, cell.points, 0.0, "unanswered", notebook=notebook.name)
    if merged.problem:
        return replace(blank, message=f"The hand-in could not be read. {merged.problem}")
    if cell.kind == "question":
        return judge_question(cell, answers, prepared.folder, notebook=notebook.name)
    if cell.kind == "manual":
        if cell.grade_id in merged.untouched:
            return replace(blank, message=NOTHING)
        return replace(blank, score=None, outcome="manual")
    one = found.get((notebook.name, cell.grade_id), UNJUDGED)
    verdict = replace(blank, **one)
    if verdict.outcome == "wrong" and _answers_of(notebook, cell) <= merged.untouched:
        return replace(verdict, outcome="unanswered", message=NOTHING, hidden=False)
    return verdict


def _answers_of(notebook: SourceNotebook, check: SourceCell) -> set[str]:
    """Return the answers whose names a check asks for."""
    needs = notebook.names(check).needs
    own = [cell for cell in notebook.cells if is_learners(cell)]
    return {cell.grade_id for cell in own if notebook.names(cell).touches & needs}
