"""The command line of the course's authors and graders: `python -m grader build`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from speedlab.errors import SpeedlabError

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 check failed, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        return _check(options.root) if options.check else _build(options.root)
    except SpeedlabError as error:
        print(f"grader: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make notebooks and modules from the lesson scripts")
    build.add_argument("--check", action="store_true", help="change nothing; fail if stale")
    build.add_argument("--root", type=Path, default=ROOT, help="the course; default: this one")
    return parser


def _build(root: Path) -> int:
    from grader.build import build

    lessons = build(root)
    for lesson in lessons:
        for warning in lesson.warnings:
            print(f"grader: {warning}", file=sys.stderr)
        print(f"Built {lesson.name}: {len(lesson.cells)} cells, {lesson.points:g} points.")
    if not lessons:
        print("Nothing to build: there is no solutions/<assignment>/<assignment>.py.")
    return 0


def _check(root: Path) -> int:
    from grader.build import check

    findings = check(root)
    if not findings:
        print("Every notebook is what its script makes, and nothing leaks.")
        return 0
    listed = "; ".join(f"{finding.path} {finding.why}" for finding in findings)
    advice = "Run python -m grader build and commit what it writes."
    print(f"grader: The build check failed: {listed}. {advice}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
