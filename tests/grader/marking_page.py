"""The page in which memos are marked, as nbgrader's formgrader makes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from desk_course import RIGHT, grade_one, notebook, prepare
from example_course import LESSON

from grader.core.paths import CoursePaths
from grader.core.released import read_released
from grader.gradebook.record import record


def formgraders_page(paths: CoursePaths, memo: str, extras: Sequence[str]) -> str:
    """Hand in a memo and cells of the learner's own, grade them, and return the page.

    It loads its libraries from nowhere, and MathJax is not there.
    """
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers

    made = notebook(paths.root, RIGHT | {"m0-memo": memo})
    made["cells"] += [cell("markdown", text) for text in extras]
    made["cells"] += [cell("code", text) for text in extras]
    folder = paths.handed_in("ada", LESSON)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{LESSON}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    graded = grade_one(prepare(paths.root, LESSON), folder, learner="ada")
    record(paths, LESSON, read_released(paths, LESSON), [graded])
    exporter = HTMLExporter(
        template_name="formgrade", extra_template_basedirs=[handlers.template_path]
    )
    shown = {"notebook_id": LESSON, "assignment_id": LESSON, "submission_id": "1", "index": 0}
    resources = shown | {"total": 1, "base_url": "", "student": "ada", "notebook_path": "x"}
    path = paths.autograded / "ada" / LESSON / f"{LESSON}.ipynb"
    page: str = exporter.from_filename(str(path), resources=resources)[0]
    return page


def cell(kind: str, text: str) -> dict[str, Any]:
    """Return a cell of a learner's own."""
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": text, **code}
