"""Commands of authors: make the notebooks, check them, release them."""

from __future__ import annotations

import argparse
from pathlib import Path

from grader.cli.course import course_of, say_refused
from grader.core.errors import Refusal
from grader.run.progress import warn
from speedlab.core.text import say


def build(options: argparse.Namespace) -> int:
    """Make notebooks and modules from the lesson scripts, or check that this was done."""
    from grader.build import build

    if options.check:
        return _check(options.root)
    lessons = build.build(options.root)
    for lesson in lessons:
        for warning in lesson.warnings:
            warn(warning)
        say(f"Built {lesson.name}: {len(lesson.cells)} cells, {lesson.points:g} points.")
    if not lessons:
        say("Nothing to build: there is no solutions/<assignment>/<assignment>.py.")
    return 0


def _check(root: Path) -> int:
    from grader.build.build import check

    objections = check(root)
    if not objections:
        say("Every notebook is what its script makes, and nothing leaks.")
        return 0
    listed = "; ".join(f"{objection.path} {objection.why}" for objection in objections)
    advice = "Run python -m grader build and commit what it writes."
    warn(f"The build check failed: {listed}. {advice}")
    return 1


def release(options: argparse.Namespace) -> int:
    """Build what learners get; pack it if asked."""
    from grader.build import release

    paths = course_of(options)
    refused = list[Refusal]()
    names = release.release(paths, refused)
    say(f"Released in {paths.release}: {', '.join(names) or 'nothing'}.")
    if options.pack:
        target = options.out or paths.class_folder / f"{release.NAME}.zip"
        count = release.pack(paths, target)
        say(f"Packed {count} files for learners: {target}")
        if release.shows_solutions(paths):
            warn("Learners may read solutions after two tries: course.toml has show_solutions.")
    return say_refused(refused, "Not released")
