"""Grade a class in boxes that are not isolated: a program, for a Python of its own.

It prints the results and what is left.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
from small_assignment import NAME
from unisolated_kinds import FORKS, LIMITS, SHORT, UNISOLATED, make_course

from grader.judge import supervisor
from grader.judge.cache import close_supervisors
from grader.judge.grade import grade_one, prepare
from grader.sandbox.unisolated import MARK

FOLDER = tempfile.gettempdir()


def hurry():
    """Let nobody wait long for a judge that is silent."""
    supervisor.GRACE_S = 0.5


def grade(prepared, folder):
    limits = SHORT if folder.name.startswith("loops") else LIMITS
    return grade_one(prepared, folder, learner=folder.name, limits=limits)


def main(root: Path) -> None:
    """Write the course and its hand-ins, and print the results as JSON."""
    make_course(root)
    kinds = UNISOLATED | {"forks": FORKS}
    folders = [root / "submitted" / name for name in kinds]
    for folder in folders:
        kinds[folder.name].write(folder)
    prepared = prepare(root, NAME, limits=LIMITS)
    with ProcessPoolExecutor(2, initializer=hurry) as pool:
        graded = list(pool.map(grade, [prepared] * len(folders), folders))
    close_supervisors()
    results = [json.loads(result.to_json()) for result in graded]
    kept = [path.name for path in Path(FOLDER).iterdir()]
    print(json.dumps({"notes": prepared.notes, "results": results, "left": left(), "kept": kept}))


def left() -> list[str]:
    """Return the commands of processes that a box of this class has left, of no other grader's."""
    commands = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            variables = process.environ()
            ours = MARK in variables and variables.get("TMPDIR", "").startswith(FOLDER)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                commands.append(" ".join(process.cmdline()))
    return commands


if __name__ == "__main__":
    main(Path(sys.argv[1]))
