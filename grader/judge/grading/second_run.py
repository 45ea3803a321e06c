"""To run only what a check needs is an optimisation, so it must never cost a point.

What does not pass that way is judged once more, with more of the notebook in the box, under the
same clock; the better verdict counts. How much more:

    it takes from the course, from files or from what checks change
    more than the author's answers do ────────────────────────► the whole notebook
    the same, and the author's whole run is not done in 20 s:
    a class should not wait for it ───────────────────────────► all that the learner wrote
    it takes no more ─────────────────────────────────────────► all that the learner wrote

The author's solution is run whole once for an assignment, by the first hand-in that takes more, or
by `check-course`. Where that showed that the author passes only with less, all run whole.
"""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Literal, get_args

from grader.core.errors import BuildError
from grader.judge.grading.author import authors_merged
from grader.judge.grading.grading_run import GradingRun, Results
from grader.judge.reading.assignment import Prepared
from grader.judge.reading.dependencies import names_in
from grader.judge.reading.handin import BoxStep, MergedNotebook, Runs, authors_cells, merge_cells
from grader.judge.reading.source import SourceCell, SourceNotebook
from grader.sandbox.limits import Limits
from speedlab.core.files import write_text

Shown = Literal["same", "differs", "unfinished"]
LEAST_S = 1.0
MOST_WHOLE_S = 20.0
"""How long the author's whole run may take: a class should not wait minutes for one point."""
READERS = set(
    "exists genfromtxt glob iterdir listdir load loadtxt open read_bytes read_text scandir".split()
)
_shown: dict[tuple[str, str], Shown] = {}
Merge = Callable[[SourceNotebook, Runs], MergedNotebook]


def judge_again(
    run: GradingRun, prepared: Prepared, merge: Merge, limits: Limits, lost: list[SourceCell]
) -> None:
    """Judge the checks of one notebook that lost points again; keep the better verdicts.

    Args:
        run: What the checks gave so far.
        prepared: The assignment.
        merge: Merges the hand-in's notebook, with more or less of the code.
        limits: What the hand-in may use.
        lost: Checks of one notebook that lost points.
    """
    notebook = next(one for one in prepared.notebooks if lost[-1] in one.cells)
    if run.left_s < LEAST_S or _same(merge(notebook, "needed"), merge(notebook, "whole")):
        return
    if notebook.name in prepared.whole:  # all of it ran, which may have been too much
        prepared = replace(prepared, whole=prepared.whole - {notebook.name})
        again = merge(notebook, "needed")
    else:
        again = _with_more(prepared, notebook, merge, limits)
        if _same(again, merge(notebook, "needed")):
            return
    # A check may use what an earlier one has made.
    checks = [cell.grade_id for cell in notebook.checks if cell.index <= lost[-1].index]
    second = GradingRun(prepared, limits, left_s=run.left_s)
    with contextlib.suppress(BuildError):  # the course runs in the first way only
        _keep_better(run, second.judge_notebook(notebook, again, checks), lost)
    run.add_seconds(second.seconds)


def _keep_better(run: GradingRun, results: Results, lost: list[SourceCell]) -> None:
    names = {cell.grade_id for cell in lost}
    for key, result in results.items():
        if key[1] in names and result["score"] > run.results[key]["score"]:
            run.results[key] = result
            more = "in a second run, with other parts of the notebook"
            run.notes.append(f"The check {key[1]} earned more {more}.")


def _with_more(
    prepared: Prepared, notebook: SourceNotebook, merge: Merge, limits: Limits
) -> MergedNotebook:
    own = merge(notebook, "own")
    if _takes_more(prepared, notebook, own):
        enough = author_shows(prepared, notebook, limits) == "unfinished"
    else:  # what was shown before counts, but nobody waits for it to be shown now
        enough = _read(prepared).get(notebook.name) != "differs"
    return own if enough else merge(notebook, "whole")


