"""The course that a command is about, and the assignments of it that were named."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.core.errors import Refusal
from grader.run.progress import warn

if TYPE_CHECKING:
    from grader.core.paths import CoursePaths


def course_of(options: argparse.Namespace) -> CoursePaths:
    """Return the folders of the course that --root names; what a class did in it is shut."""
    from grader.core.paths import find_paths
    from grader.core.private import keep_private

    paths = find_paths(options.root)
    keep_private(paths)
    return paths


def chosen_assignments(
    paths: CoursePaths, names: Sequence[str], *, handed_in: bool = False
) -> list[str]:
    """Return the named assignments, or all; with handed_in only those that somebody handed in."""
    if names:
        return [paths.check_assignment(name) for name in names]
    if not handed_in:
        return paths.assignments()
    # A folder whose notebook is missing, or may not be read, is named and not passed over.
    return [name for name in paths.assignment_folders() if paths.learners(name)]


def say_refused(refused: Sequence[Refusal], what: str) -> int:
    """Say which assignments were left out and why, and return the exit code."""
    for one in refused:
        warn(f"{what}: {one.name}. {one.why}")
    return 2 if refused else 0
