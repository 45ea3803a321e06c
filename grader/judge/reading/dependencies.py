"""Which statements does a check need? A lesson runs for half a minute; its checks need a second.

Each statement of the course is a unit that binds names, needs names and changes what names stand
for. From what a check needs, the units are followed backward until nothing is missing. Which names
are bound and needed is certain: Python's own compiler says it (`bytecode`). What is changed in
place, or through a file, cannot be certain. So the search rather takes a unit too many than one
too few, and no point is withheld before more has been tried (`grader.judge.grading.second_run`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.judge.reading.bytecode import BytecodeNames, bytecode_names, compiled
from grader.judge.reading.changes import find_changes, imported, with_others

__all__ = ["Names", "Unit", "imported", "names_in", "needed_units", "units_of"]
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
NOTHING = frozenset[str]()
EVERYTHING = "<everything>"
"""Stands for all names, where code looks names up by their text."""
FILES = frozenset({"<files>"})
"""Stands for whatever later code may meet without naming it, among the names that functions set."""


@dataclass(frozen=True)
class Names:
    """What a piece of code does with names of the notebook.

    Attributes:
        binds: Names to which it gives a value.
        needs: Names whose value it takes from earlier code; EVERYTHING where it may take any.
        changes: Names whose value it changes in place.
        sets: Names that functions defined here bind or change when they are called.
        mobile: Names that it binds to a thing that moves on when it is read, such as a file.
        same: Pairs of names that stand for one object, or for parts of it, since it ran.
        always: Whether later code may need it without naming it: it writes a file, or imports *.
    """

    binds: frozenset[str] = NOTHING
    needs: frozenset[str] = NOTHING
    changes: frozenset[str] = NOTHING
    sets: frozenset[str] = NOTHING
    mobile: frozenset[str] = NOTHING
    same: frozenset[tuple[str, str]] = frozenset()
    always: bool = False

    @property
    def touches(self) -> frozenset[str]:
        """Names that are not as before once it has run."""
        return self.binds | self.changes


@dataclass(frozen=True)
class Unit:
    """One statement of the course, or one cell of a learner, and where it stands."""

    cell: int
    source: str
    names: Names


def names_in(source: str, modules: Iterable[str] = ()) -> Names:
    """Return what code does with names; nothing is known of code that cannot be compiled.

    Args:
        source: Python code.
        modules: Names that stand for modules: calling their functions changes them only if the
            function is known to set something.

    >>> found = names_in("rows = read(path)\\nrows['x'] = 1")
    >>> sorted(found.binds), sorted(found.needs), sorted(found.changes)
    (['rows'], ['path', 'read'], ['rows'])
    """
    return _read(source, frozenset(modules))


@lru_cache(1000)  # a class hands in the same cells again and again
def _read(source: str, modules: frozenset[str]) -> Names:
    try:
        tree = ast.parse(source)
        return _names_of(tree, bytecode_names(compiled(tree)), modules)
    except UNPARSABLE:
        return Names()


def _names_of(tree: ast.Module, found: BytecodeNames, modules: frozenset[str]) -> Names:
    changes = find_changes(tree, modules | imported(tree))
    every = {EVERYTHING} if changes.everything else NOTHING
    # The text of a timing magic is code that runs here.
    inner = [names_in(text, modules) for text in changes.code]
    return Names(
        binds=found.binds.union(*(one.binds for one in inner)),
        needs=found.needs.union(*(one.needs for one in inner), every),
        changes=changes.here.union(*(one.changes for one in inner)),
        sets=found.sets | (changes.inside & found.inner) | (FILES if changes.writes else NOTHING),
        mobile=changes.mobile,
        same=changes.same,
        always=changes.always,
    )


def units_of(source: str, cell: int, modules: Iterable[str]) -> list[Unit]:
    """Return the statements of a cell, each as a unit of its own."""
    body = ast.parse(source).body
    future = [one for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    first = "".join(f"{ast.unparse(one)}\n" for one in future)  # it holds for the whole cell
    texts = [first + ast.unparse(one) for one in body if one not in future]
    return [Unit(cell, text, names_in(text, modules)) for text in texts]


def needed_units(units: Sequence[Unit], wanted: Iterable[str]) -> list[Unit]:
    """Return the units on which some names depend, in their order.

    >>> course = [Unit(0, s, names_in(s)) for s in ("a = 1", "b = a + 1", "c = slow()")]
    >>> [unit.source for unit in needed_units(course, {"b"})]
    ['a = 1', 'b = a + 1']
    """
    touches = _touches(units)
    names, chosen = {*wanted, *FILES}, set[int]()
    more = {n for n, unit in enumerate(units) if unit.names.always}
    while True:
        chosen |= more
        names |= {name for n in more for name in units[n].names.needs}
        if EVERYTHING in names:
            return list(units)
        setters = _setters(units, names)
        more = {
            n for n, unit in enumerate(units) if touches[n] & names or unit.names.needs & setters
        } - chosen
        if not more:
            return [units[n] for n in sorted(chosen)]


def _touches(units: Sequence[Unit]) -> list[frozenset[str]]:
    """Return what each unit binds or changes: also through another name, or by reading on."""
    mobile = NOTHING.union(*(unit.names.mobile for unit in units))
    same = {pair for unit in units for pair in unit.names.same}
    return [
        unit.names.binds | with_others(set(unit.names.changes), same) | (unit.names.needs & mobile)
        for unit in units
    ]


def _setters(units: Sequence[Unit], names: set[str]) -> set[str]:
    """Return the functions whose call sets or changes one of the names."""
    found = [unit.names.binds for unit in units if unit.names.sets & names]
    return {name for binds in found for name in binds}
