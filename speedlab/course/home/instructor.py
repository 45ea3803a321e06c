"""The instructor's page: only where a class is graded, and only on a server of one's own.

The grader draws it, in a process of its own: this package is what learners get, and must work
without the grader.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from speedlab.core.errors import BadInput

GRADEBOOK = Path("grader", "course", "gradebook.db")
LIMIT_S = 60.0


def is_shared(app: Any) -> bool:
    """Say whether others than the person at this computer may reach a Jupyter server."""
    hub = any(name.startswith("JUPYTERHUB_") for name in os.environ)
    return hub or bool(app.allow_remote_access)


def is_there(root: Path, *, shared: bool) -> bool:
    """Say whether the page is served for the course in a folder."""
    return not shared and (root / GRADEBOOK).is_file()


def draw(root: Path, *, home: str, formgrader: str) -> str:
    """Return the page as it is now.

    Args:
        root: The folder of the course.
        home: The address of the course home.
        formgrader: The address of nbgrader's formgrader; "" where it does not run.

    Raises:
        BadInput: If the grader cannot draw it; its own sentence says why.
    """
    command = [sys.executable, "-m", "grader", "report", "--root", str(root), "--out", "-"]
    command += ["--home", home, "--formgrader", formgrader]
    done = subprocess.run(
        command, cwd=root, capture_output=True, check=False, timeout=LIMIT_S, encoding="utf-8"
    )
    if done.returncode:
        what, why = "The report could not be made.", done.stderr.strip().rpartition("\n")[2]
        raise BadInput(what, why, "Run python -m grader report to see more.")
    return done.stdout
