"""The notebook that a person marks: the source notebook with the learner's answers in it.

Nothing but the answers comes from the learner, and they are cleaned. Each check shows what grading
found, and no hidden test is in it: formgrader, nbgrader's feedback and ours read these files.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.core.matching import match_cells
from grader.core.nbgrader import SECRET, STAMP, ignored_files
from grader.core.notebooks import Cell, as_cell, read_cells, read_readable
from grader.core.paths import CoursePaths
from grader.core.private import shut
from grader.core.records import Graded, Verdict, full_name
from grader.core.released import CellRow, ReleasedNotebook
from grader.gradebook import cleaning
from speedlab.core.files import make_folder, write_text
from speedlab.core.text import readable
from speedlab.course.lessons.progress import FILE as PROGRESS

VerdictsByCell = dict[tuple[str, str], Verdict]
BESIDE = (STAMP, PROGRESS, SECRET)
LINKED_SIZE = 1_000_000  # bytes: larger files beside a notebook are linked, not copied
BESIDE_SIZE = 5_000_000  # bytes: no honest progress.json is larger
LOOK = "A person looks at this check; no point is lost."
MOST_EXTRAS = 200  # cells: nobody marks more
LONGEST_EXTRAS = 2_000_000  # signs of all of them


def verdicts_by_cell(notebooks: Sequence[ReleasedNotebook], graded: Graded) -> VerdictsByCell:
    """Return the verdicts by notebook and grade id; most assignments have one notebook."""
    only = notebooks[0].name
    return {(verdict.notebook or only, verdict.grade_id): verdict for verdict in graded.verdicts}


def answer_of(released: ReleasedNotebook, row: CellRow, graded: Graded) -> str | None:
    """Return what a learner wrote into a cell; None if it is not one to write in, or is gone."""
    if "solution" not in row.kinds:
        return None
    both = {**graded.cells, **graded.written}
    return both.get(full_name(released.name, row.name))


def shown(text: str, *, is_code: bool) -> str:
    """Return a text of a learner as the notebook to mark holds it."""
    return readable(text) if is_code else cleaning.clean_markdown(text)[0]


@dataclass(frozen=True)
class Extra:
    """A cell of the learner's own, and the place of the released cell before it; -1 at the top.

    Working notes, tries and pictures, and the text that a task asks for, stand in such cells. They
    are shown where they stood, as plain cells, to the person who marks.
    """

    after: int
    cell: Cell


@dataclass(frozen=True)
class HandedIn:
    """What else a hand-in brings: cells of the learner's own, pictures pasted into released ones.

    Attributes:
        extras: The cells that the learner added.
        attachments: By the place of a released cell, what was attached to it; it may be anything.
    """

    extras: Sequence[Extra] = ()
    attachments: Mapping[int, Any] = field(default_factory=dict)


def read_handed_in(released: ReleasedNotebook, folder: Path) -> HandedIn:
    """Return what a hand-in brings beside its answers; nothing where it cannot be read."""
    ours = [as_cell(node) for node in released.node.cells]
    here, signs = -1, 0
    extras, attachments = list[Extra](), dict[int, Any]()
    cells = read_readable(folder / f"{released.name}.ipynb")
    for cell, number in match_cells(ours, cells).pairs:
        here = here if number is None else number
        if number is not None:
            attachments.setdefault(number, cell.attachments)
        elif cell.source.strip() and len(extras) < MOST_EXTRAS and signs < LONGEST_EXTRAS:
            signs += len(cell.source)
            extras.append(Extra(here, cell))
    return HandedIn(extras, attachments)


def notebook_to_mark(
    released: ReleasedNotebook,
    graded: Graded,
    verdicts: VerdictsByCell,
    handed_in: HandedIn = HandedIn(),
) -> Any:
    """Return one notebook with the learner's answers, what grading found, and the learner's notes.

    Args:
        released: The notebook as it was released.
        graded: What the learner wrote into its cells.
        verdicts: What grading found.
        handed_in: What else the hand-in brings.
    """
    notebook = released.new_copy()
    rows = {row.name: row for row in released.rows}
    removed = Counter[str]()
    for number, cell in enumerate(notebook.cells):
        row = rows.get(as_cell(cell).grade_id)
        if row is None:
            continue
        cell.metadata.nbgrader.checksum = row.checksum  # as nbgrader's own autograding does
        answer = answer_of(released, row, graded)
        if answer is not None:
            removed += _fill(cell, answer, handed_in.attachments.get(number))
        verdict = verdicts.get((released.name, row.name))
        if verdict is not None and cell.cell_type == "code" and "solution" not in row.kinds:
            cell.outputs = [_output(verdict)]
    for number, extra in reversed(list(enumerate(handed_in.extras))):
        made = _added_cell(extra, number)
        removed += _fill(made, extra.cell.source, extra.cell.attachments)
        notebook.cells.insert(extra.after + 1, made)
    for note in reversed(list(_notes(graded, removed))):
        notebook.cells.insert(0, note)
    return notebook


def _fill(cell: Any, text: str, attachments: Any) -> Counter[str]:
    """Put a learner's text into a cell, and return what was taken out of it."""
    cell.pop("attachments", None)
    if cell.cell_type == "code":
        cell.source = readable(text)
        return Counter()
    cell.source, pictures, removed = cleaning.clean_markdown(text, attachments)
    if pictures:
        cell.attachments = pictures
    return removed


