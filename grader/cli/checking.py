"""The command by which authors look at a course before a class does."""

from __future__ import annotations

import argparse
import importlib
import json
from typing import Any

from grader.cli.course import chosen_assignments, course_of, say_refused
from grader.core.errors import Refusal, refusing
from grader.run.progress import warn
from speedlab.core.text import say


def check_course(options: argparse.Namespace) -> int:
    """Grade the author's own solution in every way, and tell where the ways differ."""
    paths = course_of(options)
    grading = importlib.import_module(options.grading)
    reports, refused = list[dict[str, Any]](), list[Refusal]()
    for name in chosen_assignments(paths, options.assignments):
        with refusing(name, refused):
            report = grading.authors_report(paths.root, name)
            reports.append(report.as_json())
            if not options.json:
                _say(report)
    if options.json:
        print(json.dumps(reports, indent=1))
    code = say_refused(refused, "Not checked")
    return code if reports and all(one["holds"] for one in reports) else 2


def _say(report: Any) -> None:
    sealed = sum(check.sealed for check in report.checks)
    spent = ", ".join(f"{way} {spent_s:.1f} s" for way, spent_s in report.seconds.items())
    say(f"{report.assignment}: {len(report.checks)} checks, {sealed} of them sealed; {spent}.")
    for note in report.notes:
        warn(f"  {note}")
    for check in report.checks:
        if not check.holds:
            ways = (
                f"with the code it needs {check.sliced}, with the whole notebook {check.whole}, "
                f"with annotated functions {check.annotated}"
            )
            warn(f"  {check.grade_id}: the author's solution is {ways}.")
    if report.holds:
        say("  The author passes; a slice gives what the whole notebook gives.")
