"""Merge, do not trust: from a hand-in come answers, extra cells and prose, and nothing else.

Grade ids, points, locked cells, checks, tags and metadata are those of the source notebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from grader.slicing import Names, Unit, names_in, needed_units
from grader.source import SourceCell, SourceNotebook, as_python, is_learners
from grader.verdicts import full_name

LARGEST_BYTES = 25_000_000
MOST_CELLS = 2_000
LONGEST_CELL = 500_000
Place = tuple[int, int]
"""Where code stands: the index of a source cell, and a number among what follows that cell."""


@dataclass(frozen=True)
class Step:
    """Code that runs in the box, in the order of places."""

    place: Place
    name: str
    source: str
    binds: tuple[str, ...]
    learners: bool


@dataclass(frozen=True)
class Merged:
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

    steps: tuple[Step, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class _Placed:
    """One cell of a hand-in, at the place where it belongs; known is the source cell it answers."""

    place: Place
    text: str
    is_code: bool
    known: SourceCell | None


class Handed(TypedDict):
    """A cell as it was handed in: all that is taken from it."""

    is_code: bool
    text: str
    grade_id: str
    cell_id: str


class Unreadable(ValueError):
    """The hand-in is no notebook; the text says why, for the learner."""


def merge(
    source: SourceNotebook,
    path: Path,
    *,
    released: Mapping[str, str],
    wanted: frozenset[str] = frozenset(),
) -> Merged:
    """Merge one handed-in notebook.

    Args:
        source: What it answers.
        path: The file that was handed in.
        released: What learners got, by grade id, where it is known.
        wanted: Names of the course that the box must have, besides those that answers need.
    """
    try:
        cells = read_cells(path)
    except Unreadable as error:
        return Merged(problem=str(error))
    return merge_cells(source, cells, released=released, wanted=wanted)


def authors_cells(source: SourceNotebook) -> list[Handed]:
    """Return the source notebook as if its author had handed it in."""
    return [
        {"is_code": c.is_code, "text": c.text, "grade_id": c.grade_id, "cell_id": c.cell_id}
        for c in source.cells
    ]


def merge_cells(
    source: SourceNotebook,
    cells: list[Handed],
    *,
    released: Mapping[str, str],
    wanted: frozenset[str] = frozenset(),
) -> Merged:
    """Merge the cells of a hand-in that has been read."""
    found = list(_place(source, cells))
    answers = {one.known.grade_id: one.text for one in found if one.known is not None}
    code = [cell for cell in source.cells if is_learners(cell)]
    manual = [cell for cell in source.cells if cell.kind == "manual"]

    def name(cell: SourceCell) -> str:
        return full_name(source.name, cell.grade_id)

    touchable = code + [cell for cell in manual if not cell.is_code and not cell.is_task]
    return Merged(
        steps=tuple(_steps(source, found, wanted)),
        cells={name(c): answers[c.grade_id] for c in code if c.grade_id in answers},
        written={name(cell): _written(cell, found, released) for cell in manual},
        untouched=frozenset(c.grade_id for c in touchable if _untouched(c, answers, released)),
        notes=tuple(_oddities(found)),
    )


def read_cells(path: Path) -> list[Handed]:
    """Read the cells of a hand-in; size and shape are checked before anything else.

    Raises:
        Unreadable: If it is missing, too large or no notebook.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise Unreadable(f"{path.name} is larger than {LARGEST_BYTES // 1_000_000} MB.")
        cells = json.loads(content)["cells"]
        plain = [_plain(cell) for cell in cells[: MOST_CELLS + 1]]
    except FileNotFoundError as error:
        raise Unreadable(f"The hand-in holds no {path.name}.") from error
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
        raise Unreadable(f"{path.name} is no notebook.") from error
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"{path.name} is no notebook: it is damaged.") from error
    if len(plain) > MOST_CELLS:
        raise Unreadable(f"{path.name} has more than {MOST_CELLS} cells.")
    return plain


