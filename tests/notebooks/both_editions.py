"""One run of a lesson that serves both of its editions, and what that run showed.

The released lesson and the author's differ only in the tasks: what a learner writes, and the check
of it. No other cell asks for a learner's names (a test says so), so both editions run as one: the
released cells in their order, and after the check of each task the author's answer and its check.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from speedlab.course.lessons import progress

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LESSONS = sorted(path.parent.name for path in ROOT.glob("solutions/*/*.ipynb"))
CELL_S = 120


@dataclass(frozen=True)
class Ran:
    """What one run of a lesson left: what nbval said, and the released notebook with outputs."""

    passed: bool
    said: str
    notebook: nbformat.NotebookNode
    folder: Path

    def right(self):
        """Return the tasks whose check, run in a kernel, said that the answer is right."""
        noted = progress.load(self.folder).answers
        return {name for name, answer in noted.items() if answer.right}


def run_both_editions(lesson, folder):
    """Run a lesson in its small size by nbval, in a folder that this makes."""
    shutil.copytree(ROOT / "modules" / lesson, folder, ignore=shutil.ignore_patterns("*progress*"))
    path = folder / f"{lesson}.ipynb"
    nbformat.write(both_editions(lesson), path)
    flags = ["--nbval-lax", f"--nbval-cell-timeout={CELL_S}", "-q", "-p", "kept_outputs"]
    ini = ["-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider", "-p", "no:xdist"]
    searched = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *flags, *ini, str(path)],
        env=os.environ | {"SPEEDLAB_SIZE": "small", "PYTHONPATH": os.pathsep.join(searched)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout[-4000:] + done.stderr[-1000:]
    return Ran(done.returncode == 0, said, released_part(path), folder)


def both_editions(lesson):
    """Return the released notebook with the author's answers and checks behind each check."""
    released, authors = (read(folder, lesson) for folder in ("modules", "solutions"))
    cells, waiting = [], []
    for cell, authors_cell in zip(released.cells, authors.cells, strict=True):
        cells.append(cell)
        if is_answer(cell):
            waiting.append(authors_cell)
        elif is_check(cell):
            cells += map(behind, [*waiting, authors_cell])
            waiting = []
    assert not waiting, "an answer without a check behind it would not be run"
    released.cells = cells
    return released


def read(folder, lesson):
    return nbformat.read(ROOT / folder / lesson / f"{lesson}.ipynb", as_version=4)


def is_answer(cell):
    marks = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(marks.get("solution"))


def is_check(cell):
    return cell.cell_type == "code" and "with check(" in cell.source


def task_of(check):
    """Return the name by which a check notes whether its answer is right."""
    return json.loads(check.source.partition("with check(")[2].partition(")")[0])


def behind(authors_cell):
    """Return an author's cell under another id, and without leave to raise."""
    cell = nbformat.v4.new_code_cell(authors_cell.source)
    cell.id = f"{authors_cell.id}-authors"
    return cell


def released_part(path):
    """Return the notebook that ran without the cells that were put behind the checks."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not cell.id.endswith("-authors")]
    return notebook
