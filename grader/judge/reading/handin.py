"""Merge, do not trust: from a hand-in come answers, extra cells and prose, and nothing else.

Grade ids, points, locked cells, checks, tags and metadata are those of the source notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from grader.core.matching import Pair, match_cells, strange_signs
from grader.core.notebooks import LEFT_OUT, MOST_CELLS, Cell, Unreadable, read_hand_in
from grader.core.records import full_name
from grader.judge.reading.dependencies import Names, Unit, names_in, needed_units
from grader.judge.reading.magics import as_python
from grader.judge.reading.source import SourceCell, SourceNotebook, is_learners

Runs = Literal["needed", "own", "whole"]
"""needed: the answers, and whatever they need. own: all that the learner wrote, and whatever that
needs. whole: all of it, as in JupyterLab."""
Place = tuple[int, int]
"""Where code stands: the index of a source cell, and a number among what follows that cell."""


@dataclass(frozen=True)
class BoxStep:
    """Code that runs in the box, in the order of places."""

    place: Place
    name: str
    source: str
    binds: tuple[str, ...]
    learners: bool


@dataclass(frozen=True)
class MergedNotebook:
    """What one handed-in notebook holds of its learner, put into the source notebook.

    Attributes:
        steps: What the box runs.
        cells: The code of answers as it was handed in, by the full names of the cells.
        written: Prose, and code that a person marks, by the full names of the cells.
        untouched: Grade ids whose cell is as it was released, or missing. Never a task: its answer
            may stand anywhere, so a person always looks.
        notes: What was odd, for the instructor.
        problem: Why the notebook cannot be read, "" if it can.
    """

    steps: tuple[BoxStep, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class _Placed:
    """One cell of a hand-in, at the place where it belongs, and the source cell it answers."""

    place: Place
    text: str
    is_code: bool
    source: SourceCell | None


def merge(
    source: SourceNotebook,
    path: Path,
    *,
    released: Mapping[str, str],
    wanted: frozenset[str] = frozenset(),
    runs: Runs = "needed",
) -> MergedNotebook:
    """Merge one handed-in notebook.

    Args:
        source: What it answers.
        path: The file that was handed in.
        released: What learners got, by grade id, where it is known.
        wanted: Names of the course that the box must have, besides those that answers need.
        runs: How much of the code runs.
    """
    try:
        cells = read_hand_in(path)
    except Unreadable as error:
        return MergedNotebook(problem=str(error))
    return merge_cells(source, cells, released=released, wanted=wanted, runs=runs)


def authors_cells(source: SourceNotebook) -> list[Cell]:
    """Return the source notebook as if its author had handed it in."""
    return [_as_cell(cell, cell.text) for cell in source.cells]


def _as_cell(cell: SourceCell, text: str) -> Cell:
    kind, writable = "code" if cell.is_code else "markdown", cell.kind in ("answer", "manual")
    marks = {"solution": writable and not cell.is_task}
    return Cell(text, kind, cell.cell_id, cell.grade_id, marks)


def merge_cells(
    source: SourceNotebook,
    cells: list[Cell],
    *,
    released: Mapping[str, str],
    wanted: frozenset[str] = frozenset(),
    runs: Runs = "needed",
) -> MergedNotebook:
    """Merge the cells of a hand-in that has been read."""
    ours = [_as_cell(cell, cell.stub) for cell in source.cells]
    matched = match_cells(ours, cells)
    pairs, doubled = _without_blank_copies(source, matched.pairs, released)
    placed = list(_place(source, pairs))
    answers = _answers(placed)
    code = [cell for cell in source.cells if is_learners(cell)]
    manual = [cell for cell in source.cells if cell.kind == "manual"]

    def name(cell: SourceCell) -> str:
        return full_name(source.name, cell.grade_id)

    touchable = code + [cell for cell in manual if not cell.is_code and not cell.is_task]
    return MergedNotebook(
        steps=tuple(_steps(source, placed, wanted, runs=runs)),
        cells={name(c): answers[c.grade_id] for c in code if c.grade_id in answers},
        written={name(cell): _written(cell, placed, released) for cell in manual},
        untouched=frozenset(c.grade_id for c in touchable if _untouched(c, answers, released)),
        notes=(*_left_out(cells), *matched.notes, *doubled, *strange_signs(pairs, ours)),
    )


def _left_out(cells: list[Cell]) -> Iterator[str]:
    for number, cell in enumerate(cells, 1):
        if cell.cell_type in LEFT_OUT:
            yield f"Cell {number} of the hand-in was left out: it {LEFT_OUT[cell.cell_type]}."


def _answers(placed: list[_Placed]) -> dict[str, str]:
    """Return what was written into each cell, by grade id; copies follow each other."""
    texts: dict[str, dict[str, None]] = {}
    for cell in placed:
        if cell.source is not None:
            texts.setdefault(cell.source.grade_id, {})[cell.text] = None
    return {name: "\n\n".join(copies) for name, copies in texts.items()}


def _without_blank_copies(
    source: SourceNotebook, pairs: list[Pair], released: Mapping[str, str]
) -> tuple[list[Pair], list[str]]:
    """Drop copies of a cell in which nothing was written, if something was in another one."""
    notes, kept = [], pairs
    for index in {n for _, n in pairs if n is not None}:
        cell, copies = source.cells[index], [one for one in pairs if one[1] == index]
        if len(copies) == 1 or cell.kind not in ("answer", "manual"):
            continue
        blank = [one for one in copies if _is_blank(cell, one[0].source, released)]
        gone = {id(one) for one in blank if len(blank) < len(copies)}
        kept = [one for one in kept if id(one) not in gone]
        left = "all that were written count, in order." if gone else "all of them count, in order."
        notes.append(f"The cell {cell.grade_id} stands {len(copies)} times in the hand-in; {left}")
    return kept, sorted(notes)


def _place(source: SourceNotebook, pairs: list[Pair]) -> Iterator[_Placed]:
    """Give each handed-in cell its place: that of its source cell, or after the one before it."""
    here, number, seen = -1, 0, set[int]()
    for cell, index in pairs:
        number += 1
        if index is not None and index in seen:  # a copy belongs to the first, wherever it stands
            yield _Placed(
                (index, MOST_CELLS + number), cell.source, cell.is_code, source.cells[index]
            )
            continue
        if index is not None:
            seen.add(index)
            here, number = index, 0
        known = None if index is None else source.cells[index]
        yield _Placed((here, number), cell.source, cell.is_code, known)


def _steps(
    source: SourceNotebook, placed: list[_Placed], wanted: frozenset[str], *, runs: Runs
) -> Iterator[BoxStep]:
    """Return the learner's code, and of the course what that code needs, or all of it."""
    mandatory, optional = _learners_units(source, placed)
    own = [unit for _, unit in mandatory.values()]
    own += optional.values() if runs != "needed" else []
    names = {name for unit in own for name in unit.names.needs}
    pool = [*source.course_units, *optional.values()]
    found = needed_units(pool, names | wanted | source.learners_names)
    needed = {id(unit) for unit in (found if runs != "whole" else pool)}
    for number, unit in enumerate(source.course_units):
        if id(unit) in needed:
            yield BoxStep((unit.cell, -len(pool) + number), "course", unit.source, (), False)
    for place, unit in optional.items():
        if id(unit) in needed or runs == "own":
            name = f"cell-{place[0]}-{place[1]}"
            yield BoxStep(place, name, unit.source, _binds(unit.names), True)
    for place, (grade_id, unit) in mandatory.items():
        binds = _binds(unit.names) or _binds(_source_names(source, grade_id))
        yield BoxStep(place, grade_id, unit.source, binds, True)
    yield from _shown_checks(source, {"needed": set[str](), "own": names}.get(runs))