def _plain(cell: Mapping[str, Any]) -> Handed:
    source = cell.get("source", "")
    text = source if isinstance(source, str) else "".join(source)
    if len(text) > LONGEST_CELL:
        raise Unreadable(f"A cell is longer than {LONGEST_CELL} characters.")
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return {
        "is_code": cell["cell_type"] == "code",
        "text": text,
        "grade_id": name if isinstance(name, str) else "",
        "cell_id": cell["id"] if isinstance(cell.get("id"), str) else "",
    }


def _place(source: SourceNotebook, cells: list[Handed]) -> Iterator[_Placed]:
    """Give each handed-in cell its place: that of its source cell, or after the one before it."""
    by_grade = {cell.grade_id: cell for cell in source.cells if cell.grade_id}
    by_id = {cell.cell_id: cell for cell in source.cells if cell.cell_id}
    by_text = {cell.stub.strip(): cell for cell in source.cells if not cell.grade_id}
    here, number, seen = -1, 0, set[int]()
    for cell in cells:
        known = by_grade.get(cell["grade_id"]) or by_id.get(cell["cell_id"])
        known = known or by_text.get(cell["text"].strip())
        if known is not None and known.is_code != cell["is_code"]:
            known = None
        number += 1
        if known is None or known.index in seen:
            yield _Placed((here, number), cell["text"], cell["is_code"], known)
            continue
        seen.add(known.index)
        here, number = known.index, 0
        yield _Placed((here, 0), cell["text"], cell["is_code"], known)


def _steps(source: SourceNotebook, found: list[_Placed], wanted: frozenset[str]) -> Iterator[Step]:
    """Return the learner's code, and of the course what that code needs."""
    mandatory: dict[Place, tuple[str, Unit]] = {}
    optional: dict[Place, Unit] = {}
    for one in found:
        if not one.is_code or (one.known is not None and one.known.kind in ("check", "question")):
            continue
        code = as_python(one.text)
        unit = Unit(one.place[0], code, names_in(code, source.modules))
        if one.known is not None and is_learners(one.known):
            mandatory[one.place] = one.known.grade_id, unit
        elif one.known is None or one.text.strip() != one.known.stub.strip():
            optional[one.place] = unit
    names = {name for _, unit in mandatory.values() for name in unit.names.needs}
    pool = [*source.course_units, *optional.values()]
    needed = {id(unit) for unit in needed_units(pool, names | wanted | source.learners_names)}
    for number, unit in enumerate(source.course_units):
        if id(unit) in needed:
            yield Step((unit.cell, -len(pool) + number), "course", unit.source, (), False)
    for place, unit in optional.items():
        if id(unit) in needed:
            yield Step(place, f"cell-{place[0]}-{place[1]}", unit.source, _binds(unit.names), True)
    for place, (grade_id, unit) in mandatory.items():
        binds = _binds(unit.names) or _binds(_source_names(source, grade_id))
        yield Step(place, grade_id, unit.source, binds, True)


def _binds(names: Names) -> tuple[str, ...]:
    return tuple(sorted(names.touches))


def _source_names(source: SourceNotebook, grade_id: str) -> Names:
    return next(source.names(cell) for cell in source.cells if cell.grade_id == grade_id)


def _written(cell: SourceCell, found: list[_Placed], released: Mapping[str, str]) -> str:
    """Return what was written into a cell, or below it where it only sets a task."""
    answer = next((one.text for one in found if one.known is cell), "")
    if answer.strip() != released.get(cell.grade_id, cell.stub).strip():
        return answer
    below = [one.text for one in found if one.place[0] == cell.index and one.known is None]
    return "\n\n".join([answer, *below])


def _untouched(cell: SourceCell, answers: Mapping[str, str], released: Mapping[str, str]) -> bool:
    answer = answers.get(cell.grade_id)
    if answer is None:
        return True
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


def _oddities(found: list[_Placed]) -> Iterator[str]:
    names = [one.known.grade_id for one in found if one.known is not None and one.known.grade_id]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"The cell {name} stands more than once in the hand-in; all of them ran, in order."
