"""Which cell of a hand-in stands for which of ours, and the repair of what slipped in an editor.

    name, id, text ─► type ─► merged with a neighbour ─► split in two ─► neither name nor id left

Whatever is certain is repaired and noted; what is not stays as it is. Nothing here decides a
point: code that is found runs, and its checks say whether it is right.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from speedlab.course.lessons.cells import Cell

Pair = tuple[Cell, int | None]
STRANGE = re.compile("[\u00a0\u2007\u202f\u200b\ufeff\u2018\u2019\u201c\u201d\u2013\u2212]")
"""Blanks, quotes and dashes of word processors, which Python refuses outside of texts."""
BINDS = re.compile(r"(?m)^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*=(?!=)")


@dataclass
class Matched:
    """The cells of a hand-in, each with the number of ours, and what was repaired."""

    pairs: list[Pair] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match_cells(ours: Sequence[Cell], handed_in: Iterable[Cell]) -> Matched:
    """Find for each cell of a hand-in the one of ours that it stands for.

    The name that nbgrader gave it says so, else the notebook's id, else its text: editors and
    learning systems drop metadata and ids. Where learners write, a type that was changed by a slip
    is changed back, and a cell that lost everything is found by its place between the others.

    Args:
        ours: What was released. A cell to write in is never found by its text: a copy of a stub
            is no answer.
        handed_in: What came back.
    """
    pairs = list(_known(ours, handed_in))
    matched = Matched()
    for change in (_retyped, _unmerged, _rejoined, _found_by_place):
        pairs = list(change(ours, pairs, matched.notes))
    matched.pairs = pairs
    return matched


def _known(ours: Sequence[Cell], handed_in: Iterable[Cell]) -> Iterator[Pair]:
    by_name = {cell.grade_id: number for number, cell in enumerate(ours)}
    by_id = {cell.cell_id: number for number, cell in enumerate(ours)}
    by_text = {cell.source.strip(): n for n, cell in enumerate(ours) if not _is_writable(cell)}
    for numbers in (by_name, by_id, by_text):
        numbers.pop("", None)
    for cell in handed_in:
        number = by_name.get(cell.grade_id, by_id.get(cell.cell_id))
        if number is None:
            number = by_text.get(cell.source.strip())
            same = number is not None and ours[number].is_code == cell.is_code
            number = number if same else None
        yield cell, number


def _is_writable(cell: Cell) -> bool:
    return "solution" in cell.kinds


def _name(cell: Cell) -> str:
    return cell.grade_id or cell.cell_id or "without a name"


def _retyped(ours: Sequence[Cell], pairs: list[Pair], notes: list[str]) -> Iterator[Pair]:
    """Give a cell to write in its own type back; another cell of another type is none of ours."""
    for cell, number in pairs:
        if number is None or ours[number].is_code == cell.is_code:
            yield cell, number
        elif _is_writable(ours[number]):
            kinds = f"{cell.cell_type}, not {ours[number].cell_type}"
            notes.append(f"The cell {_name(ours[number])} was handed in as {kinds}: changed back.")
            yield replace(cell, cell_type=ours[number].cell_type), number
        else:
            yield cell, None


def _unmerged(ours: Sequence[Cell], pairs: list[Pair], notes: list[str]) -> Iterator[Pair]:
    """Take apart an answer and a cell of ours that were merged, before it or after it."""
    there = {number for _, number in pairs}
    for cell, number in pairs:
        merged = None if number is None else _parts(ours, cell, number, there)
        if merged is None:
            yield cell, number
            continue
        names = " and ".join(_name(ours[n]) for _, n in merged if n is not None)
        notes.append(f"Cells were merged in the hand-in and taken apart: {names}.")
        there |= {n for _, n in merged}
        yield from merged


def _parts(
    ours: Sequence[Cell], cell: Cell, number: int, there: set[int | None]
) -> list[Pair] | None:
    """Return a cell that holds the text of a locked one and more as two, None if it does not."""
    text = cell.source.strip()
    for step in (1, -1):  # the locked cell stands first, or last
        locked = number - step if _is_writable(ours[number]) else number
        if not 0 <= locked < len(ours) or _is_writable(ours[locked]):
            continue
        own, answer = ours[locked].source.strip(), locked + step
        if not own or text == own or (locked != number and locked in there):
            continue
        rest = text.removeprefix(own) if step == 1 else text.removesuffix(own)
        if rest == text or not (rest[:1] if step == 1 else rest[-1:]).isspace():
            continue
        # Only an answer that is not there can be in it: else somebody added words to ours.
        gone = 0 <= answer < len(ours) and (answer == number or answer not in there)
        if not gone or not _is_writable(ours[answer]):
            continue
        parts: list[Pair] = [
            (replace(cell, source=own, cell_type=ours[locked].cell_type), locked),
            (Cell(rest.strip("\n"), ours[answer].cell_type), answer),
        ]
        return parts[::step]
    return None


def _rejoined(ours: Sequence[Cell], pairs: list[Pair], notes: list[str]) -> Iterator[Pair]:
    """Join an answer that was split inside a definition: the second half alone is no code."""
    before: Pair | None = None
    for cell, number in pairs:
        joined = None if before is None else _joined(ours, before, (cell, number))
        if before is not None and joined is None:
            yield before
        if joined is not None:
            assert before is not None and before[1] is not None
            notes.append(f"The cell {_name(ours[before[1]])} was split in two: joined again.")
        before = joined or (cell, number)
    if before is not None:
        yield before


def _joined(ours: Sequence[Cell], first: Pair, second: Pair) -> Pair | None:
    (one, number), (two, other) = first, second
    if number is None or other not in (None, number) or not (one.is_code and two.is_code):
        return None
    if not _is_writable(ours[number]) or _is_python(two.source) or not two.source.strip():
        return None
    for between in ("\n", "\n    "):  # some editors cut the blanks at the place of the split
        text = f"{one.source}{between}{two.source}"
        if _is_python(text):
            return replace(one, source=text), number
    return None


def _is_python(text: str) -> bool:
    try:
        compile(text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _found_by_place(ours: Sequence[Cell], pairs: list[Pair], notes: list[str]) -> list[Pair]:
    """Find cells to write in that lost name and id: by what they bind, then by their place."""
    found = list(pairs)
    for number, cell in enumerate(ours):
        if not _is_writable(cell) or any(n == number for _, n in found):
            continue
        free = [p for p in _between(found, number) if found[p][0].is_code == cell.is_code]
        free = [p for p in free if found[p][0].source.strip()]
        named = [p for p in free if _bound(cell) & _bound(found[p][0])]
        if not cell.is_code or not _bound(cell):
            named = free[:1]
        for place in named:
            found[place] = found[place][0], number
            notes.append(f"The cell {_name(cell)} had lost its name: found by its place.")
    return found


def _bound(cell: Cell) -> set[str]:
    return {one or two for one, two in BINDS.findall(cell.source)} if cell.is_code else set()


def _between(pairs: Sequence[Pair], number: int) -> Iterator[int]:
    """Yield the places of cells that are none of ours, where a cell of ours should stand."""
    places = {n: place for place, (_, n) in enumerate(pairs) if n is not None}
    before = max((n for n in places if n < number), default=None)
    first = -1 if before is None else places[before]
    after = [place for n, place in places.items() if n > number and place > first]
    yield from (p for p in range(first + 1, min(after, default=len(pairs))) if pairs[p][1] is None)


def strange_signs(cells: Iterable[Pair], ours: Sequence[Cell]) -> Iterator[str]:
    """Say which answers no Python can read for the blanks or quotes of a word processor."""
    for cell, number in cells:
        if number is None or not cell.is_code or not _is_writable(ours[number]):
            continue
        if STRANGE.search(cell.source) and not _is_python(cell.source):
            name = _name(ours[number])
            yield f"The cell {name} holds blanks, quotes or dashes that are no code: look at it."
