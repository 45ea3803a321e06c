"""A number question with figures of each learner's own: its table, filled in for each set of them.

    [m1-hours]
    text = "The job takes {hours} hours. You get {workers} workers at {efficiency}. How long now?"
    answer = "hours / (workers * efficiency)"
    tolerance = 0.06
    because = "{hours} / {workers * efficiency} = {hours / (workers * efficiency):.1f} hours."
    hints = { "<{hours / workers}" = "Not even perfect workers are as fast as that.", ... }
    figures = [
        { hours = 10, workers = 4, efficiency = 0.9 },     # the author's own
        { hours = 12, workers = 4, efficiency = 0.9 },     # at least five more
    ]

A table without figures is one set of them, with nothing to fill in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from grader.build.formulas import FUNCTIONS, Figures, filled, names_in, value_of

Table = Mapping[str, Any]

FEWEST = 6  # with fewer, neighbours would often have the same
TEXTS = ("text", "because")
NUMBERS = ("answer", "tolerance", "low", "high")


def filled_tables(table: Table) -> list[tuple[Figures, dict[str, Any]]]:
    """Return each set of figures of a table, and the table with them filled in.

    Raises:
        ValueError: If the figures are no sets of numbers under the same names, too few, not all
            told, or if two of them have one answer; if a formula cannot be used.
    """
    if "figures" not in table:
        return [({}, dict(table))]
    _check(table["figures"], table["text"])
    tables: list[tuple[Figures, dict[str, Any]]] = []
    for figures in table["figures"]:
        with saying(figures):
            own = _filled(table, figures)
            same = [abs(own["answer"] - other["answer"]) <= own["tolerance"] for _, other in tables]
            if any(same):
                raise ValueError(f"the answer is that of {in_words(tables[same.index(True)][0])}")
            tables.append((figures, own))
    return tables


def authors_table(table: Table) -> dict[str, Any]:
    """Return a table with the author's own figures filled in; as it is where it has none."""
    sets = table.get("figures", [])
    return _filled(table, sets[0]) if sets else dict(table)


@contextmanager
def saying(figures: Figures) -> Iterator[None]:
    """Let an error name the figures with which it came up."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"with {in_words(figures)}: {error}" if figures else str(error)) from error


def in_words(figures: Figures) -> str:
    """Return figures as an author wrote them.

    >>> in_words({"hours": 12, "efficiency": 0.9})
    'hours = 12, efficiency = 0.9'
    """
    return ", ".join(f"{name} = {value:g}" for name, value in figures.items())


def _filled(table: Table, figures: Figures) -> dict[str, Any]:
    texts = {name: filled(table[name], figures) for name in TEXTS if name in table}
    numbers = {name: value_of(table[name], figures) for name in NUMBERS if name in table}
    hints = table.get("hints", {})
    said = [(filled(rule, figures), filled(hint, figures)) for rule, hint in hints.items()]
    rules = [rule for rule, _ in said]
    twice = [rule for rule in rules if rules.count(rule) > 1]
    if twice:
        raise ValueError(f"two hints are for {twice[0]!r}")
    rest = {name: value for name, value in table.items() if name != "figures"}
    return rest | texts | numbers | {"hints": dict(said)}


def _check(sets: Sequence[Figures], text: str) -> None:
    if len(sets) < FEWEST:
        raise ValueError(f"figures needs at least {FEWEST} sets, and has {len(sets)}")
    names = sets[0].keys()
    for figures in sets:
        if figures.keys() != names:
            raise ValueError(f"each set of figures needs {', '.join(names)}, and nothing else")
        for name, value in figures.items():
            if type(value) not in (int, float) or not math.isfinite(value):
                raise ValueError(f"the figure {name} = {value!r} is no number")
    taken = [name for name in names if not name.isidentifier() or name in FUNCTIONS]
    if taken:
        raise ValueError(f"no figure can have the name {taken[0]}")
    unused = sorted(names - names_in(text))
    if unused:
        raise ValueError(f"the text does not tell the figure {unused[0]}")
