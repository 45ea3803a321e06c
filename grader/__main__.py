"""The command line of the course's authors and graders.

build       make notebooks and modules from the lesson scripts
release     build, and pack the learners' copy of the course
collect     bring hand-ins here from a folder, a zip or nbgrader's exchange
autograde   grade what changed, in parallel, and record it in the gradebook
feedback    write a page for each learner
report      write the instructor's page
export      write the results as JSON and CSV, for Canvas and Moodle too
certificates   sign certificates for the class
demo        make a class of 40, grade it and open the report
"""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path

from grader import commands
from speedlab import output
from speedlab.errors import SpeedlabError

ROOT = Path(__file__).resolve().parent.parent
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 check failed, 2 bad input."""
    return output.until_closed(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    run = getattr(commands, options.command)
    try:
        code: int = run(options)
        return code
    except SpeedlabError as error:
        print(f"grader: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno not in DISK:
            raise
        why = f"{error.filename or 'A file'} cannot be written: {error.strerror}."
        then = "What is done is kept. Make room or ask for the right to write, then run it again."
        print(f"grader: {why} {then}", file=sys.stderr)
    except KeyboardInterrupt:
        then = "What is graded is kept; the same command goes on from there."
        print(f"\ngrader: Stopped. {then}", file=sys.stderr)
        return INTERRUPTED
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m grader",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen = parser.add_subparsers(dest="command", required=True)
    for name, add in OPTIONS.items():
        command = chosen.add_parser(name)
        command.add_argument("--root", type=Path, default=ROOT, help="the course; default: this")
        add(command)
    return parser


def _build(command: argparse.ArgumentParser) -> None:
    command.add_argument("--check", action="store_true", help="change nothing; fail if stale")


def _release(command: argparse.ArgumentParser) -> None:
    command.add_argument("--pack", action="store_true", help="also write the learners' zip")
    command.add_argument("--out", type=Path, help="the zip; default: beside the gradebook")


def _collect(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("source", type=Path, help="a folder, a zip, or the exchange's folder of the course")
    add("--assignment", default="", help="only this one")
    add("--add", action="store_true", help="add learners whom the gradebook does not know")
    add("--accept-nearest", action="store_true", help="take wrong file names for the nearest")


def _chosen(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    add("--learner", action="append", default=[], help="only this one; may be repeated")


def _autograde(command: argparse.ArgumentParser) -> None:
    _chosen(command)
    add = command.add_argument
    add("--workers", type=int, help="hand-ins graded at once; default: the usable cores")
    add("--engine", choices=["processes", "dask"], default="processes", help="who grades")
    add("--scheduler", help="the address of a running Dask cluster")
    add("--force", action="store_true", help="grade also what is unchanged")
    add("--wait", type=float, default=60.0, help="seconds to wait for a locked gradebook")


def _report(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all that were handed in")
    add("--out", type=Path, help="the page to write, - for the terminal")
    add("--open", action="store_true", help="show it in the browser")
    add("--home", default="", help=argparse.SUPPRESS)
    add("--formgrader", default="", help=argparse.SUPPRESS)


def _export(command: argparse.ArgumentParser) -> None:
    _chosen(command)
    add = command.add_argument
    forms = ("json", "csv", "canvas", "moodle", "marks")
    add("--form", action="append", choices=forms, help="default: all; marks: for certificates")
    add("--out", type=Path, help="the folder; default: beside the gradebook")


def _certificates(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--learner", action="append", default=[], help="only this one; may be repeated")
    add("--key", type=Path, required=True, help="the private key: speedlab certificate --make-key")
    add("--instructor", required=True, help="the name of who graded and signs")
    add("--out", type=Path, help="the folder; default: beside the gradebook")


def _demo(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--assignment", default="", help="default: the first of the course")
    add("--out", type=Path, help="the folder of the made-up class; default: beside the gradebook")
    add("--size", type=int, default=40, help="how many learners")
    add("--workers", type=int, help="hand-ins graded at once; default: the usable cores")
    add("--no-open", action="store_true", help="only write the report")


OPTIONS = {
    "build": _build,
    "release": _release,
    "collect": _collect,
    "autograde": _autograde,
    "feedback": _chosen,
    "report": _report,
    "export": _export,
    "certificates": _certificates,
    "demo": _demo,
}


if __name__ == "__main__":
    sys.exit(main())
