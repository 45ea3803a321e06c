"""Set every trap for speedlab and its peers, and write the results and the page.

    python -m benchmarks.traps                            all of it; about a quarter of an hour
    python -m benchmarks.traps --library speedlab         one column, beside those that are there
    python -m benchmarks.traps --only numpy_random        one row
    python -m benchmarks.traps --report                   only the page again, from the results

Run it from the root of the checkout, in an environment with requirements.txt and
benchmarks/requirements.txt. A library that is not installed is not tried.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.command import Names, tell
from benchmarks.measuring import ROOT
from benchmarks.traps import page, results, table
from benchmarks.traps.peers import LIBRARIES
from benchmarks.traps.rows import ROWS
from benchmarks.traps.table import Outcome
from benchmarks.traps.trial import try_row


def main(arguments: Sequence[str] | None = None) -> int:
    """Try, write, and return the exit code: 1 where ours is less than it should be."""
    options = _parser().parse_args(arguments)
    failed = False
    if not options.report:
        outcomes = {name: _column(name, options.only) for name in options.library}
        new = results.tried({name: rows for name, rows in outcomes.items() if rows})
        whole = results.keep(new, options.out or _file(new))
        failed = bool(page.shortcomings(whole))
    if options.out is None:
        page.write(options.results, options.docs)
        tell(f"Written: {options.docs.name}.")
    return int(failed)


def _column(library: str, names: Sequence[str]) -> dict[str, Outcome]:
    found = {}
    for name in names:
        outcome = try_row(ROWS[name], library)
        tell(f"{library}, {name}: {outcome.outcome} {outcome.detail}")
        if outcome.outcome != table.NOT_TRIED:
            found[name] = outcome
    return found


def _file(new: results.Table) -> Path:
    """Return the file of this machine: one for all days, each column with its own."""
    return ROOT / "benchmarks/results/traps" / f"{machine.slug(new.machine)}.json"


def _parser() -> argparse.ArgumentParser:
    words = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.traps", description=__doc__, formatter_class=words
    )
    whole, rows = list(LIBRARIES), list(ROWS)
    parser.add_argument("--library", type=Names(whole), default=whole, help=", ".join(whole))
    parser.add_argument("--only", type=Names(rows), default=rows, help=", ".join(rows))
    parser.add_argument("--out", type=Path, help="write results there, and no page")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks/results/traps")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs/traps.md")
    parser.add_argument("--report", action="store_true", help="try nothing, write the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