def author_shows(prepared: Prepared, notebook: SourceNotebook, limits: Limits) -> Shown:
    """Tell whether the author's solution passes as well where the whole notebook runs."""
    key = prepared.key, notebook.name
    if key not in _shown:
        kept = _read(prepared)
        _shown[key] = kept.get(notebook.name) or _try_whole(prepared, notebook, limits)
        if notebook.name not in kept:
            keep_shown(prepared, kept | {notebook.name: _shown[key]})
    return _shown[key]


def _read(prepared: Prepared) -> dict[str, Shown]:
    """Return what was shown before, by notebook: by this version of the assignment."""
    try:
        assert prepared.record is not None
        kept = json.loads(prepared.record.read_text(encoding="utf-8"))
        shown: dict[str, Shown] = kept["shown"] if kept["key"] == prepared.key else {}
    except (OSError, ValueError, KeyError, TypeError, AssertionError):
        return {}
    return {name: one for name, one in shown.items() if one in get_args(Shown)}


def keep_shown(prepared: Prepared, shown: Mapping[str, Shown]) -> None:
    """Keep it for other processes and later runs; where nothing can be written, it is run again."""
    if prepared.record is not None:
        text = json.dumps({"key": prepared.key, "shown": dict(shown)}, indent=1, sort_keys=True)
        with contextlib.suppress(OSError):
            write_text(prepared.record, text + "\n", parents=True)


def _try_whole(prepared: Prepared, notebook: SourceNotebook, limits: Limits) -> Shown:
    limits = replace(limits, total_s=min(limits.total_s, MOST_WHOLE_S))
    try:
        return shown_by(prepared, notebook, whole_run(prepared, notebook, limits))
    except BuildError:
        return "unfinished"


def whole_run(prepared: Prepared, notebook: SourceNotebook, limits: Limits) -> Results:
    """Judge the author's solution where the whole notebook runs."""
    merged = merge_cells(notebook, authors_cells(notebook), released={}, runs="whole")
    names = [cell.grade_id for cell in notebook.checks]
    return GradingRun(prepared, limits).judge_notebook(notebook, merged, names)


def shown_by(prepared: Prepared, notebook: SourceNotebook, results: Results) -> Shown:
    """Tell what the results of a whole run show."""
    names = {(notebook.name, cell.grade_id) for cell in notebook.checks} - prepared.doubtful
    outcomes = {results.get(name, {}).get("outcome") for name in names}
    if outcomes <= {"right"}:
        return "same"
    return "differs" if outcomes <= {"right", "partly", "wrong"} else "unfinished"


def _takes_more(prepared: Prepared, notebook: SourceNotebook, handed: MergedNotebook) -> bool:
    """Tell whether a hand-in takes what the author's answers do not take, or a check may change."""
    author = authors_merged(prepared, notebook)
    if _course(handed.steps) - _course(author.steps):
        return True
    own = [step for step in handed.steps if step.learners]
    changed = {name for check in notebook.checks for name in notebook.names(check).touches}
    if any(names_in(step.source, notebook.modules).needs & changed for step in own):
        return True
    known = {name for path in prepared.files for name in (path, path.rpartition("/")[2])}
    return any(name not in known for step in own for name in _files_read(step.source))


def _course(steps: tuple[BoxStep, ...]) -> set[str]:
    return {step.source for step in steps if not step.learners}


def _files_read(code: str) -> Iterator[str]:
    """Yield the texts by which code may name the files that it reads."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in nodes:
        if isinstance(node, ast.Call) and _reads(node.func):
            values = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
            yield from (value for value in values if isinstance(value, str) and "." in value)


def _reads(function: ast.expr) -> bool:
    named = getattr(function, "attr", getattr(function, "id", ""))
    return named in READERS or named.startswith("read_")


def _same(one: MergedNotebook, other: MergedNotebook) -> bool:
    return {(s.name, s.source) for s in one.steps} == {(s.name, s.source) for s in other.steps}
