"""The marked regions of a cell: what learners see and what they must not see.

What the markers are called is the course's own affair: nbgrader's settings say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Pair = tuple[str, str]
SOLUTION: Pair = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN_TESTS: Pair = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
MARK_SCHEME: Pair = ("BEGIN MARK SCHEME", "END MARK SCHEME")


@dataclass(frozen=True)
class Markers:
    """What begins and ends each kind of region; a line that holds one of them is a marker."""

    solution: Pair = SOLUTION
    hidden_tests: Pair = HIDDEN_TESTS
    mark_scheme: Pair = MARK_SCHEME

    @property
    def pairs(self) -> tuple[Pair, Pair, Pair]:
        """The kinds in the order in which nbgrader looks for them."""
        return self.solution, self.hidden_tests, self.mark_scheme

    @property
    def all(self) -> tuple[str, ...]:
        """Every marker."""
        return tuple(marker for pair in self.pairs for marker in pair)

    def at(self, line: str) -> tuple[Pair, bool] | None:
        """Return whose marker a line holds, and whether it begins the region; None without one."""
        found = ((pair, n == 0) for pair in self.pairs for n in (0, 1) if pair[n] in line)
        return next(found, None)

    def hidden_lines(self, source: str) -> frozenset[int]:
        """Return the numbers of the lines, from 1, that nbgrader takes out as hidden tests.

        >>> sorted(Markers().hidden_lines("a\\n# BEGIN HIDDEN TESTS\\nb\\n# END HIDDEN TESTS\\nc"))
        [2, 3, 4]
        """
        return _lines_of(self.hidden_tests, source.split("\n"))

    def released(self, source: str) -> str:
        """Return a source without any region, as nbgrader releases it; stubs are not put in."""
        lines = source.split("\n")
        for pair in self.pairs:
            gone = _lines_of(pair, lines)
            lines = [line for number, line in enumerate(lines, 1) if number not in gone]
        return "\n".join(lines)


def _lines_of(pair: Pair, lines: Sequence[str]) -> frozenset[int]:
    (begin, end), inside, found = pair, False, set[int]()
    for number, line in enumerate(lines, 1):
        if begin in line or end in line or inside:
            found.add(number)
        inside = begin in line or (inside and end not in line)
    return frozenset(found)


USUAL = Markers()


def course_markers(root: Path) -> Markers:
    """Return the markers of a course, as nbgrader finds them in its settings."""
    from nbgrader import preprocessors

    from grader.core.nbgrader import course_config, exporter_of, quiet

    with quiet():
        exporter = exporter_of(course_config(root))
        solution = preprocessors.ClearSolutions(parent=exporter)
        tests = preprocessors.ClearHiddenTests(parent=exporter)
        scheme = preprocessors.ClearMarkScheme(parent=exporter)
    return Markers(
        (solution.begin_solution_delimeter, solution.end_solution_delimeter),
        (tests.begin_test_delimeter, tests.end_test_delimeter),
        (scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter),
    )


@dataclass(frozen=True)
class Regions:
    """The lines of one cell, by who may read them; markers are in none of them."""

    visible: tuple[str, ...]
    solution: tuple[str, ...]
    hidden_tests: tuple[str, ...]
    opened: tuple[str, ...]  # the markers that began a region, in the order met
    mark_scheme: tuple[str, ...] = ()

    @property
    def secret(self) -> tuple[str, ...]:
        """Return the lines that must not be released."""
        return self.solution + self.hidden_tests + self.mark_scheme


def split_regions(source: str, markers: Markers = USUAL) -> Regions:
    r"""Sort the lines of a cell into visible, solution, hidden-test and mark-scheme lines.

    >>> split_regions("a = 1\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION").secret
    ('b = 2',)

    Raises:
        ValueError: When a marker is nested, never closed or never opened.
    """
    lines: dict[Pair | None, list[str]] = {None: [], **{pair: [] for pair in markers.pairs}}
    opened: list[str] = []
    here: Pair | None = None
    for line in source.split("\n"):
        found = markers.at(line)
        if found is None:
            lines[here].append(line)
            continue
        pair, begins = found
        _check_order(here, pair, begins=begins)
        here = pair if begins else None
        opened += [pair[0]] if begins else []
    if here is not None:
        raise ValueError(f"### {here[0]} is never closed.")
    visible, *parts = (tuple(part) for part in lines.values())
    solution, hidden_tests, mark_scheme = parts
    return Regions(visible, solution, hidden_tests, tuple(opened), mark_scheme)


def _check_order(here: Pair | None, pair: Pair, *, begins: bool) -> None:
    if begins and here is not None:
        raise ValueError(f"### {pair[0]} stands inside {here[0]}.")
    if not begins and here != pair:
        raise ValueError(f"### {pair[1]} closes nothing.")