def _shown_checks(source: SourceNotebook, names: set[str] | None) -> Iterator[BoxStep]:
    """Return what learners see of the checks that touch some names, or of all checks.

    A check may change an object that later cells use. The judge brings the box to the place of a
    check, and no further, so each of them runs after its verdict.
    """
    for cell in source.checks:
        code = as_python(cell.stub)
        touched = names_in(code, source.modules).touches
        if names is None or touched & names:
            yield BoxStep((cell.index, 0), shown_name(cell.grade_id), code, (), False)


def shown_name(grade_id: str) -> str:
    """Return the name of the step that runs what learners see of a check."""
    return f"{grade_id} as shown"


def _learners_units(
    source: SourceNotebook, placed: list[_Placed]
) -> tuple[dict[Place, tuple[str, Unit]], dict[Place, Unit]]:
    """Return the answers, with their grade ids, and the other code that the learner wrote."""
    answers: dict[Place, tuple[str, Unit]] = {}
    others: dict[Place, Unit] = {}
    for cell in placed:
        kind = cell.source.kind if cell.source is not None else None
        if not cell.is_code or kind in ("check", "question"):
            continue
        code = as_python(cell.text)
        unit = Unit(cell.place[0], code, names_in(code, source.modules))
        if cell.source is not None and is_learners(cell.source):
            answers[cell.place] = cell.source.grade_id, unit
        elif cell.source is None or cell.text.strip() != cell.source.stub.strip():
            others[cell.place] = unit
    return answers, others


def _binds(names: Names) -> tuple[str, ...]:
    return tuple(sorted(names.touches))


def _source_names(source: SourceNotebook, grade_id: str) -> Names:
    return next(source.names(cell) for cell in source.cells if cell.grade_id == grade_id)


def _written(cell: SourceCell, placed: list[_Placed], released: Mapping[str, str]) -> str:
    """Return what was written into a cell, or below it where it only sets a task."""
    copies = dict.fromkeys(other.text for other in placed if other.source is cell)
    answer = "\n\n".join(copies)
    if answer.strip() != released.get(cell.grade_id, cell.stub).strip():
        return answer
    below = [c.text for c in placed if c.place[0] == cell.index and c.source is None]
    return "\n\n".join([answer, *below])


def _untouched(cell: SourceCell, answers: Mapping[str, str], released: Mapping[str, str]) -> bool:
    answer = answers.get(cell.grade_id)
    return answer is None or _is_blank(cell, answer, released)


def _is_blank(cell: SourceCell, answer: str, released: Mapping[str, str]) -> bool:
    shortened = essence if cell.is_code else str.strip
    return shortened(answer) == shortened(released.get(cell.grade_id, cell.stub))


def essence(code: str) -> str:
    """Return code without comments of their own line, empty lines and the stub's `raise`.

    >>> essence("def f():\\n    # Write here\\n    raise NotImplementedError()\\n")
    'def f():'
    """
    lines = (line.rstrip() for line in code.split("\n"))
    kept = [line for line in lines if line and not re.match(r"\s*(#|raise NotImplemented)", line)]
    return "\n".join(kept)
