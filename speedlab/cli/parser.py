"""The words of the speedlab command: its subcommands and their options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from speedlab.cases import NAMES, find
from speedlab.cases.shared.case import Case, Option
from speedlab.core.errors import BadInput
from speedlab.course.certificate import command
from speedlab.pool import backends

ABOUT = "Run a case, make its data, look at the machine, write a certificate."


class Parser(argparse.ArgumentParser):
    """A parser that refuses in speedlab's own words."""

    def error(self, message: str) -> NoReturn:
        """Raise what the command tells in one line."""
        raise BadInput(f"{message[:1].upper()}{message[1:]}.", "", f"See {self.prog} --help.")


def parse(given: Sequence[str]) -> argparse.Namespace:
    """Return the options of the whole command, those of the case that is asked for among them.

    Raises:
        BadInput: If a word is unknown or missing.
    """
    parser = Parser(prog="speedlab", description=ABOUT)
    names = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    run = names.add_parser("run", help="measure a case, serial and parallel")
    data = names.add_parser("data", help="write generated data")
    for subparser, add_options in ((run, _run_options), (data, _data_options)):
        cases = subparser.add_subparsers(dest="case", required=True, parser_class=Parser)
        for name in NAMES:
            # Only the code of the case that is asked for is loaded, to know its options.
            add_options(cases.add_parser(name), find(name) if name in given else None)
    look = names.add_parser("doctor", help="what this machine can and cannot show")
    certify = names.add_parser("certificate", help="write, sign or verify a certificate")
    command.add_options(certify)
    for subparser in (look, certify):
        _debug_option(subparser)
    return parser.parse_args(given)


def _run_options(run: argparse.ArgumentParser, case: Case | None) -> None:
    run.add_argument("--input", type=Path, help="your own data instead of generated ones")
    run.add_argument("--size", type=int, default=case and case.usual_size, help="rows to generate")
    run.add_argument("--workers", help="numbers of workers, such as 1,2")
    run.add_argument("--engine", choices=backends.ENGINES, default="processes")
    run.add_argument("--scheduler", help="a running Dask scheduler, such as tcp://10.0.0.5:8786")
    run.add_argument("--budget", type=float, default=30.0, help="seconds to spend on measuring")
    run.add_argument("--json", type=Path, help="write the figures to this file")
    run.add_argument("--html", type=Path, help="write a report to forward to this file")
    _common_options(run, case.options if case else {})


def _data_options(data: argparse.ArgumentParser, case: Case | None) -> None:
    data.add_argument("--size", type=int, required=True, help="how many rows")
    data.add_argument("--workers", help="how many workers write; the bytes are the same")
    data.add_argument("--out", type=Path, required=True, help="the file or folder to write")
    _common_options(data, case.data_options if case else {})


def _common_options(subparser: argparse.ArgumentParser, own: Mapping[str, Option]) -> None:
    for name, option in own.items():
        subparser.add_argument(f"--{name.replace('_', '-')}", **option)
    subparser.add_argument("--seed", type=int, default=7)
    subparser.add_argument("--chunks", type=int, help="parts of the work; the answer is the same")
    _debug_option(subparser)


def _debug_option(subparser: argparse.ArgumentParser) -> None:
    subparser.add_argument("--debug", action="store_true", help="show where a defect happened")