def _notes(graded: Graded, removed: Mapping[str, int]) -> Iterator[Any]:
    """Yield what the person who marks must know of the notebook as a whole."""
    if graded.problem:
        why = cleaning.clean_markdown(graded.problem)[0]
        yield _note(f"**This hand-in could not be graded.** {why}", "speedlab-note")
    if removed:
        what = cleaning.in_words(removed)
        were = "was" if sum(removed.values()) == 1 else "were"
        why = "It could have run in your browser, or told somebody that you read it."
        text = f"**{what} {were} removed from what the learner wrote.** {why}"
        yield _note(f"{text} The hand-in itself is as it was.", "speedlab-removed")


def in_words(verdict: Verdict, *, points: bool = True) -> str:
    """Return what grading found, in a line or two for the learner.

    >>> in_words(Verdict("m1-split", 1, 0.0, "wrong", "Not yet.", answer="rows"))
    '0 of 1 points. Your answer: rows. Not yet.'
    """
    look = verdict.outcome == "look"
    score = "to be marked," if verdict.score is None else f"{verdict.score:g} of"
    parts = [f"{score} {verdict.points:g} points."] if points and not look else []
    parts += [LOOK] if look else []
    parts += [f"Your answer: {verdict.answer}."] if verdict.answer else []
    return " ".join([*parts, verdict.message]).strip()


def _output(verdict: Verdict) -> Any:
    from nbformat.v4 import new_output

    text = readable(in_words(verdict))
    if verdict.outcome in ("right", "manual", "look"):
        return new_output("stream", name="stdout", text=f"{text}\n")  # type: ignore[no-untyped-call]
    name = verdict.outcome.capitalize()
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])  # type: ignore[no-untyped-call]


def _note(text: str, cell_id: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, id=cell_id)  # type: ignore[no-untyped-call]


def _added_cell(extra: Extra, number: int) -> Any:
    from nbformat.v4 import new_code_cell, new_markdown_cell

    make: Any = new_code_cell if extra.cell.is_code else new_markdown_cell
    return make("", id=f"added-{number}")


def write_notebooks(
    paths: CoursePaths,
    notebooks: Sequence[ReleasedNotebook],
    graded: Graded,
    verdicts: VerdictsByCell,
) -> None:
    """Write the notebooks of one hand-in where nbgrader looks for them, and what lies beside."""
    import nbformat

    folder = paths.autograded / graded.learner / graded.assignment
    make_folder(folder, private=True)
    _bring_along(paths, graded, folder)
    shut(folder)  # what was brought along came with its mode
    place = paths.handed_in(graded.learner, graded.assignment)
    for released in notebooks:
        handed_in = read_handed_in(released, place)
        notebook = notebook_to_mark(released, graded, verdicts, handed_in)
        text: str = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
        write_text(folder / f"{released.name}.ipynb", f"{text}\n", parents=True, private=True)


def _bring_along(paths: CoursePaths, graded: Graded, folder: Path) -> None:
    """Copy pictures and tables from the source, and the learner's time and progress."""
    source = paths.source / graded.assignment
    ignore = shutil.ignore_patterns(*ignored_files(paths.root), "*.ipynb")
    shutil.copytree(source, folder, ignore=ignore, dirs_exist_ok=True, copy_function=_copy)
    for name in BESIDE:
        path = paths.handed_in(graded.learner, graded.assignment) / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= BESIDE_SIZE:
            _copy(str(path), str(folder / name))


def _copy(origin: str, target: str) -> None:
    """Copy a file unless it is there; a large one is linked: one copy of a data set, not many."""
    source, place = Path(origin), Path(target)
    with contextlib.suppress(FileNotFoundError):
        then, now = source.stat(), place.stat()
        if (then.st_size, int(then.st_mtime)) == (now.st_size, int(now.st_mtime)):
            return
        place.unlink()
    if source.stat().st_size > LINKED_SIZE:
        with contextlib.suppress(OSError):
            os.link(source, place)
            return
    shutil.copy2(source, place)


def texts_before(
    paths: CoursePaths, learner: str, assignment: str
) -> Mapping[tuple[str, str], str]:
    """Return the texts that were marked last time, by notebook and grade id."""
    notebooks = (paths.autograded / learner / assignment).glob("*.ipynb")
    return {
        (path.stem, cell.grade_id): cell.source
        for path in notebooks
        for cell in read_cells(path)
        if cell.grade_id
    }
