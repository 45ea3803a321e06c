"""Grade one hand-in: an assignment is prepared once, each hand-in is graded by itself.

prepare:   source notebooks ─► what checks need, what learners define, what cannot be sealed
grade_one: hand-in ─merge─► box ◄─► judge ─► verdicts       questions: no box, no judge
           what lost points ─merge more of it─► box ◄─► judge ─► the better verdict
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from grader.core.records import Graded, Verdict
from grader.judge.grading.author import DEFAULT, prepare, wanted_inside
from grader.judge.grading.equivalence import authors_report
from grader.judge.grading.grading_run import UNJUDGED, GradingRun, Results
from grader.judge.grading.second_run import judge_again
from grader.judge.questions import fingerprints, judge_question, noted, notes_on
from grader.judge.reading.assignment import Prepared
from grader.judge.reading.handin import MergedNotebook, Runs, merge
from grader.judge.reading.source import SourceCell, SourceNotebook, fingerprint
from grader.sandbox.limits import Limits
from grader.sandbox.self_test import isolation_text
from speedlab.course.lessons.record import Progress

__all__ = ["authors_report", "grade_one", "key_of", "prepare"]
NOTHING = "Nothing was written here yet."
DOUBTFUL = "The author's own solution does not pass this check here, so it costs nobody a point."
JUDGED = ("check", "question", "manual")


def key_of(prepared: Prepared, folder: Path) -> str:
    """Return the hash of all that the verdicts on a hand-in depend on.

    Args:
        prepared: The assignment.
        folder: The hand-in.
    """
    return _key(prepared, _merge_all(prepared, folder), noted(folder))


def _key(
    prepared: Prepared,
    merged: Mapping[str, MergedNotebook],
    progress: Progress,
) -> str:
    parts = [part for handed in merged.values() for part in _parts(handed)]
    return fingerprint(prepared.key, isolation_text(), *parts, *fingerprints(progress))


def _parts(merged: MergedNotebook) -> list[str]:
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
    readable = {name: handed for name, handed in merged.items() if not handed.problem}
    run = GradingRun(prepared, limits)
    _judge(run, prepared, folder, readable, limits)
    progress = noted(folder)
    problems = [handed.problem for handed in merged.values() if handed.problem]
    notes = [*(problems if readable else []), *prepared.notes, *run.notes]
    notes += [note for handed in merged.values() for note in handed.notes]
    verdicts = _verdicts(prepared, merged, run.results, progress)
    notes += notes_on(progress, verdicts)
    faults = [f"The grader itself failed: {fault}." for fault in run.faults]
    unjudged = any(v.outcome == "look" and v.message == UNJUDGED["message"] for v in verdicts)
    return Graded(
        learner=learner,
        assignment=prepared.assignment,
        # Without a key it is graded again by the next run.
        key="" if unjudged else _key(prepared, merged, progress),
        verdicts=verdicts,
        written={name: text for handed in merged.values() for name, text in handed.written.items()},
        isolation=isolation_text(),
        problem=" ".join([*([] if readable else problems), *(faults if unjudged else [])]),
        notes=(*notes, *faults),
        cells={name: text for handed in merged.values() for name, text in handed.cells.items()},
        seconds={
            name: round(value, 4)
            for name, value in (run.seconds | {"total": time.monotonic() - began_s}).items()
        },
        environment=dict(prepared.environment),
        own_id=progress.learner,
    )


def _judge(
    run: GradingRun,
    prepared: Prepared,
    folder: Path,
    readable: Mapping[str, MergedNotebook],
    limits: Limits,
) -> None:
    """Judge the checks, and once more those that lost points; no fault of the grader's leaves."""
    try:
        run.judge(readable)
        for notebook in prepared.notebooks:
            lost = _lost(notebook, readable, run.results) if notebook.name in readable else []
            if lost:
                judge_again(run, prepared, lambda *w: _merge(prepared, folder, *w), limits, lost)
    except Exception as error:
        run.faults.append(f"{type(error).__name__}: {error}")


def _lost(
    notebook: SourceNotebook, merged: Mapping[str, MergedNotebook], results: Results
) -> list[SourceCell]:
    """Return the checks that lost points with an answer that somebody wrote."""
    untouched = merged[notebook.name].untouched
    return [
        cell
        for cell in notebook.checks
        if (result := results.get((notebook.name, cell.grade_id)))
        and result["score"] < cell.points
        and not _is_untouched(notebook, cell, untouched)
    ]


def _merge_all(prepared: Prepared, folder: Path) -> dict[str, MergedNotebook]:
    return {
        one.name: _merge(prepared, folder, one, "whole" if one.name in prepared.whole else "needed")
        for one in prepared.notebooks
    }


def _merge(
    prepared: Prepared, folder: Path, notebook: SourceNotebook, runs: Runs
) -> MergedNotebook:
    return merge(
        notebook,
        folder / f"{notebook.name}.ipynb",
        released=prepared.released.get(notebook.name, {}),
        wanted=wanted_inside(prepared, notebook),
        runs=runs,
    )


def _verdicts(
    prepared: Prepared,
    merged: Mapping[str, MergedNotebook],
    results: Results,
    progress: Progress,
) -> tuple[Verdict, ...]:
    return tuple(
        _verdict(
            prepared,
            notebook,
            cell,
            merged=merged[notebook.name],
            results=results,
            progress=progress,
        )
        for notebook, cell in prepared.cells
        if cell.kind in JUDGED
    )


def _verdict(
    prepared: Prepared,
    notebook: SourceNotebook,
    cell: SourceCell,
    *,
    merged: MergedNotebook,
    results: Results,
    progress: Progress,
) -> Verdict:
    blank = Verdict(cell.grade_id, cell.points, 0.0, "unanswered", notebook=notebook.name)
    if merged.problem:
        return replace(blank, message=f"The hand-in could not be read. {merged.problem}")
    if cell.kind == "question":
        return judge_question(cell, progress, prepared.folder, notebook=notebook.name)
    if cell.kind == "manual" and cell.grade_id in merged.untouched:
        return replace(blank, message=NOTHING)
    if cell.kind == "manual":
        return replace(blank, score=None, outcome="manual")
    return _of_check(prepared, notebook, cell, merged=merged, results=results, blank=blank)


def _of_check(
    prepared: Prepared,
    notebook: SourceNotebook,
    cell: SourceCell,
    *,
    merged: MergedNotebook,
    results: Results,
    blank: Verdict,
) -> Verdict:
    if (notebook.name, cell.grade_id) in prepared.doubtful:
        return replace(blank, score=None, outcome="look", message=DOUBTFUL)
    result = results.get((notebook.name, cell.grade_id), UNJUDGED)
    verdict = replace(blank, **result)
    if verdict.outcome == "wrong" and _is_untouched(notebook, cell, merged.untouched):
        return replace(verdict, outcome="unanswered", message=NOTHING, hidden=False)
    return verdict


def _is_untouched(notebook: SourceNotebook, check: SourceCell, untouched: frozenset[str]) -> bool:
    """Tell whether nothing was written into the answers whose names a check asks for."""
    asked = notebook.answers_for(check)
    return bool(asked) and asked <= untouched
