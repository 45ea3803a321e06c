"""The marked regions of a cell: what learners see and what they must not see."""

from __future__ import annotations

from dataclasses import dataclass

SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN_TESTS = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
MARKERS = SOLUTION + HIDDEN_TESTS


@dataclass(frozen=True)
class Regions:
    """The lines of one cell, by who may read them; markers are in none of them."""

    visible: tuple[str, ...]
    solution: tuple[str, ...]
    hidden_tests: tuple[str, ...]
    opened: tuple[str, ...]  # the BEGIN markers in the order met

    @property
    def secret(self) -> tuple[str, ...]:
        """Return the lines that must not be released."""
        return self.solution + self.hidden_tests


def split_regions(source: str) -> Regions:
    r"""Sort the lines of a cell into visible, solution and hidden-test lines.

    >>> split_regions("a = 1\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION").secret
    ('b = 2',)

    Raises:
        ValueError: When a marker is nested, never closed or never opened.
    """
    lines: dict[str, list[str]] = {"": [], SOLUTION[0]: [], HIDDEN_TESTS[0]: []}
    opened: list[str] = []
    here = ""
    for line in source.split("\n"):
        marker = next((m for m in MARKERS if m in line), "")
        if not marker:
            lines[here].append(line)
            continue
        _check_order(here, marker)
        here = marker if marker.startswith("BEGIN") else ""
        opened += [here] if here else []
    if here:
        raise ValueError(f"### {here} is never closed.")
    visible, solution, hidden_tests = (tuple(part) for part in lines.values())
    return Regions(visible, solution, hidden_tests, tuple(opened))


def _check_order(here: str, marker: str) -> None:
    if marker.startswith("BEGIN") and here:
        raise ValueError(f"### {marker} stands inside {here}.")
    if marker.startswith("END") and here != marker.replace("END", "BEGIN"):
        raise ValueError(f"### {marker} closes nothing.")
