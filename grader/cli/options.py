"""The words of the command line: each command and its options."""

from __future__ import annotations

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def parser(about: str) -> argparse.ArgumentParser:
    """Return what reads the words of the command line; about is the text of its help."""
    words = argparse.ArgumentParser(
        prog="python -m grader",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen = words.add_subparsers(dest="command", required=True)
    for name, add in OPTIONS.items():
        command = chosen.add_parser(name)
        command.add_argument("--root", type=Path, default=ROOT, help="the course; default: this")
        add(command)
    return words


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
    forms = ("json", "csv", "canvas", "moodle", "items", "marks")
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


def _doctor(command: argparse.ArgumentParser) -> None:
    del command  # it has no options of its own


def _check_course(command: argparse.ArgumentParser) -> None:
    command.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _prove(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("lesson", nargs="?", default="", metavar="LESSON", help="default: all")
    add("--answers", type=Path, metavar="FOLDER", help="default: solutions/*/answers")
    add("--start-methods", default="", metavar="fork,forkserver,spawn", help="default: the usual")
    add("--json", type=Path, metavar="FILE", help="also write what was said of each answer")


OPTIONS = {
    "build": _build,
    "check-course": _check_course,
    "prove": _prove,
    "release": _release,
    "collect": _collect,
    "autograde": _autograde,
    "feedback": _chosen,
    "report": _report,
    "export": _export,
    "certificates": _certificates,
    "demo": _demo,
    "doctor": _doctor,
}
