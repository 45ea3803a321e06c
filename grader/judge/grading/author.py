"""The author's own solution, graded before anybody's: what a check needs, and what it proves.

sealed, sliced ──fails──► sealed, whole ──fails──► beside the code it checks ──fails──► doubtful

Each check is judged in the first way in which its author passes it, for everybody alike; no hand-in
can choose. What the author passes in no way proves nothing about a learner: a person must look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.core.errors import BuildError
from grader.judge.grading.grading_run import UNJUDGED, GradingRun
from grader.judge.reading.assignment import CheckName, Prepared, read_assignment
from grader.judge.reading.handin import MergedNotebook, authors_cells, merge_cells
from grader.judge.reading.source import SourceNotebook
from grader.sandbox.limits import Limits

DEFAULT = Limits()
Failed = dict[CheckName, str]


@dataclass(frozen=True)
class _Tried:
    """One way of grading the author: what failed and why, and what lay where."""

    failed: Failed
    contracts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refused: BuildError | None = None


def prepare(root: Path, assignment: str, *, limits: Limits = DEFAULT) -> Prepared:
    """Read an assignment, and grade its author's own solution.

    Args:
        root: The course.
        assignment: The folder's name.
        limits: What the author's solution may use.

    Raises:
        BuildError: If the assignment is not built, or the course's own code fails.
    """
    return measured(read_assignment(root, assignment), limits=limits)


def measured(prepared: Prepared, *, limits: Limits = DEFAULT) -> Prepared:
    """Grade the author's own solution of an assignment that was read.

    Args:
        prepared: The assignment, or a part of it.
        limits: What the author's solution may use.

    Raises:
        BuildError: If the course's own code fails.
    """
    sliced = _try(prepared, limits)
    prepared = _learned(prepared, sliced)
    if not sliced.failed:
        return prepared
    prepared, left = _whole_where_it_helps(prepared, sliced.failed, limits)
    if sliced.refused is not None and set(left) >= set(sliced.failed):
        raise sliced.refused
    if not left:
        return prepared
    prepared, doubtful = _fail_beside(prepared, left, limits)
    notes = (_doubt(name, left[name]) for name in left if name in doubtful)
    return replace(
        prepared,
        unsealed=frozenset(left) - doubtful,
        doubtful=doubtful,
        notes=(*prepared.notes, *notes),
    )


def _learned(prepared: Prepared, tried: _Tried) -> Prepared:
    """Note what lay where when the author passed a check."""
    contracts = {name: dict(found) for name, found in prepared.contracts.items()}
    for notebook, found in tried.contracts.items():
        passed = {name: one for name, one in found.items() if (notebook, name) not in tried.failed}
        contracts[notebook] = passed | contracts.get(notebook, {})
    return replace(prepared, contracts=contracts)


def _whole_where_it_helps(
    prepared: Prepared, failed: Failed, limits: Limits
) -> tuple[Prepared, Failed]:
    """Let those notebooks run whole in which more checks pass then; return what fails both ways."""
    names = frozenset(notebook for notebook, _ in failed)
    tried = _try(replace(prepared, whole=names), limits)
    helped = [name for name in sorted(names) if _of(name, failed) - _of(name, tried.failed)]
    notes = tuple(
        f"All code of {name} runs for each hand-in: what its checks need cannot be told from it."
        for name in helped
    )
    left = {key: why for key, why in failed.items() if key[0] not in helped or key in tried.failed}
    return replace(_learned(prepared, tried), whole=frozenset(helped), notes=notes), left


def _of(notebook: str, failed: Iterable[CheckName]) -> set[CheckName]:
    return {name for name in failed if name[0] == notebook}


def _fail_beside(
    prepared: Prepared, left: Failed, limits: Limits
) -> tuple[Prepared, frozenset[CheckName]]:
    """Return the checks that fail also beside the code that they check, sliced and whole."""
    beside = replace(prepared, unsealed=frozenset(left))
    doubtful = frozenset(left) & frozenset(_try(beside, limits).failed)
    if not doubtful:
        return prepared, doubtful
    names = frozenset(notebook for notebook, _ in doubtful)
    other = frozenset[str]() if prepared.whole else names
    still = doubtful & frozenset(_try(replace(beside, whole=other), limits).failed)
    if still < doubtful and other:
        prepared = replace(prepared, whole=other)
    return prepared, still


def _doubt(name: CheckName, why: str) -> str:
    """Say that a check proves nothing."""
    fails = f"The author's own solution does not pass the check {name[1]}: {why.rstrip('.')}."
    return f"{fails} So nobody loses points for it; a person must look."


def _try(prepared: Prepared, limits: Limits) -> _Tried:
    """Grade the author's own solution; where the course's own code fails, every check fails."""
    run = GradingRun(prepared, limits)
    try:
        run.judge({one.name: authors_merged(prepared, one) for one in prepared.notebooks})
    except BuildError as error:
        return _Tried(dict.fromkeys(_checks(prepared), str(error)), refused=error)
    results = {key: run.results.get(key, UNJUDGED) for key in _checks(prepared)}
    failed = {key: one["message"] for key, one in results.items() if one["outcome"] != "right"}
    return _Tried(failed, run.contracts)


def _checks(prepared: Prepared) -> list[CheckName]:
    return [(one.name, cell.grade_id) for one, cell in prepared.cells if cell.kind == "check"]


def authors_merged(prepared: Prepared, notebook: SourceNotebook) -> MergedNotebook:
    """Return the author's own solution as a hand-in."""
    return merge_cells(
        notebook,
        authors_cells(notebook),
        released={},
        wanted=wanted_inside(prepared, notebook),
        runs="whole" if notebook.name in prepared.whole else "needed",
    )


def wanted_inside(prepared: Prepared, notebook: SourceNotebook) -> frozenset[str]:
    """Return the names that checks need inside the box: those of checks that are not sealed."""
    inside = [c for c in notebook.checks if (notebook.name, c.grade_id) in prepared.unsealed]
    return frozenset(name for cell in inside for name in notebook.names(cell).needs)
