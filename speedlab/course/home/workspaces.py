"""Every lesson has a JupyterLab workspace of its own, with its table of contents open.

In the workspace "default" only one tab can live; for the second lesson JupyterLab would make up
one that is empty, without a table of contents.
"""

from __future__ import annotations

import json
from pathlib import Path

from jupyterlab.commands import get_workspaces_dir
from jupyterlab_server.workspaces_handler import WORKSPACE_EXTENSION, WorkspacesManager, slugify

from speedlab.course.lessons.description import Course

FIRST_LOOK = Path(__file__).parents[1] / "server" / "workspace.json"


def lay_out(course: Course) -> None:
    """Make the workspace of each lesson that has none; a learner's own arrangement is kept."""
    folder = Path(get_workspaces_dir())
    manager = WorkspacesManager(str(folder))
    look = json.loads(FIRST_LOOK.read_text(encoding="utf-8"))
    for lesson in course.lessons:
        if not (folder / (slugify(lesson.name) + WORKSPACE_EXTENSION)).exists():
            manager.save(lesson.name, json.dumps(look | {"metadata": {"id": lesson.name}}))
