"""The notebook that a person marks: the source notebook with the learner's answers in it.

Nothing but the answers comes from the learner. Each check shows what grading found, and no hidden
test is in it: formgrader, nbgrader's feedback and ours read these files.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.extras import Extra, read_extras
from grader.places import Places
from grader.skeletons import CellRow, Skeleton
from grader.verdicts import Graded, Verdict, full_name

Cells = dict[tuple[str, str], Verdict]
SECRET = "submission_secret.txt"  # nbgrader's: feedback is released under a name made of it
BESIDE = ("timestamp.txt", "progress.json", SECRET)
LINKED_SIZE = 1_000_000  # bytes: larger files beside a notebook are linked, not copied
BESIDE_SIZE = 5_000_000  # bytes: no honest progress.json is larger


def verdicts_by_cell(skeletons: Sequence[Skeleton], graded: Graded) -> Cells:
    """Return the verdicts by notebook and grade id; most assignments have one notebook."""
    only = skeletons[0].name
    return {(verdict.notebook or only, verdict.grade_id): verdict for verdict in graded.verdicts}


def answer_of(skeleton: Skeleton, row: CellRow, graded: Graded) -> str | None:
    """Return what a learner wrote into a cell; None if it is not one to write in, or is gone."""
    if "solution" not in row.kinds:
        return None
    both = {**graded.cells, **graded.written}
    return both.get(full_name(skeleton.name, row.name))


def merge(skeleton: Skeleton, graded: Graded, verdicts: Cells, extras: Sequence[Extra] = ()) -> Any:
    """Return one notebook with the learner's answers, what grading found, and the learner's notes.

    Args:
        skeleton: The notebook as it was released.
        graded: What the learner wrote into its cells.
        verdicts: What grading found.
        extras: Cells that the learner added.
    """
    notebook = skeleton.fresh()
    rows = {row.name: row for row in skeleton.rows}
    for cell in notebook.cells:
        row = rows.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        if row is None:
            continue
        cell.metadata.nbgrader.checksum = row.checksum  # as nbgrader's own autograding does
        answer = answer_of(skeleton, row, graded)
        cell.source = cell.source if answer is None else answer
        verdict = verdicts.get((skeleton.name, row.name))
        if verdict is not None and cell.cell_type == "code" and "solution" not in row.kinds:
            cell.outputs = [_output(verdict)]
    for number, extra in reversed(list(enumerate(extras))):
        notebook.cells.insert(extra.after + 1, _extra(extra, number))
    if graded.problem:
        notebook.cells.insert(0, _note(f"**This hand-in could not be graded.** {graded.problem}"))
    return notebook


def in_words(verdict: Verdict, *, points: bool = True) -> str:
    """Return what grading found, in a line or two for the learner.

    >>> in_words(Verdict("m1-split", 1, 0.0, "wrong", "Not yet.", answer="rows"))
    '0 of 1 points. Your answer: rows. Not yet.'
    """
    score = "to be marked," if verdict.score is None else f"{verdict.score:g} of"
    parts = [f"{score} {verdict.points:g} points."] if points else []
    parts += [f"Your answer: {verdict.answer}."] if verdict.answer else []
    return " ".join([*parts, verdict.message]).strip()


def _output(verdict: Verdict) -> Any:
    from nbformat.v4 import new_output

    text = in_words(verdict)
    if verdict.outcome in ("right", "manual"):
        return new_output("stream", name="stdout", text=f"{text}\n")  # type: ignore[no-untyped-call]
    name = verdict.outcome.capitalize()
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])  # type: ignore[no-untyped-call]


def _note(text: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(text, id="speedlab-note")  # type: ignore[no-untyped-call]


def _extra(extra: Extra, number: int) -> Any:
    from nbformat.v4 import new_code_cell, new_markdown_cell

    make: Any = new_code_cell if extra.is_code else new_markdown_cell
    return make(extra.text, id=f"added-{number}")


def write_merged(
    places: Places, skeletons: Sequence[Skeleton], graded: Graded, verdicts: Cells
) -> None:
    """Write the notebooks of one hand-in where nbgrader looks for them, and what lies beside."""
    import nbformat

    folder = places.autograded / graded.learner / graded.assignment
    folder.mkdir(parents=True, exist_ok=True)
    _bring_along(places, graded, folder)
    handed_in = places.handed_in(graded.learner, graded.assignment)
    for skeleton in skeletons:
        notebook = merge(skeleton, graded, verdicts, read_extras(skeleton, handed_in))
        text: str = nbformat.writes(notebook, version=4)  # type: ignore[no-untyped-call]
        write_text(folder / f"{skeleton.name}.ipynb", f"{text}\n")


def _bring_along(places: Places, graded: Graded, folder: Path) -> None:
    """Copy pictures and tables from the source, and the learner's time and progress."""
    from grader.stock import course_config

    source = places.source / graded.assignment
    ignored = list(course_config(places.root).CourseDirectory.get("ignore", IGNORED))
    ignore = shutil.ignore_patterns(*ignored, "*.ipynb")
    shutil.copytree(source, folder, ignore=ignore, dirs_exist_ok=True, copy_function=_copy)
    for name in BESIDE:
        path = places.handed_in(graded.learner, graded.assignment) / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= BESIDE_SIZE:
            _copy(str(path), str(folder / name))


IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache")


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


def texts_before(places: Places, learner: str, assignment: str) -> Mapping[tuple[str, str], str]:
    """Return the texts that were marked last time, by notebook and grade id."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted((places.autograded / learner / assignment).glob("*.ipynb")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id")
                found[path.stem, name] = "".join(cell["source"])
    return found


def write_text(path: Path, text: str) -> None:
    """Put a whole new file in the place of the old one, or leave the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
