"""A lesson script (jupytext percent format) becomes nbgrader's source notebook."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.build.headers import Header, metadata, parse_header
from grader.core.errors import BuildError, at_line
from grader.core.markers import HIDDEN_TESTS, SOLUTION, Regions, split_regions

MAX_CODE_LINES = 15
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_START = re.compile(r"#\s*%%(?![%\w])")
# jupytext keeps these for its own round trip; no reader of the notebook needs them
JUPYTEXT_KEYS = ("title", "lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker")


@dataclass(frozen=True)
class ScriptCell:
    """One cell of a lesson script and the line its header stands on."""

    line: int
    header: Header
    source: str
    extra: dict[str, Any]  # metadata that the author wrote in the header, such as tags


@dataclass(frozen=True)
class LessonScript:
    """A lesson script that keeps every rule; warnings are rules that --check enforces."""

    path: Path
    cells: tuple[ScriptCell, ...]
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the assignment's name."""
        return self.path.stem

    @property
    def points(self) -> float:
        """Return the points that can be earned."""
        return sum(cell.header.points for cell in self.cells)


def read_lesson(path: Path, *, shown: Path | None = None) -> LessonScript:
    """Read a lesson script and check the rules that a lesson keeps.

    Args:
        path: The script.
        shown: The path that messages name; by default `path`.

    Raises:
        BuildError: When a rule is broken; it names file and line.
    """
    shown = shown or path
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{shown.as_posix()} cannot be read.", f"{error}.") from error
    cells = tuple(_cells(text, shown))
    _check_grade_ids(cells, shown)
    _check_order(cells, shown)
    _check_titles(cells, shown)
    return LessonScript(path, cells, tuple(_long_cells(cells, shown)))


def _cells(text: str, path: Path) -> Iterator[ScriptCell]:
    import jupytext  # heavy: loaded only when a lesson is read

    try:
        parsed = jupytext.reads(text, fmt="py:percent").cells
    except Exception as error:  # jupytext and nbformat raise many kinds
        why = str(error).partition("\n")[0]
        raise at_line(path, 1, "jupytext cannot read this script.", why=f"{why}.") from error
    starts = [n for n, line in enumerate(text.splitlines(), 1) if CELL_START.match(line)]
    if len(starts) != len(parsed):
        raise at_line(
            path,
            1,
            f"The script has {len(starts)} lines with # %% and {len(parsed)} cells.",
            why="Text stands before the first # %%, or a # %% stands inside a string.",
            next_step="Give every cell its own # %% line.",
        )
    for line, cell in zip(starts, parsed, strict=True):
        yield _cell(cell, line, path)


def _cell(parsed: Any, line: int, path: Path) -> ScriptCell:
    extra = {k: v for k, v in parsed.metadata.items() if k not in JUPYTEXT_KEYS}
    try:
        header = parse_header(parsed.metadata.get("title", ""), parsed.cell_type)
        regions = split_regions(parsed.source)
        _check_regions(header, regions)
        if header.kind in ("folded", "question") and not parsed.source.startswith("#"):
            raise ValueError(
                f"A {header.kind} cell must start with a comment that says what it does."
            )
        if {"nbgrader", "region_name"} & extra.keys():
            raise ValueError("Headers carry no nbgrader metadata; the kind says it.")
    except ValueError as error:
        raise at_line(path, line, str(error)) from error
    return ScriptCell(line, header, parsed.source, extra)


def _check_regions(header: Header, regions: Regions) -> None:
    if header.cell_type == "raw":
        raise ValueError("Raw cells have no place in a lesson.")
    if header.kind == "answer" and SOLUTION[0] not in regions.opened:
        raise ValueError(f"The answer {header.grade_id} has no ### BEGIN SOLUTION.")
    if SOLUTION[0] in regions.opened and header.kind not in ("answer", "memo"):
        raise ValueError("A solution region must stand in an answer or memo cell.")
    if HIDDEN_TESTS[0] in regions.opened and header.kind != "check":
        raise ValueError("A hidden-tests region must stand in a check cell.")


def _check_grade_ids(cells: tuple[ScriptCell, ...], path: Path) -> None:
    first: dict[str, int] = {}
    for cell in cells:
        name = cell.header.grade_id
        if name in first:
            why = f"It is already used on line {first[name]}."
            raise at_line(path, cell.line, f"The grade id {name} is a duplicate.", why=why)
        if name:
            first[name] = cell.line


def _check_order(cells: tuple[ScriptCell, ...], path: Path) -> None:
    answered = False
    for cell in cells:
        answered |= cell.header.kind == "answer"
        if cell.header.kind == "check" and not answered:
            what = f"The check {cell.header.grade_id} has no answer before it."
            raise at_line(path, cell.line, what)


def _check_titles(cells: tuple[ScriptCell, ...], path: Path) -> None:
    titled = [c for c in cells if c.header.cell_type == "markdown" for _ in range(_titles(c))]
    if len(titled) > 1:
        why = f"The first one is in the cell on line {titled[0].line}."
        raise at_line(path, titled[1].line, "A lesson has one H1, this is another.", why=why)


def _titles(cell: ScriptCell) -> int:
    outside_fences = re.split(r"(?m)^\s*(?:```|~~~).*$", cell.source)[::2]
    return sum(len(re.findall(r"(?m)^# ", text)) for text in outside_fences)


def _long_cells(cells: tuple[ScriptCell, ...], path: Path) -> Iterator[str]:
    for cell in cells:
        lines = [line.strip() for line in cell.source.split("\n")]
        length = sum(1 for line in lines if line and not line.startswith("#"))
        if cell.header.cell_type == "code" and length > MAX_CODE_LINES:
            yield (
                f"{path.as_posix()}, line {cell.line}: "
                f"The code cell has {length} lines, more than {MAX_CODE_LINES}."
            )


def notebook_text(lesson: LessonScript) -> str:
    """Return the source notebook as JSON text, the same for the same script."""
    from nbformat import v4, writes

    named = zip(lesson.cells, cell_ids(lesson.cells), strict=True)
    cells = [_notebook_cell(cell, cell_id) for cell, cell_id in named]
    notebook = v4.new_notebook(cells=cells, metadata=NOTEBOOK_METADATA)  # type: ignore[no-untyped-call]
    notebook.nbformat_minor = 5
    text: str = writes(notebook, version=4)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def _notebook_cell(cell: ScriptCell, cell_id: str) -> Any:
    import nbformat

    make = getattr(nbformat.v4, f"new_{cell.header.cell_type}_cell")
    return make(source=cell.source, id=cell_id, metadata=cell.extra | metadata(cell.header))


def cell_ids(cells: tuple[ScriptCell, ...]) -> list[str]:
    """Return one id a cell: the grade id, else a hash of the source and a counter."""
    seen: Counter[str] = Counter()
    ids = []
    for cell in cells:
        text = f"{cell.header.cell_type}\n{cell.source}"
        name = cell.header.grade_id or hashlib.sha256(text.encode()).hexdigest()[:12]
        seen[name] += 1
        # an underscore cannot occur in a grade id, so the two kinds of id never meet
        ids.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return ids
